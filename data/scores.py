"""The scores, for any moment: put into words when they are asked for, from the claims and a fit's terms.

`data.settlement` keeps the terms of the present up to date; those of another moment are fitted.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from sqlite_utils import Database

from data import claims, excerpts, fits, settlement
from data.database import reading
from data.errors import UnknownIdError
from data.fits import Document, Fit
from data.rows import to_json
from models.constants import Coefficient, Constants
from models.scoring import Scores
from models.version import model_version

if TYPE_CHECKING:
    from models.excerpt import Excerpt

# What a score is asked of: kind, id and scope.
Asked = tuple[str, str, str | None]
Places = dict[tuple[str, str], tuple[str | None, str | None]]

# Claims on a question that is solved and put into words in some milliseconds, at most.
FEW_CLAIMS = 100
# Where each kind of subject is heard: its question, and the source whose record is named.
_PLACES = {
    "source": "SELECT id, NULL, id FROM sources",
    "question": "SELECT id, id, NULL FROM questions",
    # One that was voided was there as long as that was not recorded.
    "claim": "SELECT id, question, source FROM claims",
}


def stored(db: Database, kind: str, subject_id: str) -> tuple[str, str] | None:
    """Return the present score of a subject as JSON text, and a digest of that text.

    A source's is its score on its own ground. None where there is no such subject.

    Raises
    ------
    BusyError
        When nothing was fitted yet.
    """
    with reading(db):
        where = places(db, [(kind, subject_id)])
        document = _document(db, fits.of_present(db), where, (kind, subject_id, None)) if where else None
    if document is None:
        return None
    text = to_json(document)
    return text, hashlib.sha256(text.encode()).hexdigest()[:32]


def takes_long(db: Database, kind: str, subject_id: str) -> bool:
    """Say whether the present score of a subject takes long to be put into words: it rests on many claims."""
    if kind == "source":
        # Its track record is stored.
        return False
    question = "?" if kind == "question" else "(SELECT question FROM claims WHERE id = ?)"
    sql = f"SELECT count(*) FROM (SELECT 1 FROM claims WHERE question = {question} LIMIT {FEW_CLAIMS + 1})"  # noqa: S608
    return int(db.conn.execute(sql, (subject_id,)).fetchone()[0]) > FEW_CLAIMS


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
        For a source: the part of its record that counts.
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
        where = places(db, [(kind, subject_id)])
        if not where:
            raise UnknownIdError(kind, subject_id)
        if without is not None:
            claims.check_known(db, without, "without")
        if excerpt is not None:
            return excerpts.score(
                db, subject_id, scope, excerpt, as_of=as_of, known_at=known_at, without=without or ()
            )
        document = _document(db, fit_of(db, as_of, known_at, without), where, (kind, subject_id, scope))
    if document is None:
        raise UnknownIdError(kind, subject_id)
    return document if without is None else {**document, "without": sorted(without)}


def fit_of(
    db: Database,
    as_of: datetime | None,
    known_at: datetime | None = None,
    without: Collection[str] | None = None,
) -> Fit:
    """Return the fit that scores of a moment rest on: of the present, the stored one."""
    fitted, last = settlement.reach(db)
    if as_of is None and known_at is None and not without and fitted == last > 0:
        return fits.of_present(db)
    return fits.of_moment(db, as_of, known_at, without or ())


def many(db: Database, subjects: Iterable[Asked], *, as_of: datetime | None = None) -> list[Document | None]:
    """Return the scores of many subjects, all as of one moment; None for one that is not there.

    Parameters
    ----------
    subjects : iterable of (kind, id, scope)
    """
    asked = list(subjects)
    with reading(db):
        where = places(db, [(kind, id_) for kind, id_, _ in asked])
        there = [each for each in dict.fromkeys(asked) if each[:2] in where]
        documents = _documents(db, fit_of(db, as_of), where, there) if there else {}
    return [documents.get(each) for each in asked]


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
        "pending": settlement.n_unsettled(db),
        "calibration": [],
        **fitted,
        "constants": Constants().table(coefficients),
    }


def places(db: Database, subjects: Collection[tuple[str, str]]) -> Places:
    """Return by kind and id the question and the source of those subjects that exist."""
    return {
        (kind, id_): (question, source)
        for kind, sql in _PLACES.items()
        if (ids := [id_ for noun, id_ in subjects if noun == kind])
        for id_, question, source in db.conn.execute(
            f"{sql} WHERE id IN (SELECT value FROM json_each(?))",  # noqa: S608 - ours
            [to_json(ids)],
        )
    }


def _document(db: Database, fit: Fit, where: Places, subject: Asked) -> Document | None:
    return _documents(db, fit, where, [subject])[subject]


def _documents(
    db: Database, fit: Fit, where: Places, subjects: Collection[Asked]
) -> dict[Asked, Document | None]:
    """Return the scores of subjects that exist; None for one that was not there at the moment of the fit."""
    together = defaultdict(list)
    for kind, id_, scope in subjects:
        question, source = where[kind, id_]
        together[question, None if question else source].append((kind, id_, scope))
    documents = {}
    # A question is read and solved once for all of its claims that are asked about.
    for (question, source), some in together.items():
        speakers = {speaker for kind, id_, _ in some if (speaker := where[kind, id_][1])}
        scores = fit.scores(db, [question] if question else [], [source] if source else [], speakers=speakers)
        for subject in some:
            documents[subject] = _worded(scores, fit, *subject)
    return documents


def _worded(scores: Scores, fit: Fit, kind: str, subject_id: str, scope: str | None) -> Document | None:
    try:
        return {**scores.of(kind, subject_id, scope).document, **fit.moment}
    except KeyError:
        return None
