import numpy as np
import pytest
from factories import make_claim, make_question, make_record, make_resolution, make_source
from hypothesis import HealthCheck, given, settings
from ledgers import records

from models.answer import Names
from models.constants import Constants
from models.doubt import doubted
from models.posterior import Posterior
from models.scoring import Scores

some = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
SOURCES = [make_source(id_) for id_ in "abc"]
ID = "dprk-on-kursk-front"


def said(source, answer="withdrawn", **fields):
    return make_claim(f"{source}-said", source=source, answer=Names((answer,)), **fields)


def posterior(*values):
    return Scores(make_record(*SOURCES, make_question(), *values)).posterior(ID)


@some
@given(records(resolutions=False))
def test_taken_apart_it_is_the_posterior_of_the_fit(record):
    model = Scores(record).model
    for question, credence in model.credence_.items():
        found = Posterior(model.evidence_[question], model.terms_)
        heard = found.from_claims(found.voices)
        np.testing.assert_allclose(doubted(heard, found.shared_doubt, found.axis.prior), credence, atol=1e-10)
        assert found.from_claims([]) == pytest.approx(found.axis.prior)


@some
@given(records(min_claims=1))
def test_only_what_carries_weight_contributes(record):
    scores = Scores(record)
    for question in record.questions:
        found = scores.posterior(question)
        for i, voice in enumerate(found.evidence.voices):
            if voice.weight == 0:
                assert found.contribution(i) == 0
        assert found.spread(np.ones(len(found.credence))) >= Constants().prior_width


def test_without_its_only_claim_a_question_is_at_its_prior():
    found = posterior(said("a"))
    assert found.without([0])[0] == pytest.approx([1 / 3] * 3)
    assert found.contribution(0) > 0


def test_what_agrees_lifts_and_what_disagrees_lowers():
    found = posterior(said("a"), said("b"), said("c", "fighting"))
    withdrawn = found.axis.membership(Names(("withdrawn",)))
    odds = [found.log_odds(withdrawn, rest) for rest in found.without([0, 1, 2])]
    assert odds[0] == pytest.approx(odds[1])
    assert odds[0] < found.log_odds(withdrawn) < odds[2]


def test_the_more_independent_voices_the_narrower_relative_to_what_they_move():
    withdrawn = np.array([0.0, 0.0, 1.0])
    none, one = posterior(), posterior(said("a"))
    assert none.spread(withdrawn) == pytest.approx(Constants().prior_width)
    assert one.spread(withdrawn) > none.spread(withdrawn)
    moved = [
        found.log_odds(withdrawn) - none.log_odds(withdrawn)
        for found in (one, posterior(said("a"), said("b")))
    ]
    spreads = [found.spread(withdrawn) for found in (one, posterior(said("a"), said("b")))]
    assert spreads[1] / moved[1] < spreads[0] / moved[0]


def test_a_resolved_question_keeps_its_credence_without_any_of_its_claims():
    found = posterior(said("a"), make_resolution(by="b"))
    assert found.is_resolved
    assert found.without([0])[0] == pytest.approx(found.credence)
    # What it added before the resolution is still told.
    assert found.contribution(0) > 0


def test_log_odds_stay_finite_for_what_excludes_nothing_or_everything():
    found = posterior(said("a"))
    assert np.isfinite(found.log_odds(np.ones(3)))
    assert found.log_odds(np.zeros(3)) == pytest.approx(-found.log_odds(np.ones(3)))
