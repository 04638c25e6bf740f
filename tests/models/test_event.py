"""When a score is told of, and in which words."""

import pytest
from factories import make_claim, make_correction, make_question, make_record, make_resolution, make_source

from models.event import (
    Cause,
    Move,
    State,
    Wish,
    correction_because,
    distance,
    granted,
    move_because,
    resolution_because,
)
from models.record import CorrectionKind

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
        (Wish(threshold=0.5), "the score rose to 50 %"),
        (Wish(threshold=0.57), "the score rose to 57 %"),
        (Wish(threshold=0.43), None),
        (Wish(threshold=0.6), None),
        (Wish(moved_by=0.1), "the score has moved by 10 % or more since the last delivery"),
        (Wish(moved_by=0.2), None),
        (Wish(threshold=0.6, moved_by=0.1), "the score has moved by 10 % or more since the last delivery"),
    ],
)
def test_a_subscriber_is_told_of_what_it_wished_for(wish, expected):
    assert granted(wish, BEFORE, AFTER) == expected


def test_any_answer_that_crosses_is_told_by_its_name():
    moved = answers(a=0.45, b=0.55), answers(a=0.55, b=0.45)
    assert granted(Wish(threshold=0.5), *moved) == 'the credence of "a" rose to 50 %'
    assert granted(Wish(threshold=0.5), *reversed(moved)) == 'the credence of "a" fell below 50 %'


def test_a_correction_is_told_with_who_made_it_and_what_became_of_the_claim():
    claim = make_claim(via=("cnn",))
    record = make_record(make_source(), make_source("cnn"), make_question(), claim)
    move = Move("claim", claim.id, BEFORE, AFTER)
    own = correction_because(record, claim, make_correction(), move)
    assert own == (
        'The claim of Budanov that the answer is "fighting" in "Are North Korean troops still fighting on '
        'the Kursk front?" was narrowed to kursk-front/sso-sectors by its author (31 January 2025, 16:00 '
        "UTC); its credence is now 57 %, likely (was 43 %)."
    )
    carried = make_correction(by="cnn", kind=CorrectionKind.RETRACT, scope=None)
    assert "was retracted by Cnn, which carried it, (" in correction_because(record, claim, carried, move)
    lost = Move("claim", claim.id, BEFORE, State())
    assert correction_because(record, claim, carried, lost).endswith(
        "its credence cannot be judged now (was 43 %)."
    )


def test_of_what_was_taken_back_the_others_are_told_and_of_a_day_no_hour():
    claim = make_claim()
    record = make_record(make_source(), make_question(), claim)
    gone = make_correction(kind=CorrectionKind.RETRACT, scope=None, stated_precision="day")
    told = correction_because(record, claim, gone, Move("claim", claim.id, AFTER, AFTER))
    assert told.endswith(
        "was retracted by its author (31 January 2025); without it, what it said stays at 57 %, likely."
    )


def test_a_resolution_is_told_with_what_was_thought_of_its_answer():
    question = make_question()
    record = make_record(make_source(), question)
    move = Move("question", question.id, answers(fighting=0.2, reduced=0.5, withdrawn=0.3), State())
    told = resolution_because(record, question, make_resolution(), move)
    assert told.endswith(
        'was resolved on the word of Budanov: "reduced" proved true; "reduced" had a credence of 50 %.'
    )


def test_a_move_is_told_with_what_moved_it():
    question, claim = make_question(), make_claim()
    record = make_record(make_source(), question, claim)
    cause = Cause(changes=[("create", "claim", "desk-1"), ("create", "claim", "desk-2")])
    asked = (
        answers(fighting=0.6, reduced=0.3, withdrawn=0.1),
        answers(fighting=0.5, reduced=0.35, withdrawn=0.15),
    )
    assert move_because(record, None, Move("question", question.id, *asked), cause) == (
        'In "Are North Korean troops still fighting on the Kursk front?" "fighting" fell from 60 % to 50 %, '
        "roughly even chance, after claim desk-2 and 1 more was recorded."
    )
    source = move_because(record, None, Move("source", "budanov", BEFORE, AFTER), Cause("model"))
    assert source == (
        "The reliability of Budanov is now 57 %, likely (was 43 %), "
        "since another version of the model made the score."
    )
    told = move_because(record, claim, Move("claim", claim.id, AFTER, BEFORE), Cause("refit"))
    assert told.startswith("The credence of the claim of Budanov that the answer is ")
    assert told.endswith("after the whole ledger was fitted again.")
