"""Verdicts on a scale."""

import pytest

from benchmarks.verdicts import VerdictScale, as_two_labels, grade_of

SIX = ["pants-fire", "false", "mostly-false", "half-true", "mostly-true", "true"]


def test_six_levels_are_ordered_and_half_of_them_are_right():
    scale = VerdictScale.found_in(SIX)
    assert [scale.level(label) for label in SIX] == [0, 1, 2, 3, 4, 5]
    assert scale.first_right_level == 3
    assert [scale.is_right(label) for label in SIX] == [False] * 3 + [True] * 3


def test_a_mixture_is_not_right_and_no_content_is_no_verdict():
    scale = VerdictScale.found_in(
        ["mostly true"] * 5 + ["mixture of true and false", "mostly false", "no content"]
    )
    assert not scale.is_right("mixture of true and false")
    assert scale.level("no content") is None


def test_two_answers_are_no_scale():
    assert VerdictScale.found_in(["true", "false"] * 10) is None


def test_other_answers_are_no_scale():
    assert VerdictScale.found_in(["Pataki", "Clinton", "true", "false", "half-true", "Bush", "Dole"]) is None


@pytest.mark.parametrize("spelling", ["Mostly True", "mostly_true", "mostly-true"])
def test_spelling_does_not_matter(spelling):
    assert grade_of(spelling) == grade_of("mostly true")


def test_where_only_true_and_false_are_asserted_a_verdict_is_the_side_that_it_is_on():
    verdicts = {"a": "half-true", "b": "barely-true", "c": "Pants on Fire!"}
    assert as_two_labels({"true", "false"}, verdicts) == {"a": "true", "b": "false", "c": "false"}
    assert as_two_labels({"true", "half-true"}, verdicts) == verdicts


def test_verdicts_stay_as_they_are_where_one_of_them_is_on_no_side():
    for lone in ("mixture", "no content"):
        verdicts = {"a": "true", "b": lone}
        assert as_two_labels({"true", "false"}, verdicts) == verdicts
