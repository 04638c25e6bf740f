"""A source's rate and its interval."""

import numpy as np
import pytest

from benchmarks.rate import DAY_LIKENESS, day_likeness, rate_of

LEVEL = 0.9


def rate(n_right, n_wrong, *, expected=0.5, likeness=0.0, is_one_day=False):
    is_right = np.array([True] * n_right + [False] * n_wrong, dtype=bool)
    day = np.zeros(len(is_right)) if is_one_day else np.arange(len(is_right), dtype=float)
    return rate_of(is_right, day, expected, likeness)


def test_a_spotless_record_still_has_an_interval():
    low, high = rate(20, 0).interval(LEVEL)
    assert 0.8 < low < high < 1.0


def test_a_longer_record_narrows_the_interval():
    short, long = rate(4, 1).interval(LEVEL), rate(80, 20).interval(LEVEL)
    assert long[1] - long[0] < short[1] - short[0]


def test_like_outcomes_of_one_day_count_for_fewer():
    apart = rate(15, 5, likeness=0.1).interval(LEVEL)
    together = rate(15, 5, likeness=0.1, is_one_day=True).interval(LEVEL)
    assert together[1] - together[0] > apart[1] - apart[0]


def test_without_outcomes_the_rate_is_where_the_kind_lies():
    assert rate(0, 0, expected=0.5).mean == pytest.approx(0.5)
    assert rate(0, 0, expected=0.9).mean > 0.6


def test_the_next_few_claims_spread_more_than_the_rate():
    one = rate(30, 10)
    low, high = one.interval(LEVEL)
    next_low, next_high = one.interval_of_next(10, LEVEL)
    assert next_high - next_low > high - low


def test_intervals_from_first_claims_hold_the_rate_as_often_as_they_say():
    random = np.random.default_rng(0)
    held = []
    for truth in random.beta(4, 2, 400):
        low, high = rate_of(random.random(15) < truth, np.arange(15.0), 2 / 3, 0.0).interval(LEVEL)
        held.append(low <= truth <= high)
    assert np.mean(held) == pytest.approx(LEVEL, abs=0.05)


def test_days_that_differ_show_as_likeness():
    source, day = np.zeros(400, dtype=int), np.repeat(np.arange(20.0), 20)
    alternating = np.repeat([True, False], 20)
    same_each_day = np.tile(np.array([True, False]), 200)
    assert day_likeness(source, day, np.tile(alternating, 10)) > 0.5
    assert day_likeness(source, day, same_each_day) < DAY_LIKENESS


def test_one_day_alone_tells_no_likeness():
    assert (
        day_likeness(np.zeros(4, dtype=int), np.zeros(4), np.array([True, False, True, True])) == DAY_LIKENESS
    )
