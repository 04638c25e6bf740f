"""The likelihood of all claims at once, as flat arrays: the E-step of the fit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from models.axis import Array
from models.constants import Constants
from models.evidence import Evidence, Voice
from models.faults import Faults
from models.hierarchy import SourceTree
from models.observations import Expected, Index, Observations
from models.record import Record

# No guess is rarer than this: it bounds what one claim can say at log(1e6).
RAREST_GUESS = 1e-6
# What every posterior leaves to its prior: no record here could carry more certainty than this,
# and log-odds beyond it could not be told apart in double precision.
OPEN_MIND = 1e-6


class Likelihood:
    """Every weighty claim of a record against every point of its question's axis.

    Attributes
    ----------
    position : dict of (question, voice) to int
        Where a claim stands in the arrays.
    observations : Observations
    """

    def __init__(
        self,
        evidence: Mapping[str, Evidence],
        record: Record,
        tree: SourceTree,
        faults: Faults,
        constants: Constants,
        *,
        guesses: Mapping[tuple[str, ...], Array] | None = None,
        is_part: bool = False,
    ) -> None:
        self._constants = constants
        self._first: dict[str, int] = {}
        self.position: dict[tuple[str, int], int] = {}
        voices: list[Voice] = []
        corrected: list[float] = []
        claim_of: list[Index] = []
        point_of: list[Index] = []
        priors: list[Array] = []
        n_points = 0
        for id_, found in evidence.items():
            self._first[id_] = n_points
            size = len(found.axis.grid)
            fault_term = faults.term_outside(id_)
            for i, voice in enumerate(found.voices):
                if voice.weight > 0:
                    self.position[id_, i] = len(voices)
                    claim_of.append(np.full(size, len(voices)))
                    point_of.append(np.arange(n_points, n_points + size))
                    voices.append(voice)
                    corrected.append(float(fault_term[tree.index[voice.claim.source]]))
            priors.append(found.axis.prior)
            n_points += size
        self._size = {id_: len(found.axis.grid) for id_, found in evidence.items()}
        self._claim: Index = np.concatenate([np.zeros(0, np.intp), *claim_of])
        self._point: Index = np.concatenate([np.zeros(0, np.intp), *point_of])
        self._fit = np.concatenate([np.zeros(0), *(voice.membership for voice in voices)])
        self._prior = np.concatenate([np.zeros(0), *priors])
        sizes = [size for size in self._size.values() if size]
        self._start: Index = (np.cumsum(sizes) - sizes).astype(np.intp) if sizes else np.zeros(0, np.intp)
        self._question: Index = np.repeat(np.arange(len(sizes)), sizes).astype(np.intp)
        self.commitment = np.array([voice.commitment for voice in voices])
        self.temper = constants.evidence_temper * np.array([voice.weight for voice in voices])
        self._tempered = self.temper[self._claim]
        strength = np.array([voice.strength for voice in voices])
        self._popularity(strength * np.array([voice.weight for voice in voices]))
        # A part of a ledger is given what the whole has learned of guessing, and learns none itself.
        lists, given = _lists(evidence, self._first), guesses or {}
        enough = constants.shared_answers_questions
        shared = {
            names: points
            for names, points in lists.items()
            if names in given or (len(points) >= enough and not is_part)
        }
        self._shared = {} if is_part else shared
        self._clamped, self._clamp = self._resolved(evidence, record)
        self._shares = np.zeros(len(voices), dtype=bool)
        for points in shared.values():
            self._shares |= np.isin(self._first_point, points)
        self._is_settled = self._clamped[self._first_point] if voices else np.zeros(0)
        self.guess = self._guessed(self._given(evidence, given))
        self._knew: Array | None = None
        self.observations = Observations(
            np.array([tree.index[voice.claim.source] for voice in voices], dtype=np.intp),
            constants.baseline + np.array([voice.offset for voice in voices]) + np.array(corrected),
            np.array([voice.judged_weight for voice in voices]),
        )

    def expected(self, term: Array) -> Expected:
        """Return what the claims tell of each node's term, the posterior moved to what `term` implies."""
        claims = self.observations
        reliability = expit(claims.offset + term[claims.source])
        told, self.last = claims.expected(reliability, self.knew(reliability), len(term))
        return told

    def knew(self, reliability: Array) -> Array:
        """Return the probability that each claim's source knew, given the other claims.

        Where enough questions share their answers, that it was right: many who guess are right
        there, and rarity tells little of who knew. Also moves the posterior to what `reliability`
        implies, and the guess distribution to what the last call found on resolved questions.

        Parameters
        ----------
        reliability : array of shape (n_claims,)
        """
        if self._clamped.any() and len(self._shared) and self._knew is not None:
            self.guess = self._guessed(self._learned_prior(1 - self._knew))
        told = self.commitment * reliability
        likelihood = told[self._claim] * self._fit + ((1 - told) * self.guess)[self._claim]
        self._log = np.log(likelihood)
        evidence = np.bincount(self._point, self._tempered * self._log, minlength=len(self._prior))
        self._posterior = self._normalised(np.log(self._prior) + evidence)
        self._fit_without = self.fit_without()
        self._knew = self.knew_by_others(reliability)
        return self._knew

    def knew_by_others(self, reliability: Array) -> Array:
        """As `knew`, the other claims taken as they last stood: moves nothing."""
        fit = self._fit_without
        knows = reliability * (self.commitment * fit + (1 - self.commitment) * self._guess_without)
        knew = knows / (knows + (1 - reliability) * self._guess_without)
        right = self.commitment * fit + (1 - self.commitment) * reliability
        return np.where(self._shares, right, knew)

    def fit_without(self) -> Array:
        """Return how well each claim fits the posterior that the *other* claims give, shape (n_claims,)."""
        posterior = self._posterior[self._point]
        rest = posterior * np.exp(-self._tempered * self._log)
        if self._clamped.any():
            rest = np.where(self._clamped[self._point], posterior, rest)
        n_claims = len(self.commitment)
        total = np.bincount(self._claim, rest, minlength=n_claims)
        return np.bincount(self._claim, rest * self._fit, minlength=n_claims) / np.maximum(total, 1e-300)

    def credences(self) -> dict[str, Array]:
        """Return the posterior over each question's axis."""
        return {id_: self._posterior[first : first + self._size[id_]] for id_, first in self._first.items()}

    def from_claims(self) -> dict[str, Array]:
        """Return what the claims alone give each question's axis: of a resolved one, before that."""
        found = self._from_claims
        return {id_: found[first : first + self._size[id_]] for id_, first in self._first.items()}

    def _normalised(self, log: Array) -> Array:
        self._from_claims = log
        if not len(log):
            return log
        top = np.maximum.reduceat(log, self._start)
        mass = np.exp(log - top[self._question])
        posterior = mass / np.add.reduceat(mass, self._start)[self._question]
        self._from_claims = posterior = (1 - OPEN_MIND) * posterior + OPEN_MIND * self._prior
        return np.where(self._clamped, self._clamp, posterior)

    def _popularity(self, strength: Array) -> None:
        """Count how much was said for each point; what says little counts little."""
        self._said_size = np.bincount(self._claim, self._fit, minlength=len(strength))
        share = self._fit / np.maximum(self._said_size, 1e-300)[self._claim]
        self._said = np.bincount(self._point, strength[self._claim] * share, minlength=len(self._prior))
        n_questions = len(self._start)
        self._n_said = np.bincount(self._question, self._said, minlength=n_questions)
        self._share, self._strength = share, strength
        self._first_point = first = np.zeros(len(strength), dtype=np.intp)
        first[self._claim] = self._point
        self._question_of_claim = self._question[first] if len(strength) else first

    def _guessed(self, prior: Array) -> Array:
        """Return γ for each claim: smoothed popularity, summed over what the claim asserts.

        Also sets what it is without the claim's own words.
        """
        c = self._constants.guess_strength
        n_claims = len(self.commitment)
        of_prior = np.bincount(self._claim, prior[self._point] * self._fit, minlength=n_claims)
        of_said = np.bincount(self._claim, self._said[self._point] * self._fit, minlength=n_claims)
        own = self._strength * np.bincount(self._claim, self._share * self._fit, minlength=n_claims)
        n_said = self._n_said[self._question_of_claim]
        # A claim's own words are no guide to how often others would have said them unknowing.
        without = (c * of_prior + of_said - own) / (c + n_said - self._strength)
        self._guess_without = np.maximum(without, RAREST_GUESS)
        return np.maximum((c * of_prior + of_said) / (c + n_said), RAREST_GUESS)

    def guesses(self) -> dict[tuple[str, ...], Array]:
        """Return what is said without knowing, for each sorted list of answers that questions share."""
        if not self._shared or self._knew is None:
            return {}
        learned = self._learned_prior(1 - self._knew)
        return {names: learned[points[0]] for names, points in self._shared.items()}

    def _given(self, evidence: Mapping[str, Evidence], guesses: Mapping[tuple[str, ...], Array]) -> Array:
        prior = self._prior.copy()
        for id_, found in evidence.items():
            names = found.question.answers
            guess = guesses.get(tuple(sorted(names)))
            if guess is not None:
                prior[self._first[id_] + np.argsort(names)] = guess
        return prior

    def _learned_prior(self, guessed: Array) -> Array:
        """Return what those who do not know say, learned over resolved questions that share their answers.

        Without resolutions a tendency to affirm cannot be told from what happened to be true: learned
        from all questions, it took a record of rumours from 0.75 to 0.68 and a crowd's from 0.93 to 0.65.
        """
        prior = self._prior.copy()
        amount = self._strength * guessed * self._is_settled
        said = np.bincount(self._point, amount[self._claim] * self._share, minlength=len(prior))
        for points in self._shared.values():
            counts = said[points].sum(axis=0) + self._constants.guess_strength * prior[points[0]]
            prior[points] = counts / counts.sum()
        return prior

    def _resolved(self, evidence: Mapping[str, Evidence], record: Record) -> tuple[NDArray[np.bool_], Array]:
        is_clamped = np.zeros(len(self._prior), dtype=bool)
        clamp = np.zeros(len(self._prior))
        for id_, resolution in record.resolutions.items():
            axis = evidence[id_].axis
            points = slice(self._first[id_], self._first[id_] + self._size[id_])
            true = axis.membership(resolution.answer)
            rest = 1 - true if axis.quantity is None else axis.prior
            sure = self._constants.resolved_credence
            is_clamped[points] = True
            clamp[points] = sure * true / true.sum() + (1 - sure) * rest / max(rest.sum(), 1e-300)
            clamp[points] /= clamp[points].sum()
        return is_clamped, clamp


def _lists(evidence: Mapping[str, Evidence], first: Mapping[str, int]) -> dict[tuple[str, ...], Index]:
    """Return, for each list of answers, the points of its questions, shape (n_questions, n_answers)."""
    sharing: dict[tuple[str, ...], list[Index]] = defaultdict(list)
    for id_, found in evidence.items():
        names = found.question.answers
        if names:
            sharing[tuple(sorted(names))].append(first[id_] + np.argsort(names))
    return {names: np.array(rows) for names, rows in sharing.items()}
