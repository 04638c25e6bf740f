"""The tree of source terms: what records add to sources, shrunk to their bodies and kinds.

Each source's term u is Gaussian around the term of the body that it is a member of, a body's
around its kind's, a kind's around zero. On a tree both the mode and the variances come exactly
from one pass up and one down, in time linear in the number of sources.

References
----------
A. Willsky, Multiresolution Markov models for signal and image processing, Proc. IEEE 90(8),
2002, section IV (two-pass smoothing on trees). doi:10.1109/JPROC.2002.800717
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.axis import Array
from models.proximity import bodies
from models.record import Record, Source

KIND, BODY, MEMBER = 0, 1, 2
Index = NDArray[np.intp]


@dataclass(frozen=True)
class Smoothed:
    """Each node's term after smoothing.

    Parameters
    ----------
    mean, variance : array of shape (n_nodes,)
        Of the node's term.
    step_variance : array of shape (n_nodes,)
        Of the step from its parent's term to its own.
    told : array of shape (n_nodes,)
        How far the evidence, and not the prior, fixes that step, in [0, 1].
    """

    mean: Array
    variance: Array
    step_variance: Array
    told: Array


class SourceTree:
    """Kinds, bodies and members as nodes; node i < n_sources is the i-th source of the record.

    Attributes
    ----------
    edge : array of int of shape (n_nodes,)
        Which width the edge to a node's parent has: kind, body or member.
    names : list of str
        Of each node: a source's id, or a kind after a colon, which no id holds.
    depth : array of int of shape (n_nodes,)
        How many nodes stand above each: none above a kind.
    levels : list of array of int
        The nodes that have a parent, by their depth, those nearest the kinds first.
    """

    def __init__(self, parent: Index, edge: Index, depth: Index) -> None:
        self.parent, self.edge, self.depth = parent, edge, depth
        self.levels = [np.flatnonzero(depth == level) for level in range(1, int(depth.max(initial=0)) + 1)]
        self.index: dict[str, int] = {}
        self.node_of_kind: dict[str, int] = {}
        self.names: list[str] = []

    @classmethod
    def of_sources(cls, sources: Mapping[str, Source]) -> Self:
        """Return the tree of some sources and all their bodies, with its `index` and `node_of_kind`."""
        record = Record(sources=sources)
        index = {source: i for i, source in enumerate(sources)}
        kinds = sorted({source.kind for source in sources.values()})
        node_of_kind: dict[str, int] = {kind: len(index) + i for i, kind in enumerate(kinds)}
        names = [*index, *(f":{kind.value}" for kind in kinds)]
        n_nodes = len(names)
        parent, edge, depth = np.full(n_nodes, -1), np.full(n_nodes, KIND), np.zeros(n_nodes, dtype=int)
        for id_, i in index.items():
            chain = list(bodies(id_, record))
            depth[i] = len(chain)
            edge[i] = MEMBER if len(chain) > 1 else BODY
            parent[i] = index[chain[1].id] if len(chain) > 1 else node_of_kind[chain[0].kind]
        tree = cls(parent, edge, depth)
        tree.index, tree.node_of_kind, tree.names = index, node_of_kind, names
        return tree

    @classmethod
    def of_one_kind(cls, n_sources: int) -> Self:
        """Return the tree of sources of which nothing is known: all of one kind, the last node."""
        parent, edge = np.full(n_sources + 1, n_sources), np.full(n_sources + 1, BODY)
        depth = np.ones(n_sources + 1, dtype=int)
        parent[-1], edge[-1], depth[-1] = -1, KIND, 0
        return cls(parent, edge, depth)

    def nodes(self, names: Iterable[str]) -> Index:
        """Return where some sources stand."""
        return np.array([self.index[name] for name in names], dtype=np.intp)

    def place(self, name: str) -> int:
        """Return where a source or, after a colon, a kind stands; -1 where it is none of this tree."""
        if name.startswith(":"):
            return self.node_of_kind.get(name[1:], -1)
        return self.index.get(name, -1)

    def places(self, names: Iterable[str]) -> Index:
        """Return where some nodes stand, as `place` does."""
        return np.array([self.place(name) for name in names], dtype=np.intp)

    def smooth(self, precision: Array, information: Array, widths: Array) -> Smoothed:
        """Return mode and variances, given each node's evidence as a Gaussian in information form.

        Parameters
        ----------
        precision, information : array of shape (n_nodes,)
            Evidence on each node: its precision and its precision times its mean.
        widths : array of shape (3,)
            Standard deviation of a kind, a body and a member around its parent.
        """
        variance_of_edge = widths[self.edge] ** 2
        total, weighted = precision.copy(), information.copy()
        for nodes in reversed(self.levels):
            shrunk = 1 + total[nodes] * variance_of_edge[nodes]
            np.add.at(total, self.parent[nodes], total[nodes] / shrunk)
            np.add.at(weighted, self.parent[nodes], weighted[nodes] / shrunk)
        variance = 1 / (total + 1 / variance_of_edge)
        mean = weighted * variance
        step_variance = variance.copy()
        pull = variance / variance_of_edge
        for nodes in self.levels:
            up = self.parent[nodes]
            mean[nodes] += pull[nodes] * mean[up]
            step_variance[nodes] += (1 - pull[nodes]) ** 2 * variance[up]
            variance[nodes] += pull[nodes] ** 2 * variance[up]
        return Smoothed(mean, variance, step_variance, 1 - pull)

    def above(self, node: int) -> Iterator[int]:
        """Yield a node, its parent, and so on up to its kind."""
        while node >= 0:
            yield node
            node = int(self.parent[node])

    def steps(self, term: Array) -> Array:
        """Return how far each node's term lies from its parent's, a kind's from zero."""
        return term - np.where(self.parent >= 0, term[self.parent], 0.0)
