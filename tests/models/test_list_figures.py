"""What lists sort by, made straight from columns, is what the scores say."""

import pytest
from hypothesis import HealthCheck, given, settings
from ledgers import copying_ledger, figures_of, records

from models import list_figures
from models.constants import Constants
from models.evidence_reader import EvidenceReader
from models.record import Record
from models.scoring import Scores


def assert_as_scored(record):
    scores = Scores(record)
    told = figures_of(record, scores.model.terms_)
    for score in scores.all():
        figures = told.pop((score.kind, score.id))
        for figure, expected in zip(figures, (*score.stored, score.detail), strict=True):
            assert figure == (None if expected is None else pytest.approx(expected, abs=1e-5))
    assert told == {}


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(records(min_claims=1))
def test_they_are_those_of_the_scores(record):
    assert_as_scored(record)


def test_of_copied_claims_too():
    assert_as_scored(copying_ledger()[0])


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(records(min_claims=2))
def test_those_of_some_questions_are_as_among_all(record):
    terms = Scores(record).model.terms_
    columns = EvidenceReader(record, Constants()).voices(record.questions.values()).columns
    among_all = {found[:2]: found for found in list_figures.of_questions(columns, terms)}
    for question in record.questions:
        for alone in list_figures.of_questions(columns.by_id([question]), terms):
            expected = among_all[alone[:2]]
            for one, other in zip(alone[2:], expected[2:], strict=True):
                assert one == (None if other is None else pytest.approx(other, abs=1e-9))


def test_nothing_is_listed_of_no_questions():
    assert figures_of(Record()) == {}
