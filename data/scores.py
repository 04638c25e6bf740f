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
from data import record as records
from data.database import reading
from data.errors import UnknownIdError
from data.fits import Document, Fit
from data.history import moments_of
from data.rows import to_json
from models.constants import Coefficient, Constants
from models.scoring import Scores
from models.version import model_version

if TYPE_CHECKING:
    from models.excerpt import Excerpt

# What a score is asked of: kind, id and scope.
Asked = tuple[str, str, str | None]

# A history lists a moment when the score moved by more than this: a hundredth of a per cent.
MOVED_BY = 0.0001
# Claims on a question that is solved and put into words in some milliseconds, at most.
FEW_CLAIMS = 100
# Claims that are fitted for one page of a history, at most, about: some seconds' work.
FITTED_CLAIMS = 500_000


def stored(db: Database, kind: str, subject_id: str) -> tuple[str, str] | None:
    """Return the present score of a subject as JSON text, and a digest of that text.

    A source's is its score on its own ground. None where there is no such subject.

    Raises
    ------
    BusyError
        When nothing was fitted yet.
    """
    with reading(db):
        if not _exists(db, kind, subject_id):
            return None
        try:
            document = _document(db, fits.of_present(db), kind, subject_id)
        except UnknownIdError:
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
        if not _exists(db, kind, subject_id):
            raise UnknownIdError(kind, subject_id)
        if without is not None:
            claims.check_known(db, without, "without")
        if excerpt is not None:
            return excerpts.score(
                db, subject_id, scope, excerpt, as_of=as_of, known_at=known_at, without=without or ()
            )
        fit = fit_of(db, as_of, known_at, without)
        document = _document(db, fit, kind, subject_id, scope)
    return document if without is None else {**document, "without": sorted(without)}


def fit_of(
    db: Database,
    as_of: datetime | None,
    known_at: datetime | None = None,
    without: Collection[str] | None = None,
) -> Fit:
    """Return the fit that scores of a moment rest on: of the present, the stored one."""
    settled, last = settlement.reach(db)
    if as_of is None and known_at is None and not without and settled == last > 0:
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
        there = [each for each in dict.fromkeys(asked) if _exists(db, *each[:2])]
        found = _documents(db, fit_of(db, as_of), there) if there else {}
    return [found.get(each) for each in asked]


def history(
    db: Database, kind: str, subject_id: str, *, scope: str | None = None, limit: int, after: int = 0
) -> tuple[list[Document], int | None]:
    """Return the scores of a subject at the events that moved them, oldest first.

    Each item is a score as of an event, with that event; events of one moment stand together,
    the first as ``event`` and the rest in ``also``.

    Parameters
    ----------
    limit : int
        How many moments are looked at, at most; fewer where each takes a fit of a large ledger.
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
        if not _exists(db, kind, subject_id):
            raise UnknownIdError(kind, subject_id)
        moments = moments_of(db, kind, subject_id)
        n_claims = max(int(db.execute("SELECT count(*) FROM claims").fetchone()[0]), 1)
        limit = max(1, min(limit, FITTED_CLAIMS // n_claims))
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
        "pending": settlement.n_unsettled(db),
        "calibration": [],
        **fitted,
        "constants": Constants().table(coefficients),
    }


_EXISTS = {
    "source": "SELECT 1 FROM sources WHERE id = ?",
    "question": "SELECT 1 FROM questions WHERE id = ?",
    # One that was voided was there as long as that was not recorded.
    "claim": "SELECT 1 FROM claims WHERE id = ?",
}


def _exists(db: Database, kind: str, subject_id: str) -> bool:
    return db.conn.execute(_EXISTS[kind], (subject_id,)).fetchone() is not None


def _document(db: Database, fit: Fit, kind: str, subject_id: str, scope: str | None = None) -> Document:
    found = _documents(db, fit, [(kind, subject_id, scope)])[kind, subject_id, scope]
    if found is None:
        raise UnknownIdError(kind, subject_id)
    return found


def _documents(db: Database, fit: Fit, subjects: Collection[Asked]) -> dict[Asked, Document | None]:
    """Return the scores of subjects that exist; None for one that was not there at the moment of the fit."""
    places = records.place_of(db, [id_ for kind, id_, _ in subjects if kind == "claim"])
    by_part = defaultdict(list)
    for kind, id_, scope in subjects:
        noun, part = ("question", places[id_][0]) if kind == "claim" else (kind, id_)
        by_part[noun, part].append((kind, id_, scope))
    found = {}
    # A question is read and solved once for all of its claims that are asked about.
    for (noun, part), some in by_part.items():
        if noun == "source":
            scores = fit.scores(db, [], [part])
        else:
            speakers = {places[id_][1] for kind, id_, _ in some if kind == "claim"}
            scores = fit.scores(db, [part], speakers=speakers)
        for subject in some:
            found[subject] = _told(scores, fit, *subject)
    return found


def _told(scores: Scores, fit: Fit, kind: str, subject_id: str, scope: str | None) -> Document | None:
    try:
        return {**scores.of(kind, subject_id, scope).document, **fit.moment}
    except KeyError:
        return None


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
