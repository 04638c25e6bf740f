"""Fixed points: Newton steps that do not lead astray, and fewer of them.

References
----------
F. Bach, Self-concordant analysis for logistic regression, Electronic Journal of Statistics 4,
2010, section 2. doi:10.1214/09-EJS521
H. F. Walker, P. Ni, Anderson acceleration for fixed-point iterations, SIAM J. Numer. Anal. 49(4),
2011, algorithm AA with differences (section 2). doi:10.1137/10078356X
"""

from __future__ import annotations

import numpy as np

from models.axis import Array
from models.errors import DivergedError

# Steps remembered: five are enough for a few slow directions, and cost little beside one step.
MEMORY = 5
# An extrapolation that leans on more than this many earlier steps, or leaves the plain step by
# more than this in any coordinate, is not believed; nor is a memory after which steps grow.
LARGEST_COMBINATION = 50.0
LARGEST_LEAP = 3.0
LARGEST_GROWTH = 1.5


def newton_share(moves: Array) -> float:
    """Return which share of a Newton step on a logistic likelihood to take, in (0, 1].

    Where r is near 0 or 1 the likelihood is nearly flat, and the step that its curvature there
    proposes is far too long: it ends where r is nearer the other end, and the next one is longer.
    The curvature changes by a factor of exp(m) at most where log-odds move by m, so of a step m
    the part log(1 + m) never lowers the likelihood; of a short one that is nearly all.

    Parameters
    ----------
    moves : array
        How far the whole step would move each log-odds.

    Raises
    ------
    DivergedError
        When that is no finite number.
    """
    longest = float(np.abs(moves).max(initial=0.0))
    if not np.isfinite(longest):
        raise DivergedError
    return float(np.log1p(longest)) / longest if longest > 0 else 1.0


class Anderson:
    """Where to go on from, given what the iteration made of where it stood."""

    def __init__(self) -> None:
        self._reached: list[Array] = []
        self._steps: list[Array] = []
        self._length = np.inf

    def following(self, stood: Array, reached: Array) -> Array:
        """Return the next point; the plain step's own end where extrapolating is not to be trusted."""
        step = reached - stood
        length = float(np.linalg.norm(step))
        if length > LARGEST_GROWTH * self._length:
            self._forget()
        self._length = length
        self._reached, self._steps = [*self._reached[-MEMORY:], reached], [*self._steps[-MEMORY:], step]
        if len(self._steps) == 1:
            return reached
        turns, moves = np.diff(self._steps, axis=0), np.diff(self._reached, axis=0)
        products = turns @ turns.T
        # The ridge keeps steps apart that double precision cannot.
        products[np.diag_indices(len(products))] *= 1 + 1e-8
        combination = np.linalg.lstsq(products, turns @ step)[0]
        leap = combination @ moves
        if np.abs(combination).sum() > LARGEST_COMBINATION or np.abs(leap).max(initial=0.0) > LARGEST_LEAP:
            self._forget()
            return reached
        return np.asarray(reached - leap)

    def _forget(self) -> None:
        self._reached, self._steps = [], []
