"""The likelihood of all claims at once: the E-step of the fit, on the columns of a ledger or of a table.

What a claim says of an answer that it does not fit is the same for all of those, and falls out of the
posterior, so that only the answers that it fits are looked at:

    log P(ω) = log π(ω) + η Σ_i w_i log(1 + c_i r_i m_i(ω) / ((1 - c_i r_i) γ_i)) + const
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from models.axis import Array
from models.columns import Columns, Index
from models.constants import Constants
from models.grouping import total
from models.observations import Expected, Observations

# No guess is rarer than this: it bounds what one claim can say at log(1e6).
RAREST_GUESS = 1e-6
# What every posterior leaves to its prior: no record here could carry more certainty than this,
# and log-odds beyond it could not be told apart in double precision.
OPEN_MIND = 1e-6

# By sorted list of answers that questions share: what is said without knowing.
Guesses = Mapping[tuple[str, ...], Array]


class Likelihood:
    """Every claim of some columns against every point of its question's axis.

    Parameters
    ----------
    columns : Columns
    node : array of int of shape (n_claims,)
        Where each claim's source stands in the tree.
    offset : array of shape (n_claims,)
        Each claim's log-odds without its source's term.
    guesses : mapping or None
        What is said without knowing, where that was learned elsewhere and is not to be learned here.

    Attributes
    ----------
    observations : Observations
        The claims, as they bear on the terms of their sources.
    knew : array of shape (n_claims,)
        After `expected`, the probability that each claim's source knew, given the other claims.
    posterior : array of shape (n_points,)
        The same moment's, of each answer; a resolved question's is clamped.
    from_claims : array of shape (n_points,)
        What the claims alone give.
    """

    def __init__(
        self,
        columns: Columns,
        node: Index,
        offset: Array,
        *,
        constants: Constants,
        guesses: Guesses | None = None,
    ) -> None:
        self.columns, self._constants = columns, constants
        self.question = columns.question_of_claim
        # Where each claim fits one answer, entries are claims.
        self._is_plain = bool((columns.n_entries == 1).all())
        self._point, self._fit = columns.point_of_entry, columns.fit
        self._question_of_point = columns.question_of_point
        # A quantity of which nobody has spoken has no points.
        self._start = columns.first_point[columns.n_points > 0]
        self._question_with_points = np.repeat(
            np.arange(len(self._start)), columns.n_points[columns.n_points > 0]
        )
        self.temper = constants.evidence_temper * columns.weight
        self._tempered = self._of_entries(self.temper)
        self.observations = Observations(node, offset, columns.judged_weight)
        self._is_clamped = columns.is_clamped[self.question]
        self._has_clamped = bool(columns.is_clamped.any())
        self._count_said()
        self._share_lists(guesses)
        self._guess_from(columns.prior if guesses is None else self._placed(guesses))
        self.knew = np.zeros(0)

    def expected(self, term: Array) -> Expected:
        """Return what the claims tell of each node's term, the posterior moved to what `term` implies."""
        claims = self.observations
        reliability = expit(claims.offset + term[claims.source])
        return claims.expected(reliability, self.known(reliability), len(term))

    def known(self, reliability: Array) -> Array:
        """Return the probability that each claim's source knew, given the other claims.

        Where enough questions share their answers, that it was right: many who guess are right
        there, and rarity tells little of who knew. Also moves the posterior to what `reliability`
        implies, and the guess distribution to what the last call found on resolved questions.

        Parameters
        ----------
        reliability : array of shape (n_claims,)
        """
        if self._learns_guesses and len(self.knew):
            self._guess_from(self._at_places(self._learned(1 - self.knew)))
        told = self.columns.commitment * reliability
        ratio = told / ((1 - told) * self.guess)
        # Not by log1p, which takes twice the time and is closer only next to nothing.
        self._log = self._tempered * np.log(1 + self._of_entries(ratio) * self._fit)
        self.posterior = self._normalised(total(self._point, self._log, len(self.columns.prior)))
        self._fit_without = self._others()
        self.knew = self.known_by_others(reliability)
        return self.knew

    def known_by_others(self, reliability: Array) -> Array:
        """As `known`, the other claims taken as they last stood: moves nothing."""
        fit, commitment = self._fit_without, self.columns.commitment
        right = commitment * fit + (1 - commitment) * reliability
        if self._shares.all():
            return np.asarray(right)
        knows = reliability * (commitment * fit + (1 - commitment) * self._guess_without)
        knew = knows / (knows + (1 - reliability) * self._guess_without)
        return np.where(self._shares, right, knew)

    def _others(self) -> Array:
        """Return how well each claim fits the posterior that the *other* claims give, shape (n_claims,)."""
        posterior = self.posterior[self._point]
        rest = posterior * np.exp(-self._log)
        if self._has_clamped:
            rest = np.where(self._of_entries(self._is_clamped), posterior, rest)
        everything = 1 + self._of_claims(rest - posterior)
        return self._of_claims(rest * self._fit) / np.maximum(everything, 1e-300)

    def _of_entries(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return what is of each claim, of each of its entries."""
        return values if self._is_plain else values[self.columns.claim_of_entry]

    def _of_claims(self, entries: Array) -> Array:
        """Return the sum over the entries of each claim."""
        return entries if self._is_plain else total(self.columns.claim_of_entry, entries, len(self.question))

    def _normalised(self, log: Array) -> Array:
        self.from_claims = log
        if not len(log):
            return log
        top = np.maximum.reduceat(log, self._start)
        mass = self.columns.prior * np.exp(log - top[self._question_with_points])
        share = (1 - OPEN_MIND) / np.add.reduceat(mass, self._start)
        posterior = mass * share[self._question_with_points] + OPEN_MIND * self.columns.prior
        self.from_claims = posterior
        if not self._has_clamped:
            return posterior
        return np.where(self.columns.is_clamped[self._question_of_point], self.columns.clamp, posterior)

    def _count_said(self) -> None:
        """Count how much was said for what each claim asserts.

        What says little counts little, and what names several answers says less for each.
        """
        columns = self.columns
        self._share = self._fit / self._of_entries(np.maximum(self._of_claims(self._fit), 1e-300))
        self._strength = columns.strength * columns.weight
        said = total(self._point, self._of_entries(self._strength) * self._share, len(columns.prior))
        self._of_said = self._of_claims(said[self._point] * self._fit)
        self._n_said = total(self._question_of_point, said, len(columns.questions))[self.question]
        self._own = self._strength * self._of_claims(self._share * self._fit)

    def _guess_from(self, prior: Array) -> None:
        """Set γ for each claim: smoothed popularity, summed over what the claim asserts.

        Also what it is without the claim's own words, which are no guide to how often others would
        have said them unknowing.
        """
        c = self._constants.guess_strength
        of_prior = self._of_claims(prior[self._point] * self._fit)
        without = (c * of_prior + self._of_said - self._own) / (c + self._n_said - self._strength)
        self._guess_without = np.maximum(without, RAREST_GUESS)
        self.guess = np.maximum((c * of_prior + self._of_said) / (c + self._n_said), RAREST_GUESS)

    def _share_lists(self, guesses: Guesses | None) -> None:
        """Find the lists of answers that enough questions share, and their answers' places."""
        columns = self.columns
        # A long list takes long to hash, and all questions of a table have one.
        _, one, which = np.unique(
            list(map(id, columns.shared_list.tolist())), return_index=True, return_inverse=True
        )
        lists, counted = columns.shared_list[one], Counter[tuple[str, ...]]()
        for names, n in zip(lists, np.bincount(which).tolist(), strict=True):
            counted[names] += n
        enough = self._constants.shared_answers_questions
        self.lists = sorted(
            names
            for names, n in counted.items()
            if names is not None and (n >= enough if guesses is None else names in guesses)
        )
        self._list_start = first = np.cumsum([0, *map(len, self.lists)])
        place = {names: int(first[i]) for i, names in enumerate(self.lists)}
        place_of = np.array([place.get(names, -1) for names in lists], dtype=np.intp)[which]
        self._shares = (place_of >= 0)[self.question]
        # Of each answer of a shared list its place among all of those; of any other -1.
        place_of = place_of[self._question_of_point]
        self._place = np.where(place_of >= 0, place_of + columns.rank, -1)
        self._learns_guesses = guesses is None and self._has_clamped and bool(self.lists)

    def guesses(self) -> dict[tuple[str, ...], Array]:
        """Return what is said without knowing, for each sorted list of answers that questions share."""
        if not self.lists or not len(self.knew):
            return {}
        learned = self._learned(1 - self.knew)
        return {
            names: learned[first : first + len(names)]
            for names, first in zip(self.lists, self._list_start.tolist(), strict=False)
        }

    def _placed(self, guesses: Guesses) -> Array:
        learned = np.concatenate([np.zeros(0), *(guesses[names] for names in self.lists)])
        return self._at_places(learned)

    def _at_places(self, learned: Array) -> Array:
        """Return the prior over all answers, with what is learned of those of shared lists."""
        if not self.lists:
            return self.columns.prior
        return np.where(self._place >= 0, learned[self._place], self.columns.prior)

    def _learned(self, guessed: Array) -> Array:
        """Return what those who do not know say, over resolved questions that share their answers.

        Without resolutions a tendency to affirm cannot be told from what happened to be true: learned
        from all questions, it took a record of rumours from 0.75 to 0.68 and a crowd's from 0.93 to 0.65.
        """
        n_places = int(self._list_start[-1])
        amount = self._strength * guessed * self._is_clamped
        said = total(self._point, self._of_entries(amount) * self._share, len(self._place))
        is_placed = self._place >= 0
        counts = total(self._place[is_placed], said[is_placed], n_places)
        size = np.repeat(np.diff(self._list_start), np.diff(self._list_start))
        counts += self._constants.guess_strength / size
        sums = np.add.reduceat(counts, self._list_start[:-1]) if n_places else counts
        return np.asarray(counts / np.repeat(sums, np.diff(self._list_start)))
