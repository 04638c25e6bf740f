"""Forecasts: what dated claims let expect, from the records of those who made them.

One predictor for every kind of dated record. What it does follows from the record itself: quantities are
weighed, verdicts on a scale go to the track records, and answers are pooled.
"""

from __future__ import annotations

from typing import Self

import numpy as np
from sklearn.base import BaseEstimator

from benchmarks.answers import TOLERANCE, AnswerForecast, AnswerRecord, asked_of
from benchmarks.dated_claims import DatedClaims, Index
from benchmarks.quantities import QuantityForecast, QuantityRecord
from benchmarks.track_record import TrackRecord
from models.axis import Array


class Forecaster(BaseEstimator):  # type: ignore[misc]
    """Predicts outcomes from dated claims and what is known by then.

    Parameters
    ----------
    n_levels : int
        Levels of the verdicts that `truth` holds; 0 where it holds answers or quantities.
    first_right_level : int
        The lowest verdict that counts as right.
    warm_start : bool
        Whether `fit` starts from the last solution, as a walk through time does every day.

    Attributes
    ----------
    record_ : QuantityRecord, TrackRecord or AnswerRecord
        What was learned.

    Notes
    -----
    Nothing is read from claims or outcomes but what is passed: pass what was known at that moment.
    """

    def __init__(self, *, n_levels: int = 0, first_right_level: int = 1, warm_start: bool = False) -> None:
        self.n_levels = n_levels
        self.first_right_level = first_right_level
        self.warm_start = warm_start

    record_: QuantityRecord | TrackRecord | AnswerRecord

    def fit(
        self,
        claims: DatedClaims,
        truth: Index | Array,
        known_on: Array,
        today: float,
        kind_of_question: Index,
    ) -> Self:
        """Fit to the claims and outcomes of the past.

        Parameters
        ----------
        claims : DatedClaims
        truth : array of shape (n_objects,)
            What each object proved to be: a quantity (NaN where not known), the code of an answer or
            the level of a verdict (-1 where not known).
        known_on : array of float of shape (n_objects,)
            The day on which that came out.
        today : float
            From which evidence has aged.
        kind_of_question : array of int of shape (n_objects,)
            The type of each object, from 0; -1 where none is known.
        """
        if np.issubdtype(claims.value.dtype, np.floating):
            quantities = QuantityRecord()
            self.record_ = quantities.fit(claims, np.asarray(truth, dtype=float), known_on, kind_of_question)
            return self
        outcome = np.asarray(truth, dtype=np.intp)
        if self.n_levels:
            claims = claims.take(outcome[claims.object] >= 0).latest()
            verdicts = getattr(self, "record_", None)
            if not (self.warm_start and isinstance(verdicts, TrackRecord)):
                verdicts = TrackRecord(
                    n_levels=self.n_levels,
                    first_right_level=self.first_right_level,
                    tol=TOLERANCE,
                    warm_start=self.warm_start,
                )
            level = outcome[claims.object]
            self.record_ = verdicts.fit(_groups(claims), level, claims.day, today=today)
            return self
        answers = getattr(self, "record_", None)
        if not (self.warm_start and isinstance(answers, AnswerRecord)):
            answers = AnswerRecord(warm_start=self.warm_start)
        self.record_ = answers.fit(claims, outcome, today, kind_of_question, asked_of(claims))
        return self

    def predict(self, claims: DatedClaims, kind_of_question: Index) -> AnswerForecast | QuantityForecast:
        """Return what the objects of `claims` will prove to be, in their order.

        Of a verdict the probability is told that it calls the claim right.

        Parameters
        ----------
        claims : DatedClaims
            All that was said of these objects by now.
        kind_of_question : array of int of shape (n_objects,)
        """
        if isinstance(self.record_, QuantityRecord | AnswerRecord):
            return self.record_.predict(claims, kind_of_question)
        claims = claims.latest()
        objects, first, row = np.unique(claims.object, return_index=True, return_inverse=True)
        probability = np.bincount(row, self.record_.predict(_groups(claims))) / np.bincount(row)
        return AnswerForecast(objects, claims.value[first].astype(np.intp), probability)


def _groups(claims: DatedClaims) -> Index:
    return np.stack([claims.kind, claims.source], axis=1)
