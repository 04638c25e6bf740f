"""A source's record over time: how often it proved right, learned from dated outcomes.

The log-odds that a claim proves right are a level that all claims share plus a term for each group that
the claim belongs to: its kind, its source, that source on a scope. Every term is Gaussian around zero, so
that a short record hardly leaves what its kind has shown:

    P(verdict of claim i is at most c) = σ(θ_c − η_i),    η_i = Σ_g u_g(i),    u_g ~ N(0, τ_g²)

With right and wrong alone this is the reliability r = σ(b + kind + source) of the estimator. Verdicts on
a longer scale count as the fractions that the scale implies: the slope of log P at η is the place of the
verdict on it, between −1 and 1. Evidence is forgotten with a half-life that is each grouping's own.

The widths τ are learned too, as MacKay's evidence framework has it [2]_: τ² is the sum of squared terms
over the sum of how far the outcomes, and not the prior, fix each.

References
----------
.. [1] P. McCullagh, Regression models for ordinal data, JRSS B 42(2), 1980.
   doi:10.1111/j.2517-6161.1980.tb01109.x
.. [2] D. J. C. MacKay, Bayesian interpolation, Neural Computation 4(3), 1992.
   doi:10.1162/neco.1992.4.3.415
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.base import BaseEstimator

from models.axis import Array

Index = NDArray[np.intp]

# Well-told groups that the elicited widths are worth against what the record shows of them: a width moves
# when there are a few dozen groups with records.
WIDTH_STRENGTH = 10.0
# Log-odds that a claim proves right before any outcome: 60 %, somewhat better than a coin.
BASELINE = 0.4
# Precision of each threshold around an even spread of the verdicts: about two outcomes.
THRESHOLD_PRECISION = 0.5
# Days in which the level that all claims share forgets half: four years, the shortest record that tells it.
LEVEL_HALF_LIFE = 1460.0
# Largest step of a term in one iteration, in log-odds: keeps Newton's method from overshooting.
LARGEST_STEP = 1.0
LEAST_PROBABILITY = 1e-9
# Precision of what does not move.
PINNED = 1e9


@dataclass(frozen=True)
class Grouping:
    """One way to group claims, with the term that each of its groups gets.

    Parameters
    ----------
    width : float
        Standard deviation of the terms around zero before any outcome, in log-odds (written τ).
    half_life : float or None
        Days in which an outcome loses half its weight for these terms; None forgets nothing.
    """

    width: float
    half_life: float | None = None


# Kinds drift, sources hardly. On a record of fact-checks half-lives of 120 days to two years did the same
# within 0.001 in Brier score, none at all worse; half a year on the sources' own terms clearly hurt.
KIND = Grouping(0.4, 180.0)
# A prior worth about five rulings.
SOURCE = Grouping(0.8)
# A source on one scope against the same source anywhere: shrunk to the whole hard, since scoped records
# of up to two hundred rulings did not pay.
SCOPE = Grouping(0.25)


class TrackRecord(BaseEstimator):  # type: ignore[misc]
    """Reliability from dated outcomes.

    Parameters
    ----------
    groupings : sequence of Grouping
        What each column of `groups` means.
    n_levels : int
        Verdicts on the scale; 2 for wrong and right.
    first_right_level : int
        The lowest verdict that counts as right.
    max_iter : int
        Newton iterations at most.
    tol : float
        Fitting ends when no term moves by more than this, in log-odds.
    warm_start : bool
        Whether `fit` starts from the last solution: a few iterations then follow a day's outcomes.

    Attributes
    ----------
    threshold_ : array of shape (n_levels - 1,)
        Written θ.
    term_, variance_ : list of array, one a grouping, of shape (n_groups,)
        What each group adds, with its posterior variance given the other groupings.
    widths_ : array of shape (n_groupings,)
        Learned.
    n_iter_ : int
    is_converged_ : bool

    Examples
    --------
    >>> record = TrackRecord([SOURCE])
    >>> source = np.array([[0], [0], [0], [1]])
    >>> _ = record.fit(source, level=[1, 1, 1, 0], day=[0, 1, 2, 3])
    >>> bool(record.predict(np.array([[0]])) > record.predict(np.array([[1]])))
    True
    """

    def __init__(
        self,
        groupings: Sequence[Grouping] = (KIND, SOURCE),
        *,
        n_levels: int = 2,
        first_right_level: int = 1,
        max_iter: int = 50,
        tol: float = 1e-3,
        warm_start: bool = False,
    ) -> None:
        self.groupings = groupings
        self.n_levels = n_levels
        self.first_right_level = first_right_level
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start

    def fit(
        self,
        groups: Index,
        level: Index | Sequence[int],
        day: Array | Sequence[float],
        *,
        today: float | None = None,
        weight: Array | None = None,
    ) -> Self:
        """Fit to outcomes.

        Parameters
        ----------
        groups : array of int of shape (n, n_groupings)
            The group of each claim in each grouping, from 0; -1 where it has none.
        level : array of int of shape (n,)
            The verdict on each claim, 0 the least true.
        day : array of shape (n,)
            When each claim was made.
        today : float or None
            The day from which evidence has aged; None means the last one in `day`.
        weight : array of shape (n,) or None
            What each outcome counts for, less than one where claims share their fate.
        """
        level, day = np.asarray(level), np.asarray(day, dtype=float)
        weight = np.ones(len(level)) if weight is None else weight
        age = (float(day.max(initial=0.0)) if today is None else today) - day
        groups = groups + 1
        self._start(groups)
        aged = [_aged(weight, age, LEVEL_HALF_LIFE)]
        aged += [_aged(weight, age, grouping.half_life) for grouping in self.groupings]
        self.is_converged_ = False
        for iteration in range(self.max_iter):
            self.n_iter_ = iteration + 1
            moved = max(self._newton(groups, level, aged), self._learn_widths())
            if moved < self.tol:
                self.is_converged_ = True
                break
        return self

    def predict(self, groups: Index) -> Array:
        """Return the probability that each claim proves right, shape (n,)."""
        return np.asarray(expit(self.log_odds(groups)))

    def log_odds(self, groups: Index) -> Array:
        """Return the log-odds that each claim proves right, shape (n,); unseen groups add nothing."""
        needed: float = self.threshold_[self.first_right_level - 1]
        return self._log_odds(groups + 1) - needed

    def doubt(self, groups: Index) -> Array:
        """Return the variance of those log-odds, shape (n,); an unseen group has its prior's."""
        return sum(
            (
                _looked_up(variance, groups[:, column] + 1, self.widths_[column] ** 2)
                for column, variance in enumerate(self.variance_)
            ),
            np.zeros(len(groups)),
        )

    def _start(self, groups: Index) -> None:
        widths = np.array([grouping.width for grouping in self.groupings])
        even = logit(np.arange(1, self.n_levels) / self.n_levels)
        even = even - even[self.first_right_level - 1] - BASELINE
        is_new = not (self.warm_start and hasattr(self, "threshold_"))
        if is_new:
            self.threshold_, self.widths_ = even, widths
            self.term_ = [np.zeros(1) for _ in widths]
            self.variance_ = [np.zeros(1) for _ in widths]
        self._even = even
        for column, term in enumerate(self.term_):
            n_groups = max(int(groups[:, column].max(initial=0)) + 1, len(term))
            self.term_[column] = np.concatenate([term, np.zeros(n_groups - len(term))])

    def _log_odds(self, groups: Index) -> Array:
        return sum(
            (_looked_up(term, groups[:, column], 0.0) for column, term in enumerate(self.term_)),
            np.zeros(len(groups)),
        )

    def _below(self, log_odds: Array, level: Index) -> tuple[Array, Array]:
        """Return the probabilities of a verdict at most as true as this one, and of one less true."""
        edges = np.concatenate([[-np.inf], self.threshold_, [np.inf]])
        return np.asarray(expit(edges[level + 1] - log_odds)), np.asarray(expit(edges[level] - log_odds))

    def _newton(self, groups: Index, level: Index, aged: list[Array]) -> float:
        """Take one Newton step of all thresholds and terms together; return the largest.

        A claim touches the thresholds above and below its verdict and one term a grouping. The terms of
        the grouping with most groups do not touch each other and are eliminated first: a step costs
        time in n + many · few, with the thresholds and all other terms the few.
        """
        upper, lower = self._below(self._log_odds(groups), level)
        above, below = upper * (1 - upper), lower * (1 - lower)
        probability = np.maximum(upper - lower, LEAST_PROBABILITY)
        both = above * below / probability**2
        # By what a claim touches: 0 the threshold above its verdict, 1 the one below, 2 a term.
        slope = (above / probability, -below / probability, upper + lower - 1)
        curvature = {
            (0, 0): above + both,
            (1, 1): below + both,
            (2, 2): above + below,
            (0, 1): -both,
            (0, 2): -above,
            (1, 2): -below,
        }
        largest = int(np.argmax([len(term) for term in self.term_]))
        n_many = len(self.term_[largest])
        many = groups[:, largest]
        others = [column for column in range(len(self.term_)) if column != largest]
        starts = self.n_levels + 1 + np.cumsum([0, *(len(self.term_[column]) for column in others)])
        n_few = int(starts[-1])
        few = [(0, level + 1, aged[0]), (1, level, aged[0])]
        few += [
            (2, start + groups[:, column], aged[1 + column])
            for start, column in zip(starts, others, strict=False)
        ]
        spread = np.bincount(many, aged[1 + largest] * curvature[2, 2], n_many)
        precision = self._precisions()
        pull_many = -precision[largest] * self.term_[largest]
        pull_many += np.bincount(many, aged[1 + largest] * slope[2], n_many)
        pull_few, within = np.zeros(n_few), np.zeros(n_few * n_few)
        few_to_many, many_to_few = np.zeros(n_few * n_many), np.zeros(n_few * n_many)
        for one, at, weight in few:
            pull_few += np.bincount(at, weight * slope[one], n_few)
            for other, beside, _ in few:
                pair = curvature[min(one, other), max(one, other)]
                within += np.bincount(at * n_few + beside, weight * pair, n_few * n_few)
            cross, crossed = at * n_many + many, curvature[one, 2]
            few_to_many += np.bincount(cross, weight * crossed, n_few * n_many)
            many_to_few += np.bincount(cross, aged[1 + largest] * crossed, n_few * n_many)
        prior = np.concatenate([self._threshold_precision(), *(precision[column] for column in others)])
        middle = np.concatenate([[0.0], self.threshold_ - self._even, [0.0]])
        pull_few -= prior * np.concatenate([middle, *(self.term_[column] for column in others)])
        held = spread + precision[largest]
        eliminated = few_to_many.reshape(n_few, n_many) / held
        linked = many_to_few.reshape(n_few, n_many)
        within = within.reshape(n_few, n_few) + np.diag(prior)
        step_few = np.linalg.solve(within - eliminated @ linked.T, pull_few - eliminated @ pull_many)
        step_many = (pull_many - linked.T @ step_few) / held
        step_few = np.clip(step_few, -LARGEST_STEP, LARGEST_STEP)
        step_many = np.clip(step_many, -LARGEST_STEP, LARGEST_STEP)
        self.threshold_ = np.sort(self.threshold_ + step_few[1 : self.n_levels])
        self.term_[largest] = self.term_[largest] + step_many
        self.variance_[largest] = 1 / held
        for start, column in zip(starts, others, strict=False):
            places = slice(start, start + len(self.term_[column]))
            self.term_[column] = self.term_[column] + step_few[places]
            self.variance_[column] = 1 / np.diagonal(within)[places]
        return max(float(np.abs(step_few).max()), float(np.abs(step_many).max()))

    def _precisions(self) -> list[Array]:
        """Return each term's prior precision; that of having no group is pinned at zero."""
        precisions = [
            np.full(len(term), 1 / width**2) for term, width in zip(self.term_, self.widths_, strict=True)
        ]
        for precision in precisions:
            precision[0] = PINNED
        return precisions

    def _threshold_precision(self) -> Array:
        """Return the thresholds' prior precision; the two ends of the scale stay where they are."""
        return np.concatenate([[PINNED], np.full(self.n_levels - 1, THRESHOLD_PRECISION), [PINNED]])

    def _learn_widths(self) -> float:
        """Set the widths to what the terms imply; return the largest change."""
        before = self.widths_.copy()
        for column, (term, variance) in enumerate(zip(self.term_, self.variance_, strict=True)):
            told = (1 - variance[1:] / before[column] ** 2).sum()
            elicited = WIDTH_STRENGTH * self.groupings[column].width ** 2
            self.widths_[column] = np.sqrt((elicited + (term**2).sum()) / (WIDTH_STRENGTH + told))
        return float(np.abs(self.widths_ - before).max(initial=0.0))


def _aged(weight: Array, age: Array, half_life: float | None) -> Array:
    return weight if half_life is None else weight * 0.5 ** (age / half_life)


def _looked_up(term: Array, group: Index, unseen: float) -> Array:
    is_seen = (group > 0) & (group < len(term))
    return np.where(is_seen, term[np.where(is_seen, group, 0)], unseen)
