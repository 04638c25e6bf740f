"""The record: the ledger up to a moment, with its reference data."""

import hashlib
from datetime import datetime

from sqlite_utils import Database

from data import reference, rows
from data.database import reading
from data.instant import to_text
from data.reference import QUESTIONS, SCOPES, SOURCES
from models.record import Claim, Correction, Record, Resolution

# After every instant, as texts compare.
_FOREVER = "~"

_CLAIMS = """
SELECT * FROM claim_rows
WHERE stated_at <= :as_of AND recorded_at <= :known_at
AND id NOT IN (SELECT claim FROM voids WHERE recorded_at <= :known_at)
ORDER BY stated_at, id"""

_CORRECTIONS = """
SELECT * FROM correction_rows
WHERE stated_at <= :as_of AND recorded_at <= :known_at
AND claim NOT IN (SELECT claim FROM voids WHERE recorded_at <= :known_at)
AND claim IN (SELECT id FROM claims WHERE stated_at <= :as_of)
ORDER BY stated_at, claim, id"""

# In the order of writing: what is read last of a question is in force.
_RESOLUTIONS = """
SELECT * FROM resolutions
WHERE resolved_at <= :as_of AND recorded_at <= :known_at
ORDER BY question, seq"""


def load(db: Database, as_of: datetime | None = None, known_at: datetime | None = None) -> Record:
    """Read everything that a fit looks at, as one state of the ledger.

    Parameters
    ----------
    as_of : datetime or None
        Keep only what had been said by then: claims, corrections and resolutions.
    known_at : datetime or None
        Keep only what had been recorded here by then, reference data and voids included.
        Without it, reference data is today's.

    Returns
    -------
    Record
        Claims by (stated_at, id), corrections by (stated_at, claim, id), mappings by id. Claims
        that were voided are left out, and their corrections with them.
    """
    moment = {
        "as_of": _FOREVER if as_of is None else to_text(as_of),
        "known_at": _FOREVER if known_at is None else to_text(known_at),
    }
    with reading(db):
        resolutions = (rows.event(Resolution, row) for row in db.query(_RESOLUTIONS, moment))
        return Record(
            sources=reference.known(db, SOURCES, known_at),
            scopes=reference.known(db, SCOPES, known_at),
            questions=reference.known(db, QUESTIONS, known_at),
            claims=tuple(rows.event(Claim, row) for row in db.query(_CLAIMS, moment)),
            corrections=tuple(rows.event(Correction, row) for row in db.query(_CORRECTIONS, moment)),
            resolutions={resolution.question: resolution for resolution in resolutions},
        )


def digest(record: Record) -> str:
    """Return the digest of all that a fit looks at; when it was recorded here is no part of it."""
    lines = [
        *(rows.to_json(rows.source_document(source)) for source in record.sources.values()),
        *(rows.to_json(vars(scope)) for scope in record.scopes.values()),
        *(rows.to_json(rows.question_document(question)) for question in record.questions.values()),
        *(_said(claim) for claim in record.claims),
        *(_said(correction) for correction in record.corrections),
        *(_said(resolution) for resolution in record.resolutions.values()),
    ]
    return "sha256:" + hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _said(event: Claim | Correction | Resolution) -> str:
    links = {name: getattr(event, name, ()) for name in ("via", "cites")}
    return rows.to_json({**rows.event_row(event), **links, "recorded_at": None})
