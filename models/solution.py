"""Questions solved by the terms of the sources: many at once, and then each by itself.

Nothing but columns is looked at: what lists sort by is made of it, and `models.posterior` adds the evidence
that a score is put into words from.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from scipy.special import expit, logit

from models.axis import Array
from models.columns import Columns, Flags, Index
from models.doubt import doubted
from models.faults import fault_sums, outside
from models.likelihood import OPEN_MIND, Likelihood
from models.observations import Observations
from models.terms import FAULT, FAULT_INFORMATION, FAULT_PRECISION, TRACK, Terms

# Keeps the log-odds of an assertion that excludes nothing finite.
SUREST = OPEN_MIND / 4


def log_odds_of(credence: Array, membership: Array) -> Array:
    """Return the log-odds that the truth fits an assertion, both of shape (…, n_points)."""
    return np.asarray(logit(np.clip((credence * membership).sum(axis=-1), SUREST, 1 - SUREST)))


def own_words(log_odds: Array, certainty: Array, fit: Array, guess: Array, weight: Array) -> Array:
    """Return speakers' words on their own scope as log-likelihoods, shape (n, n_points).

    Parameters
    ----------
    log_odds, certainty, guess, weight : array of shape (n,)
        Of the reliability of each, how far it commits itself, how often others would say so unknowing, and
        the tempered weight.
    fit : array of shape (n_points,) or (n, n_points)
        How far each answer fits what is said.
    """
    told = (certainty * expit(log_odds))[:, None]
    return np.asarray(weight[:, None] * np.log(told * fit + (1 - told) * guess[:, None]))


def times(credence: Array, log_likelihood: Array) -> Array:
    """Return the posteriors, shape (n, n_points), that log-likelihoods of that shape make of credences."""
    mass = credence * np.exp(log_likelihood - log_likelihood.max(axis=1, initial=-np.inf, keepdims=True))
    return np.asarray(mass / mass.sum(axis=1, keepdims=True))


class Solution:
    """Some questions, solved.

    Parameters
    ----------
    columns : Columns
        Discounted for undeclared copying.
    terms : Terms
        Of the sources, at least, that speak there.

    Attributes
    ----------
    node : array of int of shape (n_all_claims,)
        Where each claim's source stands in the tree.
    corrected : array of shape (n_all_claims,)
        What faults on other questions take from the log-odds of each claim's source.
    log_odds : array of shape (n_all_claims,)
        Of the probability that each claim's source knew and told it right.
    guess : array of shape (n_all_claims,)
        How often it would be said without knowing; 1 of a claim that carries no weight.
    posterior : array of shape (n_all_points,)
        Before doubt; a resolved question's is clamped.
    """

    def __init__(self, columns: Columns, terms: Terms) -> None:
        self.columns, self.terms = columns, terms
        in_force = terms.constants.coefficients
        self.node = node = terms.tree.nodes(columns.source)
        self.corrected = self._corrected()
        offset = columns.amounts @ in_force + self.corrected
        self.log_odds = offset + terms.columns[node, TRACK]
        is_weighty = columns.weight > 0
        likelihood = Likelihood(
            columns.weighty,
            node[is_weighty],
            offset[is_weighty],
            constants=terms.constants,
            guesses=terms.guesses,
        )
        likelihood.known(expit(self.log_odds[is_weighty]))
        self.guess = np.ones(len(node))
        self.guess[is_weighty] = likelihood.guess
        self.posterior = likelihood.posterior

    def _corrected(self) -> Array:
        columns, terms = self.columns, self.terms
        tree, constants, at = terms.tree, terms.constants, terms.columns[:, FAULT]
        sums = terms.columns[:, [FAULT_PRECISION, FAULT_INFORMATION]]
        observations = Observations(
            tree.nodes(columns.fault_source),
            columns.fault_amounts @ constants.coefficients,
            columns.fault_weight,
        )
        return outside(
            tree, sums, at, constants.widths[tree.edge] ** 2,
            faults=(columns.question_of_fault, observations.source, fault_sums(observations, at)),
            asked=(columns.question_of_claim, self.node),
        )  # fmt: skip


class SolvedQuestion:
    """One question of a solution.

    Parameters
    ----------
    solution : Solution
    place : int
        Of the question, among its questions.

    Attributes
    ----------
    columns : Columns
        Of the question alone: its claims are the rows of what follows.
    credence : array of shape (n_points,)
    fit : array of shape (n_claims, n_points)
        How far what each claim says fits each answer.
    log_likelihood : array of shape (n_claims, n_points)
        Tempered and weighted.
    log_mass : array of shape (n_points,)
        Of the prior and of all claims, before doubt.
    shared_doubt : array of shape (n_points,)
        The share of what the claims give each answer that is left to the prior.
    corrected : array of shape (n_claims,)
        What faults on other questions take from the log-odds of each claim's source.
    """

    def __init__(self, solution: Solution, place: int) -> None:
        ends, self.terms = solution.columns.ends, solution.terms
        claims, points = (slice(*ends[kind][place : place + 2]) for kind in ("claim", "point"))
        self.columns = columns = solution.columns.of_question(place)
        self.constants, self.prior = self.terms.constants, columns.prior
        self.is_resolved = bool(columns.is_clamped[0])
        self.shared_doubt = np.zeros_like(columns.doubt) if self.is_resolved else columns.doubt
        self.credence = doubted(solution.posterior[points], self.shared_doubt, self.prior)
        self.fit = np.zeros((len(columns.claims), len(self.prior)))
        self.fit[columns.claim_of_entry, columns.point] = columns.fit
        self.corrected, self.guess = solution.corrected[claims], solution.guess[claims]
        self._node, self._log_odds = solution.node[claims], solution.log_odds[claims]
        self._reliability = expit(self._log_odds)
        self._told = (columns.commitment * self._reliability)[:, None]
        self._temper = self.constants.evidence_temper * columns.weight
        self._found = self._told * self.fit + (1 - self._told) * self.guess[:, None]
        self.log_likelihood = self._temper[:, None] * np.log(self._found)
        self.log_mass = np.log(self.prior) + self.log_likelihood.sum(axis=0)

    @property
    def leading(self) -> int:
        """The place of the answer that leads."""
        return int(np.argmax(self.credence))

    @cached_property
    def is_judged(self) -> Flags:
        """Whether each claim can be judged, shape (n_claims,).

        None can that speaks of what is outside the question's scope, nor one that nobody asserts any more
        where no other claim stands.
        """
        columns = self.columns
        is_asserted = (columns.commitment > 0) | self.is_resolved | bool((columns.weight > 0).any())
        return np.asarray(is_asserted & (columns.coverage > 0))

    @cached_property
    def taken_back(self) -> Array:
        """What corrections take from the log-odds of each claim's source, on the claim's own scope.

        On other questions, and what standing by a narrowing adds. Shape (n_claims,).
        """
        return self.corrected + self._stood_by

    @cached_property
    def _stood_by(self) -> Array:
        """What standing by a narrowing adds."""
        is_kept = self.columns.is_kept_narrowing & (self.columns.coverage < 1)
        return np.where(is_kept, self.constants.kept_narrowing, 0.0)

    @cached_property
    def _part(self) -> Array:
        """The share of the question's scope that each claim speaks of; 1 where it is outside of it."""
        coverage = self.columns.coverage
        return np.where(coverage > 0, coverage, 1.0)

    @cached_property
    def own_temper(self) -> Array:
        """The tempered weight of each claim on its own scope, shape (n_claims,).

        On a part of the question's, its own word counts in full.
        """
        weight = self.columns.weight
        is_full = (weight > 0) & (self.columns.coverage < 1)
        return np.asarray(self.constants.evidence_temper * np.where(is_full, 1.0, weight))

    @cached_property
    def second_looks(self) -> Array:
        """How far a side is believed that asserts each answer and gave up another, shape (n_points,)."""
        return np.asarray(self._looks.max(axis=0, initial=0.0))

    @cached_property
    def _looks(self) -> Array:
        columns = self.columns
        looked = np.where(columns.weight > 0, columns.strength * columns.revised, 0.0)
        return looked[:, None] * self.fit

    def doubts_on_scope_of(self, rows: Index) -> Array:
        """Return the shared doubt on the own scope of some claims, shape (n, n_points)."""
        if self.is_resolved or not self.second_looks.any():
            return np.broadcast_to(self.shared_doubt, (len(rows), len(self.prior)))
        # There a second look of the claim's own counts in full, and on the whole question by the part.
        own = np.maximum(self.second_looks, self._looks[rows] / self._part[rows, None])
        return np.asarray(self.shared_doubt * (1 - own) / (1 - self.second_looks))

    def without(self, rows: Index) -> Array:
        """Return the posteriors, before doubt, that all claims but one give, shape (n, n_points).

        A resolved question's own.
        """
        if self.is_resolved:
            return np.broadcast_to(self.credence, (len(rows), len(self.credence)))
        return self.normalised(self.log_mass - self.log_likelihood[rows])

    def bearing(self, rows: Index) -> Array:
        """Return what the other claims say of the own scope of some claims, shape (n, n_points).

        What supports a claim on the whole question holds for its part; what contradicts it bears on the
        part by its share.
        """
        rest, fit = self.without(rows), self.fit[rows]
        share = self.columns.coverage[rows, None] * np.log(np.maximum(rest, SUREST) / self.prior)
        is_support = log_odds_of(rest, fit) >= log_odds_of(self.prior, fit)
        return np.where(is_support[:, None], rest, times(self.prior, share))

    def by_themselves(self, rows: Index) -> Array:
        """Return the log-odds of some claims, each taken on its own scope, shape (n,).

        A claim about a part is carried by its own speaker in full.
        """
        fit, certainty = self.fit[rows], (self.columns.commitment / self._part)[rows]
        log_odds = (self._log_odds + self._stood_by)[rows]
        words = own_words(log_odds, certainty, fit, self.guess[rows], self.own_temper[rows])
        credence = times(self.bearing(rows), words)
        return log_odds_of(doubted(credence, self.doubts_on_scope_of(rows), self.prior), fit)

    def spreads(self, asserted: Array) -> Array:
        """Return the standard deviation of the log-odds that the truth fits assertions.

        By the delta method, from the doubt about each speaker and about the prior.

        Parameters
        ----------
        asserted : array of shape (n, n_points)
        """
        probability = asserted @ self.credence
        doubt = np.maximum(probability * (1 - probability), SUREST)
        undoubted = self.credence if self.is_resolved else self.normalised(self.log_mass)
        # Σ P m = Σ p g: what the doubt makes of an assertion.
        left = (1 - self.shared_doubt) * asserted + self.shared_doubt * (asserted @ self.prior)[:, None]
        moves = self._slope @ (undoubted * (left - (left @ undoubted)[:, None])).T / doubt
        return np.asarray(np.sqrt(self.constants.prior_width**2 + self._variance @ moves**2))

    def own_spreads(self, rows: Index, spread: Array) -> Array:
        """Return that deviation for some claims, each taken on its own scope.

        Parameters
        ----------
        spread : array of shape (n,)
            Of what each asserts, on the whole question's.
        """
        columns = self.columns
        is_part = (columns.coverage[rows] < 1) & (columns.commitment[rows] > 0)
        own = np.where(is_part, self.own_temper[rows], 0.0)
        return np.asarray(np.sqrt(spread**2 + own**2 * self._variance[rows]))

    @cached_property
    def _variance(self) -> Array:
        return self.terms.doubts[self._node]

    @cached_property
    def _slope(self) -> Array:
        rising = (self._temper * (1 - self._reliability))[:, None] * self._told
        return np.asarray(rising * (self.fit - self.guess[:, None]) / self._found)

    def normalised(self, log: Array) -> Array:
        """Return the posteriors that log masses of shape (…, n_points) are those of."""
        mass = np.exp(log - log.max(axis=-1, initial=-np.inf, keepdims=True))
        return np.asarray((1 - OPEN_MIND) * mass / mass.sum(axis=-1, keepdims=True) + OPEN_MIND * self.prior)
