"""A subject with its score, and what is known of it beside that: who said what, and what became of it.

A reader who meets a score elsewhere sees it together with this; `api.cards` puts it into words.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from data import claims, reference, resolutions, scores
from data import record as records
from data.database import reading
from data.errors import BusyError, UnknownIdError
from data.fits import Document
from data.reference import QUESTIONS, SCOPES, SOURCES
from models.record import Question, Record, Resolution, Source
from models.standing import Standing
from models.standings import Standings


@dataclass(frozen=True)
class Subject:
    """What a score is about: a `kind` (``"source"``, ``"claim"``, ``"question"``) and an id.

    `scope` is what a source speaks on; None takes it on its own ground.
    """

    kind: str
    id: str
    scope: str | None = None


@dataclass(frozen=True)
class Scored:
    """A subject and its score as in the contract; `record` holds the sources and scopes that it names."""

    subject: Subject
    score: Document
    record: Record


@dataclass(frozen=True)
class ScoredSource(Scored):
    """A source and its score."""

    source: Source


@dataclass(frozen=True)
class ScoredQuestion(Scored):
    """A question and its score; where it is resolved, how."""

    question: Question
    resolution: Resolution | None


@dataclass(frozen=True)
class ScoredClaim(Scored):
    """A claim and its score, and what its corrections have left of it."""

    source: Source
    question: Question
    standing: Standing


def scored(
    db: Database, subjects: Sequence[Subject], *, as_of: datetime | None = None
) -> list[Scored | UnknownIdError | BusyError]:
    """Return many subjects with their scores, all as of one moment, in their order.

    In the place of one that is not there, or was not then, stands an UnknownIdError; of one that
    was written so lately that its score is not settled yet, a BusyError.
    """
    with reading(db):
        found = _scores(db, subjects, as_of)
        return [
            score if isinstance(score, Exception) else _scored(db, subject, score, as_of)
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


def _scored(
    db: Database, subject: Subject, score: Document, as_of: datetime | None
) -> Scored | UnknownIdError:
    if subject.kind == "source":
        source = reference.get(db, SOURCES, subject.id)
        return ScoredSource(subject, score, _naming(db, subject.scope), source)
    if subject.kind == "question":
        question = reference.get(db, QUESTIONS, subject.id)
        resolution = _resolution(db, subject.id, as_of)
        by = [] if resolution is None else [resolution.by]
        return ScoredQuestion(subject, score, _naming(db, question.scope, by), question, resolution)
    try:
        claim = claims.get(db, subject.id)
    except UnknownIdError as error:
        # Voided since its score was stored.
        return error
    record = records.load_around(db, [claim], as_of)
    source, question = record.sources[claim.source], record.questions[claim.question]
    return ScoredClaim(subject, score, record, source, question, Standings(record).of(claim))


def _resolution(db: Database, question_id: str, as_of: datetime | None) -> Resolution | None:
    try:
        resolution = resolutions.get(db, question_id)
    except UnknownIdError:
        return None
    return resolution if as_of is None or resolution.resolved_at <= as_of else None


def _naming(db: Database, scope: str | None, source_ids: Collection[str] = ()) -> Record:
    """Return a record of sources, and of a scope where it is declared."""
    return Record(
        sources=reference.known(db, SOURCES, None, source_ids),
        scopes=reference.known(db, SCOPES, None, [] if scope is None else [scope]),
    )
