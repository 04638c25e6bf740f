"""One question's posterior with the evidence that it rests on: what each claim contributes, to be told."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from models.axis import Array
from models.doubt import confirmations, doubted, shared_doubt
from models.evidence import Evidence, Voice
from models.solution import Solution, SolvedQuestion, log_odds_of
from models.terms import Terms


class Posterior(SolvedQuestion):
    """The fitted posterior of one question.

    Parameters
    ----------
    evidence : Evidence
        Discounted for undeclared copying.
    terms : Terms
        What was found of the sources.

    Attributes
    ----------
    voices : list of int
        Positions, in the evidence, of the claims that carry weight.
    """

    def __init__(self, evidence: Evidence, terms: Terms) -> None:
        super().__init__(Solution(evidence.columns, terms), 0)
        self.evidence, self.axis = evidence, evidence.axis
        self.voices = [i for i, voice in enumerate(evidence.voices) if voice.weight > 0]

    def voice(self, position: int) -> Voice:
        """Return the claim at a position."""
        return self.evidence.voices[position]

    def log_odds(self, membership: Array, credence: Array | None = None) -> float:
        """Return the log-odds that the truth fits an assertion."""
        return float(log_odds_of(self.credence if credence is None else credence, membership))

    def spread(self, membership: Array) -> float:
        """Return the standard deviation of these."""
        return float(self.spreads(membership[None, :])[0])

    def from_claims(self, positions: list[int]) -> Array:
        """Return the posterior that some of the claims give alone, before doubt, shape (n_points,)."""
        return self.normalised(np.log(self.prior) + self.log_likelihood[positions].sum(axis=0))

    def contribution(self, position: int) -> float:
        """Return what a claim adds to the log-odds of what it asserts, given the other claims.

        On a resolved question, what it added before the resolution.
        """
        voices = self.evidence.voices
        if voices[position].weight == 0:
            return 0.0
        # What weighs nothing neither confirms nor looks again.
        silent = replace(self.evidence, voices=tuple(voices[i] for i in self.voices if i != position))
        rest = self.normalised(self.log_mass - self.log_likelihood[position])
        unheard = doubted(rest, shared_doubt(silent, self.constants), self.prior)
        membership = voices[position].membership
        return self.log_odds(membership, self._heard) - self.log_odds(membership, unheard)

    @cached_property
    def _heard(self) -> Array:
        return doubted(self.normalised(self.log_mass), self.columns.doubt, self.prior)

    # Looked at once for a question, since each of its claims is told by it.

    @cached_property
    def confirmations(self) -> Array:
        """How many bodies that stood close assert each answer, shape (n_points,)."""
        return confirmations(self.evidence)
