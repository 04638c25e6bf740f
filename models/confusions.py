"""Confusions: what each source says of each truth, where answers are shared and records are long.

A source whose record is long shows more than how often it is right: which answers it takes for
which. Its row of confusions for truth t is Dirichlet around the pooled row of all sources, by
a strength learned from how far sources differ, so that a short record stays with the rest. This
is Dawid and Skene's model with a hierarchical prior, started from a flat vote.

References
----------
.. [1] A. P. Dawid, A. M. Skene, Maximum likelihood estimation of observer error-rates using the
   EM algorithm, JRSS C 28(1), 1979. doi:10.2307/2346806
.. [2] T. P. Minka, Estimating a Dirichlet distribution, 2000: the fixed point for the strength.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, expit

from models import kernel
from models.attributions import Attributions
from models.axis import Array
from models.constants import Constants
from models.observations import Expected

# The strength of the pooled rows is kept where it can be told: from one claim to five hundred.
WEAKEST, STRONGEST = 1.0, 500.0


@dataclass(frozen=True)
class Confusions:
    """A fit of confusions.

    Parameters
    ----------
    posterior : array of shape (n_objects, n_values)
    right : array of shape (n_sources,)
        Expected number of each source's claims that are right.
    n_iter : int
    is_converged : bool
    """

    posterior: Array
    right: Array
    n_iter: int
    is_converged: bool


class RightOnes:
    """The likelihood of source terms once confusions have said which claims are right.

    Attributes
    ----------
    posterior : array of shape (n_facts,)
        Tempered as all evidence is.
    elsewhere : array of shape (n_objects,)
    """

    def __init__(self, attributions: Attributions, found: Confusions, constants: Constants) -> None:
        tempered = found.posterior**constants.evidence_temper
        tempered /= tempered.sum(axis=1, keepdims=True)
        self.posterior = tempered[attributions.fact_object, attributions.fact_value]
        self.elsewhere = 1 - np.bincount(
            attributions.fact_object, self.posterior, minlength=len(attributions.objects)
        )
        self._constants, self._right = constants, found.right
        self._n_claims = np.bincount(attributions.claim_source, minlength=len(attributions.sources))

    def expected(self, term: Array) -> Expected:
        """Return what the claims tell of each node's term."""
        reliability = expit(self._constants.baseline + term[:-1])
        complete = self._n_claims * reliability * (1 - reliability)
        gradient = self._right - self._n_claims * reliability
        found = (complete, gradient, complete, self._n_claims.astype(float))
        return Expected(*(np.append(values, 0.0) for values in found))


def are_dense(attributions: Attributions, constants: Constants) -> bool:
    """Say whether records are long enough to tell confusions, by the median of claims a source.

    Chosen by how much there is to learn from and never by likelihood, which prefers whatever
    predicts *claims*: on sparse news that is a model of who takes which side, and not of the truth.
    """
    if not attributions.has_shared_answers:
        return False
    n_claims = np.bincount(attributions.claim_source, minlength=len(attributions.sources))
    n_values = len(attributions.values)
    enough = max(constants.dense_claims, constants.dense_confusions * (n_values - 1)) * n_values
    return bool(np.median(n_claims[n_claims > 0]) >= enough)


def confusions(
    attributions: Attributions,
    constants: Constants,
    max_iter: int,
    tol: float,
    weight: NDArray[np.float64],
) -> Confusions:
    """Fit confusions by EM until no posterior moves by more than `tol`."""
    n_values = len(attributions.values)
    flat = np.full((n_values, n_values), (1 - constants.flat_accuracy) / (n_values - 1))
    np.fill_diagonal(flat, constants.flat_accuracy)
    log_confusion = np.broadcast_to(np.log(flat), (len(attributions.sources), n_values, n_values)).copy()
    log_prior = np.full(n_values, -np.log(n_values))
    posterior = np.zeros((len(attributions.objects), n_values))
    strength = np.full(n_values, 10.0)
    spoken_of = np.diff(attributions.object_start) > 0
    is_converged = False
    n_iter = 0
    while n_iter < max_iter and not is_converged:
        n_iter += 1
        confused = np.zeros_like(log_confusion)
        moved = kernel.expect_labels(
            attributions.claim_source, weight, attributions.fact_start, attributions.fact_value,
            attributions.object_start, log_prior, log_confusion, 1.0, posterior, confused,
        )  # fmt: skip
        is_converged = moved < tol
        pooled = confused.sum(axis=0) + constants.guess_strength * flat
        pooled /= pooled.sum(axis=0)
        strength = _strength(confused, pooled, strength)
        rows = confused + strength * pooled
        log_confusion = np.log(rows / rows.sum(axis=1, keepdims=True))
        counted = posterior[spoken_of].sum(axis=0) + constants.label_strength / n_values
        log_prior = np.log(counted / counted.sum())
    right = np.trace(confused, axis1=1, axis2=2)
    return Confusions(posterior, right, n_iter, is_converged)


def _strength(confused: Array, pooled: Array, strength: Array) -> Array:
    """Return how firmly sources keep to the pooled row of each truth, by half a step of [2], eq. 55."""
    prior = strength * pooled
    numerator = (pooled * (digamma(confused + prior) - digamma(prior))).sum(axis=(0, 1))
    denominator = (digamma(confused.sum(axis=1) + strength) - digamma(strength)).sum(axis=0)
    found = strength * np.sqrt(np.maximum(numerator, 1e-12) / np.maximum(denominator, 1e-12))
    return np.asarray(np.clip(found, WEAKEST, STRONGEST))
