from factories import make_claim, make_correction, make_question, make_record, make_scope, make_source, moment

from models.answer import Names
from models.constants import Constants
from models.covariates import COVARIATES, consistency_because, proximity_because
from models.proximity import worth
from models.record import CorrectionKind, Resolution, SourceKind, Stake
from models.scoring import Scores

SECTORS = "kursk-front/sso-sectors"
SOURCES = (
    make_source("gur", kind=SourceKind.ORGANISATION),
    make_source("budanov", member_of="gur"),
    make_source("insider", member_of="gur"),
    make_source("cnn", kind=SourceKind.OUTLET),
    make_source("get", kind=SourceKind.OUTLET),
    make_scope(SECTORS, share=0.25),
)


def said(id_, source, answer="fighting", **fields):
    return make_claim(id_, source=source, answer=Names((answer,)), **fields)


def evidence(*values, **fields):
    question = make_question(**fields)
    return Scores(make_record(*SOURCES, question, *values)).model.evidence_[question.id]


def voice(*values, **fields):
    return evidence(*values, **fields).voices[0]


def log_odds(name, heard):
    (covariate,) = (each for each in COVARIATES if each.name == name)
    return worth(covariate.amounts(heard), Constants())


def of_consistency(heard):
    return log_odds("consistency", heard)


def of_stake(heard):
    return log_odds("stake", heard)


def test_a_claim_speaks_for_as_much_as_it_is_sure_of_and_covers():
    assert voice(said("x", "budanov")).commitment == 1
    assert voice(said("x", "budanov", certainty=0.5, scope=SECTORS)).commitment == 0.125
    assert voice(said("x", "budanov", scope="sea")).commitment == 0
    wider = voice(said("x", "budanov", scope="kursk-front"), scope=SECTORS)
    assert wider.commitment == 1


def test_a_claim_that_no_longer_stands_says_nothing():
    retracted = voice(said("x", "budanov"), make_correction("x", kind=CorrectionKind.RETRACT))
    assert (retracted.commitment, retracted.weight) == (0, 0)


def test_a_narrowed_claim_keeps_the_better_of_the_scopes_then_and_now():
    found = evidence(said("x", "budanov"), make_correction("x"))
    narrowed, as_stated = found.voices[0].proximity, voice(said("x", "budanov")).proximity
    assert found.voices[0].coverage == 0.25
    assert (narrowed.amounts, narrowed.vantage) == (as_stated.amounts, as_stated.vantage)
    assert proximity_because(narrowed, found.record) == proximity_because(as_stated, found.record)


def test_only_another_voice_of_the_body_contradicts_it():
    both = evidence(said("x", "budanov"), said("y", "insider", "withdrawn"), said("z", "cnn", "withdrawn"))
    charged = [of_consistency(voice) < 0 for voice in both.voices]
    assert charged == [True, True, False]
    assert "y, from the same body, says withdrawn" in consistency_because(both.voices[0], both.record)
    changed_mind = evidence(said("x", "budanov"), said("y", "budanov", "withdrawn", stated_at=moment(20)))
    assert not any(of_consistency(voice) for voice in changed_mind.voices)


def test_a_stake_of_the_body_is_its_members():
    stake = Stake("gur", (Names(("fighting",)),))
    assert of_stake(voice(said("x", "budanov"), stakes=(stake,))) < 0
    assert of_stake(voice(said("x", "budanov", "withdrawn"), stakes=(stake,))) > 0
    assert of_stake(voice(said("x", "cnn"), stakes=(stake,))) == 0


def test_a_version_that_diverges_says_nothing_of_its_source():
    versions = evidence(
        said("one", "budanov", via=("cnn",)),
        said("two", "budanov", via=("cnn", "insider")),
        said("three", "budanov", "withdrawn", via=("get",)),
    )
    assert [bool(voice.divergence) for voice in versions.voices] == [False, False, True]
    judged = versions.columns.judged_weight
    assert versions.columns.claims.tolist() == ["one", "two", "three"]
    assert judged[2] == 0 < judged[0]


def test_supporting_and_contradicting_origins_are_apart():
    found = evidence(
        said("x", "budanov"),
        make_claim("y", source="cnn", answer=Names(("fighting", "reduced"))),
        said("z", "get", "withdrawn"),
    )
    roots = [origin.roots[0] for origin in found.origins]
    fighting = found.axis.membership(Names(("fighting",)))
    assert [roots[i] for i in found.supporting(fighting)] == ["budanov", "cnn"]
    assert [roots[i] for i in found.contradicting(fighting)] == ["get"]


def test_a_claims_evidence_stands_in_the_records_order_and_origins_refer_to_it():
    found = evidence(
        said("gone", "cnn"),
        said("x", "budanov"),
        said("relay", "get", cites=("budanov",)),
        make_correction("gone", kind=CorrectionKind.RETRACT, by="cnn"),
    )
    assert [voice.claim.id for voice in found.voices] == ["gone", "x", "relay"]
    (origin,) = found.origins
    assert (origin.speaking, origin.repeating) == ((1,), (2,))
    assert found.voices[2].repeats == "budanov"


def test_a_resolution_is_no_voice():
    resolved = evidence(Resolution("dprk-on-kursk-front", Names(("reduced",)), moment(31), "cnn"))
    assert resolved.voices == ()
    assert resolved.effective_origins == 0
