import pytest
from factories import make_claim, make_correction, make_question, make_record, make_scope, make_source
from scipy.special import logit

from models.answer import Names
from models.record import CorrectionKind, Mandate, SourceKind, Vantage
from models.scoring import Scores
from models.source_score import interval_of

SECTORS = "kursk-front/sso-sectors"
SSO = make_source("sso", kind=SourceKind.ORGANISATION, mandates=(Mandate(SECTORS, Vantage.DIRECT),))
KINDRATENKO = make_source("kindratenko", member_of="sso", mandates=())
SECTOR = make_scope(SECTORS, share=0.25)


def of(source, *values, scope=None):
    return Scores(make_record(SECTOR, SSO, KINDRATENKO, make_source(), *values)).of("source", source, scope)


def factor(score, name):
    return next(factor for factor in score.factors if factor.name == name)


def test_the_better_a_scope_fits_the_mandate_the_higher_the_score():
    inside, around, elsewhere = (of("sso", scope=scope).score for scope in (SECTORS, "kursk-front", "sea"))
    assert inside > around > elsewhere
    assert of("sso").score == inside


def test_without_a_record_a_source_is_where_it_stands_and_cannot_be_graded():
    score = of("sso")
    assert score.effective_n == 0
    assert score.grades.admiralty == "F"
    assert "None of its claims could be judged" in score.summary
    for name in ("track_record", "corrections", "consistency"):
        assert factor(score, name).log_odds == 0


def test_three_judged_claims_make_a_letter():
    questions = [make_question(f"q{i}") for i in range(12)]
    sources = [make_source(id_) for id_ in "abc"]
    claims = [
        make_claim(f"{source.id}{question.id}", source=source.id, question=question.id)
        for source in sources for question in questions
    ]  # fmt: skip
    score = of("a", *questions, *sources, *claims)
    assert score.effective_n >= 3
    assert score.grades.admiralty in "ABCDE"
    assert f"About {score.effective_n:.1f}" in score.summary


def test_a_retraction_is_named_on_the_record():
    retraction = make_correction("said", by="kindratenko", kind=CorrectionKind.RETRACT)
    claim = make_claim("said", source="kindratenko")
    clean, corrected = (of("kindratenko", make_question(), claim, *more) for more in ((), (retraction,)))
    assert corrected.score < clean.score
    assert factor(corrected, "corrections").because.startswith("said was retracted by Kindratenko")
    # The body shares what its member bears, and does not call it its own.
    body = of("sso", make_question(), claim, retraction)
    assert factor(corrected, "corrections").log_odds < factor(body, "corrections").log_odds < 0
    assert "no error of its own" in factor(body, "corrections").because


def test_a_contradiction_within_the_body_counts_against_both_voices():
    puls = make_source("puls", member_of="sso", mandates=())
    one = make_claim("one", source="kindratenko", answer=Names(("withdrawn",)))
    other = make_claim("other", source="puls", answer=Names(("fighting",)))
    scores = Scores(make_record(SECTOR, SSO, KINDRATENKO, puls, make_question(), one, other))
    for source, said, against in (("kindratenko", "one", "other"), ("puls", "other", "one")):
        held = factor(scores.of("source", source), "consistency")
        assert held.log_odds < 0
        assert held.because.endswith(f"contradicts {said}")
        told = factor(scores.of("claim", said), "consistency")
        assert told.because.startswith(f"{against}, from the same body, says ")
    assert factor(scores.of("source", "sso"), "consistency").log_odds == 0


def test_of_a_long_record_the_first_claims_are_named_and_the_rest_counted():
    puls = make_source("puls", member_of="sso", mandates=())
    questions = [make_question(f"q{i}") for i in range(9)]
    claims = [
        make_claim(f"{source}-{question.id}", source=source, question=question.id,
                   answer=Names(("fighting" if source == "puls" else "withdrawn",)))
        for source in ("kindratenko", "puls") for question in questions
    ]  # fmt: skip
    score = of("kindratenko", puls, *questions, *claims)
    named = "kindratenko-q0, kindratenko-q1, kindratenko-q2 and 6 more"
    assert factor(score, "track_record").because.startswith(f"{named}, held against what others say")
    assert factor(score, "consistency").because.endswith(f"contradicts {named}")
    body = of("sso", puls, *questions, *claims)
    assert "taken as its body, by kindratenko-q0" in factor(body, "track_record").because
    assert "and 15 more" in factor(body, "track_record").because


def test_an_interval_is_symmetric_in_log_odds():
    interval = interval_of(0.4, 0.5, 0.9)
    assert logit(interval.high) - 0.4 == pytest.approx(0.4 - logit(interval.low))
    assert logit(interval.high) == pytest.approx(0.4 + 1.6449 * 0.5, abs=1e-3)
    narrower, wider = interval_of(0.4, 0.5, 0.5), interval_of(0.4, 0.8, 0.9)
    assert wider.low < interval.low < narrower.low < narrower.high < interval.high < wider.high
