"""The record as the fit sees it: each standing claim with what it asserts, weighs and risks."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np

from models.answer import Answer
from models.axis import Array, Axis, overlap
from models.constants import Constants
from models.covariates import COVARIATES
from models.dependence import AGREEMENT_FLOOR, Origin, diverging, origins_of, weights_of
from models.families import Copied
from models.proximity import (
    ELICITED,
    Amounts,
    Gain,
    Proximity,
    body_of,
    claim_proximity,
    favours,
    gain,
    proximity,
    worth,
)
from models.record import Claim, Question, Record
from models.scope import share_of
from models.standing import Standing
from models.standings import Standings

FIRST = tuple(covariate for covariate in COVARIATES if covariate.is_first)
# Two memberships whose product is smaller everywhere have no answer in common.
EXCLUDED = 1e-3
# No claim loses its weight altogether: it was made, and might be its source's own.
LEAST_KEPT = 1e-6
# Of what `math.exp` takes: beyond it lies no finite number.
LARGEST_EXPONENT = 700.0


@dataclass(slots=True)
class Voice:
    """One claim as evidence on its question. Nothing here rests on a fit; `EvidenceReader` alone fills it in.

    Parameters
    ----------
    membership : array of shape (n_points,)
        How far each answer fits what it says now.
    coverage : float
        The share of the question's scope that it speaks of.
    certainty : float
        How far the source, as it stands, commits itself; zero once it does not stand.
    commitment : float
        Certainty times coverage: the part of the question that the claim speaks for.
    proximity : Proximity
        How close its source stood to what it says.
    gain : Gain
        What it does for its source's interest.
    body : str
        The outermost body that it speaks for.
    is_close : bool
        Whether it is named, stood nearer than a source of unremarkable proximity, and gains nothing.
    contradicted_by : Standing or None
        What another voice of its body says that excludes it.
    strength : float
        How much it says before any record: commitment times reliability, by the elicited coefficients.
    weight : float
        What it adds to the effective number of origins, in [0, 1]; zero where it only repeats.
    divergence : str or None
        How its version of a statement differs from the other carriers' versions.
    repeats : str or None
        The source whose own statement it repeats, or that has since replaced it.
    copied : Copied or None
        Where it was likely copied from a source that it does not name, or by it.
    """

    standing: Standing
    membership: Array
    coverage: float
    certainty: float
    commitment: float
    proximity: Proximity
    gain: Gain
    body: str
    is_close: bool
    contradicted_by: Standing | None = None
    strength: float = 0.0
    weight: float = 0.0
    divergence: str | None = None
    repeats: str | None = None
    copied: Copied | None = None

    @property
    def claim(self) -> Claim:
        """The claim as it was made."""
        return self.standing.claim

    @property
    def amounts(self) -> Amounts:
        """What it holds of each coefficient."""
        return tuple(amount for covariate in COVARIATES for amount in covariate.amounts(self))

    @property
    def own_weight(self) -> float:
        """Its weight on its own scope: on a part of the question's, its own word counts in full."""
        return 1.0 if self.weight > 0 and self.coverage < 1 else self.weight

    @property
    def own_word(self) -> float:
        """How likely it is no copy that does not say so."""
        return 1.0 if self.copied is None else self.copied.kept

    @property
    def judged_weight(self) -> float:
        """Its weight on its source's record; a correction has judged its fault already.

        A version that diverges is charged to its carrier and says nothing of the source.
        """
        return 0.0 if self.divergence else self.weight * (1 - self.standing.fault)


@dataclass(frozen=True)
class Evidence:
    """All claims on one question.

    Parameters
    ----------
    voices : tuple of Voice
        One for each claim, in the record's order, standing or not.
    origins : tuple of Origin
        Their positions refer to `voices`.
    origin_weights : array of shape (n_origins,)
    record : Record
        What it was read from: the names of all that is mentioned stand in it.
    """

    question: Question
    axis: Axis
    voices: tuple[Voice, ...]
    origins: tuple[Origin, ...]
    origin_weights: Array
    record: Record

    @cached_property
    def kin(self) -> dict[str, str]:
        """By source of a likely copy: who else of its family says the same."""
        return {v.claim.source: v.copied.kin.source for v in self.voices if v.copied is not None}

    @cached_property
    def effective_origins(self) -> float:
        """The effective number of origins."""
        return float(self.origin_weights.sum())

    def agreeing(self, membership: Array) -> list[int]:
        """Return the positions of the standing claims that agree with an assertion."""
        agrees = overlap(self._asserted, membership[None, :])[:, 0] >= AGREEMENT_FLOOR
        return [i for i, agree in enumerate(agrees) if agree and self.voices[i].commitment > 0]

    @cached_property
    def _asserted(self) -> Array:
        """What each claim says, shape (n_voices, n_points)."""
        said = [voice.membership for voice in self.voices]
        return np.array(said).reshape(len(said), len(self.axis.grid))

    def supporting(self, membership: Array) -> list[int]:
        """Return the positions of the origins that agree with an assertion."""
        return list(np.flatnonzero(overlap(self._said, membership[None, :])[:, 0] >= AGREEMENT_FLOOR))

    def contradicting(self, membership: Array) -> list[int]:
        """Return the positions of the origins that assert what the assertion excludes."""
        return list(np.flatnonzero((self._said * membership).max(axis=1, initial=0.0) < EXCLUDED))

    def is_contested(self, enough: float) -> bool:
        """Say whether an origin of weight `enough` is excluded by others that weigh as much together."""
        excludes = [
            (self._said * said).max(axis=1, initial=0.0) < EXCLUDED
            for said in self._said[self.origin_weights >= enough]
        ]
        return any(self.origin_weights[against].sum() >= enough for against in excludes)

    @cached_property
    def _said(self) -> Array:
        """What each origin asserts, its claims taken together, shape (n_origins, n_points)."""
        said = [
            np.mean([self.voices[i].membership for i in origin.speaking], axis=0) for origin in self.origins
        ]
        return np.array(said).reshape(len(said), len(self.axis.grid))


class EvidenceReader:
    """Reads a record into evidence, question by question, by the elicited constants alone.

    Proximity is looked up once for each source and scope.
    """

    def __init__(self, record: Record, constants: Constants) -> None:
        self.record = record
        self.constants = constants
        self._claims: dict[str, list[Claim]] = defaultdict(list)
        for claim in record.claims:
            self._claims[claim.question].append(claim)
        self.standings = Standings(record, constants=constants)
        self.body_of = cache(lambda source: body_of(source, record))
        self._coverage = cache(
            lambda scope, whole: share_of(scope, whole, record.scopes, constants.default_share)
        )
        self._worth = cache(lambda amounts: worth(amounts, constants))
        self._proximity = cache(lambda source, scope: proximity(source, scope, record, constants))

    def read(self, question: Question) -> Evidence:
        """Return the evidence on one question."""
        standings = [self.standings.of(claim) for claim in self._claims.get(question.id, ())]
        asserted = [standing.answer for standing in standings if standing.is_standing]
        resolution = self.record.resolutions.get(question.id)
        axis = Axis(question, [*asserted, *([resolution.answer] if resolution else [])], self.constants)
        favoured = favours(question, axis)
        memberships: dict[Answer, Array] = {}
        voices = [self._voice(standing, question, axis, favoured, memberships) for standing in standings]
        _change_minds(voices)
        self._hold_to_each_other(voices)
        return self._weighed(question, axis, voices)

    def _reliability(self, amounts: Amounts) -> float:
        log_odds = self.constants.baseline + self._worth(amounts)
        return 1 / (1 + math.exp(min(-log_odds, LARGEST_EXPONENT)))

    def _voice(
        self,
        standing: Standing,
        question: Question,
        axis: Axis,
        favoured: dict[str, Array],
        memberships: dict[Answer, Array],
    ) -> Voice:
        claim = standing.claim
        membership = memberships.get(standing.answer)
        if membership is None:
            membership = memberships[standing.answer] = axis.membership(standing.answer)
        near = self._nearest(standing)
        interest = gain(claim.source, membership, favoured, self.record)
        coverage = self._coverage(standing.scope, question.scope)
        certainty = claim.certainty * standing.kept if standing.is_standing else 0.0
        return Voice(
            standing,
            membership,
            coverage,
            certainty,
            certainty * coverage,
            near,
            interest,
            self.body_of(claim.source),
            not near.is_unnamed and self._worth(near.amounts) >= 0 and self._worth(interest.amounts) >= 0,
        )

    def _nearest(self, standing: Standing) -> Proximity:
        """Take the better of the scopes, then and now: what is said of a whole is said of its part."""
        claim = standing.claim
        now = claim_proximity(claim, self._proximity(claim.source, standing.scope))
        if standing.scope == claim.scope:
            return now
        then = claim_proximity(claim, self._proximity(claim.source, claim.scope))
        return max(now, then, key=lambda near: worth(near.amounts, ELICITED))

    def _hold_to_each_other(self, voices: Sequence[Voice]) -> None:
        """Hold each voice to the others of its body, and say how much it says by itself."""
        by_body: dict[str, list[Voice]] = {}
        for voice in voices:
            if voice.commitment > 0:
                by_body.setdefault(voice.body, []).append(voice)
        for body in by_body.values():
            for voice in body:
                against = (
                    other.standing
                    for other in body
                    if other.claim.source != voice.claim.source
                    and other.membership @ voice.membership < EXCLUDED
                )
                if len(body) > 1:
                    voice.contradicted_by = next(against, None)
                first = tuple(amount for each in FIRST for amount in each.amounts(voice))
                voice.strength = voice.commitment * self._reliability(first)

    def _weighed(self, question: Question, axis: Axis, voices: list[Voice]) -> Evidence:
        heard = [i for i, voice in enumerate(voices) if voice.commitment > 0]
        if not heard or not len(axis.grid):
            return Evidence(question, axis, tuple(voices), (), np.zeros(0), self.record)
        standings = [voices[i].standing for i in heard]
        memberships = np.array([voices[i].membership for i in heard])
        strengths = np.array([voices[i].strength for i in heard])
        origins = origins_of(standings)
        weights = weights_of(
            origins, strengths, memberships,
            record=self.record, constants=self.constants, body_of=self.body_of,
        )  # fmt: skip
        for position, divergence in diverging(standings, memberships).items():
            voices[heard[position]].divergence = divergence
        placed = []
        for origin, weight in zip(origins, weights.tolist(), strict=True):
            speaking = tuple(heard[i] for i in origin.speaking)
            repeating = tuple(heard[i] for i in origin.repeating)
            for i in speaking:
                voices[i].weight = weight / len(speaking)
            for i in repeating:
                voices[i].repeats = origin.roots[0]
            placed.append(Origin(origin.roots, speaking, repeating))
        return Evidence(question, axis, tuple(voices), tuple(placed), weights, self.record)


def _change_minds(voices: Sequence[Voice]) -> None:
    """Take a source's later statement that departs from its first as an amendment of it."""
    by_source: dict[str, list[Voice]] = {}
    for voice in voices:
        by_source.setdefault(voice.claim.source, []).append(voice)
    for said in by_source.values():
        if len(said) == 1 or not len(said[0].membership):
            continue
        said.sort(key=lambda voice: (voice.claim.stated_at, voice.claim.id))
        first = next((voice for voice in said if voice.commitment > 0 and not voice.claim.cites), None)
        for voice in said:
            if first is not None and voice.claim.stated_at > first.claim.stated_at:
                departed = 1 - float(overlap(voice.membership[None, :], first.membership[None, :])[0, 0])
                # Two sums of the same terms may differ in their last digit.
                revised = max(voice.standing.revised, round(departed, 9))
                if revised != voice.standing.revised:
                    voice.standing = replace(voice.standing, revised=revised)


def discounted(evidence: Mapping[str, Evidence], copied: Mapping[str, Copied]) -> dict[str, Evidence]:
    """Return the evidence with copied claims at what they keep of their weight, and so their origins."""
    return {
        id_: _discounted(found, copied) if any(v.claim.id in copied for v in found.voices) else found
        for id_, found in evidence.items()
    }


def _discounted(found: Evidence, copied: Mapping[str, Copied]) -> Evidence:
    voices = tuple(_kept(voice, copied.get(voice.claim.id)) for voice in found.voices)
    weights = np.array([
        sum(voices[i].weight for i in origin.speaking) if _is_discounted(origin, voices) else weight
        for origin, weight in zip(found.origins, found.origin_weights, strict=True)
    ])  # fmt: skip
    return replace(found, voices=voices, origin_weights=weights)


def _kept(voice: Voice, copied: Copied | None) -> Voice:
    if copied is None or voice.weight == 0:
        return voice
    return replace(voice, weight=voice.weight * max(copied.kept, LEAST_KEPT), copied=copied)


def _is_discounted(origin: Origin, voices: tuple[Voice, ...]) -> bool:
    return any(voices[i].copied is not None for i in origin.speaking)
