"""Observations: what bears on the terms of the sources."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.axis import Array

Index = NDArray[np.intp]
# Keeps a division defined for a reliability that double precision cannot tell from 0 or 1.
LEAST_SPREAD = 1e-300


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

    def expected(self, reliability: Array, knew: Array, n_nodes: int) -> Expected:
        """Return what the claims tell of each node's term.

        Parameters
        ----------
        reliability, knew : array of shape (n,)
            The probability that each claim's source knew: before, and given the other claims.
        """
        spread = np.maximum(reliability * (1 - reliability), LEAST_SPREAD)
        observed = np.maximum(spread - knew * (1 - knew), 0.0)
        return Expected(
            complete=self.total(spread, n_nodes),
            gradient=self.total(knew - reliability, n_nodes),
            observed=self.total(observed, n_nodes),
            judged=self.total(observed / spread, n_nodes),
        )


@dataclass(frozen=True)
class Expected:
    """What claims tell of the terms of the sources, given the posterior: the E-step's sums.

    Parameters
    ----------
    complete : array of shape (n_nodes,)
        Information on each node's term if it were known which of its claims were made knowing.
    gradient : array of shape (n_nodes,)
        Of the expected log-likelihood.
    observed : array of shape (n_nodes,)
        Information without what is missing (Louis): a claim that nothing bears on has none.
    judged : array of shape (n_nodes,)
        Effective number of claims that could be judged.
    """

    complete: Array
    gradient: Array
    observed: Array
    judged: Array
