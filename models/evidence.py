"""The record as the fit sees it: each standing claim with what it asserts, weighs and risks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from scipy.special import expit

from models.axis import Array, Axis, overlap
from models.constants import Constants
from models.dependence import AGREEMENT_FLOOR, Origin, diverging, origins_of, weights_of
from models.families import Copied
from models.proximity import (
    ELICITED,
    Amounts,
    Proximity,
    Term,
    body_of,
    claim_proximity,
    favours,
    stake,
    worth,
)
from models.record import Claim, Correction, Question, Record, SourceKind
from models.scope import share_of
from models.standing import Standing, authority_of, standing_of

# Two memberships whose product is smaller everywhere have no answer in common.
EXCLUDED = 1e-3


@dataclass(frozen=True)
class Voice:
    """One claim as evidence on its question.

    Parameters
    ----------
    membership : array of shape (n_points,)
        How far each answer fits what it says now.
    coverage : float
        The share of the question's scope that it speaks of.
    strength : float
        How much it says before any record: commitment times reliability.
    weight : float
        What it adds to the effective number of origins, in [0, 1]; zero where it only repeats.
    body : str
        The outermost body that it speaks for.
    is_close : bool
        Whether it is named, stood nearer than a source of unremarkable proximity, and gains nothing.
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
    proximity: Proximity
    stake: Term
    consistency: Term
    revision: Term
    body: str
    is_close: bool
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
    def commitment(self) -> float:
        """Certainty times coverage: the part of the question that the claim speaks for."""
        return self.certainty * self.coverage

    @property
    def certainty(self) -> float:
        """How far the source, as it stands, commits itself; zero once it does not stand."""
        return self.claim.certainty * self.standing.kept if self.standing.is_standing else 0.0

    @property
    def offset(self) -> float:
        """The log-odds of reliability that do not depend on the record, without the baseline."""
        return (
            self.proximity.log_odds + self.stake.log_odds + self.consistency.log_odds + self.revision.log_odds
        )

    @property
    def amounts(self) -> Amounts:
        """What the offset holds of each coefficient."""
        return self.proximity.amounts + self.stake.amounts + self.consistency.amounts + self.revision.amounts

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
    """

    question: Question
    axis: Axis
    voices: tuple[Voice, ...]
    origins: tuple[Origin, ...]
    origin_weights: Array

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
    """Reads a record into evidence, question by question."""

    def __init__(self, record: Record, constants: Constants) -> None:
        self.record = record
        self.constants = constants
        self._claims: dict[str, list[Claim]] = defaultdict(list)
        for claim in record.claims:
            self._claims[claim.question].append(claim)
        self._corrections: dict[str, list[Correction]] = defaultdict(list)
        for correction in sorted(record.corrections, key=lambda c: (c.stated_at, c.id)):
            self._corrections[correction.claim].append(correction)
        self.body_of = lru_cache(maxsize=None)(lambda source: body_of(source, record))

    def read(self, question: Question) -> Evidence:
        """Return the evidence on one question."""
        standings = [
            standing_of(claim, self._corrections[claim.id], self._authority, self.record, self.constants)
            for claim in self._claims[question.id]
        ]
        asserted = [standing.answer for standing in standings if standing.is_standing]
        resolution = self.record.resolutions.get(question.id)
        axis = Axis(question, [*asserted, *([resolution.answer] if resolution else [])], self.constants)
        favoured = favours(question, axis)
        voices = [self._voice(standing, question, axis, favoured) for standing in standings]
        return self._weighed(question, axis, self._consistent(self._minds_changed(voices)))

    def _authority(self, correction: Correction, claim: Claim) -> float:
        return authority_of(correction, claim, self.record, self.constants)

    def _voice(self, standing: Standing, question: Question, axis: Axis, favours: dict[str, Array]) -> Voice:
        source, membership = standing.claim.source, axis.membership(standing.answer)
        near = self._nearest(standing)
        gain = stake(source, membership, favours, self.record, self.constants)
        is_named = self.record.sources[source].kind is not SourceKind.UNNAMED
        return Voice(
            standing=standing,
            membership=membership,
            coverage=share_of(
                standing.scope, question.scope, self.record.scopes, self.constants.default_share
            ),
            proximity=near,
            stake=gain,
            consistency=Term(0.0, "no other voice of the same body contradicts it"),
            revision=self._revision(standing),
            body=self.body_of(source),
            is_close=is_named and near.log_odds >= 0 and gain.log_odds >= 0,
        )

    def _minds_changed(self, voices: Sequence[Voice]) -> list[Voice]:
        """Take a source's later statement that departs from its first as an amendment of it."""
        first: dict[str, Voice] = {}
        for voice in sorted(voices, key=lambda voice: (voice.claim.stated_at, voice.claim.id)):
            if voice.commitment > 0 and not voice.claim.cites:
                first.setdefault(voice.claim.source, voice)
        return [self._departed(voice, first.get(voice.claim.source, voice)) for voice in voices]

    def _departed(self, voice: Voice, first: Voice) -> Voice:
        if voice.claim.stated_at <= first.claim.stated_at or not len(voice.membership):
            return voice
        departed = 1 - float(overlap(voice.membership[None, :], first.membership[None, :])[0, 0])
        # Two sums of the same terms may differ in their last digit.
        departed = round(departed, 9)
        standing = replace(voice.standing, revised=max(voice.standing.revised, departed))
        return replace(voice, standing=standing, revision=self._revision(standing))

    def _revision(self, standing: Standing) -> Term:
        """Credit an answer that its own side gave up another one for."""
        if standing.revised == 0:
            return Term(0.0, "its own side has not changed its answer")
        because = "its own side gave up another answer for it"
        return Term.of((("revision", standing.revised),), because, self.constants)

    def _nearest(self, standing: Standing) -> Proximity:
        """Take the better of the scopes, then and now: what is said of a whole is said of its part."""
        claim = standing.claim
        now = claim_proximity(claim, standing.scope, self.record, self.constants)
        if standing.scope == claim.scope:
            return now
        then = claim_proximity(claim, claim.scope, self.record, self.constants)
        return max(now, then, key=lambda near: worth(near.amounts, ELICITED))

    def _consistent(self, voices: Sequence[Voice]) -> list[Voice]:
        """Charge each voice that another one of its body contradicts."""
        by_body: dict[str, list[Voice]] = defaultdict(list)
        for voice in voices:
            if voice.commitment > 0:
                by_body[self.body_of(voice.claim.source)].append(voice)
        return [self._checked(voice, by_body[self.body_of(voice.claim.source)]) for voice in voices]

    def _checked(self, voice: Voice, body: Sequence[Voice]) -> Voice:
        consistency = voice.consistency
        against = [
            other
            for other in body
            if other.claim.source != voice.claim.source and other.membership @ voice.membership < EXCLUDED
        ]
        if against and voice.commitment > 0:
            because = f"{against[0].claim.id}, from the same body, says {against[0].standing.answer} instead"
            consistency = Term.of((("contradiction", 1.0),), because, self.constants)
        offset = voice.proximity.log_odds + voice.stake.log_odds + consistency.log_odds
        reliability = float(expit(self.constants.baseline + offset))
        return replace(voice, consistency=consistency, strength=voice.commitment * reliability)

    def _weighed(self, question: Question, axis: Axis, voices: list[Voice]) -> Evidence:
        heard = [i for i, voice in enumerate(voices) if voice.commitment > 0]
        if not heard or not len(axis.grid):
            return Evidence(question, axis, tuple(voices), (), np.zeros(0))
        standings = [voices[i].standing for i in heard]
        memberships = np.array([voices[i].membership for i in heard])
        strengths = np.array([voices[i].strength for i in heard])
        origins = origins_of(standings)
        weights = weights_of(origins, strengths, memberships, self.record, self.constants)
        divergence = diverging(standings, memberships)
        weight_of: dict[int, float] = {}
        repeated: dict[int, str] = {}
        for origin, weight in zip(origins, weights, strict=True):
            weight_of |= dict.fromkeys(origin.speaking, float(weight) / len(origin.speaking))
            repeated |= dict.fromkeys(origin.repeating, origin.roots[0])
        for position, i in enumerate(heard):
            voices[i] = replace(
                voices[i],
                weight=weight_of.get(position, 0.0),
                divergence=divergence[position],
                repeats=repeated.get(position),
            )
        placed = tuple(
            Origin(
                origin.roots,
                tuple(heard[i] for i in origin.speaking),
                tuple(heard[i] for i in origin.repeating),
            )
            for origin in origins
        )
        return Evidence(question, axis, tuple(voices), placed, weights)
