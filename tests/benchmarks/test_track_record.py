"""Reliability from dated outcomes."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.base import clone

from benchmarks.track_record import (
    BASELINE,
    KIND,
    SCOPE,
    SOURCE,
    THRESHOLD_PRECISION,
    Grouping,
    TrackRecord,
)

RIGHT, WRONG = 1, 0


def fitted(groups, level, day=None, *, groupings=(SOURCE,), **settings):
    groups = np.asarray(groups).reshape(len(level), len(groupings))
    record = TrackRecord(groupings, tol=1e-9, max_iter=500, **settings)
    return record.fit(groups, level, np.zeros(len(level)) if day is None else day)


def reliability(record, *groups):
    return float(record.predict(np.array([groups]))[0])


def test_before_any_outcome_a_claim_is_somewhat_better_than_a_coin():
    record = fitted(np.zeros((0, 1), dtype=int), np.zeros(0, dtype=int))
    assert reliability(record, 0) == pytest.approx(expit(BASELINE))


def test_a_source_that_was_right_is_believed_more_and_one_never_seen_in_between():
    record = fitted([0, 0, 0, 1, 1, 1], [RIGHT, RIGHT, RIGHT, WRONG, WRONG, WRONG])
    assert reliability(record, 0) > reliability(record, 2) > reliability(record, 1)


def test_a_short_record_moves_a_source_less_than_a_long_one():
    short = fitted([0, *[1] * 40], [RIGHT, *[RIGHT, WRONG] * 20])
    long = fitted([0] * 20 + [1] * 40, [RIGHT] * 20 + [RIGHT, WRONG] * 20)
    assert reliability(long, 0) > reliability(short, 0) + 0.1


def test_the_solution_is_the_mode_of_the_posterior():
    """Against a general optimiser on the same log posterior, with the widths that were learned."""
    random = np.random.default_rng(5)
    groups = np.stack([random.integers(0, 3, 200), random.integers(0, 30, 200)], axis=1)
    level = random.integers(0, 4, 200)
    record = fitted(groups, level, groupings=(Grouping(0.4), SOURCE), n_levels=4, first_right_level=2)
    n_kinds, n_sources = 3, 30
    even = np.log([1 / 3, 1.0, 3.0]) - BASELINE

    def loss(x):
        edges = np.concatenate([[-np.inf], x[:3], [np.inf]])
        log_odds = x[3 : 3 + n_kinds][groups[:, 0]] + x[3 + n_kinds :][groups[:, 1]]
        probability = expit(edges[level + 1] - log_odds) - expit(edges[level] - log_odds)
        shrunk = THRESHOLD_PRECISION * ((x[:3] - even) ** 2).sum()
        shrunk += (x[3 : 3 + n_kinds] ** 2).sum() / record.widths_[0] ** 2
        shrunk += (x[3 + n_kinds :] ** 2).sum() / record.widths_[1] ** 2
        return -np.log(np.maximum(probability, 1e-12)).sum() + shrunk / 2

    start = np.concatenate([even, np.zeros(n_kinds + n_sources)])
    expected = minimize(loss, start, method="BFGS", options={"gtol": 1e-7}).x
    np.testing.assert_allclose(record.threshold_, expected[:3], atol=1e-4)
    np.testing.assert_allclose(record.term_[0][1:], expected[3 : 3 + n_kinds], atol=1e-4)
    np.testing.assert_allclose(record.term_[1][1:], expected[3 + n_kinds :], atol=1e-4)


def test_verdicts_on_a_scale_teach_more_than_their_side():
    """Both sources were right twice; one of them barely."""
    groups = [0, 0, 1, 1, 2, 2]
    graded = fitted(groups, [3, 3, 2, 2, 0, 1], n_levels=4, first_right_level=2)
    assert reliability(graded, 0) > reliability(graded, 1)


def test_old_outcomes_of_a_kind_are_forgotten_and_those_of_a_source_are_not():
    level = [RIGHT] * 20 + [WRONG] * 20
    day = np.repeat([0.0, 3650.0], 20)
    # The same groups as kinds and as sources: what differs is the half-life alone.
    forgetting = fitted([0] * 40, level, day, groupings=(Grouping(0.8, 180.0),))
    keeping = fitted([0] * 40, level, day, groupings=(Grouping(0.8),))
    assert forgetting.term_[0][1] < keeping.term_[0][1] - 0.1


def test_renaming_sources_changes_nothing():
    random = np.random.default_rng(1)
    source, level = random.integers(0, 8, 60), random.integers(0, 2, 60)
    name = random.permutation(8)
    one, other = fitted(source, level), fitted(name[source], level)
    np.testing.assert_allclose(one.predict(source[:, None]), other.predict(name[source][:, None]), atol=1e-7)


def test_a_warm_start_ends_where_a_cold_one_does():
    random = np.random.default_rng(2)
    groups = np.stack([random.integers(0, 3, 80), random.integers(0, 9, 80)], axis=1)
    level = random.integers(0, 2, 80)
    day = np.arange(80.0)
    warm = TrackRecord(tol=1e-9, max_iter=500, warm_start=True).fit(groups[:50], level[:50], day[:50])
    warm.fit(groups, level, day)
    cold = TrackRecord(tol=1e-9, max_iter=500).fit(groups, level, day)
    assert warm.is_converged_
    assert cold.is_converged_
    np.testing.assert_allclose(warm.predict(groups), cold.predict(groups), atol=1e-6)


def test_a_scope_is_shrunk_to_the_whole_hard():
    """Right on scope 0 and wrong on scope 1 equally often: each scope moves less than a source would."""
    groups = [(0, 0)] * 10 + [(0, 1)] * 10
    record = fitted(groups, [RIGHT] * 10 + [WRONG] * 10, groupings=(SOURCE, SCOPE))
    apart = fitted([0] * 10 + [1] * 10, [RIGHT] * 10 + [WRONG] * 10)
    assert reliability(record, 0, 0) > reliability(record, 0, 1)
    gap = reliability(record, 0, 0) - reliability(record, 0, 1)
    assert gap < (reliability(apart, 0) - reliability(apart, 1)) / 2


def test_a_source_without_a_record_leaves_the_most_doubt():
    record = fitted([0] * 30, [RIGHT, WRONG] * 15)
    known, unknown = record.doubt(np.array([[0], [1]]))
    assert known < unknown
    assert unknown == pytest.approx(record.widths_[0] ** 2)


def test_sources_that_differ_widen_the_prior_and_alike_ones_narrow_it():
    source = np.repeat(np.arange(40), 20)
    alike = fitted(source, np.tile([RIGHT, WRONG], 400))
    different = fitted(source, np.repeat(np.tile([RIGHT, WRONG], 20), 20))
    assert alike.widths_[0] < SOURCE.width < different.widths_[0]


def test_it_is_an_estimator():
    record = TrackRecord((KIND, SOURCE), n_levels=6, first_right_level=3)
    assert clone(record).get_params() == record.get_params()
