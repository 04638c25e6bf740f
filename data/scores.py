"""The scores: brought up to date with every write, and given for any moment.

A ledger of a few thousand values is fitted whole with each write, and its scores are stored ready
to be read. A larger one is settled part by part (`data.parts`) and swept by a refit
(`data.refit`); its scores are made from stored sums when they are read.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlite_utils import Database

from data import digests, parts
from data import record as records
from data import refit as refits
from data.database import explained, reading, writing
from data.errors import UnknownIdError
from data.history import moments_of
from data.instant import to_wire
from data.neighbourhood import HISTORY_QUESTIONS, neighbourhood, own_questions
from data.rows import to_json
from models.constants import Coefficient, Constants
from models.record import Record
from models.version import model_version

if TYPE_CHECKING:
    from models.excerpt import Excerpt
    from models.scoring import Scores

Document = dict[str, Any]

# Fits kept in memory, the last used. A page of history asks for fifty moments; each is a few MB at most.
KEPT_FITS = 64
# A history lists a moment when the score moved by more than this: a hundredth of a per cent.
MOVED_BY = 0.0001

_STORED = "SELECT document, version, inputs FROM scores, fits WHERE kind = ? AND scores.id = ?"

_fits: OrderedDict[str, Fit] = OrderedDict()


class Fit:
    """The scores of the ledger up to a moment, with the model's version and its inputs' digest."""

    def __init__(self, scores: Scores, model: Document) -> None:
        self.scores = scores
        self.model = model

    @classmethod
    def to(cls, record: Record, model: Document) -> Fit:
        """Fit to a record."""
        # scikit-learn takes a second to import, and a stored score is read without it.
        from models.scoring import Scores  # noqa: PLC0415

        return cls(Scores(record), model)

    def document(
        self,
        kind: str,
        subject_id: str,
        scope: str | None,
        as_of: datetime | None,
        known_at: datetime | None,
        *,
        excerpt: Excerpt | None = None,
    ) -> Document:
        """Return one score, as of the moment that the fit is of; UnknownIdError where there is none."""
        try:
            score = self.scores.of(kind, subject_id, scope, excerpt)
        except KeyError:
            raise UnknownIdError(kind, subject_id) from None
        model = self.model
        if excerpt is not None:
            model = {**model, "inputs": f"sha256:{_digest(model['inputs'] + excerpt_digest(excerpt))}"}
        document: Document = json.loads(_with_moment(to_json(score.document), as_of, known_at, model))
        return document if excerpt is None else {**document, "record": _told(excerpt)}


def refresh(db: Database) -> None:
    """Bring the scores up to date with what was written, inside the caller's transaction.

    Nothing is done where they are, by the same model.
    """
    if not parts.is_large(db):
        _refresh_whole(db)
        return
    row = db.execute("SELECT inputs, audited FROM fits WHERE generation > 0").fetchone()
    if row is None:
        refits.refit_within(db)
        return
    inputs, audited = row
    entries = parts.entries_since(db, audited)
    if entries:
        parts.settle_written(db, entries)
        db.execute(
            "UPDATE fits SET inputs = ?, audited = ?",
            [digests.with_entries(db, inputs, entries), parts.last_entry(db)],
        )


def sweep(db: Database) -> bool:
    """Fit the whole ledger again, in transactions of its own, and say whether it did.

    It does not where another process is at it.
    """
    if parts.is_large(db):
        return refits.refit(db)
    with writing(db):
        refresh(db)
    return True


def is_due(db: Database) -> bool:
    """Say whether anything waits for a refit of the whole ledger: a write, or an older model's scores."""
    if not parts.is_large(db):
        return False
    fitted = db.execute("SELECT version FROM fits WHERE generation > 0").fetchone()
    return fitted is None or fitted[0] != model_version() or parts.n_pending(db) > 0


def _refresh_whole(db: Database) -> None:
    record = records.load(db)
    inputs = _inputs(record)
    if next(db.query("SELECT version, inputs FROM fits"), None) == inputs:
        return
    fit = Fit.to(record, inputs)
    scored = [(score.kind, score.id, *score.stored, to_json(score.document)) for score in fit.scores.all()]
    db.execute("CREATE TEMP TABLE IF NOT EXISTS scored (kind, id, score, low, high, document)")
    db.execute("DELETE FROM scored")
    db.conn.executemany("INSERT INTO scored VALUES (?, ?, ?, ?, ?, ?)", scored)
    db.execute(
        "INSERT INTO scores SELECT * FROM scored WHERE true ON CONFLICT (kind, id) DO UPDATE SET "
        "score = excluded.score, low = excluded.low, high = excluded.high, document = excluded.document "
        "WHERE document <> excluded.document"
    )
    db.execute("DELETE FROM scores WHERE (kind, id) NOT IN (SELECT kind, id FROM scored)")
    db.execute(
        "INSERT OR REPLACE INTO fits (id, version, inputs, converged_at, summary) "
        "SELECT 1, ?, ?, recorded_at, ? FROM changes",
        [fit.model["version"], fit.model["inputs"], to_json(fit.scores.summary())],
    )


def stored(db: Database, kind: str, subject_id: str) -> tuple[str, str] | None:
    """Return the present score of a subject as JSON text, and a digest of that text.

    A source's is its score on its own ground. None where there is no such subject.
    """
    text = _stored_text(db, kind, subject_id) or _made_text(db, kind, subject_id)
    return None if text is None else (text, _digest(text)[:32])


def _stored_text(db: Database, kind: str, subject_id: str) -> str | None:
    # One statement sees one state, so it takes no transaction around it, which would cost as much again.
    with explained():
        row = db.conn.execute(_STORED, (kind, subject_id)).fetchone()
    if row is None or row[0] is None:
        return None
    document, version, inputs = row
    return _with_moment(document, None, None, {"version": version, "inputs": inputs})


def _made_text(db: Database, kind: str, subject_id: str) -> str | None:
    with reading(db):
        if not parts.is_large(db):
            return None
        try:
            return to_json(_present(db, kind, subject_id).document(kind, subject_id, None, None, None))
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

    Raises
    ------
    UnknownIdError
        When there is no such subject, or was none then.
    """
    with reading(db):
        fit = _fit_for(db, kind, subject_id, as_of, known_at, excerpt=excerpt)
        return fit.document(kind, subject_id, scope, as_of, known_at, excerpt=excerpt)


def excerpt_digest(excerpt: Excerpt) -> str:
    """Return what tells one excerpt of a record from any other; its end only where ages are counted."""
    until = None if excerpt.half_life is None else to_wire(excerpt.until)
    return _digest(to_json({**_told(excerpt), "until": until}))


def many(
    db: Database, subjects: Iterable[tuple[str, str, str | None]], *, as_of: datetime | None = None
) -> list[Document | None]:
    """Return the scores of many subjects, all as of one moment; None for one that is not there.

    Parameters
    ----------
    subjects : iterable of (kind, id, scope)
    """
    found: list[Document | None] = []
    with reading(db):
        whole = None if parts.is_large(db) else _fit(records.load(db, as_of))
        asked = [(whole or _fit_for(db, kind, id_, as_of, None), kind, id_, on) for kind, id_, on in subjects]
    for fit, kind, subject_id, scope in asked:
        try:
            found.append(fit.document(kind, subject_id, scope, as_of, None))
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
        if stored(db, kind, subject_id) is None:
            raise UnknownIdError(kind, subject_id)
        moments = moments_of(_told_of(db, kind, subject_id), kind, subject_id)
        before = at(db, kind, subject_id, scope=scope, as_of=moments[after - 1].at) if after else None
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


def _inputs(record: Record) -> Document:
    return {"version": model_version(), "inputs": records.digest(record)}


def _fit(record: Record) -> Fit:
    """Return the fit to a record; kept by what it was fitted to, so it can never be out of date."""
    inputs = _inputs(record)
    key = to_json(inputs)
    if key not in _fits:
        _fits[key] = Fit.to(record, inputs)
        if len(_fits) > KEPT_FITS:
            _fits.popitem(last=False)
    _fits.move_to_end(key)
    return _fits[key]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _told(excerpt: Excerpt) -> Document:
    since = None if excerpt.since is None else to_wire(excerpt.since)
    return {"since": since, "half_life": excerpt.half_life, "scope": excerpt.scope}


def _fit_for(
    db: Database,
    kind: str,
    subject_id: str,
    as_of: datetime | None,
    known_at: datetime | None,
    *,
    excerpt: Excerpt | None = None,
) -> Fit:
    """Return the fit that one score at a moment is read from."""
    if not parts.is_large(db):
        return _fit(records.load(db, as_of, known_at))
    if as_of is None and known_at is None and excerpt is None:
        return _present(db, kind, subject_id)
    scope = None if excerpt is None else excerpt.scope
    bearing = neighbourhood(db, kind, subject_id, as_of, known_at, scope=scope)
    return _fit(records.load_part(db, bearing, [subject_id] if kind == "source" else [], as_of, known_at))


def _present(db: Database, kind: str, subject_id: str) -> Fit:
    inputs = db.execute("SELECT inputs FROM fits").fetchone()[0]
    return Fit(parts.solved_for(db, kind, subject_id), {"version": model_version(), "inputs": inputs})


def _told_of(db: Database, kind: str, subject_id: str) -> Record:
    """Return what the history of a subject tells: of a large ledger, its own questions alone."""
    if not parts.is_large(db):
        return records.load(db)
    own = own_questions(db, kind, subject_id, HISTORY_QUESTIONS)
    return records.load_part(db, own, [subject_id] if kind == "source" else [])


def _with_moment(document: str, as_of: datetime | None, known_at: datetime | None, model: Document) -> str:
    """Add the moment and the model to a score's document, as JSON text."""
    moment = {
        "as_of": None if as_of is None else to_wire(as_of),
        "known_at": None if known_at is None else to_wire(known_at),
        "model": model,
    }
    return f"{document[:-1]},{to_json(moment)[1:]}"


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
