"""What corrections, and versions that diverge, take from the sources that they are charged to.

Each is an observation "it did not know, or did not tell it right", of a weight in [0, 1]. The
source terms that they imply are found by themselves, before the rest of the record is learned:
u = argmax Σ w_f log(1 - σ(x_f + u_s)) under the tree-shaped prior. On its own question a fault
is left out: there the correction has already changed what stands, and charging it again would
make a question differ from what it would be had the claim never been made.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from models.acceleration import newton_share
from models.axis import Array
from models.constants import Constants
from models.elsewhere import FAULT_INFORMATION, FAULT_PRECISION
from models.evidence import Evidence
from models.hierarchy import SourceTree
from models.observations import Observations
from models.proximity import claim_proximity
from models.record import Claim, Record

# Newton steps on a concave function of few terms; it takes four or five.
STEPS = 50
STEP_TOLERANCE = 1e-12
# On a record with more faulty questions than this, the others' faults keep the Gaussian form that they
# have at the mode: solving all of them anew without each question in turn grows with the square.
SOLVED_QUESTIONS = 200


class Faults:
    """All faults of a record, and the source terms that they imply.

    Parameters
    ----------
    known : array of shape (n_nodes, N_SUMS)
        What is known of each node from outside the record; see `models.elsewhere`.

    Attributes
    ----------
    question : list of str
        Of each fault.
    claim : list of Claim
        Of each fault: the claim that it was made with.
    observations : Observations
    own_sums : array of shape (n_faults, 2)
        What each fault tells its source at the mode.
    term : array of shape (n_nodes,)
        In log-odds, at most zero.
    precision : array of shape (n_nodes,)
        What the faults tell of each node's term.
    n_judged : array of shape (n_nodes,)
        The weight of each node's faults.
    """

    def __init__(
        self,
        evidence: Mapping[str, Evidence],
        record: Record,
        tree: SourceTree,
        constants: Constants,
        known: Array,
    ) -> None:
        source, offset, weight, self.question = [], [], [], []
        self.claim: list[Claim] = []
        for id_, found in evidence.items():
            for voice in found.voices:
                claim = voice.claim
                charged = []
                if voice.standing.fault > 0:
                    near = claim_proximity(claim, claim.scope, record, constants)
                    charged.append((claim.source, near.log_odds + voice.stake.log_odds, voice.standing.fault))
                if voice.divergence:
                    charged.append((claim.via[-1], constants.vantage_relayed, constants.divergence_severity))
                for charged_to, log_odds, severity in charged:
                    source.append(tree.index[charged_to])
                    offset.append(constants.baseline + log_odds)
                    weight.append(severity)
                    self.question.append(id_)
                    self.claim.append(claim)
        self._tree, self._n_nodes = tree, len(tree.parent)
        self._widths = constants.widths
        self._known = known
        self.observations = Observations(np.array(source, dtype=np.intp), np.array(offset), np.array(weight))
        self._rows: dict[str, list[int]] = defaultdict(list)
        for row, id_ in enumerate(self.question):
            self._rows[id_].append(row)
        self._speakers = {
            id_: {tree.index[voice.claim.source] for voice in evidence[id_].voices} for id_ in self._rows
        }
        self._solve()

    def counted(self, shares: Array) -> Faults:
        """Return the same faults, each of its share of the weight, and the terms that they imply then.

        Parameters
        ----------
        shares : array of shape (n_faults,)
        """
        found = copy(self)
        for derived in ("own_sums", "_gaussians"):
            vars(found).pop(derived, None)
        found.observations = replace(self.observations, weight=self.observations.weight * shares)
        found._solve()
        return found

    def _solve(self) -> None:
        n_faults = len(self.question)
        self.n_judged = self.observations.total(np.ones(n_faults), self._n_nodes)
        self._outside: dict[str, Array] = {}
        self.term, self.precision = self._solved(np.ones(n_faults, dtype=bool))

    @cached_property
    def own_sums(self) -> Array:
        """Precision and information of each fault at the mode."""
        observations = self.observations
        term = self.term[observations.source]
        error = expit(observations.offset + term)
        precision = observations.weight * error * (1 - error)
        return np.stack([precision, precision * term - observations.weight * error], axis=1)

    def term_outside(self, question: str) -> Array:
        """Return the source terms that the faults on all other questions imply, shape (n_nodes,)."""
        if question not in self._rows:
            return self.term
        if len(self._rows) > SOLVED_QUESTIONS:
            # One question is asked about many times on end, and the terms of all would fill the memory.
            if question not in self._outside:
                self._outside = {question: self._nearly_outside(question)}
        elif question not in self._outside:
            elsewhere = np.ones(len(self.question), dtype=bool)
            elsewhere[self._rows[question]] = False
            self._outside[question] = self._solved(elsewhere)[0]
        return self._outside[question]

    @cached_property
    def _gaussians(self) -> tuple[Array, Array]:
        """Precision and information of each node with all below it, and the variance of its edge."""
        sums = np.zeros((self._n_nodes, 2))
        np.add.at(sums, self.observations.source, self.own_sums)
        sums += self._known[:, [FAULT_PRECISION, FAULT_INFORMATION]]
        variance = self._widths[self._tree.edge] ** 2
        for nodes in reversed(self._tree.levels):
            sent = sums[nodes] / (1 + sums[nodes, :1] * variance[nodes, None])
            np.add.at(sums, self._tree.parent[nodes], sent)
        return sums, variance

    def _nearly_outside(self, question: str) -> Array:
        """Take one question's faults out of the Gaussians: the terms of its sources and all above them."""
        tree, (sums, variance) = self._tree, self._gaussians
        changed: dict[int, Array] = defaultdict(lambda: np.zeros(2))
        rows = self._rows[question]
        for source, own in zip(self.observations.source[rows], self.own_sums[rows], strict=True):
            lost = own
            for node in tree.above(int(source)):
                before = sums[node] - changed[node]
                changed[node] = changed[node] + lost
                after = before - lost
                lost = before / (1 + before[0] * variance[node]) - after / (1 + after[0] * variance[node])
        nodes = {above for node in self._speakers[question] for above in tree.above(node)}
        term = self.term.copy()
        for node in sorted(nodes, key=tree.depth.__getitem__):
            precision, information = sums[node] - changed[node]
            prior = term[tree.parent[node]] if tree.parent[node] >= 0 else 0.0
            term[node] = (information + prior / variance[node]) / (precision + 1 / variance[node])
        return term

    def _solved(self, counted: NDArray[np.bool_]) -> tuple[Array, Array]:
        """Return the terms that the counted faults imply, and the precision they tell them with."""
        observations = self.observations
        known = self._known[:, [FAULT_PRECISION, FAULT_INFORMATION]]
        term = np.zeros(self._n_nodes)
        for _ in range(STEPS):
            error = expit(observations.offset + term[observations.source])
            gradient = -observations.total(np.where(counted, error, 0.0), self._n_nodes)
            spread = np.where(counted, error * (1 - error), 0.0)
            precision = observations.total(spread, self._n_nodes)
            information = precision * term + gradient
            proposed = self._tree.smooth(
                precision + known[:, 0], information + known[:, 1], self._widths
            ).mean
            step = proposed - term
            term = term + newton_share(step) * step
            moved = float(np.abs(step).max(initial=0.0))
            if moved < STEP_TOLERANCE:
                break
        return term, precision
