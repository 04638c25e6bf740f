"""Anderson acceleration of a slow iteration."""

import numpy as np
import pytest

from models.acceleration import Anderson


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


def test_an_iteration_that_was_led_where_nothing_is_defined_goes_back():
    anderson = Anderson()
    first = anderson.following(np.zeros(2), np.array([1.0, 2.0]))
    back = anderson.following(first, np.array([np.nan, 2.0]))
    np.testing.assert_array_equal(back, first)
    assert np.all(np.isfinite(anderson.following(back, np.array([1.1, 2.1]))))
