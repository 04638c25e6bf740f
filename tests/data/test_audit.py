from factories import (
    make_claim,
    make_correction,
    make_question,
    make_resolution,
    make_scope,
    make_source,
    moment,
)
from sqlite_utils import Database

from data import audit, claims, corrections, keys, questions, resolutions, scopes, sources
from data.audit import Entry
from data.writer import Writer


def test_every_write_leaves_one_entry(empty: Database):
    sources.record_source(empty, make_source(), at=moment(1), by=Writer("desk"))
    sources.record_source(empty, make_source(), at=moment(1), by=Writer("desk"))
    sources.record_source(empty, make_source(description="new"), at=moment(2), by=None)
    questions.record_question(empty, make_question(), at=moment(3), by=Writer("desk"))
    scopes.record_scope(empty, make_scope(), at=moment(4), by=Writer("desk"))
    claims.record_claim(empty, make_claim(), at=moment(5), by=Writer("desk"))
    correction = corrections.record_correction(empty, make_correction(), at=moment(6), by=Writer("desk"))
    resolutions.record_resolution(empty, make_resolution(), at=moment(7), by=Writer("desk"))
    keys.create(empty, name="desk", scope="write", at=moment(8))
    entries = [(row["action"], row["subject_kind"], row["subject_id"]) for row in empty.table("audit").rows]
    assert entries == [
        ("create", "source", "budanov"),
        ("change", "source", "budanov"),
        ("create", "question", "dprk-on-kursk-front"),
        ("create", "scope", "kursk-front/sso-sectors"),
        ("create", "claim", "budanov-fighting"),
        ("create", "correction", correction.id),
        ("resolve", "question", "dprk-on-kursk-front"),
        ("create", "key", "desk"),
    ]
    assert audit.of_subject(empty, "source", "budanov") == (
        Entry(moment(1), "desk", "create", "source", "budanov"),
        Entry(moment(2), None, "change", "source", "budanov"),
    )
