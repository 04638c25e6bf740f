"""Dated claims as arrays."""

import numpy as np

from benchmarks.dated_claims import FRESHNESS_HALF_LIFE, DatedClaims


def claims(*rows):
    """Return claims from rows of source, object, value and day."""
    source, about, value, day = zip(*rows, strict=True)
    n = len(rows)
    return DatedClaims(
        np.array(source),
        np.array(about),
        np.array(value),
        np.array(day, dtype=float),
        np.full(n, -1),
        np.full(n, np.nan),
    )


def test_the_latest_statement_of_a_source_counts():
    latest = claims((0, 0, 1, 2.0), (0, 0, 2, 1.0), (1, 0, 3, 0.0), (0, 1, 4, 0.0)).latest()
    assert sorted(latest.value.tolist()) == [1, 3, 4]


def test_of_two_at_one_moment_the_later_row_counts():
    assert claims((0, 0, 1, 1.0), (0, 0, 2, 1.0)).latest().value.tolist() == [2]


def test_the_newest_weighs_one_and_an_older_one_less():
    weight = claims((0, 0, 1, 50.0), (1, 0, 1, 50.0 - FRESHNESS_HALF_LIFE), (2, 1, 1, 0.0)).freshness()
    np.testing.assert_allclose(weight, [1.0, 0.5, 1.0])
