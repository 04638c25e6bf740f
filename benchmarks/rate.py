"""How often a source is right, with its interval, from a short record of its own.

References
----------
.. [1] L. Kish, Survey Sampling, 1965, section 5.4 (what a cluster of like observations counts for).
.. [2] J. N. K. Rao, A. J. Scott, A simple method for the analysis of clustered binary data, Biometrics
   48(2), 1992. doi:10.2307/2532311
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from models.axis import Array

Index = NDArray[np.intp]

# Outcomes that the expected rate is worth: Jeffreys's prior, moved to where the kind lies. At 2.5 the
# first posts of pages near 100 % were covered less, as long as their kind had shown nothing.
RATE_STRENGTH = 1.0
# Least pseudo-count on either side: without it a spotless record gets an interval of no width, and pages
# near 100 % were covered three times in four at 90 %.
LEAST_PSEUDO_COUNT = 0.5
# How alike two outcomes of one source on one day are beyond its rate (intraclass correlation), before a
# record tells, and the pairs that this is worth. One event colours a day's claims.
DAY_LIKENESS = 0.03
DAY_LIKENESS_STRENGTH = 100.0


@dataclass(frozen=True)
class Rate:
    """A rate as a Beta distribution.

    Parameters
    ----------
    right, wrong : float
        Its parameters: effective outcomes with the prior's.

    Examples
    --------
    >>> Rate(9.0, 1.0).mean
    0.9
    """

    right: float
    wrong: float

    @property
    def mean(self) -> float:
        """The expected rate."""
        return self.right / (self.right + self.wrong)

    def interval(self, level: float) -> tuple[float, float]:
        """Return the central interval of the rate that holds `level` of the probability."""
        low, high = stats.beta.ppf([(1 - level) / 2, (1 + level) / 2], self.right, self.wrong)
        return float(low), float(high)

    def interval_of_next(self, n: int, level: float) -> tuple[float, float]:
        """Return the interval of the share that is right among the next `n` claims."""
        low, high = stats.betabinom.ppf([(1 - level) / 2, (1 + level) / 2], n, self.right, self.wrong) / n
        return float(low), float(high)


def rate_of(is_right: NDArray[np.bool_], day: Array, expected: float, likeness: float) -> Rate:
    """Return a source's rate, given the outcomes of its claims and the rate that its kind lets expect.

    Parameters
    ----------
    is_right : array of bool of shape (n,)
    day : array of shape (n,)
        When each claim was made; those of one day count for m / (1 + (m - 1) ρ) [1]_.
    expected : float
        The probability that a claim of this kind is right, this source's own record apart.
    likeness : float
        Written ρ; see `day_likeness`.
    """
    _, which, n_of_day = np.unique(np.floor(day), return_inverse=True, return_counts=True)
    weight = 1 / (1 + (n_of_day[which] - 1) * likeness)
    right = float(weight[is_right].sum()) + max(RATE_STRENGTH * expected, LEAST_PSEUDO_COUNT)
    wrong = float(weight[~is_right].sum()) + max(RATE_STRENGTH * (1 - expected), LEAST_PSEUDO_COUNT)
    return Rate(right, wrong)


def day_likeness(source: Index, day: Array, is_right: NDArray[np.bool_]) -> float:
    """Return the intraclass correlation of outcomes of one source on one day, in [0, 1], by moments [2]_.

    Sources that were always right or always wrong, or seen on one day only, tell nothing.
    """
    beyond, pairs = DAY_LIKENESS_STRENGTH * DAY_LIKENESS, DAY_LIKENESS_STRENGTH
    for one in np.unique(source):
        rows = source == one
        right = is_right[rows].astype(float)
        mean = right.mean()
        _, which, n_of_day = np.unique(np.floor(day[rows]), return_inverse=True, return_counts=True)
        n_days, n = len(n_of_day), len(right)
        if n_days > 1 and 0 < mean < 1:
            of_day = np.bincount(which, right) / n_of_day
            between = (n_of_day * (of_day - mean) ** 2).sum() / (mean * (1 - mean))
            beyond += between - (n_days - 1)
            pairs += n - (n_of_day**2).sum() / n - (n_days - 1)
    return float(np.clip(beyond / pairs, 0.0, 1.0))
