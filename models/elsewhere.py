"""What the rest of a ledger tells a fit of a part of it.

All claims bear on a source's term through sums alone: in the M-step each is a Gaussian in
information form. A part of a ledger is therefore solved by itself once the rest is known as one
such sum for each source of the part and for each body and kind above it. On the tree of sources a
body's sum holds the messages of its members, as the pass upwards makes them (`models.hierarchy`);
a member of the part takes its own message out again, and each question what it had told before
(incremental EM).

References
----------
R. Neal, G. Hinton, A view of the EM algorithm that justifies incremental, sparse, and other
variants, in: Learning in Graphical Models, 1998. doi:10.1007/978-94-011-5014-9_12
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from models.axis import Array
from models.constants import Coefficients
from models.families import Families
from models.hierarchy import Index, SourceTree

# What is summed for each source: the columns of every sum in this module. The first two are the
# Gaussian of the claims with who knew counted as known, the next two that of the faults; OBSERVED is
# the precision of both together by Louis's information, for intervals. The rest are counts.
PRECISION, INFORMATION, FAULT_PRECISION, FAULT_INFORMATION, OBSERVED = range(5)
JUDGED, WEIGHTY, CONTRADICTION = range(5, 8)
N_SUMS = 8


@dataclass(frozen=True)
class Elsewhere:
    """What is known from outside a part of a ledger.

    Parameters
    ----------
    widths : array of shape (3,)
        Of kinds, bodies and members, as the whole ledger has taught them.
    guesses : mapping of tuple of str to array of shape (n_answers,)
        For each sorted list of answers that enough questions share, what is said without knowing.
    totals : mapping of str to array of shape (N_SUMS,)
        By node: the sums of the whole ledger, this part included.
    counted_at : mapping of str to str
        By node: where its message was counted. A source that has since joined another body is
        still counted at the former one.
    shares : mapping of str to array of shape (N_SUMS,)
        By source: what of its total came from the questions of this part.
    reasons : mapping of str to tuple of str
        By source: its faults on other questions, in words.
    families : Families
        Undeclared copying that the whole ledger has shown, as far as it concerns this part.
    coefficients : mapping of str to Coefficient
        What the resolutions of the whole ledger have made of the factors' coefficients.
    """

    widths: Array
    guesses: Mapping[tuple[str, ...], Array] = field(default_factory=dict)
    totals: Mapping[str, Array] = field(default_factory=dict)
    counted_at: Mapping[str, str] = field(default_factory=dict)
    shares: Mapping[str, Array] = field(default_factory=dict)
    reasons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    families: Families = field(default_factory=Families)
    coefficients: Coefficients = field(default_factory=dict)

    def sums(self, tree: SourceTree, fault_widths: Array) -> Array:
        """Return what the rest of the ledger tells of each node of a part's tree, shape (n_nodes, N_SUMS)."""
        total = _rows(self.totals, tree.names)
        known = total - _rows(self.shares, tree.names)
        sent = message(tree, total, self.widths, fault_widths)
        for i, up in enumerate(tree.parent):
            if up >= 0 and self.counted_at.get(tree.names[i]) == tree.names[up]:
                known[up] -= sent[i]
        # A sum of rounding errors could make a precision negative.
        for column in (PRECISION, FAULT_PRECISION, OBSERVED, JUDGED, WEIGHTY):
            known[:, column] = np.maximum(known[:, column], 0.0)
        return known

    def told_before(self, tree: SourceTree) -> Array:
        """Return what the part itself told of each node when it was last solved, shape (n_nodes, N_SUMS)."""
        return _rows(self.shares, tree.names)


@dataclass(frozen=True)
class Shares:
    """What each question tells of each of its sources.

    Parameters
    ----------
    questions : list of str
    question, node : array of int of shape (n_shares,)
        The position in `questions`, and in the tree of sources.
    sums : array of shape (n_shares, N_SUMS)
    """

    questions: list[str]
    question: Index
    node: Index
    sums: Array


def message(tree: SourceTree, total: Array, widths: Array, fault_widths: Array) -> Array:
    """Return what each node tells its parent, shape (n_nodes, N_SUMS): a Gaussian seen through its edge."""
    variance, fault_variance = widths[tree.edge] ** 2, fault_widths[tree.edge] ** 2
    shrunk = np.ones((len(total), N_SUMS))
    shrunk[:, [PRECISION, INFORMATION]] += (total[:, PRECISION] * variance)[:, None]
    shrunk[:, [FAULT_PRECISION, FAULT_INFORMATION]] += (total[:, FAULT_PRECISION] * fault_variance)[:, None]
    shrunk[:, OBSERVED] += total[:, OBSERVED] * variance
    told = total / shrunk
    told[:, OBSERVED + 1 :] = 0.0
    return told


def totals(tree: SourceTree, own: Array, widths: Array, fault_widths: Array) -> Array:
    """Return each node's sum with the messages of all below it, shape (n_nodes, N_SUMS)."""
    total = own.copy()
    for nodes in reversed(tree.levels):
        sent = message(tree, total, widths, fault_widths)[nodes]
        np.add.at(total, tree.parent[nodes], sent)
    return total


def _rows(found: Mapping[str, Array], names: Sequence[str]) -> Array:
    nothing = np.zeros(N_SUMS)
    return np.array([found.get(name, nothing) for name in names]).reshape(len(names), N_SUMS)
