"""Forecasts of answers."""

import numpy as np
import pytest

from benchmarks.answers import AnswerRecord, asked_of
from benchmarks.dated_claims import DatedClaims

NO, YES = 0, 1


def stated(*rows, n_objects=None):
    """Return claims from rows of source, object, answer and certainty, one a day."""
    source, about, answer, certainty = zip(*rows, strict=True)
    n = len(rows)
    return DatedClaims(
        np.array(source),
        np.array(about),
        np.array(answer),
        np.zeros(n),
        np.full(n, -1),
        np.array(certainty, dtype=float),
    )


def forecast(past, truth, today, *, asked=YES, n_objects=None):
    """Return the probability of each of today's objects; the past's objects come first."""
    truth = np.array([*truth, *[-1] * (int(today.object.max()) + 1 - len(truth))])
    kind = np.full(len(truth), -1)
    return AnswerRecord().fit(past, truth, 1.0, kind, asked).predict(today, kind)


def bold_forecasters(n, frequency):
    """Return claims of n objects, each said to be so with 95 %, and outcomes with the given frequency."""
    rows = [(0, i, YES, 0.95) for i in range(n)] + [(0, n + i, NO, 0.95) for i in range(n)]
    so = int(n * frequency)
    return stated(*rows), [YES] * so + [NO] * (n - so) + [NO] * so + [YES] * (n - so)


def test_bold_forecasts_are_taken_down():
    past, truth = bold_forecasters(100, frequency=0.7)
    found = forecast(past, truth, stated((0, 200, YES, 0.95)))
    assert found.probability[0] == pytest.approx(0.7, abs=0.05)


def test_before_any_outcome_a_stated_probability_nearly_stands():
    past, _ = bold_forecasters(1, frequency=1.0)
    found = forecast(past, [-1, -1], stated((0, 2, YES, 0.8)))
    assert found.probability[0] == pytest.approx(0.75, abs=0.05)


def test_sources_that_agree_are_believed_more_but_not_without_bound():
    past, truth = bold_forecasters(100, frequency=0.8)
    today = [(0, 200, YES, 0.8)]
    today += [(source, 201, YES, 0.8) for source in range(3)]
    today += [(source, 202, YES, 0.8) for source in range(100)]
    one, three, hundred = forecast(past, truth, stated(*today)).probability
    assert one < three < hundred < 0.95


def test_sources_that_contradict_each_other_leave_it_open():
    past, truth = bold_forecasters(100, frequency=0.8)
    found = forecast(past, truth, stated((0, 200, YES, 0.9), (1, 200, NO, 0.9)))
    assert found.probability[0] == pytest.approx(0.5, abs=0.03)


def test_swapping_the_two_answers_mirrors_the_forecast():
    past, truth = bold_forecasters(50, frequency=0.8)
    today = stated((0, 100, YES, 0.9), (1, 101, NO, 0.7))
    straight = forecast(past, truth, today)

    def swapped(claims):
        return DatedClaims(
            claims.source, claims.object, 1 - claims.value, claims.day, claims.kind, claims.certainty
        )

    mirrored = forecast(swapped(past), [1 - answer for answer in truth], swapped(today))
    np.testing.assert_allclose(mirrored.probability, 1 - straight.probability, atol=1e-3)


def test_without_a_stated_probability_a_source_is_taken_at_its_record():
    silent = float("nan")
    past = stated(*[(0, i, YES, silent) for i in range(30)], *[(1, i, NO, silent) for i in range(30)])
    found = forecast(past, [YES] * 30, stated((0, 30, YES, silent), (1, 30, NO, silent)), asked=None)
    assert found.answer[0] == YES
    assert found.probability[0] > 0.8


def test_one_list_of_two_answers_is_asked_about_the_same_answer_throughout():
    assert asked_of(stated((0, 0, NO, 0.9), (0, 1, YES, 0.9), (0, 2, YES, 0.9))) == YES


def test_objects_with_answers_of_their_own_are_asked_about_their_leading_one():
    assert asked_of(stated((0, 0, 0, 0.9), (0, 1, 1, 0.9), (0, 2, 2, 0.9))) is None
