"""Scores of a source by an excerpt of its record: of a period, on a scope, the older the less."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime

from sqlite_utils import Database

from data import fits
from data import record as records
from data.fits import Document
from data.instant import to_wire
from data.rows import to_json
from models.excerpt import Excerpt
from models.proximity import of_one_body
from models.source_score import source_score


def score(
    db: Database,
    source: str,
    scope: str | None,
    excerpt: Excerpt,
    *,
    as_of: datetime | None,
    known_at: datetime | None,
    without: Collection[str],
) -> Document:
    """Return the score of a source by an excerpt, inside the caller's transaction; see `data.scores.at`."""
    from models.excerpt_terms import excerpt_terms  # noqa: PLC0415 - it takes a fit, and so scikit-learn

    ledger = fits.at(db, as_of, known_at, without)
    model = fits.fitted(ledger)
    fit = fits.Fit(ledger.inputs, model.terms_, "", as_of, known_at, frozenset(without))
    hearing = fit.scores(db, [], [source]).hearing
    said = records.said_by(db, of_one_body(source, hearing.record), as_of, known_at)
    said = said.without(without) if without else said
    terms = excerpt_terms(model, said, source, excerpt)
    document = source_score(hearing.of_excerpt(terms, said, excerpt), source, scope).document
    document = {**document, "record": described(excerpt), **fit.moment}
    inputs = hashlib.sha256((ledger.inputs + digest(excerpt)).encode()).hexdigest()
    return {**document, "model": {**document["model"], "inputs": f"sha256:{inputs}"}}


def digest(excerpt: Excerpt) -> str:
    """Return what tells one excerpt of a record from any other; its end only where ages are counted."""
    until = None if excerpt.half_life is None else to_wire(excerpt.until)
    return hashlib.sha256(to_json({**described(excerpt), "until": until}).encode()).hexdigest()


def described(excerpt: Excerpt) -> Document:
    """Return an excerpt as it is answered in JSON."""
    since = None if excerpt.since is None else to_wire(excerpt.since)
    return {"since": since, "half_life": excerpt.half_life, "scope": excerpt.scope}
