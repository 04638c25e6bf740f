import json

import pytest
from factories import make_claim, make_question, make_record, make_source
from hypothesis import HealthCheck, given, settings
from ledgers import records

from models.record import Record
from models.scoring import Scores


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(records())
def test_everything_is_scored_once_and_written_as_plain_json(record):
    found = list(Scores(record).all())
    subjects = [(score.kind, score.id) for score in found]
    assert len(set(subjects)) == len(subjects)
    assert len(subjects) == len(record.sources) + len(record.claims) + len(record.questions)
    for score in found:
        assert json.loads(json.dumps(score.document, allow_nan=False)) == score.document


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(records(min_claims=2))
def test_a_score_does_not_depend_on_what_was_asked_before(record):
    once, asked = Scores(record), list(Scores(record).all())
    assert [once.of(score.kind, score.id).document for score in reversed(asked)] == [
        score.document for score in reversed(asked)
    ]


@pytest.mark.parametrize("kind", ["source", "claim", "question"])
def test_what_the_record_does_not_hold_has_no_score(kind):
    with pytest.raises(KeyError):
        Scores(Record()).of(kind, "nothing")


def test_the_summary_counts_the_record_and_tells_what_was_learned():
    summary = Scores(make_record(make_source(), make_question(), make_claim())).summary()
    assert [summary[f"n_{noun}"] for noun in ("sources", "claims", "questions")] == [1, 1, 1]
    assert summary["is_converged"] is True
    assert set(summary["learned"]) == {"kind_width", "body_width", "member_width", "kinds", "coefficients"}
    assert set(summary["learned"]["kinds"]) == {"person"}
    assert (summary["learned"]["coefficients"], summary["calibration"]) == ({}, [])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(records(min_claims=1))
def test_the_figures_of_lists_are_those_of_the_scores(record):
    scores = Scores(record)
    told = {(kind, subject): figures for kind, subject, *figures in scores.figures()}
    for score in scores.all():
        figures = told.pop((score.kind, score.id))
        for figure, expected in zip(figures, (*score.stored, score.detail), strict=True):
            assert figure == (None if expected is None else pytest.approx(expected, abs=1e-4, rel=1e-4))
    assert told == {}
