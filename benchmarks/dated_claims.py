"""Dated claims as arrays: who said what about which object, when, of which kind and how surely."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.axis import Array

Index = NDArray[np.intp]

# Days in which a statement loses half its weight against a newer one on the same object. In trials on
# polls and on stated forecasts anything between 8 and 30 days did the same within noise.
FRESHNESS_HALF_LIFE = 10.0
NOT_KNOWN = -1


@dataclass(frozen=True)
class DatedClaims:
    """Rows of one record; all arrays have the shape (n_claims,).

    Parameters
    ----------
    source, object : array of int
        Codes from 0.
    value : array of int or of float
        The code of the answer, or the quantity stated.
    day : array of float
        When it was said, in days from any origin.
    kind : array of int
        The code of the claim's kind, from 0; -1 where none is given.
    certainty : array of float
        The probability that the source gave to its own value; NaN where it gave none.
    """

    source: Index
    object: Index
    value: Index | Array
    day: Array
    kind: Index
    certainty: Array

    def __len__(self) -> int:
        return len(self.source)

    def take(self, rows: Index | NDArray[np.bool_]) -> Self:
        """Return these rows alone."""
        return replace(
            self,
            source=self.source[rows],
            object=self.object[rows],
            value=self.value[rows],
            day=self.day[rows],
            kind=self.kind[rows],
            certainty=self.certainty[rows],
        )

    def latest(self) -> Self:
        """Return each source's latest claim about each object, in the order of objects.

        Revising is no fault: an earlier statement is replaced, not contradicted. Of two at one
        moment the later row counts.
        """
        order = np.lexsort((self.day, self.source, self.object))
        source, about = self.source[order], self.object[order]
        is_last = np.ones(len(order), dtype=bool)
        is_last[:-1] = (source[1:] != source[:-1]) | (about[1:] != about[:-1])
        return self.take(order[is_last])

    def freshness(self) -> Array:
        """Return each claim's weight: 1 for the newest about its object, less with every day before that."""
        newest = np.full(int(self.object.max(initial=NOT_KNOWN)) + 1, -np.inf)
        np.maximum.at(newest, self.object, self.day)
        return np.asarray(0.5 ** ((newest[self.object] - self.day) / FRESHNESS_HALF_LIFE))
