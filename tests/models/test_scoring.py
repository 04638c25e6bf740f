import json

import pytest
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


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(records(min_claims=1))
def test_scores_by_terms_that_are_known_are_those_of_the_fit(record):
    whole = Scores(record)
    known = Scores(record, whole.model.terms_)
    assert [score.document for score in known.all()] == [score.document for score in whole.all()]
    for question in record.questions:
        alone = Scores(record, whole.model.terms_, questions=[question])
        assert alone.of("question", question).document == whole.of("question", question).document
        assert alone.outlook(question) == whole.outlook(question)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(records(min_claims=1))
def test_a_reading_of_a_claim_is_its_score_without_reasons(record):
    scores = Scores(record)
    for claim in record.claims:
        found, score = scores.claim_reading(claim.id), scores.of("claim", claim.id)
        assert found["standing"] == score.standing
        if score.score is None:
            assert found["score"] is found["interval"] is None
        else:
            assert found["score"] == pytest.approx(score.score, abs=1e-5)
            expected = {"low": score.interval.low, "high": score.interval.high}
            assert found["interval"] == pytest.approx(expected, abs=1e-5)
