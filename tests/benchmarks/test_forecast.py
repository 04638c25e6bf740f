"""One predictor for every kind of dated record."""

import numpy as np
import pytest

from benchmarks.answers import AnswerForecast
from benchmarks.dated_claims import DatedClaims
from benchmarks.forecast import Forecaster
from benchmarks.quantities import QuantityForecast


def lone_claims(value, n=40):
    """Return two sources' claims in turn, each about an object of its own, one a day."""
    day = np.arange(n, dtype=float)
    return DatedClaims(
        np.arange(n) % 2, np.arange(n), np.asarray(value), day, np.full(n, -1), np.full(n, np.nan)
    )


def forecast(claims, truth, *, n_known=30, **settings):
    kind = np.full(len(truth), -1)
    past = np.where(np.arange(len(truth)) < n_known, truth, np.nan if truth.dtype == float else -1)
    forecaster = Forecaster(**settings).fit(claims, past, claims.day + 1, float(n_known), kind)
    return forecaster.predict(claims.take(claims.object >= n_known), kind)


def test_numbers_are_taken_as_quantities():
    value = np.random.default_rng(0).normal(size=40)
    found = forecast(lone_claims(value), value + 0.1)
    assert isinstance(found, QuantityForecast)
    assert found.mean == pytest.approx(value[30:] + 0.1, abs=0.2)


def test_verdicts_follow_each_source_s_own_record():
    verdict = np.tile([3, 0], 20)
    found = forecast(lone_claims(np.zeros(40, dtype=int)), verdict, n_levels=4, first_right_level=2)
    assert isinstance(found, AnswerForecast)
    assert found.probability[::2].min() > 0.7
    assert found.probability[1::2].max() < 0.5


def test_answers_follow_each_source_s_own_record():
    answer = np.zeros(40, dtype=int)
    found = forecast(lone_claims(answer), np.tile([0, 1], 20))
    assert found.probability[::2].min() > found.probability[1::2].max()


def test_a_later_fit_forgets_the_first_unless_asked_to_start_from_it():
    claims, verdict = lone_claims(np.zeros(40, dtype=int)), np.tile([1, 0], 20)
    kind, known_on = np.full(40, -1), np.arange(40.0) + 1
    forecaster = Forecaster(n_levels=2).fit(claims, 1 - verdict, known_on, 40.0, kind)
    again = forecaster.fit(claims, verdict, known_on, 40.0, kind).predict(claims, kind)
    fresh = Forecaster(n_levels=2).fit(claims, verdict, known_on, 40.0, kind).predict(claims, kind)
    np.testing.assert_array_equal(again.probability, fresh.probability)
