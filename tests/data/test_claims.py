from collections.abc import Iterator
from dataclasses import replace

import pytest
from factories import make_claim, make_quantity_question, make_question, make_source, moment
from sqlite_utils import Database

from data import audit, claims, questions, sources
from data.database import changes, open_database, writing
from data.errors import LedgerError, RefusedError, TakenIdError, UnknownIdError, UnknownReferenceError
from data.record import load
from data.writer import Writer
from models.answer import Names, Values
from models.errors import InvalidValueError
from models.record import Claim, Vantage


def record(db: Database, claim: Claim) -> Claim:
    return claims.add(db, claim, at=moment(3), by=Writer("desk"))


def test_a_claim_comes_back_as_it_was_written_with_when_it_was_recorded(db: Database):
    claim = make_claim(
        answer=Names(("reduced", "withdrawn")),
        stated_precision="day",
        certainty=0.675,
        certainty_word="probably",
        vantage=Vantage.DIRECT,
        vantage_because="he stood there",
        via=("podolyak", "cnn"),
        cites=("podolyak",),
        url="https://example.org/1",
        text="«вивели» 🪖",
        read_in="twz-2025-01-31",
    )
    assert record(db, claim) == replace(claim, recorded_at=moment(3))
    assert claims.get(db, claim.id) == replace(claim, recorded_at=moment(3))


@pytest.mark.parametrize("answer", [Values("about", (4000.0,)), Values("between", (0.1 + 0.2, 1e15))])
def test_a_quantity_comes_back_to_the_last_digit(db: Database, answer: Values):
    questions.put(db, make_quantity_question(), at=moment(2), by=None)
    record(db, make_claim(question="dprk-casualties", answer=answer))
    assert claims.get(db, "budanov-fighting").answer == answer


def test_an_id_that_is_used_is_refused_also_after_a_void(db: Database):
    record(db, make_claim())
    with pytest.raises(TakenIdError) as caught:
        record(db, make_claim(text="another"))
    assert (caught.value.kind, caught.value.id) == ("claim", "budanov-fighting")
    claims.void(db, "budanov-fighting", at=moment(4), by=Writer("desk"), because="typed twice")
    with pytest.raises(TakenIdError):
        record(db, make_claim())


@pytest.mark.parametrize(
    ("fields", "field", "kind"),
    [
        ({"source": "nobody"}, "source", "source"),
        ({"question": "nothing"}, "question", "question"),
        ({"via": ("cnn", "nobody")}, "via.1", "source"),
        ({"cites": ("nobody",)}, "cites.0", "source"),
    ],
)
def test_a_reference_to_nothing_is_refused_and_writes_nothing(
    db: Database, fields: dict, field: str, kind: str
):
    before = changes(db)
    with pytest.raises(UnknownReferenceError) as caught:
        record(db, make_claim(**fields))
    assert (caught.value.field, caught.value.kind) == (field, kind)
    assert changes(db) == before
    assert db.table("claims").count == 0


def test_an_answer_that_the_question_does_not_have_is_refused(db: Database):
    with pytest.raises(InvalidValueError) as caught:
        record(db, make_claim(answer=Names(("martians",))))
    assert caught.value.field == "answer"


def test_a_source_that_cites_itself_is_refused(db: Database):
    with pytest.raises(RefusedError) as caught:
        record(db, make_claim(cites=("cnn", "budanov")))
    assert caught.value.field == "cites.1"


def test_a_circle_of_citations_about_one_question_is_refused(db: Database):
    record(db, make_claim("a", source="budanov", cites=("podolyak",)))
    record(db, make_claim("b", source="podolyak", cites=("cnn",)))
    with pytest.raises(RefusedError):
        record(db, make_claim("c", source="cnn", cites=("budanov",)))


def test_a_citation_about_another_question_or_in_a_voided_claim_closes_no_circle(db: Database):
    questions.put(db, make_question("other"), at=moment(1), by=None)
    record(db, make_claim("a", source="budanov", cites=("podolyak",)))
    record(db, make_claim("b", source="podolyak", cites=("budanov",), question="other"))
    claims.void(db, "a", at=moment(3), by=None, because="slip")
    record(db, make_claim("c", source="podolyak", cites=("budanov",)))


def test_a_voided_claim_is_gone_but_for_the_audit_trail(db: Database):
    record(db, make_claim())
    claims.void(db, "budanov-fighting", at=moment(4), by=Writer("chief"), because="typed twice")
    with pytest.raises(UnknownIdError):
        claims.get(db, "budanov-fighting")
    with pytest.raises(UnknownIdError):
        claims.void(db, "budanov-fighting", at=moment(5), by=Writer("chief"), because="again")
    assert claims.page(db, limit=50).items == ()
    trail, _ = audit.page(db, kind="claim", subject_id="budanov-fighting", is_newest_first=False, limit=5)
    assert [(entry.action, entry.key_name, entry.recorded_at) for entry in trail] == [
        ("create", "desk", moment(3)),
        ("void", "chief", moment(4)),
    ]


def test_a_clock_that_has_fallen_behind_records_nothing_before_what_it_refers_to(db: Database):
    sources.put(db, make_source("late"), at=moment(9), by=None)
    stored = claims.add(db, make_claim(source="late"), at=moment(8), by=None)
    assert stored.recorded_at > moment(9)


def test_no_two_changes_share_an_instant_and_all_rows_of_one_do(db: Database):
    one, two = (claims.add(db, make_claim(id_), at=moment(8), by=None) for id_ in ("one", "two"))
    assert one.recorded_at < two.recorded_at
    assert [claim.id for claim in load(db, known_at=one.recorded_at).claims] == ["one"]
    lines = enumerate([make_claim("three"), make_claim("four")])
    three, four = (claim for _, claim in claims.add_many(db, lines, at=moment(8), by=None))
    assert three.recorded_at == four.recorded_at > two.recorded_at


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, "abcd"),
        ({"source": "cnn"}, "b"),
        ({"question": "other"}, "c"),
        ({"scope": "kursk-front"}, "abd"),
        ({"scope": "kursk-front/sso-sectors"}, "b"),
        ({"url": "https://example.org/d"}, "d"),
        ({"since": moment(2)}, "bcd"),
        ({"until": moment(2)}, "a"),
        ({"since": moment(2), "until": moment(4)}, "bc"),
        ({"source": "budanov", "question": "other"}, "c"),
        ({"source": "nobody"}, ""),
        ({"sort": "-stated_at"}, "dcba"),
    ],
)
def test_claims_are_listed_by_what_they_say_and_when(db: Database, query: dict, found: str):
    questions.put(db, make_question("other"), at=moment(1), by=None)
    for claim in (
        make_claim("a", stated_at=moment(1)),
        make_claim("b", stated_at=moment(2), source="cnn", scope="kursk-front/sso-sectors"),
        make_claim("c", stated_at=moment(3), question="other", scope="kursk-front-2"),
        make_claim("d", stated_at=moment(4), url="https://example.org/d"),
    ):
        record(db, claim)
    assert "".join(claim.id for claim, _ in claims.page(db, limit=200, **query).items) == found


def test_many_claims_are_written_and_the_bad_ones_refused_each_in_its_place(
    db: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(claims, "BATCH_SIZE", 2)
    unread = ValueError("no JSON")
    lines: list[Claim | ValueError] = [
        make_claim("a"),
        make_claim("a"),
        unread,
        make_claim("b", source="nobody"),
        make_claim("c", answer=Names(("martians",))),
        make_claim("d"),
    ]
    outcomes = list(claims.add_many(db, enumerate(lines, 1), at=moment(3), by=Writer("desk")))
    assert [line for line, _ in outcomes] == [1, 2, 3, 4, 5, 6]
    assert [type(outcome) for _, outcome in outcomes] == [
        Claim,
        TakenIdError,
        ValueError,
        UnknownReferenceError,
        InvalidValueError,
        Claim,
    ]
    assert [claim.id for claim, _ in claims.page(db, limit=50).items] == ["a", "d"]


def test_nothing_is_locked_while_the_lines_are_still_read(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(claims, "BATCH_SIZE", 1)
    path = str(tmp_path / "credence.db")
    db, other = open_database(path), open_database(path)
    with writing(db):
        sources.put(db, make_source(), at=moment(1))
        questions.put(db, make_question(), at=moment(1))

    def lines() -> Iterator[tuple[int, Claim | LedgerError]]:
        for line in range(3):
            claims.add(other, make_claim(f"other-{line}"), at=moment(2), by=None)
            yield line, make_claim(f"claim-{line}")

    outcomes = claims.add_many(db, lines(), at=moment(2), by=None)
    assert all(isinstance(outcome, Claim) for _, outcome in outcomes)
    assert db.table("claims").count == 6
    db.close()
    other.close()
