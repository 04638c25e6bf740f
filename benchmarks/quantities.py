"""Quantities: what a number will prove to be, from dated statements of it and its sources' records.

A statement v of object o is the truth plus errors that its fellows share and one of its own:

    v = x_o + side + shared_o + own,    x_o = m_o + α + α_t + (β + β_t) m_o + δ_day + ε

with m_o the mean of the latest statements, each without what its kind leans to (a partisan side), weighted
by freshness and by its source's quality. The errors that statements on one type of question share do not
vanish with their number, so the variance of ε is V_t + S / k for k effective statements, and its tails are
Student's. Shifts α and slopes β are learned as one ridge regression; what all objects of one day share, δ,
is integrated out, since one surprising day would otherwise pass for a bias.

References
----------
K. L. Lange, R. J. A. Little, J. M. G. Taylor, Robust statistical modeling using the t distribution,
JASA 84(408), 1989. doi:10.1080/01621459.1989.10478852 (the iteration for Student errors)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import stats
from sklearn.base import BaseEstimator

from benchmarks.dated_claims import DatedClaims, Index
from models.axis import Array

# Widths of the coefficients, in units of the usual error of one statement, and of slopes as such. All
# objects together are hardly shifted; types of question are, by two thirds of an error; so are days.
SHIFT_WIDTH = 0.08
SLOPE_WIDTH = 0.1
TYPE_SHIFT_WIDTH = 0.67
TYPE_SLOPE_WIDTH = 0.15
DAY_WIDTH = 0.6
# Shared and own variance before any outcome, in squared units, and the objects that this is worth.
SHARED_VARIANCE = 1.0
OWN_VARIANCE = 1.4
VARIANCE_STRENGTH = 10.0
# Degrees of freedom of the errors: tails that let one upset a decade be one.
DEGREES = 4.0
# Statements that an average source's record is worth when a source's quality is learned.
QUALITY_STRENGTH = 10.0
# Squared errors are capped at this many squared units before they are compared, and their ratio to the
# others' at this: one gross miss is one miss. The floor keeps an exact neighbour from ruling the ratio.
LARGEST_SQUARE = 11.0
LARGEST_RATIO = 3.0
SQUARE_FLOOR = 0.14
# Statements without a side that the lean of a kind is shrunk by, and the largest error that it counts.
LEAN_STRENGTH = 20.0
LARGEST_LEAN = 2.5
N_ITERATIONS = 20
# From the median absolute error to the standard deviation of a Gaussian.
SPREAD_OF_MEDIAN = 1.4826


@dataclass(frozen=True)
class QuantityForecast:
    """What quantities will prove to be: Student distributions, arrays of shape (n_objects,).

    Parameters
    ----------
    object : array of int
    mean, scale : array of float
    """

    object: Index
    mean: Array
    scale: Array

    def interval(self, level: float) -> tuple[Array, Array]:
        """Return low and high of the central intervals."""
        reach = float(stats.t.ppf((1 + level) / 2, DEGREES)) * self.scale
        return self.mean - reach, self.mean + reach

    def probability_above(self, threshold: float) -> Array:
        """Return the probability that each quantity proves larger than `threshold`."""
        return np.asarray(stats.t.cdf((self.mean - threshold) / self.scale, DEGREES))


class QuantityRecord(BaseEstimator):  # type: ignore[misc]
    """Records of those who state quantities.

    Attributes
    ----------
    unit_ : float
        The usual error of one statement, in the quantity's own unit.
    quality_ : array of shape (n_sources,)
        Squared error of each source relative to the others on the same objects; 1 is average.
    lean_ : array of shape (n_kinds + 1,)
        How far claims of each kind lie above the truth; 0 for those of no kind, at the end.
    coefficients_ : array of shape (2 + 2 * n_types,)
        Shift (in units) and slope of all objects, then those of each type of question.
    shared_variance_ : array of shape (n_types + 1,)
        Of each type of question, and last of all together.
    own_variance_ : float
    """

    def fit(self, claims: DatedClaims, truth: Array, day: Array, kind_of_question: Index) -> Self:
        """Fit to claims about objects whose truth is known.

        Parameters
        ----------
        claims : DatedClaims
            Quantities. Those whose truth is not known only tell, at first, how far statements differ.
        truth : array of shape (n_objects,)
            NaN where it is not known.
        day : array of shape (n_objects,)
            When each truth came out: those of one day share an error.
        kind_of_question : array of int of shape (n_objects,)
            The type of each object, from 0; -1 where none is known.
        """
        claims = claims.latest()
        apart = claims.value - _mean_of_object(claims)
        claims = claims.take(np.isfinite(truth[claims.object]))
        self.n_types_ = int(kind_of_question.max(initial=-1)) + 1
        error = claims.value - truth[claims.object]
        # Until a truth is known, statements that differ show how far off one of them is.
        self.unit_ = _spread(error) or _spread(apart) or 1.0
        self.lean_ = self._lean(claims.kind, error)
        self.quality_ = self._quality(claims, error)
        known, features, mean, count = self._features(claims, kind_of_question)
        self._regress(features, truth[known] - mean, count, day[known], kind_of_question[known])
        return self

    def predict(self, claims: DatedClaims, kind_of_question: Index) -> QuantityForecast:
        """Return what the objects of `claims` will prove to be, in their order.

        Parameters
        ----------
        claims : DatedClaims
        kind_of_question : array of int of shape (n_objects,)
        """
        objects, features, mean, count = self._features(claims.latest(), kind_of_question)
        shared = self.shared_variance_[_type_or_all(kind_of_question[objects], self.n_types_)]
        scale = self.unit_ * np.sqrt(shared + self.own_variance_ / count)
        return QuantityForecast(objects, mean + features @ self.coefficients_, scale)

    def _lean(self, kind: Index, error: Array) -> Array:
        reach = LARGEST_LEAN * self.unit_
        n_kinds = int(kind.max(initial=-1)) + 1
        sided = kind >= 0
        total = np.bincount(kind[sided], np.clip(error[sided], -reach, reach), n_kinds)
        return np.append(total / (LEAN_STRENGTH + np.bincount(kind[sided], minlength=n_kinds)), 0.0)

    def _quality(self, claims: DatedClaims, error: Array) -> Array:
        square = np.minimum((error / self.unit_) ** 2, LARGEST_SQUARE)
        n_objects = int(claims.object.max(initial=-1)) + 1
        n_sources = int(claims.source.max(initial=0)) + 1
        others = np.bincount(claims.object, minlength=n_objects)[claims.object] - 1
        theirs = np.bincount(claims.object, square, n_objects)[claims.object] - square
        has_fellows = others > 0
        ratio = (square[has_fellows] + SQUARE_FLOOR) / (
            theirs[has_fellows] / others[has_fellows] + SQUARE_FLOOR
        )
        source = claims.source[has_fellows]
        total = np.bincount(source, np.minimum(ratio, LARGEST_RATIO), n_sources)
        return np.asarray(
            (QUALITY_STRENGTH + total) / (QUALITY_STRENGTH + np.bincount(source, minlength=n_sources))
        )

    def _features(self, claims: DatedClaims, kind_of_question: Index) -> tuple[Index, Array, Array, Array]:
        """Return the objects of the latest claims, their features, mean and effective count."""
        objects, row = np.unique(claims.object, return_inverse=True)
        is_rated = claims.source < len(self.quality_)
        quality = np.where(is_rated, self.quality_[np.where(is_rated, claims.source, 0)], 1.0)
        weight = claims.freshness() / quality
        weight = weight / np.bincount(row, weight)[row]
        lean = self.lean_[np.where(claims.kind < len(self.lean_) - 1, claims.kind, -1)]
        mean = np.bincount(row, weight * (claims.value - lean)).astype(float)
        count = 1 / np.bincount(row, weight**2)
        features = np.zeros((len(objects), 2 + 2 * self.n_types_))
        features[:, 0], features[:, 1] = self.unit_, mean
        kind = kind_of_question[objects]
        typed = np.flatnonzero((kind >= 0) & (kind < self.n_types_))
        features[typed, 2 + 2 * kind[typed]] = self.unit_
        features[typed, 3 + 2 * kind[typed]] = mean[typed]
        return objects, features, mean, count

    def _regress(self, features: Array, error: Array, count: Array, day: Array, kind: Index) -> None:
        """Fit coefficients and variances by iteratively reweighted ridge regression with days' own errors."""
        widths = np.concatenate(
            [
                [SHIFT_WIDTH, SLOPE_WIDTH],
                np.tile([TYPE_SHIFT_WIDTH, TYPE_SLOPE_WIDTH], self.n_types_),
            ]
        )
        self.coefficients_: Array = np.zeros(len(widths))
        self.shared_variance_: Array = np.full(self.n_types_ + 1, SHARED_VARIANCE)
        self.own_variance_ = OWN_VARIANCE
        if not len(error):
            return
        features, error = features / self.unit_, error / self.unit_
        # A slope is a number without a unit: it stays what it is when both sides are scaled.
        _, which = np.unique(day, return_inverse=True)
        which_type = _type_or_all(kind, self.n_types_)
        for _ in range(N_ITERATIONS):
            shared, own = self.shared_variance_[which_type], self.own_variance_ / count
            total = shared + own
            student = _student_weight(error - features @ self.coefficients_, total)
            precision = student / total
            # The days' errors are integrated out: Sherman and Morrison, day by day.
            held = np.bincount(which, precision) + 1 / DAY_WIDTH**2
            sums = np.zeros((len(held), features.shape[1]))
            np.add.at(sums, which, precision[:, None] * features)
            missed = np.bincount(which, precision * error)
            curvature = (features * precision[:, None]).T @ features - (sums / held[:, None]).T @ sums
            pull = features.T @ (precision * error) - sums.T @ (missed / held)
            self.coefficients_ = np.linalg.solve(curvature + np.diag(1 / widths**2), pull).astype(float)
            left = error - features @ self.coefficients_
            square = _student_weight(left, total) * left**2
            self._split(square, shared, own, count, which_type)

    def _split(self, square: Array, shared: Array, own: Array, count: Array, which_type: Index) -> None:
        """Learn how much of the squared errors is shared and how much is own (one step of EM)."""
        part = shared / (shared + own)
        of_shared = part**2 * square + (1 - part) * shared
        of_own = ((1 - part) ** 2 * square + part * own) * count
        strength = VARIANCE_STRENGTH
        n = len(square)
        self.own_variance_ = float((strength * OWN_VARIANCE + of_own.sum()) / (strength + n))
        together = (strength * SHARED_VARIANCE + of_shared.sum()) / (strength + n)
        totals = np.bincount(which_type, of_shared, self.n_types_ + 1)
        self.shared_variance_ = (strength * together + totals) / (
            strength + np.bincount(which_type, minlength=self.n_types_ + 1)
        )
        self.shared_variance_[-1] = together


def _student_weight(error: Array, variance: Array) -> Array:
    return np.asarray((DEGREES + 1) / (DEGREES + error**2 / variance))


def _type_or_all(kind: Index, n_types: int) -> Index:
    return np.where((kind >= 0) & (kind < n_types), kind, n_types)


def _mean_of_object(claims: DatedClaims) -> Array:
    total = np.bincount(claims.object, claims.value)
    return np.asarray((total / np.maximum(np.bincount(claims.object), 1))[claims.object])


def _spread(error: Array) -> float:
    """Return the usual size of an error, robustly; 0 where there is none."""
    return SPREAD_OF_MEDIAN * float(np.median(np.abs(error))) if len(error) else 0.0
