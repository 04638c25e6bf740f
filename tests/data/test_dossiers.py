"""A dossier holds what the scores say, all of one state of the ledger."""

from typing import Any

import pytest
from factories import make_claim, make_correction, make_question, make_scope, make_source, moment
from ledgers import write
from sqlite_utils import Database

from data import scores
from data.dossiers import claim_dossier, question_dossier, source_dossier
from data.errors import UnknownIdError, UnknownReferenceError
from models.answer import Names
from models.record import Mandate, SourceKind, Vantage

QUESTION = "dprk-on-kursk-front"
SECTORS = "kursk-front/sso-sectors"
VALUES: tuple[Any, ...] = (
    make_scope(SECTORS, share=0.25),
    make_source("sso", kind=SourceKind.ORGANISATION, mandates=(Mandate(SECTORS, Vantage.DIRECT),)),
    make_source("kindratenko", member_of="sso", mandates=()),
    make_source("budanov"),
    make_source("cnn", kind=SourceKind.OUTLET, mandates=()),
    make_question(),
    make_claim(
        "kindratenko-cnn",
        source="kindratenko",
        answer=Names(("withdrawn",)),
        via=("cnn",),
        stated_at=moment(31, 8),
    ),
    make_correction("kindratenko-cnn", by="kindratenko", stated_at=moment(31, 16)),
    make_claim("budanov-twz", answer=Names(("reduced",)), stated_at=moment(31, 18)),
)


@pytest.fixture
def kursk(empty: Database) -> Database:
    write(empty, VALUES)
    return empty


def test_a_question_is_told_with_its_score_and_every_claim(kursk: Database):
    dossier = question_dossier(kursk, QUESTION)
    score = scores.at(kursk, "question", QUESTION)
    assert dossier.score["answers"] == score["answers"]
    assert [each.credence for each in dossier.outlook.answers] == [
        each["credence"] for each in score["answers"]
    ]
    told = {each.claim.id for group in dossier.groups for each in group.claims}
    assert told == {"kindratenko-cnn", "budanov-twz"}
    assert dossier.without is None


def test_a_question_is_told_without_a_claim_beside_what_it_is(kursk: Database):
    dossier = question_dossier(kursk, QUESTION, without={"budanov-twz"})
    without = scores.at(kursk, "question", QUESTION, without={"budanov-twz"})
    assert dossier.without is not None
    assert [each.credence for each in dossier.without.answers] == [
        each["credence"] for each in without["answers"]
    ]
    # What it is compared with is what it is.
    with_all = scores.at(kursk, "question", QUESTION, without=())
    assert [each.credence for each in dossier.outlook.answers] == [
        each["credence"] for each in with_all["answers"]
    ]
    assert [claim.id for claim in dossier.left_out] == ["budanov-twz"]


def test_a_claim_is_told_as_it_stood(kursk: Database):
    now, then = (claim_dossier(kursk, "kindratenko-cnn", as_of=at) for at in (None, moment(31, 12)))
    assert (now.counted.standing.kind, then.counted.standing.kind) == ("narrowed", "as_stated")
    assert now.score["score"] == scores.at(kursk, "claim", "kindratenko-cnn")["score"]
    assert now.group.body == "sso"
    share = {each["claim"]: each["log_odds"] for each in scores.at(kursk, "question", QUESTION)["evidence"]}
    assert now.counted.log_odds == pytest.approx(share["kindratenko-cnn"])
    assert [step.state["standing"] for step in now.timeline.steps][:2] == ["as_stated", "narrowed"]


def test_a_source_is_told_on_every_scope_that_it_has_to_do_with(kursk: Database):
    dossier = source_dossier(kursk, "kindratenko")
    told = {score["subject"]["scope"]: score["score"] for score in dossier.scores}
    assert set(told) == {None, "kursk-front", SECTORS}
    for scope, score in told.items():
        assert score == scores.at(kursk, "source", "kindratenko", scope=scope)["score"]
    assert [each.claim.id for each in dossier.said] == ["kindratenko-cnn"]
    assert [each.claim for each in dossier.corrected] == ["kindratenko-cnn"]
    assert [each.claim.id for each in source_dossier(kursk, "cnn").carried] == ["kindratenko-cnn"]
    assert [member.id for member in source_dossier(kursk, "sso").members] == ["kindratenko"]


def test_a_source_is_told_as_of_a_moment(kursk: Database):
    dossier = source_dossier(kursk, "kindratenko", as_of=moment(31, 12))
    assert (dossier.corrected, dossier.given) == ((), ())
    assert source_dossier(kursk, "kindratenko", as_of=moment(1)).said == ()


def test_what_is_not_there_is_not_told(kursk: Database):
    for ask in (question_dossier, claim_dossier, source_dossier):
        with pytest.raises(UnknownIdError):
            ask(kursk, "nobody")
    with pytest.raises(UnknownIdError):
        claim_dossier(kursk, "budanov-twz", as_of=moment(31, 12))
    with pytest.raises(UnknownReferenceError):
        question_dossier(kursk, QUESTION, without={"nobody-said"})
