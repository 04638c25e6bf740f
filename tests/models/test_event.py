"""When a score is told of."""

import pytest

from models.event import State, Wish, distance, granted

BEFORE = State(0.43, 0.2, 0.7)
AFTER = State(0.57, 0.3, 0.8)


def answers(**shares):
    return State(max(shares.values()), 0.1, 0.9, answers=shares)


def test_a_question_lies_as_far_apart_as_the_answer_that_moved_most():
    assert distance(answers(a=0.5, b=0.3, c=0.2), answers(a=0.5, b=0.2, c=0.3)) == pytest.approx(0.1)
    assert distance(answers(a=0.5, b=0.5), answers(a=0.4, b=0.4, new=0.2)) == pytest.approx(0.2)


def test_a_quantity_lies_as_far_apart_as_the_share_of_its_median():
    assert distance(State(median=4000.0), State(median=3000.0)) == pytest.approx(0.25)
    assert distance(State(), State(median=3000.0)) == 1.0


def test_a_score_that_can_be_judged_now_has_moved_all_the_way_and_one_never_told_of_not_at_all():
    assert distance(State(), AFTER) == 1.0
    assert distance(AFTER, State()) == 1.0
    assert distance(State(), State()) == 0.0
    assert distance(None, AFTER) == 0.0


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (Wish(), "the score moved"),
        (Wish(threshold=0.5), "the score rose to 50%"),
        (Wish(threshold=0.57), "the score rose to 57%"),
        (Wish(threshold=0.43), None),
        (Wish(threshold=0.6), None),
        (Wish(moved_by=0.1), "the score has moved by 10% or more since the last delivery"),
        (Wish(moved_by=0.2), None),
        (Wish(threshold=0.6, moved_by=0.1), "the score has moved by 10% or more since the last delivery"),
    ],
)
def test_a_subscriber_is_told_of_what_it_wished_for(wish, expected):
    assert granted(wish, BEFORE, AFTER) == expected


def test_any_answer_that_crosses_is_told_by_its_name():
    moved = answers(a=0.45, b=0.55), answers(a=0.55, b=0.45)
    assert granted(Wish(threshold=0.5), *moved) == 'the credence of "a" rose to 50%'
    assert granted(Wish(threshold=0.5), *reversed(moved)) == 'the credence of "a" fell below 50%'
