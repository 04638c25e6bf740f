"""Fits of the model to a part of the ledger: the scores that one holds, and their documents."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlite_utils import Database

from data import parts
from data import record as records
from data.errors import UnknownIdError
from data.instant import to_wire
from data.neighbourhood import neighbourhood
from data.rows import to_json
from models.record import Record
from models.version import model_version

if TYPE_CHECKING:
    from models.excerpt import Excerpt
    from models.score import Score
    from models.scoring import Scores

Document = dict[str, Any]

# Fits kept in memory, the last used. A page of history asks for fifty moments; each is a few MB at most.
KEPT_FITS = 64

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

    def text(
        self,
        kind: str,
        subject_id: str,
        scope: str | None,
        as_of: datetime | None,
        known_at: datetime | None,
        *,
        excerpt: Excerpt | None = None,
    ) -> str:
        """Return one score as JSON, as of the fit's moment; UnknownIdError where there is none."""
        try:
            score = self.scores.of(kind, subject_id, scope, excerpt)
        except KeyError:
            raise UnknownIdError(kind, subject_id) from None
        model = self.model
        if excerpt is not None:
            model = {**model, "inputs": f"sha256:{_digest(model['inputs'] + excerpt_digest(excerpt))}"}
        document = score.document if excerpt is None else {**score.document, "record": _told(excerpt)}
        return with_moment(to_json(document), as_of, known_at, model)

    def document(self, score: Score, as_of: datetime | None) -> Document:
        """Return one of the fit's scores as it is answered in JSON."""
        document: Document = json.loads(with_moment(to_json(score.document), as_of, None, self.model))
        return document


def inputs_of(record: Record) -> Document:
    """Return the model's version and the digest of what it is fitted to."""
    return {"version": model_version(), "inputs": records.digest(record)}


def fit_to(record: Record) -> Fit:
    """Return the fit to a record; kept by what it was fitted to, so it can never be out of date."""
    inputs = inputs_of(record)
    key = to_json(inputs)
    if key not in _fits:
        _fits[key] = Fit.to(record, inputs)
        if len(_fits) > KEPT_FITS:
            _fits.popitem(last=False)
    _fits.move_to_end(key)
    return _fits[key]


def fit_for(
    db: Database,
    kind: str,
    subject_id: str,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    *,
    excerpt: Excerpt | None = None,
    without: Collection[str] | None = None,
) -> Fit:
    """Return the fit that the score of one subject at a moment is read from.

    That is a fit of a small ledger as a whole; of a large one, at present, of what the stored sums
    do not tell, and of the subject's neighbourhood where a moment, an excerpt or claims to leave out
    are asked about.

    Parameters
    ----------
    without : collection of str or None
        Claims to leave out; an empty one gives the fit that such a one is to be compared with.
    """
    if not parts.is_large(db):
        record = records.load(db, as_of, known_at)
        return fit_to(record.without(without) if without else record)
    if as_of is None and known_at is None and excerpt is None and without is None:
        inputs = db.execute("SELECT inputs FROM fits").fetchone()[0]
        return Fit(parts.solved_for(db, kind, subject_id), {"version": model_version(), "inputs": inputs})
    scope = None if excerpt is None else excerpt.scope
    bearing = neighbourhood(db, kind, subject_id, as_of, known_at, scope=scope)
    record = records.load_part(db, bearing, [subject_id] if kind == "source" else [], as_of, known_at)
    return fit_to(record.without(without) if without else record)


def excerpt_digest(excerpt: Excerpt) -> str:
    """Return what tells one excerpt of a record from any other; its end only where ages are counted."""
    until = None if excerpt.half_life is None else to_wire(excerpt.until)
    return _digest(to_json({**_told(excerpt), "until": until}))


def with_moment(document: str, as_of: datetime | None, known_at: datetime | None, model: Document) -> str:
    """Add the moment and the model to a score's document, as JSON text."""
    moment = {
        "as_of": None if as_of is None else to_wire(as_of),
        "known_at": None if known_at is None else to_wire(known_at),
        "model": model,
    }
    return f"{document[:-1]},{to_json(moment)[1:]}"


def of_present(document: str, version: str, inputs: str) -> str:
    """Add to a stored document that it is of the present, and what made it, as JSON text."""
    return f"{document[:-1]}{_end_of_present(version, inputs)}"


# Those that are read in a while are mostly of one fit, and end alike.
@lru_cache(maxsize=1)
def _end_of_present(version: str, inputs: str) -> str:
    return with_moment("{}", None, None, {"version": version, "inputs": inputs})[1:]


def _told(excerpt: Excerpt) -> Document:
    since = None if excerpt.since is None else to_wire(excerpt.since)
    return {"since": since, "half_life": excerpt.half_life, "scope": excerpt.scope}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
