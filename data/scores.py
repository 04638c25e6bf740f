"""The scores, for any moment: the present ones as they were stored, those of the past fitted when asked for.

`data.settlement` keeps the stored ones up to date. Of a large ledger only figures are stored, and
the present scores too are made when they are read, from stored sums.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from sqlite_utils import Database

from data import claims, parts
from data import record as records
from data.database import explained, reading
from data.errors import BusyError, UnknownIdError
from data.fits import Document, Fit, fit_for, fit_to, of_present
from data.history import moments_of
from data.neighbourhood import HISTORY_QUESTIONS, own_questions
from data.settlement import is_behind
from models.constants import Coefficient, Constants
from models.record import Record
from models.version import model_version

if TYPE_CHECKING:
    from models.excerpt import Excerpt

# A history lists a moment when the score moved by more than this: a hundredth of a per cent.
MOVED_BY = 0.0001

_STORED = "SELECT document, version, inputs FROM scores, fits WHERE kind = ? AND scores.id = ?"


def stored(db: Database, kind: str, subject_id: str) -> tuple[str, str] | None:
    """Return the present score of a subject as JSON text, and a digest of that text.

    A source's is its score on its own ground. None where there is no such subject.

    Raises
    ------
    BusyError
        When it was written so lately that its score is not settled yet.
    """
    text = _stored_text(db, kind, subject_id) or _made_text(db, kind, subject_id)
    return None if text is None else (text, hashlib.sha256(text.encode()).hexdigest()[:32])


def _stored_text(db: Database, kind: str, subject_id: str) -> str | None:
    # One statement sees one state, so it takes no transaction around it, which would cost as much again.
    with explained():
        row = db.conn.execute(_STORED, (kind, subject_id)).fetchone()
    # Of a large ledger the figures are stored, without a document.
    return None if row is None or row[0] is None else of_present(*row)


def _made_text(db: Database, kind: str, subject_id: str) -> str | None:
    with reading(db):
        if not parts.is_large(db):
            # A fit of the whole ledger is the settler's work: no reader waits for one of its own.
            if is_behind(db):
                raise BusyError("The scores of the last writes are not settled yet.")
            return None
        try:
            return fit_for(db, kind, subject_id).text(kind, subject_id, None, None, None)
        except UnknownIdError:
            return None


def at(
    db: Database,
    kind: str,
    subject_id: str,
    *,
    scope: str | None = None,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    excerpt: Excerpt | None = None,
    without: Collection[str] | None = None,
) -> Document:
    """Return the score of a subject as it would have been given at a moment.

    Parameters
    ----------
    scope : str or None
        For a source: the scope that it speaks on.
    as_of : datetime or None
        Only what had been said by then is used.
    known_at : datetime or None
        Only what had been recorded by then is used.
    excerpt : Excerpt or None
        For a source: the part of its record that counts. On a large ledger, out of what its
        neighbourhood holds: what the rest tells is stored as sums, which bear no dates.
    without : collection of str or None
        Claims to leave out, with their corrections, as if they had never been made.

    Raises
    ------
    UnknownIdError
        When there is no such subject, or was none then.
    UnknownReferenceError
        When a claim to leave out does not exist.
    """
    with reading(db):
        if without is not None:
            claims.check_known(db, without, "without")
        fit = fit_for(db, kind, subject_id, as_of, known_at, excerpt=excerpt, without=without)
        document: Document = json.loads(fit.text(kind, subject_id, scope, as_of, known_at, excerpt=excerpt))
    return document if without is None else {**document, "without": sorted(without)}


def many(
    db: Database, subjects: Iterable[tuple[str, str, str | None]], *, as_of: datetime | None = None
) -> list[Document | None]:
    """Return the scores of many subjects, all as of one moment; None for one that is not there.

    Parameters
    ----------
    subjects : iterable of (kind, id, scope)
    """
    found: list[Document | None] = []
    fits: dict[tuple[str, str], Fit] = {}
    asked = []
    with reading(db):
        whole = None if parts.is_large(db) else fit_to(records.load(db, as_of))
        for kind, subject_id, scope in subjects:
            place = (kind, subject_id)
            # A question and its claims have one neighbourhood in the past; of the present each has its own
            # reasons.
            if whole is None and as_of is not None and kind == "claim":
                place = ("question", next(iter(own_questions(db, kind, subject_id)), ""))
            if place not in fits:
                fits[place] = whole or fit_for(db, *place, as_of)
            asked.append((fits[place], kind, subject_id, scope))
    for fit, kind, subject_id, scope in asked:
        try:
            found.append(json.loads(fit.text(kind, subject_id, scope, as_of, None)))
        except UnknownIdError:
            found.append(None)
    return found


def history(
    db: Database, kind: str, subject_id: str, *, scope: str | None = None, limit: int, after: int = 0
) -> tuple[list[Document], int | None]:
    """Return the scores of a subject at the events that moved them, oldest first.

    Each item is a score as of an event, with that event; events of one moment stand together,
    the first as ``event`` and the rest in ``also``.

    Parameters
    ----------
    limit : int
        How many moments are looked at, at most.
    after : int
        The position to go on from, as returned before.

    Returns
    -------
    items : list of dict
    following : int or None
        The position to go on from; None at the end.

    Raises
    ------
    UnknownIdError
        When there is no such subject.
    """
    with reading(db):
        if _stored_text(db, kind, subject_id) is None:
            # UnknownIdError where there is no such subject.
            at(db, kind, subject_id)
        moments = moments_of(_told_of(db, kind, subject_id), kind, subject_id)
        passed = moments[:after]
        before = at(db, kind, subject_id, scope=scope, as_of=passed[-1].at) if passed else None
        items = []
        for moment in moments[after : after + limit]:
            document = at(db, kind, subject_id, scope=scope, as_of=moment.at)
            if before is None or _distance(before, document) > MOVED_BY:
                items.append({**document, "event": moment.events[0], "also": list(moment.events[1:])})
            before = document
    return items, after + limit if after + limit < len(moments) else None


def model(db: Database) -> Document:
    """Return the model's version, its constants with their meaning, and what the last fit learned.

    `calibration` holds the credences that the claims gave resolved questions against what proved true.
    """
    row = db.execute("SELECT version, inputs, converged_at, summary FROM fits").fetchone()
    version, inputs, converged_at, summary = row or (model_version(), None, None, "{}")
    fitted = json.loads(summary)
    found = fitted.get("learned", {}).get("coefficients", {})
    coefficients = {name: Coefficient(**moved) for name, moved in found.items()}
    return {
        "version": version,
        "inputs": inputs,
        "converged_at": converged_at,
        "pending": parts.n_pending(db),
        "calibration": [],
        **fitted,
        "constants": Constants().table(coefficients),
    }


def _told_of(db: Database, kind: str, subject_id: str) -> Record:
    """Return what the history of a subject tells: of a large ledger, its own questions alone."""
    if not parts.is_large(db):
        return records.load(db)
    own = own_questions(db, kind, subject_id, HISTORY_QUESTIONS)
    return records.load_part(db, own, [subject_id] if kind == "source" else [])


def _distance(one: Document, other: Document) -> float:
    """Return how far two scores of one subject lie apart, on the scale of a probability."""
    if one.get("standing") != other.get("standing"):
        return 1.0
    if "answers" in one:
        before = {answer["answer"]: float(answer["credence"]) for answer in one["answers"]}
        return max((abs(before[a["answer"]] - a["credence"]) for a in other["answers"]), default=0.0)
    if "quantity" in one:
        return _relative(one["quantity"]["median"], other["quantity"]["median"])
    if one["score"] is None or other["score"] is None:
        return 0.0 if one["score"] is other["score"] else 1.0
    return abs(float(one["score"]) - float(other["score"]))


def _relative(one: float | None, other: float | None) -> float:
    if one is None or other is None:
        return 0.0 if one is other else 1.0
    return abs(one - other) / max(abs(one), abs(other), 1e-300)
