"""The terms of the sources: what a fit found. With the claims of a question, its scores are made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from models.axis import Array
from models.constants import Coefficients, Constants
from models.families import Families
from models.hierarchy import SourceTree
from models.likelihood import Guesses

# What is found of each node: the columns of `Terms.columns`, and their names.
COLUMNS = (
    "track", "fault", "variance", "judged", "weighty", "contradicted", "fault_precision", "fault_information",
)  # fmt: skip
TRACK, FAULT, VARIANCE, JUDGED, WEIGHTY, CONTRADICTED, FAULT_PRECISION, FAULT_INFORMATION = range(
    len(COLUMNS)
)


class Charge(NamedTuple):
    """A claim with which a source made a fault: it said it, or its version of it differs from others'."""

    claim: str
    is_version: bool


@dataclass(frozen=True, eq=False)
class Terms:
    """What a fit found.

    Parameters
    ----------
    elicited : Constants
        Those that the fit started from.
    coefficients : mapping of str to Coefficient
        What resolutions have made of them; empty where these tell too little.
    widths : array of shape (3,)
        Of kinds, bodies and members.
    guesses : mapping of tuple of str to array of shape (n_answers,)
        For each sorted list of answers that enough questions share, what is said without knowing.
    families : Families
        Undeclared copying.
    tree : SourceTree
        Where each source stands in `columns`.
    columns : array of shape (n_nodes, 8)
        Of each source and kind: what its record adds to its log-odds, what its faults do, the variance of
        both, the effective number of its claims that could be judged, how many carry weight, how many of
        those another voice of its body contradicts, and precision and information of its faults with those
        of all below it.
    named : mapping of str to tuple of str
        By source: a few of its claims that carry weight.
    contradicted : mapping of str to tuple of str
        By source: a few of those that another voice of its body contradicts.
    charged : mapping of str to tuple of Charge
        By source: the claims with which its faults were made.
    """

    elicited: Constants
    coefficients: Coefficients
    widths: Array
    guesses: Guesses
    families: Families
    tree: SourceTree
    columns: Array
    named: Mapping[str, tuple[str, ...]]
    contradicted: Mapping[str, tuple[str, ...]]
    charged: Mapping[str, tuple[Charge, ...]]

    @cached_property
    def constants(self) -> Constants:
        """The constants with the coefficients in force."""
        return self.elicited.moved_to(self.coefficients)

    def of(self, source: str, column: int) -> float:
        """Return one of the columns of a source."""
        return float(self.columns[self.tree.index[source], column])

    @cached_property
    def doubts(self) -> Array:
        """The variance of each node's log-odds: of its terms, and the doubt about what is elicited."""
        return self.columns[:, VARIANCE] + self.constants.elicitation_width**2

    def doubt(self, source: str) -> float:
        """Return the variance of a source's log-odds."""
        return float(self.doubts[self.tree.index[source]])

    def track(self, tree: SourceTree) -> Array:
        """Return what records add to the log-odds of the nodes of another tree; zero of new ones."""
        # The last place, -1, is that of a new one.
        return np.append(self.columns[:, TRACK], 0.0)[self.tree.places(tree.names)]
