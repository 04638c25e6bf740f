"""One question's posterior, taken apart: what each claim contributes and how sure all of it is."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np
from scipy.special import logit

from models.axis import Array
from models.doubt import confirmations, doubted, second_looks, shared_doubt
from models.evidence import Evidence, Voice
from models.likelihood import OPEN_MIND
from models.terms import Terms

# Keeps the log-odds of an assertion that excludes nothing finite.
SUREST = OPEN_MIND / 4


def log_odds_of(credence: Array, membership: Array) -> Array:
    """Return the log-odds that the truth fits an assertion, for credences of shape (…, n_points)."""
    return np.asarray(logit(np.clip(credence @ membership, SUREST, 1 - SUREST)))


class Posterior:
    """The fitted posterior of one question.

    Parameters
    ----------
    evidence : Evidence
        Discounted for undeclared copying.
    terms : Terms
        What was found of the sources.

    Attributes
    ----------
    credence : array of shape (n_points,)
    voices : list of int
        Positions, in the evidence, of the claims that carry weight: the rows of what follows.
    fit : array of shape (n_voices, n_points)
        How far what each says fits each answer.
    log_likelihood : array of shape (n_voices, n_points)
        Tempered and weighted.
    shared_doubt : array of shape (n_points,)
        The share of what the claims give each answer that is left to the prior.
    fault_term : dict of str to float
        By speaker, what faults on other questions take from its log-odds.
    """

    def __init__(self, evidence: Evidence, terms: Terms) -> None:
        self.evidence, self.axis, self.terms = evidence, evidence.axis, terms
        self.constants = terms.constants
        self.is_resolved = evidence.question.id in evidence.record.resolutions
        likelihood, reliability, self.fault_term = terms.solve(evidence)
        self._kept_back = kept_back = likelihood.columns.doubt
        self.shared_doubt = np.zeros_like(kept_back) if self.is_resolved else kept_back
        self.credence = doubted(likelihood.posterior, self.shared_doubt, self.axis.prior)
        self.voices = [i for i, voice in enumerate(evidence.voices) if voice.weight > 0]
        shape = (len(self.voices), len(self.axis.grid))
        self.fit = fit = np.array([evidence.voices[i].membership for i in self.voices]).reshape(shape)
        told = (likelihood.columns.commitment * reliability)[:, None]
        temper, guess = likelihood.temper[:, None], likelihood.guess[:, None]
        self.guess = dict(zip(self.voices, likelihood.guess, strict=True))
        found = told * fit + (1 - told) * guess
        self.log_likelihood = temper * np.log(found)
        self._log_mass = np.log(self.axis.prior) + self.log_likelihood.sum(axis=0)
        self._row = {position: row for row, position in enumerate(self.voices)}
        self._slope = temper * told * (1 - reliability[:, None]) * (fit - guess) / found
        self._variance = terms.doubts[likelihood.observations.source]

    def log_odds(self, membership: Array, credence: Array | None = None) -> float:
        """Return the log-odds that the truth fits an assertion."""
        return float(log_odds_of(self.credence if credence is None else credence, membership))

    def from_claims(self, rows: list[int]) -> Array:
        """Return the posterior that some of the claims give alone, before doubt, shape (n_points,)."""
        return self._normalised(np.log(self.axis.prior) + self.log_likelihood[rows].sum(axis=0))

    def doubt_on_scope_of(self, position: int) -> Array:
        """Return the shared doubt on a claim's own scope, shape (n_points,)."""
        # Only a second look of its own counts there for more than on the whole question.
        if self.is_resolved or not self.evidence.voices[position].standing.revised:
            return self.shared_doubt
        return shared_doubt(self.evidence, self.constants, position)

    def without(self, position: int) -> Array:
        """Return the posterior that all claims but one give, before doubt; a resolved question's own."""
        if self.is_resolved:
            return self.credence
        if position not in self._row:
            return self._normalised(self._log_mass)
        return self._normalised(self._log_mass - self.log_likelihood[self._row[position]])

    def spread(self, membership: Array) -> float:
        """Return the standard deviation of the log-odds that the truth fits an assertion."""
        return float(self.spreads(membership[None, :])[0])

    def spreads(self, asserted: Array) -> Array:
        """Return that deviation for several assertions, of shape (n, n_points).

        By the delta method, from the doubt about each speaker and about the prior.
        """
        probability = asserted @ self.credence
        doubt = np.maximum(probability * (1 - probability), SUREST)
        undoubted = self.credence if self.is_resolved else self._normalised(self._log_mass)
        # Σ P m = Σ p g: what the doubt makes of an assertion.
        left = (1 - self.shared_doubt) * asserted + self.shared_doubt * (asserted @ self.axis.prior)[:, None]
        moves = self._slope @ (undoubted * (left - (left @ undoubted)[:, None])).T / doubt
        return np.asarray(np.sqrt(self.constants.prior_width**2 + self._variance @ moves**2))

    def contribution(self, position: int) -> float:
        """Return what a claim adds to the log-odds of what it asserts, given the other claims.

        On a resolved question, what it added before the resolution.
        """
        if position not in self._row:
            return 0.0
        voices = self.evidence.voices
        # What weighs nothing neither confirms nor looks again.
        silent = replace(self.evidence, voices=tuple(voices[i] for i in self.voices if i != position))
        rest = self._normalised(self._log_mass - self.log_likelihood[self._row[position]])
        unheard = doubted(rest, shared_doubt(silent, self.constants), self.axis.prior)
        membership = voices[position].membership
        return self.log_odds(membership, self._heard) - self.log_odds(membership, unheard)

    # Looked at once for a question, since each of its claims is told by them.

    @cached_property
    def confirmations(self) -> Array:
        """How many bodies that stood close assert each answer, shape (n_points,)."""
        return confirmations(self.evidence)

    @cached_property
    def second_looks(self) -> Array:
        """How far a side is believed that asserts each answer and gave up another, shape (n_points,)."""
        return second_looks(self.evidence)

    @cached_property
    def _heard(self) -> Array:
        return doubted(self._normalised(self._log_mass), self._kept_back, self.axis.prior)

    def voice(self, position: int) -> Voice:
        """Return the claim at a position."""
        return self.evidence.voices[position]

    def _normalised(self, log: Array) -> Array:
        mass = np.exp(log - log.max(initial=-np.inf))
        return np.asarray((1 - OPEN_MIND) * mass / mass.sum() + OPEN_MIND * self.axis.prior)
