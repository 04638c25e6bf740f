"""The events: what subscribers are told of, added in the transaction of what they tell and never edited."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from data import audit, stored_scores
from data.database import reading
from data.instant import from_text
from data.new_events import Named, NewEvent, Recorded, new_events
from data.rows import Row, to_json, where
from models.address import address_of
from models.event import Move

# Ids are made out of what an event says, so that the same event of the same ledger has one id also where a
# backup was restored and settled anew: receivers then know it again.
NAMESPACE = uuid.UUID("6f1d7f0e-4a52-5b8e-9a53-0d3a9c1f6b7e")

_IDENTIFYING = ("seq", "type", "kind", "subject", "entry", "recorded_at", "document")
TOPICS = ("source", "claim", "question", "article")


@dataclass(frozen=True)
class Event:
    """One event.

    Attributes
    ----------
    seq : int
        Its place in the order of all.
    id : str
        A UUID.
    type : str
        One of `models.event.TYPES`.
    kind, subject : str
        What it is about.
    recorded_at : datetime
        When the last write that it takes in was recorded.
    document : dict
        What was told last as ``before``, what is so now as ``after``, both null where there is no score;
        ``because``, one sentence; ``cause`` and ``changes``; and ``correction`` or ``resolution``.
    """

    seq: int
    id: str
    type: str
    kind: str
    subject: str
    recorded_at: datetime
    document: dict[str, Any]


@dataclass(frozen=True)
class Page:
    """Some events: whether there `is_more` behind them now, and the place that `following` ones lie after."""

    items: tuple[Event, ...]
    is_more: bool
    following: int


def add(
    db: Database,
    named: Named,
    moved: Sequence[Move],
    recorded: Sequence[Recorded],
    *,
    entry: int,
    cause: str = "ledger",
) -> list[tuple[Event, NewEvent]]:
    """Add the events of one settlement inside its transaction, and return them, moves last.

    What was added already, by a settlement that was broken off after a part, is left as it is.

    Parameters
    ----------
    named : Named
        What holds the subjects, with the sources and questions that are named with them.
    moved : sequence of Move
        What `data.stored_scores.store` returned.
    recorded : sequence of Recorded
        What was recorded since the settlement before.
    entry : int
        The last entry of the audit trail that the scores reflect.
    cause : str
        Of the moves; see `models.event.Cause`.
    """
    if not moved and not any(each.is_event for each in recorded):
        return []
    made = new_events(db, named, moved, recorded, entry=entry, cause=cause)
    added = [event for new in made if (event := _insert(db, new))]
    stored_scores.mark_told(db, [new.move for new in made])
    return added


def last(db: Database) -> int:
    """Return the place of the last event; 0 before the first."""
    return int(db.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0])


def version(db: Database) -> str:
    """Return the id of the last event, which is another once there is one more; empty before the first."""
    row = db.execute("SELECT id FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    return "" if row is None else str(row[0])


def feed_id(db: Database, *asked: str | None) -> str:
    """Return a UUID that is that of the feed of this ledger's events, of those that are asked for."""
    ledger = audit.ledger_identity(db) or None
    return str(uuid.uuid5(NAMESPACE, to_json(["feed", ledger, *asked])))


def page(
    db: Database,
    *,
    type_: str | None = None,
    kind: str | None = None,
    subject: str | None = None,
    is_newest_first: bool = False,
    limit: int,
    after: int | None = None,
) -> Page:
    """Return a page of events.

    Parameters
    ----------
    kind, subject : str or None
        Of a topic: a source, a claim or a question, with what is told of its claims; or an article by its
        address. Both, or neither.
    after : int or None
        The place to go on from.
    """
    conditions = {
        "type = ?": type_,
        f"seq {'<' if is_newest_first else '>'} ?": after,
    }
    wanted, values = where(conditions)
    if kind is not None and subject is not None:
        wanted += " AND seq IN (SELECT event FROM event_topics WHERE kind = ? AND id = ?)"
        values += [kind, address_of(subject) if kind == "article" else subject]
    sql = (
        f"SELECT * FROM events WHERE {wanted} "  # noqa: S608 - our own conditions
        f"ORDER BY seq {'DESC' if is_newest_first else 'ASC'} LIMIT ?"
    )
    # Its end as of the same state: what is told in between must not be passed over.
    with reading(db):
        found = [event(row) for row in db.query(sql, [*values, limit + 1])]
        end = last(db)
    is_more = len(found) > limit
    return Page(tuple(found[:limit]), is_more, found[limit - 1].seq if is_more else end)


def event(row: Row) -> Event:
    """Read an event from its row."""
    return Event(
        row["seq"],
        row["id"],
        row["type"],
        row["kind"],
        row["subject"],
        from_text(row["recorded_at"]),
        json.loads(row["document"]),
    )


def identity(digest: str, row: Mapping[str, Any]) -> str:
    """Return the id of an event: a UUID made out of its row and of the digest of its entry of the trail."""
    content = [digest, *(row[name] for name in _IDENTIFYING)]
    return str(uuid.uuid5(NAMESPACE, to_json(content)))


def _insert(db: Database, new: NewEvent) -> tuple[Event, NewEvent] | None:
    """Add an event; None where it was there already."""
    (digest,) = db.execute("SELECT digest FROM audit WHERE seq = ?", [new.entry]).fetchone()
    (recorded_at,) = db.execute("SELECT recorded_at FROM changes").fetchone()
    row: Row = {
        "seq": last(db) + 1,
        "type": new.type,
        "kind": new.move.kind,
        "subject": new.move.id,
        "entry": new.entry,
        "recorded_at": recorded_at,
        "document": to_json(new.document),
    }
    row["id"] = identity(digest, row)
    columns = ", ".join(row)
    sql = f"INSERT OR IGNORE INTO events ({columns}) VALUES ({', '.join('?' * len(row))})"  # noqa: S608
    added = db.execute(sql, list(row.values()))
    if added.rowcount < 1:
        return None
    db.conn.executemany(
        "INSERT OR IGNORE INTO event_topics VALUES (?, ?, ?)",
        [(kind, subject, row["seq"]) for kind, subject in new.topics],
    )
    return event(row), new
