"""What a correction charges on the record of the claim's source."""

from datetime import timedelta

import pytest
from factories import make_claim, make_correction, make_quantity_question, make_record, make_source, moment
from hypothesis import given
from hypothesis import strategies as st

from models.answer import Values
from models.constants import Constants
from models.fault import departure, fault_of, promptness

C = Constants()
LONG = st.timedeltas(timedelta(0), timedelta(days=3000))


@pytest.mark.parametrize(("days", "credit"), [(0, 1.0), (1, 0.97), (30, 0.70), (180, 0.39)])
def test_promptness_follows_the_measured_curve(days, credit):
    assert promptness(timedelta(days=days), C) == pytest.approx(credit, abs=0.03)


@given(LONG, LONG)
def test_the_prompter_the_more_is_credited(one, other):
    sooner, later = sorted([one, other])
    assert 0 <= promptness(later, C) <= promptness(sooner, C) <= 1


def test_a_fault_says_what_was_done_by_whom_and_how_soon():
    claim = make_claim(stated_at=moment(31, 8))
    correction = make_correction(stated_at=moment(31, 16))
    own, other = (
        fault_of(claim, correction, make_record(make_source()), C, done="narrowed", weight=0.7, is_own=is_own)
        for is_own in (True, False)
    )
    assert other.because == "budanov-fighting was narrowed by Budanov after 8 hours"
    assert own.because == f"{other.because}, so prompt that it takes 49% off the error"
    assert (other.weight, other.is_own) == (0.7, False)
    assert own.weight == 0.7 * (1 - C.self_correction_relief * promptness(timedelta(hours=8), C))


def test_answers_depart_as_far_as_they_do_not_overlap():
    question = make_quantity_question()
    near, far = (Values("about", (value,)) for value in (4100.0, 9000.0))
    about = Values("about", (4000.0,))
    assert departure(about, about, question, C) == 0
    assert 0 < departure(about, near, question, C) < 0.1
    assert departure(about, far, question, C) > 0.99
