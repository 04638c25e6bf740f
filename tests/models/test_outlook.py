"""The outlook of a question says what its score says, without the reasons."""

import pytest
from factories import (
    make_claim,
    make_quantity_question,
    make_question,
    make_record,
    make_resolution,
    make_source,
)
from hypothesis import HealthCheck, given, settings
from ledgers import records

from models.answer import Names, Values
from models.scoring import Scores

SOURCES = (make_source("a"), make_source("b"))


def of(*values):
    return Scores(make_record(*SOURCES, make_question(), *values)).outlook("dprk-on-kursk-front")


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(records())
def test_it_is_the_questions_score(record):
    scores = Scores(record)
    for question in record.questions:
        found, score = scores.outlook(question), scores.of("question", question)
        assert (found.answers, found.quantity) == (score.answers, score.quantity)
        assert (found.is_contested, found.effective) == (score.is_contested, score.effective_n)


def test_the_prior_alone_is_no_judgement():
    assert not of().is_judged
    assert of(make_claim(source="a")).is_judged
    assert of(make_resolution(by="a")).is_judged


def test_the_likeliest_answer_comes_first_and_is_ahead_by_its_lead():
    found = of(make_claim(source="a", answer=Names(("withdrawn",))))
    assert found.ranked[0].answer == "withdrawn"
    assert found.lead == pytest.approx(found.ranked[0].credence - found.ranked[1].credence)


def test_it_moved_by_the_most_that_an_answer_moved():
    before, now = of(), of(make_claim(source="a"))
    moved = max(
        abs(one.credence - other.credence) for one, other in zip(before.answers, now.answers, strict=True)
    )
    assert now.moved_from(before) == pytest.approx(moved)
    assert now.moved_from(now) == 0


def test_a_quantity_moved_by_the_share_that_its_median_moved():
    question = make_quantity_question()

    def about(*numbers):
        claims = [
            make_claim(f"c{i}", source=source, question=question.id, answer=Values("about", (number,)))
            for i, (source, number) in enumerate(zip("ab", numbers, strict=False))
        ]
        return Scores(make_record(*SOURCES, question, *claims)).outlook(question.id)

    one, other = about(4000.0), about(4000.0, 2000.0)
    assert other.moved_from(one) == pytest.approx(1 - other.quantity.median / one.quantity.median)
