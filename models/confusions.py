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
from scipy.sparse import csr_array
from scipy.special import digamma, gammaln, softmax

from models.attributions import Attributions
from models.axis import Array
from models.constants import Constants

# The strength of the pooled rows is kept where it can be told: from one claim to five hundred.
WEAKEST, STRONGEST = 1.0, 500.0
# Steps of that fixed point; it takes about twenty.
STEPS = 30


@dataclass(frozen=True)
class Confusions:
    """A fit of confusions.

    Parameters
    ----------
    posterior : array of shape (n_values, n_objects)
    n_iter : int
    is_converged : bool
    """

    posterior: Array
    n_iter: int
    is_converged: bool


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


def are_confused(attributions: Attributions, constants: Constants, weight: Array | None = None) -> bool:
    """Say whether sources take answers for each other in ways of their own, or only err more or less often.

    By the evidence of the claims, under a flat vote, for Dirichlet rows of confusions against a
    beta accuracy a source with all errors alike. Where records are dense the two differ in
    nothing but the shape of errors, so that claims can choose between them.
    """
    n_values = len(attributions.values)
    crowd = _Crowd(attributions, weight)
    confused, _ = crowd.expected(np.zeros(n_values), _flat(n_values, constants))
    pooled = _pooled(confused, constants)
    right = np.trace(confused, axis1=1, axis2=2)
    n_claims = confused.sum(axis=(1, 2))
    hits = np.stack([right, n_claims - right], axis=1)[:, :, None]
    pooled_hits = hits.sum(axis=0) + constants.guess_strength * np.array(
        [[constants.flat_accuracy], [1 - constants.flat_accuracy]]
    )
    pooled_hits /= pooled_hits.sum(axis=0)
    uniform_errors = (n_claims - right).sum() * np.log(n_values - 1)
    evidence = _evidence(confused, pooled) - (_evidence(hits, pooled_hits) - uniform_errors)
    return bool(evidence > constants.strong_evidence)


class _Crowd:
    """The claims of a crowd: which objects each source gives each label, and by how much that counts.

    Attributes
    ----------
    posterior : array of shape (n_values, n_objects)
    """

    def __init__(self, attributions: Attributions, weight: Array | None) -> None:
        n_objects, n_sources, n_values = map(
            len, (attributions.objects, attributions.sources, attributions.values)
        )
        said = attributions.claim_source * n_values + attributions.fact_value[attributions.claim_fact]
        self._said = csr_array(
            (
                np.ones(attributions.n_claims) if weight is None else weight,
                said,
                attributions.fact_start[attributions.object_start],
            ),
            shape=(n_objects, n_sources * n_values),
        )
        self._shape = n_sources, n_values, n_values
        self.posterior = np.zeros((n_values, n_objects))

    def expected(self, log_prior: Array, confusion: Array) -> tuple[Array, float]:
        """Move the posterior; return expected counts as (n_sources, n said, n true), and how far it moved.

        Parameters
        ----------
        log_prior : array of shape (n_values,)
        confusion : array that broadcasts to (n_sources, n said, n true)
        """
        logs = np.broadcast_to(np.log(confusion), self._shape).reshape(-1, self._shape[-1])
        # Many objects and few labels: numpy is quick along the longer side.
        posterior = softmax(np.ascontiguousarray((self._said @ logs).T) + log_prior[:, None], axis=0)
        moved = float(np.abs(posterior - self.posterior).max(axis=0).mean())
        self.posterior = posterior
        return (self._said.T @ posterior.T).reshape(self._shape), moved


def confusions(
    attributions: Attributions, constants: Constants, max_iter: int, tol: float, weight: Array | None
) -> Confusions:
    """Fit confusions by EM, from a flat vote, until posteriors move by less than `tol` / 50 on average."""
    n_values = len(attributions.values)
    crowd = _Crowd(attributions, weight)
    confused, moved = crowd.expected(np.zeros(n_values), _flat(n_values, constants))
    strength = np.full(n_values, 10.0)
    spoken_of = np.diff(attributions.object_start) > 0
    n_iter = 1
    while n_iter < max_iter and moved >= tol / 50:
        n_iter += 1
        pooled = _pooled(confused, constants)
        strength = _strength(confused, pooled, strength)
        rows = confused + strength * pooled
        counted = crowd.posterior @ spoken_of + constants.label_strength / n_values
        log_prior = np.log(counted / counted.sum())
        confused, moved = crowd.expected(log_prior, rows / rows.sum(axis=1, keepdims=True))
    return Confusions(crowd.posterior, n_iter, moved < tol / 50)


def _flat(n_values: int, constants: Constants) -> Array:
    flat = np.full((n_values, n_values), (1 - constants.flat_accuracy) / (n_values - 1))
    np.fill_diagonal(flat, constants.flat_accuracy)
    return flat


def _pooled(confused: Array, constants: Constants) -> Array:
    """Return what all sources together say of each truth, shape (n_values said, n_values true)."""
    pooled = confused.sum(axis=0) + constants.guess_strength * _flat(confused.shape[1], constants)
    return np.asarray(pooled / pooled.sum(axis=0))


def _strength(confused: Array, pooled: Array, strength: Array) -> Array:
    """Return how firmly sources keep to the pooled row of each truth, by half a step of [2], eq. 55."""
    prior = strength * pooled
    numerator = (pooled * (digamma(confused + prior) - digamma(prior))).sum(axis=(0, 1))
    denominator = (digamma(confused.sum(axis=1) + strength) - digamma(strength)).sum(axis=0)
    found = strength * np.sqrt(np.maximum(numerator, 1e-12) / np.maximum(denominator, 1e-12))
    return np.asarray(np.clip(found, WEAKEST, STRONGEST))


def _evidence(counts: Array, pooled: Array) -> float:
    """Return the log evidence of Dirichlet-multinomial counts, shape (n_sources, n_said, n_true)."""
    strength = np.full(pooled.shape[1], 10.0)
    for _ in range(STEPS):
        strength = _strength(counts, pooled, strength)
    prior = strength * pooled
    rows = gammaln(prior.sum(axis=0)) - gammaln(counts.sum(axis=1) + prior.sum(axis=0))
    return float(rows.sum() + (gammaln(counts + prior) - gammaln(prior)).sum())
