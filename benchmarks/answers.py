"""Answers: how likely an object's leading answer is, from dated claims and their sources' records.

Each source's latest claim speaks for or against one answer with log-odds l: those that it stated, or those
of its reliability. They are pooled as the dependence of claims lets them be: the mean m of an object's
claims, weighted by freshness, counts in full, and their number only through 1 − 1/n, so that any number of
agreeing voices stays below a fixed multiple of one:

    log-odds = a + a_t + b m + c (1 − 1/n) m

Stated probabilities are too bold (b about 0.7) and voices that agree too few (c > 0); both are learned
from the outcomes so far, by logistic regression that starts from pseudo-outcomes.

References
----------
V. A. Satopää et al., Combining multiple probability predictions using a simple logit model, Int. J.
Forecasting 30(2), 2014. doi:10.1016/j.ijforecast.2013.09.009 (the mean of log-odds, extremised)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression

from benchmarks.dated_claims import DatedClaims, Index
from benchmarks.track_record import TrackRecord
from models.axis import Array

# No claim is taken as surer than this: what is stated as certain proves wrong one time in ten or so.
SUREST = 0.95
# Before any outcome: stated log-odds count for 0.8 of what was said, many agreeing voices for half more.
# Worth this many outcomes at each of the points where the pseudo-outcomes lie.
PRIOR_SLOPE = 0.8
PRIOR_GAIN = 0.4
PRIOR_OUTCOMES = 4.0
PRIOR_POINTS = np.array([(m, h * m) for m in (-3.0, -1.5, 1.5, 3.0) for h in (0.0, 0.8)])
# Inverse strength of the ridge on all coefficients (scikit-learn's C): types of question are shrunk hard.
INVERSE_RIDGE = 0.3
# Correlation of the fates of two claims on one object, when a source's record is learned from them.
SHARED_FATE = 0.5
LARGEST_SHARED_LIST = 2
# A day's outcomes move a fitted record little: from a warm start a coarser end than a score's is enough.
TOLERANCE = 1e-2


@dataclass(frozen=True)
class AnswerForecast:
    """How likely answers are, arrays of shape (n_objects,).

    Parameters
    ----------
    object : array of int
    answer : array of int
        The code of the answer that is spoken of.
    probability : array of float
        That this answer is right.
    """

    object: Index
    answer: Index
    probability: Array


class AnswerRecord(BaseEstimator):  # type: ignore[misc]
    """Records of those who name answers.

    Parameters
    ----------
    warm_start : bool
        Whether `fit` starts from the last track records.

    Attributes
    ----------
    track_record_ : TrackRecord
        Of the claims that state no probability.
    calibration_ : LogisticRegression
        From an object's pooled log-odds to those of its answer.
    asked_ : int or None
        The answer that forecasts speak of where all objects share a list of two; None where each
        forecast speaks of the object's own leading answer.
    """

    def __init__(self, *, warm_start: bool = False) -> None:
        self.warm_start = warm_start

    def fit(
        self, claims: DatedClaims, truth: Index, today: float, kind_of_question: Index, asked: int | None
    ) -> Self:
        """Fit to claims about objects whose truth is known.

        Parameters
        ----------
        claims : DatedClaims
            Those about other objects are left out.
        truth : array of int of shape (n_objects,)
            The code of the right answer; -1 where it is not known.
        today : float
        kind_of_question : array of int of shape (n_objects,)
            The type of each object, from 0; -1 where none is known.
        asked : int or None
            Written to `asked_`.
        """
        claims = claims.take(truth[claims.object] >= 0).latest()
        self.asked_ = asked
        self.n_types_ = int(kind_of_question.max(initial=-1)) + 1
        is_right = (claims.value == truth[claims.object]).astype(int)
        n_claims = np.bincount(claims.object)[claims.object] if len(claims) else np.ones(0)
        silent = np.isnan(claims.certainty)
        if not (self.warm_start and hasattr(self, "track_record_")):
            self.track_record_ = TrackRecord(tol=TOLERANCE, warm_start=self.warm_start)
        groups = np.stack([claims.kind, claims.source], axis=1)
        if silent.any() or not hasattr(self.track_record_, "threshold_"):
            self.track_record_.fit(
                groups[silent],
                is_right[silent],
                claims.day[silent],
                today=today,
                weight=1 / (1 + SHARED_FATE * (n_claims[silent] - 1)),
            )
        objects, answer, features = self._features(claims, kind_of_question)
        self._calibrate(features, truth[objects] == answer)
        return self

    def predict(self, claims: DatedClaims, kind_of_question: Index) -> AnswerForecast:
        """Return how likely each object's answer is, in the order of the objects of `claims`."""
        objects, answer, features = self._features(claims.latest(), kind_of_question)
        return AnswerForecast(objects, answer, self.calibration_.predict_proba(features)[:, 1])

    def _features(self, claims: DatedClaims, kind_of_question: Index) -> tuple[Index, Index, Array]:
        objects, row = np.unique(claims.object, return_inverse=True)
        groups = np.stack([claims.kind, claims.source], axis=1)
        stated = logit(np.clip(claims.certainty, 1 - SUREST, SUREST))
        log_odds = np.where(np.isnan(stated), self.track_record_.log_odds(groups), stated)
        freshness = claims.freshness()
        answer = self._leading(row, claims.value.astype(np.intp), freshness * log_odds, len(objects))
        signed = np.where(claims.value == answer[row], log_odds, -log_odds)
        total = np.bincount(row, freshness, len(objects))
        pooled = np.bincount(row, freshness * signed, len(objects)) / total
        count = total**2 / np.bincount(row, freshness**2, len(objects))
        features = np.zeros((len(objects), 2 + self.n_types_))
        features[:, 0], features[:, 1] = pooled, pooled * (1 - 1 / count)
        kind = kind_of_question[objects]
        typed = np.flatnonzero((kind >= 0) & (kind < self.n_types_))
        features[typed, 2 + kind[typed]] = 1.0
        return objects, answer, features

    def _leading(self, row: Index, value: Index, support: Array, n_objects: int) -> Index:
        """Return the answer asked about, or else the one that most speaks for, of each object."""
        if self.asked_ is not None:
            return np.full(n_objects, self.asked_)
        pairs, which = np.unique(np.stack([row, value], axis=1), axis=0, return_inverse=True)
        total = np.bincount(which.ravel(), support)
        order = np.lexsort((pairs[:, 1], total, pairs[:, 0]))
        leading = np.zeros(n_objects, dtype=np.intp)
        leading[pairs[order, 0]] = pairs[order, 1]
        return leading

    def _calibrate(self, features: Array, is_right: NDArray[np.bool_]) -> None:
        points = np.zeros((len(PRIOR_POINTS), features.shape[1]))
        points[:, :2] = PRIOR_POINTS
        expected = expit(points[:, :2] @ [PRIOR_SLOPE, PRIOR_GAIN])
        n_points = len(points)
        self.calibration_ = LogisticRegression(C=INVERSE_RIDGE).fit(
            np.concatenate([points, points, features]),
            np.concatenate([np.ones(n_points), np.zeros(n_points), is_right]).astype(int),
            np.concatenate(
                [PRIOR_OUTCOMES * expected, PRIOR_OUTCOMES * (1 - expected), np.ones(len(features))]
            ),
        )


def asked_of(claims: DatedClaims) -> int | None:
    """Return the answer to speak of where one list of two answers serves all objects, else None.

    Which of the two has no consequence beyond the sign.
    """
    answers = np.unique(claims.value)
    n_objects = len(np.unique(claims.object))
    is_shared = len(answers) == LARGEST_SHARED_LIST and n_objects > len(answers)
    return int(answers[-1]) if is_shared else None
