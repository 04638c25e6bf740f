"""The claims: added and voided, never edited."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import TypeVar

from sqlite_utils import Database

from data import audit, reference, rows
from data.database import writing
from data.errors import LedgerError, RefusedError, TakenIdError, UnknownIdError, UnknownReferenceError
from data.instant import from_text, to_text
from data.page import Page, inside
from data.page import page as page_of
from data.reference import QUESTIONS, SOURCES
from data.writer import Writer
from models.address import address_of
from models.answer import check_answer
from models.errors import InvalidValueError
from models.record import Claim

Refusal = TypeVar("Refusal", bound=Exception)

# Claims a transaction when many are written: enough that the disk is waited for seldom, few
# enough (under a second) that other writers get their turn well within the busy timeout.
BATCH_SIZE = 1000


def add(db: Database, claim: Claim, *, at: datetime, by: Writer | None = None) -> Claim:
    """Write a claim as one change, and return it with its `recorded_at`.

    Without a scope it speaks of its question's. Everything is checked before the first row is
    written. `by` is the writer; None for the command line.

    Raises
    ------
    BoundKeyError
        When the writer's key is bound to sources other than who speaks and who carries it.
    TakenIdError
        When its id is used already, also by a claim that was voided.
    UnknownReferenceError
        When its source, its question, or a source that carries or is cited does not exist.
    InvalidValueError
        When its question does not have its answer.
    RefusedError
        When a source would cite itself about this question, also by way of others.
    """
    with writing(db):
        recorded_at = audit.stamp(db, at=at, by=by, speaker=("source", claim.source), via=claim.via)
        if db.execute("SELECT 1 FROM claims WHERE id = ?", [claim.id]).fetchone():
            raise TakenIdError("claim", claim.id)
        reference.check_referred(db, SOURCES, claim.source, "source")
        question = reference.referred(db, QUESTIONS, claim.question, "question")
        for field, sources in (("via", claim.via), ("cites", claim.cites)):
            for position, source in enumerate(sources):
                reference.check_referred(db, SOURCES, source, f"{field}.{position}")
        check_answer(claim.answer, question.answers, question.quantity)
        for position, source in enumerate(claim.cites):
            if _cites(db, claim.question, source, claim.source):
                reason = f"makes {claim.source} cite itself about this question"
                raise RefusedError(f"cites.{position}", reason)
        claim = replace(claim, scope=claim.scope or question.scope, recorded_at=from_text(recorded_at))
        rows.insert(db, "claims", {**rows.event_row(claim), "recorded_by": audit.name_of(by)})
        rows.insert_links(db, "claim_carriers", "claim", claim.id, claim.via)
        rows.insert_links(db, "claim_citations", "claim", claim.id, claim.cites)
        if claim.url is not None:
            rows.insert(db, "claim_addresses", {"address": address_of(claim.url), "claim": claim.id})
        audit.append(db, "create", "claim", claim.id, by=by)
        return claim


def add_many(
    db: Database, numbered: Iterable[tuple[int, Claim | Refusal]], *, at: datetime, by: Writer | None
) -> Iterator[tuple[int, Claim | Refusal | LedgerError | InvalidValueError]]:
    """Write many claims, the good ones kept and the bad ones refused.

    Parameters
    ----------
    numbered : iterable of (int, Claim or exception)
        Line numbers with claims. It is read before the write lock is taken, `BATCH_SIZE` at a
        time. An exception, for a line that is no claim, passes through in its place.

    Yields
    ------
    (int, Claim or exception)
        The line number with the claim as written or with what was wrong with it, in order,
        after its batch was committed.

    Raises
    ------
    DatabaseError
        When a batch cannot be written; the batches before it stay.
    """
    lines = iter(numbered)
    while batch := list(islice(lines, BATCH_SIZE)):
        with writing(db):
            outcomes = [(line, _outcome(db, claim, at=at, by=by)) for line, claim in batch]
        yield from outcomes


def _outcome(
    db: Database, claim: Claim | Refusal, *, at: datetime, by: Writer | None
) -> Claim | Refusal | LedgerError | InvalidValueError:
    if isinstance(claim, Exception):
        return claim
    try:
        return add(db, claim, at=at, by=by)
    except (LedgerError, InvalidValueError) as refusal:
        return refusal


def get(db: Database, claim_id: str) -> Claim:
    """Return a claim; UnknownIdError where there is none or where it was voided."""
    sql = "SELECT * FROM claim_rows WHERE id = ? AND id NOT IN (SELECT claim FROM voids)"
    for claim in rows.events(db, Claim, sql, [claim_id]):
        return claim
    raise UnknownIdError("claim", claim_id)


def several(
    db: Database, claim_ids: Collection[str], *, known_at: datetime | None = None
) -> tuple[Claim, ...]:
    """Return those of the claims that are there and were not voided, in the order in which they were said.

    Parameters
    ----------
    known_at : datetime or None
        Also those that were voided after this.
    """
    sql = (
        "SELECT * FROM claim_rows WHERE id IN (SELECT value FROM json_each(?)) "
        "AND id NOT IN (SELECT claim FROM voids WHERE ? IS NULL OR recorded_at <= ?) ORDER BY stated_at, id"
    )
    until = None if known_at is None else to_text(known_at)
    return rows.events(db, Claim, sql, [rows.to_json(sorted(set(claim_ids))), until, until])


def check_known(db: Database, claim_ids: Collection[str], field: str) -> None:
    """Raise UnknownReferenceError where one of the claims that `field` names does not exist."""
    for claim_id in sorted(claim_ids):
        try:
            get(db, claim_id)
        except UnknownIdError:
            raise UnknownReferenceError(field, "claim", claim_id) from None


def page(
    db: Database,
    *,
    source: str | None = None,
    question: str | None = None,
    scope: str | None = None,
    url: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    min_score: float | None = None,
    max_score: float | None = None,
    sort: str = "stated_at",
    limit: int,
    cursor: str | None = None,
) -> Page[tuple[Claim, float | None]]:
    """Return a page of claims that were not voided, each with its stored score.

    Parameters
    ----------
    scope : str or None
        Claims first made about this scope or a part of it.
    since, until : datetime or None
        Claims with since <= stated_at < until.
    min_score, max_score : float or None
        Inclusive; either leaves out what has no score.
    sort : str
        ``stated_at``, ``-stated_at``, ``score`` or ``-score``.

    Raises
    ------
    InvalidValueError
        When the cursor is not one of this list's.
    """
    conditions = {
        "source = ?": source,
        "question = ?": question,
        **inside("scope", scope),
        "url = ?": url,
        "stated_at >= ?": None if since is None else to_text(since),
        "stated_at < ?": None if until is None else to_text(until),
        "score >= ?": min_score,
        "score <= ?": max_score,
    }
    return page_of(
        db,
        "SELECT c.*, s.score FROM claim_rows c LEFT JOIN scores s ON s.kind = 'claim' AND s.id = c.id "
        "WHERE c.id NOT IN (SELECT claim FROM voids)",
        conditions,
        lambda row: (rows.event(Claim, row), row["score"]),
        sort=sort,
        limit=limit,
        cursor=cursor,
    )


def void(db: Database, claim_id: str, *, at: datetime, by: Writer | None, because: str) -> None:
    """Void a slip of whoever typed a claim, in a transaction of its own.

    The claim is then as if it had never been made, but for `known_at` before this; its rows and
    the audit trail stay, and its id stays taken.

    Raises
    ------
    UnknownIdError
        When there is no such claim, or none any more.
    """
    with writing(db):
        recorded_at = audit.stamp(db, at=at, by=by)
        get(db, claim_id)
        origin = {"recorded_at": recorded_at, "recorded_by": audit.name_of(by)}
        rows.insert(db, "voids", {"claim": claim_id, "because": because, **origin})
        audit.append(db, "void", "claim", claim_id, by=by)


def _cites(db: Database, question: str, source: str, cited: str) -> bool:
    # Whether `source` is `cited`, or cites it about this question, also by way of others.
    origins = """
        WITH RECURSIVE origins(source) AS (
            SELECT :source UNION
            SELECT citation.source FROM origins
            JOIN claims ON claims.source = origins.source AND claims.question = :question
            JOIN claim_citations citation ON citation.claim = claims.id
            WHERE claims.id NOT IN (SELECT claim FROM voids)
        ) SELECT 1 FROM origins WHERE source = :cited"""
    return (
        db.execute(origins, {"question": question, "source": source, "cited": cited}).fetchone() is not None
    )
