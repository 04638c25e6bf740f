"""What is told of a subject beside its score: who said what, and what became of it.

A reader who meets a score elsewhere sees it together with this; `api.cards` puts it into words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlite_utils import Database

from data import claims, corrections, reference, resolutions, scores
from data.database import reading
from data.errors import BusyError, UnknownIdError
from data.fits import Document
from data.reference import QUESTIONS, SCOPES, SOURCES
from models.record import Claim, Correction, Question, Resolution, Source


@dataclass(frozen=True)
class Subject:
    """What a score is about: a `kind` (``"source"``, ``"claim"``, ``"question"``) and an id.

    `scope` is what a source speaks on; None takes it on its own ground.
    """

    kind: str
    id: str
    scope: str | None = None


class Side(StrEnum):
    """Whose side whoever corrects a claim stands on."""

    AUTHOR = "author"
    BODY = "body"
    CARRIER = "carrier"
    OTHER = "other"


@dataclass(frozen=True)
class Notice:
    """A correction, with the name of whoever made it and the side that it came from."""

    correction: Correction
    name: str
    side: Side


@dataclass(frozen=True)
class Told:
    """A subject, its score as in the contract, and what belongs to it.

    `scopes` holds the names of the declared scopes among those that it speaks of, by path.
    """

    subject: Subject
    score: Document
    scopes: Mapping[str, str]


@dataclass(frozen=True)
class ToldSource(Told):
    """A source and its score."""

    source: Source


@dataclass(frozen=True)
class ToldQuestion(Told):
    """A question and its score; where it is resolved, how, and the name of whoever says so."""

    question: Question
    resolution: Resolution | None
    resolved_by: str | None


@dataclass(frozen=True)
class ToldClaim(Told):
    """A claim and its score, and its corrections in the order in which they were said."""

    claim: Claim
    source: Source
    question: Question
    notices: tuple[Notice, ...]


def told(
    db: Database, subjects: Sequence[Subject], *, as_of: datetime | None = None
) -> list[Told | UnknownIdError | BusyError]:
    """Return what is told of many subjects, all as of one moment, in their order.

    In the place of one that is not there, or was not then, stands an UnknownIdError; of one that
    was written so lately that its score is not settled yet, a BusyError.
    """
    with reading(db):
        found = _scores(db, subjects, as_of)
        return [
            score if isinstance(score, Exception) else _told(db, subject, score, as_of)
            for subject, score in zip(subjects, found, strict=True)
        ]


def _scores(
    db: Database, subjects: Sequence[Subject], as_of: datetime | None
) -> list[Document | UnknownIdError | BusyError]:
    asked = [(subject.kind, subject.id, subject.scope) for subject in subjects]
    try:
        found = scores.many(db, asked, as_of=as_of)
    except BusyError as error:
        return [error] * len(subjects)
    return [
        score or UnknownIdError(subject.kind, subject.id)
        for subject, score in zip(subjects, found, strict=True)
    ]


def _told(db: Database, subject: Subject, score: Document, as_of: datetime | None) -> Told | UnknownIdError:
    if subject.kind == "source":
        source = reference.get(db, SOURCES, subject.id)
        return ToldSource(subject, score, _named(db, [subject.scope]), source)
    if subject.kind == "question":
        question = reference.get(db, QUESTIONS, subject.id)
        resolution = _resolution(db, subject.id, as_of)
        by = None if resolution is None else reference.get(db, SOURCES, resolution.by).name
        return ToldQuestion(subject, score, _named(db, [question.scope]), question, resolution, by)
    try:
        claim = claims.get(db, subject.id)
    except UnknownIdError as error:
        # Voided since its score was stored.
        return error
    notices = _notices(db, claim, as_of)
    return ToldClaim(
        subject,
        score,
        _named(db, [claim.scope, *(notice.correction.scope for notice in notices)]),
        claim,
        reference.get(db, SOURCES, claim.source),
        reference.get(db, QUESTIONS, claim.question),
        notices,
    )


def _notices(db: Database, claim: Claim, as_of: datetime | None) -> tuple[Notice, ...]:
    found = corrections.of_claim(db, claim.id)
    return tuple(
        Notice(each, reference.get(db, SOURCES, each.by).name, _side(db, each.by, claim))
        for each in found
        if as_of is None or each.stated_at <= as_of
    )


def _side(db: Database, by: str, claim: Claim) -> Side:
    if by == claim.source:
        return Side.AUTHOR
    if _bodies(db, by) & _bodies(db, claim.source):
        return Side.BODY
    return Side.CARRIER if by in claim.via else Side.OTHER


def _bodies(db: Database, source_id: str) -> set[str]:
    """Return a source and all bodies that it speaks for."""
    found: set[str] = set()
    body: str | None = source_id
    while body is not None and body not in found:
        found.add(body)
        body = reference.get(db, SOURCES, body).member_of
    return found


def _resolution(db: Database, question_id: str, as_of: datetime | None) -> Resolution | None:
    try:
        resolution = resolutions.get(db, question_id)
    except UnknownIdError:
        return None
    return resolution if as_of is None or resolution.resolved_at <= as_of else None


def _named(db: Database, paths: Sequence[str | None]) -> dict[str, str]:
    known = reference.known(db, SCOPES, None, [path for path in paths if path is not None])
    return {path: scope.name for path, scope in known.items() if scope.name is not None}
