"""The reader of evidence: from the claims of a record to what they are worth on their questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import chain
from operator import attrgetter
from typing import TypeVar

import numpy as np

from models.answer import Answer
from models.axis import Array, Axis
from models.constants import Constants
from models.evidence import Evidence, EvidenceByQuestion, by_question, evidence_of
from models.grouping import Index
from models.proximity import (
    ELICITED,
    Gain,
    Ground,
    Proximity,
    as_claimed,
    favours,
    gain,
    ground_of,
    proximity_on,
    worth,
)
from models.record import Claim, Question, Record, Vantage
from models.scope import share_of
from models.standing import Standing
from models.standings import Standings
from models.voices import Voices

T = TypeVar("T")
# How a claim is made: from which vantage, where it says so, whether it cites anybody, and how many carry it.
Manner = tuple[Vantage | None, bool, int]
# What is looked at of every claim.
_OF_CLAIM = [*map(attrgetter, ("source", "answer", "scope", "certainty", "vantage", "cites", "via"))]


class EvidenceReader:
    """Reads a record into evidence by the elicited constants alone."""

    def __init__(self, record: Record, constants: Constants) -> None:
        self.record = record
        self.constants = constants
        self._claims: dict[str, list[Claim]] = defaultdict(list)
        for claim in record.claims:
            self._claims[claim.question].append(claim)
        self.standings = Standings(record, constants=constants)
        self._coverage = cache(
            lambda scope, whole: share_of(scope, whole, record.scopes, constants.default_share)
        )
        self._nearness = _Nearness(record, constants)
        self._lists: dict[tuple[str, ...], Axis] = {}

    def read(self, question: Question) -> Evidence:
        """Return the evidence on one question."""
        return evidence_of(self.voices([question]), 0)

    def read_all(self, questions: Iterable[Question]) -> EvidenceByQuestion:
        """Return the evidence on several questions, by question."""
        return by_question(self.voices(questions))

    def voices(self, questions: Iterable[Question]) -> Voices:
        """Return the claims on some questions as evidence, side by side."""
        asked = list(questions)
        made = [self._claims.get(question.id, ()) for question in asked]
        claims = list(chain.from_iterable(made))
        question = np.repeat(np.arange(len(asked)), [len(said) for said in made])
        standings = {
            row: self.standings.of(claim)
            for row, claim in enumerate(claims)
            if claim.id in self.standings.corrected
        }
        source, answers, scopes, certainty, vantages, cites, via = ([*map(of, claims)] for of in _OF_CLAIM)
        for row, standing in standings.items():
            answers[row], scopes[row] = standing.answer, standing.scope
            certainty[row] *= standing.undisputed if standing.is_standing else 0.0
        axes = self._axes(asked, made, answers, standings)
        asked_of = question.tolist()
        said = [axes[place].membership(answer) for place, answer in zip(asked_of, answers, strict=True)]
        whole = [asked[place].scope for place in asked_of]
        is_relay = [*map(bool, cites)]
        manners = zip(vantages, is_relay, map(len, via), strict=True)
        near = self._nearness.of_claims(source, scopes, manners)
        for row, standing in standings.items():
            near[row] = self._nearness.better(near[row], standing)
        used, near_of = np.unique(np.array(near, dtype=np.intp), return_inverse=True)
        sources, source_of = _numbered(source)
        memberships, said_of = _numbered([*map(id, said)])
        by_id = dict(zip(map(id, said), said, strict=True))
        return Voices(
            record=self.record,
            constants=self.constants,
            questions=asked,
            axes=axes,
            claims=claims,
            standings=standings,
            question=question,
            source=source_of,
            sources=sources,
            memberships=[by_id[key] for key in memberships],
            said=said_of,
            coverage=np.array([*map(self._coverage, scopes, whole)], dtype=float),
            certainty=np.array(certainty, dtype=float),
            cites=np.array(is_relay, dtype=bool),
            nears=[self._nearness.found[place] for place in used.tolist()],
            near=near_of,
            gains=self._gains(asked, axes, made, said),
        )

    def _axes(
        self,
        questions: Sequence[Question],
        made: Sequence[Sequence[Claim]],
        answers: Sequence[Answer],
        standings: Mapping[int, Standing],
    ) -> list[Axis]:
        """Return the axis of each question; those with the same list of answers share one."""
        axes, first = [], 0
        for question, claims in zip(questions, made, strict=True):
            if question.quantity is None:
                axis = self._lists.get(question.answers)
                if axis is None:
                    axis = self._lists[question.answers] = Axis(question, (), self.constants)
            else:
                rows = range(first, first + len(claims))
                asserted = [
                    answers[row] for row in rows if row not in standings or standings[row].is_standing
                ]
                resolution = self.record.resolutions.get(question.id)
                resolved = [] if resolution is None else [resolution.answer]
                axis = Axis(question, [*asserted, *resolved], self.constants)
            axes.append(axis)
            first += len(claims)
        return axes

    def _gains(
        self,
        questions: Sequence[Question],
        axes: Sequence[Axis],
        made: Sequence[Sequence[Claim]],
        said: Sequence[Array],
    ) -> dict[int, Gain]:
        """Return what claims do for the interest of their source, by row, where they do anything."""
        gains, first = {}, 0
        for question, axis, claims in zip(questions, axes, made, strict=True):
            if question.stakes:
                favoured = favours(question, axis)
                for row, claim in enumerate(claims, first):
                    found = gain(claim.source, said[row], favoured, self.record)
                    if found.amounts:
                        gains[row] = found
            first += len(claims)
        return gains


class _Nearness:
    """How close sources stood to what they say.

    Many sources stand on the same ground, and many claims are made from it in the same manner, so that it
    is looked up once for each ground, scope and manner.

    Attributes
    ----------
    found : list of Proximity
        All that was looked up; a place in it stands for what stands there.
    """

    def __init__(self, record: Record, constants: Constants) -> None:
        self.found: list[Proximity] = []
        self._record, self._constants = record, constants
        self._grounds: list[Ground] = []
        self._ground_number = cache(self._numbered_ground)
        self._ground = cache(lambda source: self._ground_number(ground_of(source, record)))
        self._held = cache(self._on_ground)
        self._near = cache(self._in_manner)

    def of_claims(self, source: Iterable[str], scopes: Iterable[str], manners: Iterable[Manner]) -> list[int]:
        """Return how close the sources of claims stood to some scopes, as places in `found`."""
        return [*map(self._near, map(self._ground, source), scopes, manners)]

    def better(self, now: int, standing: Standing) -> int:
        """Take the better of the scopes, then and now: what is said of a whole is said of its part."""
        claim = standing.claim
        if standing.scope == claim.scope:
            return now
        manner = claim.vantage, bool(claim.cites), len(claim.via)
        then = self._near(self._ground(claim.source), claim.scope, manner)
        return max(now, then, key=lambda place: worth(self.found[place].amounts, ELICITED))

    def _numbered_ground(self, ground: Ground) -> int:
        self._grounds.append(ground)
        return len(self._grounds) - 1

    def _on_ground(self, ground: int, scope: str) -> Proximity:
        return proximity_on(self._grounds[ground], scope, self._record, self._constants)

    def _in_manner(self, ground: int, scope: str, manner: Manner) -> int:
        vantage, is_relay, n_carriers = manner
        held = self._held(ground, scope)
        self.found.append(as_claimed(held, vantage, is_relay=is_relay, n_carriers=n_carriers))
        return len(self.found) - 1


def _numbered(values: Sequence[T]) -> tuple[list[T], Index]:
    """Return the distinct values in the order in which they come up, and the number of each."""
    number = {value: i for i, value in enumerate(dict.fromkeys(values))}
    return [*number], np.array([*map(number.__getitem__, values)], dtype=np.intp)
