"""Anderson acceleration of a slow iteration."""

import numpy as np
import pytest
from scipy.special import expit

from models.acceleration import Anderson, newton_share
from models.errors import DivergedError


def n_steps(iterate, start, tolerance=1e-9, *, accelerated=True, most=5_000):
    anderson, point = Anderson(), np.array(start, dtype=float)
    for step in range(most):
        reached = iterate(point)
        if np.abs(reached - point).max() < tolerance:
            return step, reached
        point = anderson.following(point, reached) if accelerated else reached
    return most, point


SLOW = np.diag([0.95, 0.9, 0.5])


def test_a_slow_linear_iteration_takes_a_fifth_of_the_steps():
    def iterate(x):
        return SLOW @ x + 0.01

    plain, there = n_steps(iterate, np.zeros(3), accelerated=False)
    fast, here = n_steps(iterate, np.zeros(3))
    assert fast < plain / 5
    assert here == pytest.approx(there, abs=1e-6)


@pytest.mark.parametrize("start", [-3.0, 0.1, 40.0])
def test_a_curved_iteration_ends_where_it_ends_without(start):
    def iterate(x):
        return np.array([np.cos(x[0]), 0.9 * x[1] + np.tanh(x[0])])

    _, there = n_steps(iterate, [start, start], accelerated=False)
    _, here = n_steps(iterate, [start, start])
    assert here == pytest.approx(there, abs=1e-6)


def test_the_first_step_is_the_plain_one():
    reached = np.array([1.0, 2.0])
    np.testing.assert_array_equal(Anderson().following(np.zeros(2), reached), reached)


@pytest.mark.parametrize("start", [0.0, -6.0, 8.0])
def test_newton_steps_from_where_the_likelihood_is_flat_end_at_its_mode(start):
    def climb(share):
        x = start
        for _ in range(200):
            r = expit(x)
            step = (200 * (0.9 - r) - x) / (200 * r * (1 - r) + 1)
            x += share(np.array([step])) * step
        return x

    x = climb(newton_share)
    assert 200 * (0.9 - expit(x)) == pytest.approx(x)
    assert start == 0.0 or climb(lambda _: 1.0) != pytest.approx(x)


def test_a_short_newton_step_is_taken_as_a_whole():
    assert newton_share(np.array([1e-9, -1e-8])) == pytest.approx(1.0)
    assert newton_share(np.zeros(3)) == newton_share(np.zeros(0)) == 1.0


@pytest.mark.parametrize("move", [np.nan, np.inf])
def test_a_step_that_is_no_finite_number_is_an_error(move):
    with pytest.raises(DivergedError, match="no finite number"):
        newton_share(np.array([0.1, move]))
