"""The corrections: what was said later about a claim, added and never edited."""

import hashlib
from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from data import audit, claims, reference, rows
from data.database import writing
from data.errors import RefusedError, TakenIdError
from data.instant import from_text, to_text
from data.page import Page
from data.page import page as page_of
from data.reference import QUESTIONS, SOURCES
from data.writer import Writer
from models.address import address_of
from models.answer import check_answer
from models.record import Claim, Correction, CorrectionKind
from models.relaying import earliest
from models.scope import contains

# Hex digits of an id: 64 bits, so that even a million corrections share none by chance.
ID_LENGTH = 16


def identity(correction: Correction) -> str:
    """Return the id of a correction: of the SHA-256 of its content, the first 16 hex digits."""
    content = {**rows.event_row(correction), "via": correction.via, "id": None, "recorded_at": None}
    return hashlib.sha256(rows.to_json(content).encode()).hexdigest()[:ID_LENGTH]


def add(db: Database, correction: Correction, *, at: datetime, by: Writer | None = None) -> Correction:
    """Write a correction as one change, and return it with its `id` and `recorded_at`.

    The id is made from the content; the one that is given is not looked at. `by` is the writer;
    None for the command line.

    Raises
    ------
    BoundKeyError
        When the writer's key is bound to sources other than who corrects and who carries it.
    UnknownIdError
        When there is no such claim, or none any more.
    TakenIdError
        When the same correction is there already.
    UnknownReferenceError
        When whoever corrects or carries it does not exist.
    InvalidValueError
        When the question does not have the answer of an amendment.
    RefusedError
        When it is dated before its claim; when a scope is given to anything but a narrowing, or
        an answer to anything but an amendment, or is missing there; or when a narrowing does
        not lie strictly inside the scope that the claim was first made about.
    """
    with writing(db):
        speaker = ("by", correction.by)
        recorded_at = audit.stamp(db, at=at, by=by, speaker=speaker, via=correction.via)
        claim = claims.get(db, correction.claim)
        correction = replace(correction, id=identity(correction))
        if db.execute("SELECT 1 FROM corrections WHERE id = ?", [correction.id]).fetchone():
            raise TakenIdError("correction", correction.id)
        reference.check_referred(db, SOURCES, correction.by, "by")
        for position, source in enumerate(correction.via):
            reference.check_referred(db, SOURCES, source, f"via.{position}")
        _check(db, correction, claim)
        row = rows.event_row(correction)
        rows.insert(db, "corrections", {**row, "recorded_at": recorded_at, "recorded_by": audit.name_of(by)})
        rows.insert_links(db, "correction_carriers", "correction", correction.id, correction.via)
        if correction.url is not None:
            address = address_of(correction.url)
            rows.insert(db, "correction_addresses", {"address": address, "correction": correction.id})
        audit.append(db, "create", "correction", correction.id, by=by)
        return replace(correction, recorded_at=from_text(recorded_at))


def page(
    db: Database,
    *,
    claim: str | None = None,
    kind: str | None = None,
    by: str | None = None,
    limit: int,
    cursor: str | None = None,
) -> Page[Correction]:
    """Return a page of the corrections of claims that were not voided, in the order in which they were said.

    Parameters
    ----------
    by : str or None
        The source that corrects.

    Raises
    ------
    InvalidValueError
        When the cursor is not one of this list's.
    """
    return page_of(
        db,
        "SELECT * FROM correction_rows WHERE claim NOT IN (SELECT claim FROM voids)",
        {"claim = ?": claim, "kind = ?": kind, '"by" = ?': by},
        lambda row: rows.event(Correction, row),
        sort="stated_at",
        limit=limit,
        cursor=cursor,
    )


def _check(db: Database, correction: Correction, claim: Claim) -> None:
    if correction.stated_at < earliest(claim):
        raise RefusedError("stated_at", f"is before the claim itself, at {to_text(claim.stated_at)}")
    for kind, field, value in (
        (CorrectionKind.NARROW, "scope", correction.scope),
        (CorrectionKind.AMEND, "answer", correction.answer),
    ):
        if correction.kind is kind and value is None:
            raise RefusedError(field, f"is needed to {kind}")
        if correction.kind is not kind and value is not None:
            raise RefusedError(field, f"is given to {kind} only")
    if correction.answer is not None:
        question = reference.get(db, QUESTIONS, claim.question)
        check_answer(correction.answer, question.answers, question.quantity)
    if correction.scope is not None and (
        correction.scope == claim.scope or not contains(claim.scope, correction.scope)
    ):
        raise RefusedError("scope", f"must lie strictly inside the claim's own scope, {claim.scope}")
