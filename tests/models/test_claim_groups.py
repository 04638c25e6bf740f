"""Claims that lead back to one body stand together, and count for what their origins are worth."""

import pytest
from factories import make_claim, make_correction, make_question, make_record, make_source, moment
from hypothesis import HealthCheck, given, settings
from ledgers import records

from models.answer import Names
from models.claim_groups import Part, claim_groups
from models.record import CorrectionKind, SourceKind
from models.scoring import Scores

BODY = (
    make_source("sso", kind=SourceKind.ORGANISATION),
    make_source("kindratenko", member_of="sso"),
    make_source("puls", member_of="sso"),
    make_source("budanov"),
    make_source("cnn", kind=SourceKind.OUTLET, mandates=()),
)


def said(source, *answers, id=None, **fields):  # noqa: A002
    return make_claim(id or source, source=source, answer=Names(answers or ("withdrawn",)), **fields)


def of(*values):
    scores = Scores(make_record(*BODY, make_question(), *values))
    score = scores.of("question", "dprk-on-kursk-front")
    return {each.body: each for each in claim_groups(scores.hearing.evidence[score.id], score.evidence)}


def test_four_voices_of_one_body_read_as_one():
    found = of(
        said("sso"), said("kindratenko"), said("puls"), said("cnn", cites=("kindratenko",)), said("budanov")
    )
    assert set(found) == {"sso", "budanov"}
    sso = found["sso"]
    assert (len(sso.claims), len(sso.voices)) == (4, 3)
    assert 1 <= sso.effective < 1.5


def test_what_a_claim_does_is_told():
    found = of(
        said("kindratenko"),
        said("cnn", cites=("kindratenko",)),
        said("budanov", "fighting", id="early"),
        said("budanov", "reduced", id="late", stated_at=moment(31, 20)),
        said("puls"),
        make_correction("puls", by="puls", kind=CorrectionKind.RETRACT, scope=None),
    )
    parts = {each.claim.id: each.part for group in found.values() for each in group.claims}
    assert parts == {
        "kindratenko": Part.SPEAKS,
        "cnn": Part.REPEATS,
        "early": Part.REPLACED,
        "late": Part.SPEAKS,
        "puls": Part.SILENT,
    }


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(records())
def test_every_claim_stands_once_and_the_bodies_are_worth_what_the_origins_are(record):
    scores = Scores(record)
    for question in record.questions:
        score = scores.of("question", question)
        found = claim_groups(scores.hearing.evidence[question], score.evidence)
        ids = [each.claim.id for group in found for each in group.claims]
        assert sorted(ids) == sorted(claim.id for claim in record.claims if claim.question == question)
        assert sum(group.effective for group in found) == pytest.approx(score.effective_n)
        weights = {each.claim.id: each.weight for group in found for each in group.claims}
        assert all(weights[share.claim] == share.weight for share in score.evidence)
