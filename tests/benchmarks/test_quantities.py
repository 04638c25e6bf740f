"""Forecasts of quantities."""

import numpy as np
import pytest

from benchmarks.dated_claims import DatedClaims
from benchmarks.quantities import QuantityRecord

NO_TYPE = -1


def polls(seed=0, n_objects=200, bias=(0.0, 0.0, 0.0, 0.0), spread=(1.0, 1.0, 1.0, 4.0), shared=1.0):
    """Four sources on every object, one object a day; each with its own bias and spread."""
    random = np.random.default_rng(seed)
    truth = random.normal(0, 10, n_objects)
    error = shared * random.standard_t(4, (n_objects, 1)) + random.normal(0, spread, (n_objects, 4)) + bias
    about = np.repeat(np.arange(n_objects), 4)
    n = 4 * n_objects
    claims = DatedClaims(
        np.tile(np.arange(4), n_objects),
        about,
        (truth[:, None] + error).ravel(),
        about.astype(float),
        np.tile([-1, -1, 0, -1], n_objects),
        np.full(n, np.nan),
    )
    return claims, truth


def fitted(claims, truth, n_known):
    known = np.where(np.arange(len(truth)) < n_known, truth, np.nan)
    kind = np.full(len(truth), NO_TYPE)
    record = QuantityRecord().fit(claims, known, np.arange(len(truth), dtype=float), kind)
    return record, record.predict(claims.take(claims.object >= n_known), kind)


def test_a_source_with_large_errors_is_found_out():
    record, _ = fitted(*polls(), n_known=150)
    assert np.argmax(record.quality_) == 3
    assert record.quality_[3] > 1.5 * record.quality_[0]


def test_it_comes_closer_than_the_plain_mean():
    claims, truth = polls(bias=(0.0, 0.0, 4.0, 0.0))
    _, forecast = fitted(claims, truth, n_known=150)
    plain = claims.value.reshape(-1, 4).mean(axis=1)[150:]
    assert np.abs(forecast.mean - truth[150:]).mean() < 0.8 * np.abs(plain - truth[150:]).mean()


def test_a_partisan_side_is_learned_and_taken_off():
    record, _ = fitted(*polls(bias=(0.0, 0.0, 4.0, 0.0)), n_known=150)
    assert record.lean_[0] == pytest.approx(4.0, abs=1.0)


def test_intervals_hold_the_truth_as_often_as_they_say():
    held = []
    for seed in range(4):
        claims, truth = polls(seed, n_objects=600)
        _, forecast = fitted(claims, truth, n_known=300)
        low, high = forecast.interval(0.9)
        held.extend((low <= truth[300:]) & (truth[300:] <= high))
    assert np.mean(held) == pytest.approx(0.9, abs=0.04)


def test_a_shared_error_does_not_vanish_with_the_number_of_statements():
    claims, truth = polls(shared=3.0, spread=(0.3, 0.3, 0.3, 0.3))
    _, forecast = fitted(claims, truth, n_known=150)
    assert forecast.scale.min() > 1.5


def test_another_unit_scales_the_forecast():
    claims, truth = polls()
    _, one = fitted(claims, truth, n_known=150)
    scaled = DatedClaims(
        claims.source, claims.object, 1000 * claims.value, claims.day, claims.kind, claims.certainty
    )
    _, other = fitted(scaled, 1000 * truth, n_known=150)
    np.testing.assert_allclose(other.mean, 1000 * one.mean, rtol=1e-9)
    np.testing.assert_allclose(other.scale, 1000 * one.scale, rtol=1e-9)


def test_without_outcomes_the_claims_alone_are_weighed():
    claims, truth = polls()
    _, forecast = fitted(claims, truth, n_known=0)
    np.testing.assert_allclose(forecast.mean, claims.value.reshape(-1, 4).mean(axis=1))
    assert (forecast.scale > 0).all()


def test_the_probability_of_being_above_follows_the_mean():
    _, forecast = fitted(*polls(), n_known=150)
    assert ((forecast.probability_above(0.0) > 0.5) == (forecast.mean > 0)).all()
