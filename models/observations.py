"""Observations: what bears on the terms of the sources."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.axis import Array

Index = NDArray[np.intp]


@dataclass(frozen=True)
class Observations:
    """Claims as observations of their sources.

    Parameters
    ----------
    source : array of int of shape (n,)
        The node of each claim's source.
    offset : array of shape (n,)
        The claim's log-odds without that source's term.
    weight : array of shape (n,)
    """

    source: Index
    offset: Array
    weight: Array

    def total(self, values: Array, n_nodes: int) -> Array:
        """Return the weighted sum of `values` for each node, shape (n_nodes,)."""
        return np.bincount(self.source, self.weight * values, minlength=n_nodes).astype(float)
