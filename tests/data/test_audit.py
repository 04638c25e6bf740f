import hashlib

import pytest
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

from data import audit, claims, corrections, keys, questions, resolutions, rows, scopes, sources
from data.database import writing
from data.errors import TakenIdError
from data.writer import Writer


@pytest.fixture
def written(empty: Database) -> Database:
    """A ledger after one write of each sort."""
    desk = Writer("desk", request_id="4f1c")
    sources.put(empty, make_source(), at=moment(1), by=desk)
    sources.put(empty, make_source(), at=moment(1), by=desk)
    sources.put(empty, make_source(description="new"), at=moment(2), by=None)
    questions.put(empty, make_question(), at=moment(3), by=desk)
    scopes.put(empty, make_scope(), at=moment(4), by=desk)
    claims.add(empty, make_claim(), at=moment(5), by=desk)
    corrections.add(empty, make_correction(), at=moment(6), by=desk)
    resolutions.add(empty, make_resolution(), at=moment(7), by=desk)
    keys.create(empty, name="desk", scope="write", at=moment(8))
    return empty


def test_every_write_leaves_one_entry(written: Database):
    (key,) = keys.every(written)
    (correction,) = corrections.page(written, claim="budanov-fighting", limit=500).items
    entries, _ = audit.page(written, is_newest_first=False, limit=99)
    assert [(entry.seq, entry.action, entry.kind, entry.id) for entry in entries] == [
        (1, "create", "source", "budanov"),
        (2, "change", "source", "budanov"),
        (3, "create", "question", "dprk-on-kursk-front"),
        (4, "create", "scope", "kursk-front/sso-sectors"),
        (5, "create", "claim", "budanov-fighting"),
        (6, "create", "correction", correction.id),
        (7, "resolve", "question", "dprk-on-kursk-front"),
        (8, "create", "key", key.id),
    ]


def test_an_entry_tells_when_with_which_key_and_in_which_request(written: Database):
    (second, first), _ = audit.page(written, kind="source", subject_id="budanov", limit=5)
    assert (first.recorded_at, first.key_name, first.request_id) == (moment(1), "desk", "4f1c")
    assert (second.recorded_at, second.key_name, second.request_id) == (moment(2), None, None)


def test_a_digest_is_over_the_one_before_the_entry_and_what_it_recorded(written: Database):
    entries, _ = audit.page(written, is_newest_first=False, limit=99)
    recorded_at = "2025-01-05T00:00:00.000000Z"
    claim = next(written.query("SELECT * FROM claim_rows"))
    content = {name: cell for name, cell in claim.items() if cell is not None}
    told = [recorded_at, "desk", "4f1c", "create", "claim", "budanov-fighting", content]
    reckoned = hashlib.sha256((entries[3].digest + rows.to_json(told)).encode()).hexdigest()
    assert entries[4].digest == reckoned
    assert written.execute("SELECT digest FROM changes").fetchone()[0] == entries[-1].digest


def test_a_write_that_is_refused_leaves_no_entry_and_no_link(written: Database):
    before = audit.page(written, limit=99)
    with pytest.raises(TakenIdError):
        claims.add(written, make_claim(), at=moment(9), by=None)
    assert audit.page(written, limit=99) == before
    claims.add(written, make_claim("next"), at=moment(9), by=None)
    assert [entry.seq for entry in audit.page(written, limit=2)[0]] == [9, 8]


def test_all_entries_of_one_change_share_its_instant(db: Database):
    with writing(db):
        for i in range(3):
            claims.add(db, make_claim(f"claim-{i}"), at=moment(2 + i))
    entries, _ = audit.page(db, kind="claim", limit=9)
    assert {entry.recorded_at for entry in entries} == {moment(2)}
    assert len({entry.digest for entry in entries}) == 3


def test_pages_follow_each_other_through_the_whole_trail_either_way(written: Database):
    for is_newest_first in (True, False):
        found, after = [], None
        while not found or after is not None:
            entries, after = audit.page(written, is_newest_first=is_newest_first, limit=3, after=after)
            found += [entry.seq for entry in entries]
        assert found == sorted(range(1, 9), reverse=is_newest_first)


def test_the_trail_is_asked_by_subject_and_by_key(written: Database):
    def found(**asked) -> list[int]:
        return [entry.seq for entry in audit.page(written, is_newest_first=False, limit=9, **asked)[0]]

    assert found(kind="source") == [1, 2]
    assert found(kind="question", subject_id="dprk-on-kursk-front") == [3, 7]
    assert found(key="desk") == [1, 3, 4, 5, 6, 7]
    assert found(key="nobody") == []


def test_a_ledger_is_told_from_any_other_by_its_first_entry(db: Database) -> None:
    before = audit.ledger_identity(db)
    claims.add(db, make_claim(), at=moment(2))
    assert audit.ledger_identity(db) == before != ""


def test_an_empty_ledger_has_no_identity_and_was_never_written_to(empty: Database) -> None:
    assert audit.ledger_identity(empty) == ""
    assert audit.changed_at(empty) is None


def test_a_ledger_tells_when_it_was_last_written_to(db: Database) -> None:
    claims.add(db, make_claim(), at=moment(2))
    assert audit.changed_at(db) == moment(2)
