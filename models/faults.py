"""What corrections, and versions that diverge, take from the sources that they are charged to.

Each is an observation "it did not know, or did not tell it right", of a weight in [0, 1]. The
source terms that they imply are found by themselves, before the rest of the record is learned:
u = argmax Σ w_f log(1 - σ(x_f + u_s)) under the tree-shaped prior. On its own question a fault
is left out: there the correction has already changed what stands, and charging it again would
make a question differ from what it would be had the claim never been made. What is left then is
the cavity: the Gaussians that all other faults have at the mode, without this question's.

References
----------
M. Opper, O. Winther, Gaussian processes for classification: mean-field algorithms, Neural
Computation 12(11), 2000 (leave-one-out by cavities). doi:10.1162/089976600300014881
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from models.acceleration import newton_share
from models.axis import Array
from models.columns import Columns, Index
from models.hierarchy import SourceTree
from models.observations import Observations

# Newton steps on a concave function of few terms; it takes four or five.
STEPS = 50
STEP_TOLERANCE = 1e-12
PRECISION, INFORMATION = range(2)


class Faults:
    """All faults of some columns, and the source terms that they imply.

    Parameters
    ----------
    columns : Columns
    tree : SourceTree
    offset : array of shape (n_faults,)
        Each fault's log-odds without its source's term.
    widths : array of shape (3,)
        Of kinds, bodies and members.
    share : array of shape (n_faults,) or None
        How much each counts; None for all in full.

    Attributes
    ----------
    weight : array of shape (n_faults,)
    term : array of shape (n_nodes,)
        In log-odds, at most zero.
    precision : array of shape (n_nodes,)
        What the faults tell of each node's term.
    n_judged : array of shape (n_nodes,)
        The weight of each node's faults.
    sums : array of shape (n_nodes, 2)
        Precision and information of each node's faults with those of all below it, at the mode.
    """

    def __init__(
        self, columns: Columns, tree: SourceTree, offset: Array, widths: Array, share: Array | None = None
    ) -> None:
        self._tree, self._widths = tree, widths
        self.weight = columns.fault_weight if share is None else columns.fault_weight * share
        self._observations = Observations(tree.nodes(columns.fault_source), offset, self.weight)
        self._question = columns.question_of_fault
        n_nodes = len(tree.parent)
        self.n_judged = self._observations.total(np.ones(len(self.weight)), n_nodes)
        self.term, self.precision = self._solved()
        self._own = fault_sums(self._observations, self.term)
        self.sums = np.zeros((n_nodes, 2))
        np.add.at(self.sums, self._observations.source, self._own)
        for nodes in reversed(tree.levels):
            sent = message(self.sums[nodes], self._variance[nodes])
            np.add.at(self.sums, tree.parent[nodes], sent)

    @property
    def _variance(self) -> Array:
        return np.asarray(self._widths[self._tree.edge] ** 2)

    def outside(self, question: Index, node: Index) -> Array:
        """Return for each pair of a question and a node the term that faults elsewhere imply.

        Parameters
        ----------
        question, node : array of int of shape (n,)
        """
        return outside(
            self._tree, self.sums, self.term, self._variance,
            faults=(self._question, self._observations.source, self._own), asked=(question, node),
        )  # fmt: skip

    def _solved(self) -> tuple[Array, Array]:
        """Return the terms that the faults imply, and the precision they tell them with."""
        observations, n_nodes = self._observations, len(self._tree.parent)
        term = precision = np.zeros(n_nodes)
        if not len(observations.source):
            return term, precision
        for _ in range(STEPS):
            error = expit(observations.offset + term[observations.source])
            precision = observations.total(error * (1 - error), n_nodes)
            information = precision * term - observations.total(error, n_nodes)
            step = self._tree.smooth(precision, information, self._widths).mean - term
            term = term + newton_share(step) * step
            if float(np.abs(step).max(initial=0.0)) < STEP_TOLERANCE:
                break
        return term, precision


def fault_sums(observations: Observations, term: Array) -> Array:
    """Return the Gaussian that each fault has at the mode, as precision and information, shape (n, 2)."""
    at = term[observations.source]
    error = expit(observations.offset + at)
    precision = observations.weight * error * (1 - error)
    return np.stack([precision, precision * at - observations.weight * error], axis=1)


def message(sums: Array, variance: Array) -> Array:
    """Return what nodes with such sums tell their parents, shape (n, 2): seen through edges of a variance."""
    return np.asarray(sums / (1 + sums[:, :1] * variance[:, None]))


def outside(
    tree: SourceTree,
    sums: Array,
    term: Array,
    variance: Array,
    *,
    faults: tuple[Index, Index, Array],
    asked: tuple[Index, Index],
) -> Array:
    """Return the term that faults elsewhere imply, for pairs of a question and a node.

    Parameters
    ----------
    tree : SourceTree
    sums : array of shape (n_nodes, 2)
        Precision and information of each node with those of all below it.
    term, variance : array of shape (n_nodes,)
        At the mode; and of each node's edge.
    faults : (question, node, sums)
        Of each fault, arrays of shapes (n_faults,), (n_faults,) and (n_faults, 2).
    asked : (question, node)
        Arrays of shape (n,).
    """
    n_nodes, elsewhere = len(tree.parent), term[asked[1]]
    # All faults are elsewhere where a question has none.
    has_faults = np.isin(asked[0], faults[0])
    if not has_faults.any():
        return elsewhere
    # A pair of a question and a node is one number; those that matter are asked for, charged, or above such.
    charged, wanted = faults[0] * n_nodes + faults[1], (asked[0] * n_nodes + asked[1])[has_faults]
    pairs = [np.concatenate([charged, wanted])]
    while len(pairs[-1]):
        up = tree.parent[pairs[-1] % n_nodes]
        pairs.append((pairs[-1] // n_nodes * n_nodes + up)[up >= 0])
    pair = np.unique(np.concatenate(pairs))
    node = pair % n_nodes
    depth, parent = tree.depth[node], tree.parent[node]
    above = np.searchsorted(pair, pair - node + np.maximum(parent, 0))
    lost = np.zeros((len(pair), 2))
    np.add.at(lost, np.searchsorted(pair, charged), faults[2])
    for level in range(int(depth.max(initial=0)), 0, -1):
        at = np.flatnonzero(depth == level)
        before, edge = sums[node[at]], variance[node[at]]
        np.add.at(lost, above[at], message(before, edge) - message(before - lost[at], edge))
    found = term[node]
    for level in range(int(depth.max(initial=0)) + 1):
        at = np.flatnonzero(depth == level)
        prior = found[above[at]] if level else np.zeros(len(at))
        left = sums[node[at]] - lost[at]
        found[at] = (left[:, INFORMATION] + prior / variance[node[at]]) / (
            left[:, PRECISION] + 1 / variance[node[at]]
        )
    elsewhere[has_faults] = found[np.searchsorted(pair, wanted)]
    return elsewhere
