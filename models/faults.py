"""What corrections, and versions that diverge, take from the sources that they are charged to.

Each is an observation "it did not know, or did not tell it right", of a weight in [0, 1]. The
source terms that they imply are found by themselves, before the rest of the record is learned:
u = argmax Σ w_f log(1 - σ(x_f + u_s)) under the tree-shaped prior. On its own question a fault
is left out: there the correction has already changed what stands, and charging it again would
make a question differ from what it would be had the claim never been made.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from models.axis import Array
from models.constants import Constants
from models.evidence import Evidence
from models.hierarchy import SourceTree
from models.observations import Observations
from models.proximity import claim_proximity
from models.record import Record

# Newton steps on a concave function of few terms; it takes four or five.
STEPS = 50
STEP_TOLERANCE = 1e-12


class Faults:
    """All faults of a record, and the source terms that they imply.

    Attributes
    ----------
    term : array of shape (n_nodes,)
        In log-odds, at most zero.
    precision : array of shape (n_nodes,)
        What the faults tell of each node's term.
    n_judged : array of shape (n_nodes,)
        The weight of each node's faults.
    """

    def __init__(
        self, evidence: Mapping[str, Evidence], record: Record, tree: SourceTree, constants: Constants
    ) -> None:
        source, offset, weight, self._question = [], [], [], []
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
                    self._question.append(id_)
        self._tree, self._n_nodes = tree, len(tree.parent)
        self._widths = constants.widths
        self._observations = Observations(np.array(source, dtype=np.intp), np.array(offset), np.array(weight))
        self.n_judged = self._observations.total(np.ones(len(weight)), self._n_nodes)
        self._outside: dict[str, Array] = {}
        self.term, self.precision = self._solved(np.ones(len(weight), dtype=bool))

    def term_outside(self, question: str) -> Array:
        """Return the source terms that the faults on all other questions imply, shape (n_nodes,)."""
        if question not in self._outside:
            self._outside[question] = self._without(question)
        return self._outside[question]

    def _without(self, question: str) -> Array:
        if question not in self._question:
            return self.term
        elsewhere = np.array([id_ != question for id_ in self._question])
        return self._solved(elsewhere)[0]

    def _solved(self, counted: NDArray[np.bool_]) -> tuple[Array, Array]:
        """Return the terms that the counted faults imply, and the precision they tell them with."""
        observations = self._observations
        term = np.zeros(self._n_nodes)
        for _ in range(STEPS):
            error = expit(observations.offset + term[observations.source])
            gradient = -observations.total(np.where(counted, error, 0.0), self._n_nodes)
            spread = np.where(counted, error * (1 - error), 0.0)
            precision = observations.total(spread, self._n_nodes)
            step = self._tree.smooth(precision, precision * term + gradient, self._widths).mean
            moved = float(np.abs(step - term).max(initial=0.0))
            term = step
            if moved < STEP_TOLERANCE:
                break
        return term, precision
