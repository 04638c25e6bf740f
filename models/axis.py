"""The axis of a question: its answers, or a grid of values, and how far a claim fits each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.answer import Answer, Names, Quantity, Values
from models.constants import Constants
from models.grouping import Flags, Index, spread, total
from models.record import Question

Array = NDArray[np.float64]
# Half a decade (or half the spread, on a linear axis) beyond what was said or declared, so that
# an "at least" has somewhere to go.
LOG_MARGIN = float(np.log(3.0))
LINEAR_MARGIN = 0.5
# What fits an answer less than this does not bear on it: the rarest guess is a million times likelier.
LEAST_FIT = 1e-18
# Two memberships whose product is smaller everywhere have no answer in common.
EXCLUDED = 1e-3


class Axis:
    """The exclusive answers Ω of one question.

    For a list, one point a name. For a quantity, a grid that covers the declared range and
    every value claimed, even in the logarithm where the scale is ``"log"``. The prior is
    uniform over the points.

    Parameters
    ----------
    question : Question
    answers : iterable of Answer
        What has been asserted; it stretches a quantity's grid.
    """

    def __init__(self, question: Question, answers: Iterable[Answer], constants: Constants) -> None:
        self.names = question.answers
        self.quantity = question.quantity
        self.constants = constants
        self.grid = np.arange(len(self.names), dtype=float)
        if self.quantity is not None:
            self.grid = _grid(self.quantity, answers, constants.grid_points)
        self.prior: Array = np.full(len(self.grid), 1.0 / max(len(self.grid), 1))
        self._memberships: dict[tuple[object, ...], Array] = {}

    @cached_property
    def shared_list(self) -> tuple[str, ...] | None:
        """The answers of a list, sorted; None for a quantity."""
        return tuple(sorted(self.names)) if self.names else None

    @cached_property
    def rank(self) -> Index:
        """The place of each answer in the sorted list, shape (n_points,); zero for a quantity."""
        return np.argsort(np.argsort(self.names)) if self.names else np.zeros(len(self.grid), dtype=np.intp)

    def membership(self, answer: Answer) -> Array:
        """Return how far each point fits what was said, in [0, 1], shape (n_points,).

        A list is one on the names asserted. Values are soft: Gaussian shoulders whose width is
        relative to the value, and never narrower than a step of the grid. For the same words it is
        the same array.
        """
        words = answer.names if isinstance(answer, Names) else (answer.bound, answer.values)
        found = self._memberships.get(words)
        if found is None:
            found = self._memberships[words] = self._membership(answer)
            found.flags.writeable = False
        return found

    def _membership(self, answer: Answer) -> Array:
        if isinstance(answer, Names):
            return np.array([float(name in answer.names) for name in self.names])
        low, high = _ends(answer)
        width = {
            "value": self.constants.value_width,
            "about": self.constants.about_width,
        }.get(answer.bound, self.constants.bound_width)
        if low == high:
            off = (self.grid - self._position(low)) / self._width(low, width)
            return np.asarray(np.exp(-0.5 * (off * off)))
        below = np.maximum(self._position(low) - self.grid, 0.0) / self._width(low, width)
        above = np.maximum(self.grid - self._position(high), 0.0) / self._width(high, width)
        return np.asarray(np.exp(-0.5 * (below * below + above * above)))

    @property
    def is_log(self) -> bool:
        """Whether it is that of a quantity on a logarithmic scale."""
        return self.quantity is not None and self.quantity.scale == "log"

    @property
    def _step(self) -> float:
        return float(self.grid[1] - self.grid[0]) if len(self.grid) > 1 else 1.0

    def _position(self, value: float) -> float:
        return float(np.log(value)) if self.is_log and 0 < value < math.inf else value

    def _width(self, value: float, width: float) -> float:
        relative = width if self.is_log or not math.isfinite(value) else width * abs(value)
        return max(relative, self._step)


def quantiles(grid: Array, probabilities: Array, levels: Array, *, is_log: bool) -> Array:
    """Return the values of a quantity below which `levels` of the probability lie, shape (n_levels,)."""
    centred = np.cumsum(probabilities) - 0.5 * probabilities
    position = np.interp(levels, centred, grid)
    return np.asarray(np.exp(position) if is_log else position)


def overlap(said: Array, other: Array) -> Array:
    """Return how far assertions agree: one where one contains the other, zero where they are disjoint.

    Parameters
    ----------
    said : array of shape (n, n_points)
        Memberships.
    other : array of shape (m, n_points)

    Returns
    -------
    array of shape (n, m)
    """
    smaller = np.minimum((said**2).sum(axis=1)[:, None], (other**2).sum(axis=1)[None, :])
    return np.asarray(np.minimum(said @ other.T / np.where(smaller > 0, smaller, 1.0), 1.0))


class Assertions:
    """What is said on some questions, each assertion once, side by side.

    Parameters
    ----------
    memberships : sequence of arrays of shape (n_points,)
        How far the points of its question's axis fit each assertion.

    Attributes
    ----------
    size : array of shape (n_assertions,)
        The sum of each membership.
    n_entries : array of int of shape (n_assertions,)
        How many points fit each at all.
    """

    def __init__(self, memberships: Sequence[Array]) -> None:
        self.memberships = memberships
        n_points = np.array([len(membership) for membership in memberships], dtype=np.intp)
        self._first = np.cumsum(n_points) - n_points
        self._flat = np.concatenate([np.zeros(0), *memberships])
        owner, point = spread(np.zeros_like(n_points), n_points)
        fits = self._flat > LEAST_FIT
        self._point, self._fit = point[fits], self._flat[fits]
        self.n_entries = np.bincount(owner[fits], minlength=len(n_points))
        self._start = np.cumsum(self.n_entries) - self.n_entries
        self.size = total(owner, self._flat, len(n_points))
        self._square = total(owner, self._flat**2, len(n_points))

    def entries(self, said: Index) -> tuple[Index, Index, Array]:
        """Return the points that fit some assertions: which of these, the point, and how far it does."""
        which, entry = spread(self._start[said], self.n_entries[said])
        return which, self._point[entry], self._fit[entry]

    def agreement(self, one: Index, other: Index) -> Array:
        """Return how far the assertions of each pair agree, as `overlap` does."""
        smaller = np.minimum(self._square[one], self._square[other])
        return np.asarray(np.minimum(self._product(one, other) / np.where(smaller > 0, smaller, 1.0), 1.0))

    def excludes(self, one: Index, other: Index) -> Flags:
        """Return whether the assertions of each pair have no answer in common."""
        return np.asarray(self._product(one, other) < EXCLUDED)

    def _product(self, one: Index, other: Index) -> Array:
        which, point, fit = self.entries(one)
        return total(which, fit * self._flat[self._first[other][which] + point], len(one))


def _ends(answer: Values) -> tuple[float, float]:
    low, high = answer.values[0], answer.values[-1]
    return (-np.inf if answer.bound == "at_most" else low, np.inf if answer.bound == "at_least" else high)


def _grid(quantity: Quantity, answers: Iterable[Answer], n_points: int) -> Array:
    said = [value for answer in answers if isinstance(answer, Values) for value in answer.values]
    declared = [bound for bound in (quantity.low, quantity.high) if bound is not None]
    if not said and len(declared) < 2:
        return np.empty(0)
    if quantity.scale == "log":
        said, declared = list(np.log(said)), list(np.log(declared))
        margin = LOG_MARGIN
    else:
        known = [*said, *declared]
        # A lone value has no spread to scale the margin by; its own size stands in.
        margin = LINEAR_MARGIN * ((max(known) - min(known)) or abs(known[0]) or 1.0)
    low = min([bound for bound in said if quantity.low is None] or [np.inf])
    high = max([bound for bound in said if quantity.high is None] or [-np.inf])
    ends = [*said, *declared, low - margin, high + margin]
    ends = [end for end in ends if np.isfinite(end)]
    return np.linspace(min(ends), max(ends), n_points)
