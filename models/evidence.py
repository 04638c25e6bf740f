"""Evidence: each claim on a question with what it asserts, weighs and risks, for who tells of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property

import numpy as np

from models.axis import EXCLUDED, Array, Axis, overlap
from models.columns import Columns
from models.covariates import COVARIATES
from models.families import LEAST_KEPT, Copied, Families
from models.origins import AGREEMENT_FLOOR, NOWHERE, Origin
from models.proximity import NO_GAIN, Amounts, Gain, Proximity
from models.record import Claim, Question, Record
from models.standing import Standing, as_stated
from models.voices import NOBODY, Voices


@dataclass(slots=True)
class Voice:
    """One claim as evidence on its question: a row of `models.voices.Voices`. Nothing here rests on a fit.

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
    held : array of shape (n_coefficients,)
        What it holds of each coefficient.
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
    contradicted_by: Standing | None
    held: Array
    strength: float
    weight: float
    divergence: str | None
    repeats: str | None
    copied: Copied | None = None

    @property
    def claim(self) -> Claim:
        """The claim as it was made."""
        return self.standing.claim

    @property
    def amounts(self) -> Amounts:
        """What it holds of each coefficient, where it holds anything."""
        return tuple(amount for covariate in COVARIATES for amount in covariate.amounts(self))

    @property
    def own_weight(self) -> float:
        """Its weight on its own scope: on a part of the question's, its own word counts in full."""
        return 1.0 if self.weight > 0 and self.coverage < 1 else self.weight

    @property
    def own_word(self) -> float:
        """How likely it is no copy that does not say so."""
        return 1.0 if self.copied is None else self.copied.kept


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
    columns : Columns
        The question for a fit.
    """

    question: Question
    axis: Axis
    voices: tuple[Voice, ...]
    origins: tuple[Origin, ...]
    origin_weights: Array
    record: Record
    columns: Columns = field(repr=False)

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


class EvidenceByQuestion(Mapping[str, Evidence]):
    """Evidence by question, each made when it is first asked for.

    Parameters
    ----------
    questions : iterable of str
    make : function of a question's id to its evidence
    """

    def __init__(self, questions: Iterable[str], make: Callable[[str], Evidence]) -> None:
        self._questions = dict.fromkeys(questions)
        self._make = cache(make)

    def __getitem__(self, question: str) -> Evidence:
        if question not in self._questions:
            raise KeyError(question)
        return self._make(question)

    def __iter__(self) -> Iterator[str]:
        return iter(self._questions)

    def __len__(self) -> int:
        return len(self._questions)


def by_question(voices: Voices) -> EvidenceByQuestion:
    """Return the evidence on each question of some voices."""
    place = {question.id: i for i, question in enumerate(voices.questions)}
    return EvidenceByQuestion(place, lambda question: evidence_of(voices, place[question]))


def evidence_of(voices: Voices, place: int) -> Evidence:
    """Return the evidence on one question of some voices, by its place among the questions."""
    first, last = (int(row) for row in voices.start[place : place + 2])
    rows, origins = range(first, last), voices.origins
    mine = range(*np.searchsorted(origins.question, [place, place + 1]).tolist())
    speaking: dict[int, list[int]] = {i: [] for i in mine}
    repeating: dict[int, list[int]] = {i: [] for i in mine}
    for row in rows:
        of = int(origins.of[row])
        if of != NOWHERE:
            (speaking if origins.speaks[row] else repeating)[of].append(row - first)
    standings = {row: _standing(voices, row) for row in rows}
    return Evidence(
        voices.questions[place],
        voices.axes[place],
        tuple(_voice(voices, row, standings) for row in rows),
        tuple(Origin(origins.roots[i], tuple(speaking[i]), tuple(repeating[i])) for i in mine),
        voices.origin_weights[mine.start : mine.stop],
        voices.record,
        voices.columns.of_question(place),
    )


def _standing(voices: Voices, row: int) -> Standing:
    standing, revised = voices.standings.get(row), float(voices.revised[row])
    if standing is None:
        standing = as_stated(voices.claims[row])
    return standing if standing.revised == revised else replace(standing, revised=revised)


def _voice(voices: Voices, row: int, standings: Mapping[int, Standing]) -> Voice:
    against, of = int(voices.contradicted_by[row]), int(voices.origins.of[row])
    is_repeating = of != NOWHERE and not voices.origins.speaks[row]
    return Voice(
        standing=standings[row],
        membership=voices.memberships[voices.said[row]],
        coverage=float(voices.coverage[row]),
        certainty=float(voices.certainty[row]),
        commitment=float(voices.commitment[row]),
        proximity=voices.nears[voices.near[row]],
        gain=voices.gains.get(row, NO_GAIN),
        body=voices.bodies[voices.source[row]],
        is_close=bool(voices.is_close[row]),
        contradicted_by=None if against == NOBODY else standings[against],
        held=voices.amounts[row],
        strength=float(voices.strength[row]),
        weight=float(voices.weight[row]),
        divergence=voices.divergence.get(row),
        repeats=voices.origins.roots[of][0] if is_repeating else None,
    )


def discounted(evidence: Mapping[str, Evidence], families: Families) -> Mapping[str, Evidence]:
    """Return the evidence with copied claims at what they keep of their weight, and so their origins."""
    if not families.copied:
        return evidence
    return EvidenceByQuestion(evidence, lambda question: _discounted(evidence[question], families))


def _discounted(found: Evidence, families: Families) -> Evidence:
    copied = families.copied
    if not any(voice.claim.id in copied for voice in found.voices):
        return found
    voices = tuple(_kept(voice, copied.get(voice.claim.id)) for voice in found.voices)
    weights = np.array([
        sum(voices[i].weight for i in origin.speaking) if _is_discounted(origin, voices) else weight
        for origin, weight in zip(found.origins, found.origin_weights, strict=True)
    ])  # fmt: skip
    columns = found.columns.discounted(families.kept(found.columns.claims))
    return replace(found, voices=voices, origin_weights=weights, columns=columns)


def _kept(voice: Voice, copied: Copied | None) -> Voice:
    if copied is None or voice.weight == 0:
        return voice
    return replace(voice, weight=voice.weight * max(copied.kept, LEAST_KEPT), copied=copied)


def _is_discounted(origin: Origin, voices: tuple[Voice, ...]) -> bool:
    return any(voices[i].copied is not None for i in origin.speaking)
