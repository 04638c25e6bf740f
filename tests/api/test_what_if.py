"""What a page offers to leave out, and the sentence that says what would be otherwise."""

from typing import Any

import pytest
from factories import make_claim, make_question, make_source, moment
from ledgers import write
from sqlite_utils import Database

from api import what_if
from data.database import open_database
from data.dossiers import QuestionDossier, question_dossier
from models.answer import Names
from models.record import SourceKind

QUESTION = "dprk-on-kursk-front"


def said(id_: str, source: str, *answers: str, **fields: Any) -> Any:
    return make_claim(id_, source=source, answer=Names(answers), **fields)


@pytest.fixture
def db() -> Any:
    ledger = open_database(":memory:")
    write(
        ledger,
        (
            make_source("sso", kind=SourceKind.ORGANISATION),
            make_source("kindratenko", member_of="sso"),
            make_source("cnn", kind=SourceKind.OUTLET, mandates=()),
            make_source("budanov"),
            make_question(),
            said("one", "kindratenko", "withdrawn"),
            said("two", "kindratenko", "withdrawn", via=("cnn",)),
            said("three", "sso", "withdrawn"),
            said("four", "budanov", "reduced", stated_at=moment(31, 18)),
        ),
    )
    yield ledger
    ledger.close()


def told(db: Database, *without: str) -> str:
    return what_if.sentence(question_dossier(db, QUESTION, without=without))


def test_all_of_a_body_all_of_a_source_and_each_claim_can_be_left_out(db: Database) -> None:
    dossier = question_dossier(db, QUESTION)
    offered = dict(what_if.offers(dossier.groups, dossier.record))
    assert {offer.value: offer.label for offer in offered["Sso"]} == {
        "one,three,two": "all 3 claims that lead back here",
        "one,two": "all 2 claims of Kindratenko",
        "one": "Kindratenko: “withdrawn”, 31 January 2025",
        "two": "Kindratenko: “withdrawn”, 31 January 2025, through Cnn",
        "three": "Sso: “withdrawn”, 31 January 2025",
    }
    assert [offer.value for offer in offered["Budanov"]] == ["four"]


def test_no_more_claims_are_left_out_together_than_the_query_takes(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(what_if, "MOST_IDS", 2)
    dossier = question_dossier(db, QUESTION)
    offered = dict(what_if.offers(dossier.groups, dossier.record))
    assert "one,three,two" not in {offer.value for offer in offered["Sso"]}


def test_the_answer_that_moves_most_is_told_before_and_after(db: Database) -> None:
    dossier: QuestionDossier = question_dossier(db, QUESTION, without=("four",))
    moved = {change.answer: (change.now, change.then) for change in what_if.changes(dossier)}
    answer = max(moved, key=lambda name: abs(moved[name][0] - moved[name][1]))
    now, then = (f"{100 * credence:.0f}%" for credence in moved[answer])
    assert told(db, "four") == (
        f"Without Budanov’s claim “reduced” of 31 January 2025, 18:00 UTC, “{answer}” would stand at {then} "
        f"instead of {now}."
    )


def test_several_claims_are_named_by_who_made_them(db: Database) -> None:
    assert told(db, "one", "two").startswith("Without the 2 claims of Kindratenko")
    assert told(db, "one", "four").startswith("Without these 2 claims of Budanov and Kindratenko")


def test_what_makes_no_difference_is_said_to_make_none(db: Database) -> None:
    write(db, [said("five", "cnn", "withdrawn", cites=("kindratenko",))])
    assert told(db, "five").endswith("no answer would move by as much as a hundredth.")


def test_without_any_claim_nothing_can_be_judged(db: Database) -> None:
    assert told(db, "one", "two", "three", "four").endswith(
        "nobody would stand by an answer: it could not be judged."
    )


def test_where_nothing_is_left_out_nothing_is_told(db: Database) -> None:
    assert told(db) == ""
    assert what_if.changes(question_dossier(db, QUESTION)) == []
