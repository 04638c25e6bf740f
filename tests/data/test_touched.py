"""Which writes a fit has not seen, and which questions they touch."""

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
from ledgers import write
from sqlite_utils import Database

from data import audit, claims, corrections, keys, questions, resolutions, scopes, sources
from data import touched as touching
from models.answer import Names
from models.record import CorrectionKind, Mandate, SourceKind, Stake, Vantage

NOW = moment(1, month=3)


@pytest.fixture
def front(empty: Database) -> Database:
    """Questions on a front, on a part of it, and at sea, with all that sources can do there."""
    write(
        empty,
        [
            make_source("sso", kind=SourceKind.ORGANISATION),
            make_source("kindratenko", member_of="sso"),
            make_source("puls", member_of="kindratenko"),
            *(make_source(id_) for id_ in ("budanov", "critic", "gainer", "cited", "silent")),
            make_source("cnn", kind=SourceKind.OUTLET),
            make_question("front", scope="kursk-front"),
            make_question("part", scope="kursk-front/north"),
            make_question("sea", scope="sea", stakes=(Stake("gainer", (Names(("fighting",)),)),)),
            make_claim("by-puls", source="puls", question="front"),
            make_claim(
                "by-budanov", source="budanov", question="part", scope="kursk-front/north", via=("cnn",)
            ),
            make_claim("citing", source="budanov", question="sea", scope="sea", cites=("cited",)),
            make_correction("by-puls", by="critic", kind=CorrectionKind.DENY, scope=None),
        ],
    )
    return empty


def touched(db: Database, since: int) -> set[str]:
    return touching.questions_of(db, audit.fitted_since(db, since))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("sso", {"front"}),
        ("kindratenko", {"front"}),
        ("puls", {"front"}),
        ("budanov", {"part", "sea"}),
        ("critic", {"front"}),
        ("gainer", {"sea"}),
        ("cited", {"sea"}),
        ("cnn", {"part"}),
        ("silent", set()),
    ],
)
def test_a_source_that_changes_touches_what_it_and_its_members_have_to_do_with(
    front: Database, source: str, expected: set[str]
):
    last = audit.last_entry(front)
    changed = sources.get(front, source)
    mandates = (Mandate("elsewhere", Vantage.DIRECT),)
    sources.put(front, make_source(source, kind=changed.kind, mandates=mandates), at=NOW, by=None)
    if changed.member_of is not None:
        # It left its body just now.
        assert touched(front, last) == expected
        last = audit.last_entry(front)
        again = make_source(source, kind=changed.kind, mandates=mandates, member_of=changed.member_of)
        sources.put(front, again, at=NOW, by=None)
    assert touched(front, last) == expected


def test_a_source_that_is_new_touches_nothing(front: Database):
    last = audit.last_entry(front)
    sources.put(front, make_source("new"), at=NOW, by=None)
    assert audit.fitted_since(front, last) == [("create", "source", "new")]
    assert touched(front, last) == set()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("kursk-front/north", {"front"}),
        ("kursk-front/north/bridge", {"front", "part"}),
        ("kursk-front/northern", {"front"}),
        ("kursk-front", set()),
        ("kursk", set()),
        ("sea/black", {"sea"}),
        ("air", set()),
    ],
)
def test_a_share_touches_where_what_lies_above_it_is_spoken_of(
    front: Database, path: str, expected: set[str]
):
    last = audit.last_entry(front)
    scopes.put(front, make_scope(path, share=0.2), at=NOW, by=None)
    assert touched(front, last) == expected


def test_a_share_touches_where_a_claim_or_a_narrowing_speaks_of_what_lies_above_it(front: Database):
    wide = make_claim("wide", source="silent", question="sea", scope="world")
    claims.add(front, wide, at=NOW, by=None)
    narrowing = make_correction("by-budanov", by="budanov", scope="kursk-front/north/bridge", stated_at=NOW)
    corrections.add(front, narrowing, at=NOW, by=None)
    for path, expected in (("world/africa", {"sea"}), ("kursk-front/north/bridge/pier", {"front", "part"})):
        last = audit.last_entry(front)
        scopes.put(front, make_scope(path), at=NOW, by=None)
        assert touched(front, last) == expected


def test_what_is_said_touches_its_question(front: Database):
    def since(before: int) -> set[str]:
        return touched(front, before)

    last = audit.last_entry(front)
    claims.add(front, make_claim("new", source="silent", question="front"), at=NOW, by=None)
    assert since(last) == {"front"}
    denial = make_correction("by-budanov", by="silent", kind=CorrectionKind.DENY, scope=None)
    corrections.add(front, denial, at=NOW, by=None)
    assert since(last) == {"front", "part"}
    resolutions.add(front, make_resolution("sea", by="silent"), at=NOW, by=None)
    assert since(last) == {"front", "part", "sea"}
    last = audit.last_entry(front)
    claims.void(front, "citing", at=NOW, by=None, because="typed twice")
    assert since(last) == {"sea"}
    last = audit.last_entry(front)
    more = make_question(
        "part", scope="kursk-front/north", answers=("fighting", "reduced", "withdrawn", "gone")
    )
    questions.put(front, more, at=NOW, by=None)
    assert since(last) == {"part"}
    assert audit.fitted_since(front, last) == [("change", "question", "part")]


def test_what_no_fit_looks_at_is_passed_over(front: Database):
    last = audit.last_entry(front)
    keys.create(front, name="desk", scope="read", at=NOW)
    assert audit.last_entry(front) == last + 1
    assert audit.fitted_since(front, last) == []


def test_a_source_is_heard_where_it_speaks_carries_or_corrects(front: Database):
    for source, question in (("puls", "front"), ("cnn", "part"), ("critic", "front"), ("budanov", "sea")):
        assert touching.is_heard(front, source, [question, "no-question"])
        assert not touching.is_heard(front, source, ["no-question"])
    assert not touching.is_heard(front, "cited", ["sea"])
    assert not touching.is_heard(front, "puls", ["part", "sea"])


def test_who_speaks_for_a_body_is_found_at_any_depth(front: Database):
    assert sources.members(front, ["sso"]) == {"sso", "kindratenko", "puls"}
    assert sources.members(front, ["kindratenko", "cnn"]) == {"kindratenko", "puls", "cnn"}
    assert sources.members(front, []) == set()
