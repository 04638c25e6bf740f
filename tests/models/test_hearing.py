"""What a score is put into words from: evidence, terms, and who erred where."""

import pytest
from factories import make_claim, make_correction, make_question, make_record, make_source
from ledgers import copying_ledger

from models.answer import Names
from models.credence import CredenceModel
from models.excerpt import Excerpt
from models.hearing import Hearing
from models.record import CorrectionKind, SourceKind

RECORD = make_record(
    make_source("sso", kind=SourceKind.ORGANISATION),
    make_source("kindratenko", member_of="sso"),
    make_source("puls", member_of="kindratenko"),
    make_source("budanov"),
    *(make_source(id_, kind=SourceKind.OUTLET) for id_ in ("cnn", "get")),
    make_question("first"),
    make_question("second"),
    make_claim("x", source="kindratenko", question="first"),
    make_correction("x", by="kindratenko", kind=CorrectionKind.RETRACT),
    make_claim("y", source="kindratenko", question="second"),
    make_correction("y", by="kindratenko", scope="kursk-front/sso-sectors"),
    make_claim("one", question="second", via=("cnn",)),
    make_claim("two", question="second", via=("get",), answer=Names(("withdrawn",))),
)


@pytest.fixture(scope="module")
def model() -> CredenceModel:
    return CredenceModel().fit(RECORD)


def test_a_claim_is_found_by_its_question_and_its_place_there(model: CredenceModel):
    hearing = Hearing(RECORD, model.terms_)
    for question in ("first", "second"):
        for position, voice in enumerate(hearing.evidence[question].voices):
            assert hearing.place_of(voice.claim.id) == (question, position)
    with pytest.raises(KeyError):
        hearing.place_of("nobody-said")


def test_only_the_questions_that_are_asked_about_are_read(model: CredenceModel):
    hearing = Hearing(RECORD, model.terms_, questions=["first"])
    assert list(hearing.evidence) == ["first"]
    with pytest.raises(KeyError):
        hearing.posterior("second")
    assert hearing.posterior("first") is hearing.posterior("first")


def test_who_erred_is_told_with_the_claims_at_hand_and_without_one_question(model: CredenceModel):
    hearing = Hearing(RECORD, model.terms_, questions=["first"])

    def charges(source: str, besides: str | None = None, *, is_version: bool = False) -> list[str]:
        return [claim.id for claim in hearing.charges(source, besides, is_version=is_version)]

    assert charges("kindratenko") == ["x", "y"]
    assert charges("kindratenko", "first") == ["y"]
    assert charges("budanov") == charges("kindratenko", is_version=True) == []
    assert charges("cnn", is_version=True) == ["one"]
    assert charges("get", is_version=True) == ["two"]
    assert charges("get", "second", is_version=True) == charges("get") == []
    # Also of a question that is only named.
    assert hearing.standing(RECORD.claims[1]).kind == "narrowed"
    # What is not at hand is not told.
    hearing = Hearing(make_record(*RECORD.sources.values(), RECORD.questions["first"]), model.terms_)
    assert charges("kindratenko") == charges("get", is_version=True) == []


def test_the_evidence_is_discounted_for_the_copying_that_the_fit_found():
    record, _ = copying_ledger()
    model = CredenceModel().fit(record)
    hearing = Hearing(record, model.terms_, questions=["q0"])
    kept = {voice.claim.id: voice.weight for voice in hearing.evidence["q0"].voices}
    assert kept == {voice.claim.id: voice.weight for voice in model.evidence_["q0"].voices}
    assert min(kept.values()) < 1


def test_an_excerpt_is_heard_with_the_same_evidence_and_other_terms(model: CredenceModel):
    hearing, excerpt = Hearing(RECORD, model.terms_), Excerpt(until=RECORD.claims[0].stated_at)
    other = CredenceModel().fit(make_record(*RECORD.sources.values())).terms_
    heard = hearing.of_excerpt(other, RECORD, excerpt)
    assert heard.evidence is hearing.evidence
    assert (heard.terms, heard.said, heard.excerpt) == (other, RECORD, excerpt)
    assert (hearing.terms, hearing.said, hearing.excerpt) == (model.terms_, RECORD, None)
