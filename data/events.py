"""The events: what subscribers are told of, added in the transaction of what they tell and never edited."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlite_utils import Database

from data import moves, rows
from data.database import reading
from data.instant import from_text, to_wire
from data.rows import Row, to_json
from models.address import address_of
from models.event import (
    CORRECTED,
    MOVED,
    RESOLVED,
    Cause,
    Move,
    correction_because,
    move_because,
    resolution_because,
)
from models.record import Claim, Correction, Record, Resolution
from models.relaying import resting_on

# What an event names of what was recorded before it, at most: the last few.
MOST_CHANGES = 20
# Ids are made out of what an event says, so that the same event of the same ledger has one id also where a
# backup was restored and settled anew: receivers then know it again.
NAMESPACE = uuid.UUID("6f1d7f0e-4a52-5b8e-9a53-0d3a9c1f6b7e")

_TOLD_BY_ID = ("seq", "type", "kind", "subject", "entry", "recorded_at", "document")
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


@dataclass(frozen=True)
class News:
    """An entry of the audit trail, with the question and the claim that it is about, where there are any."""

    seq: int
    action: str
    kind: str
    id: str
    question: str | None
    claim: str | None

    @property
    def is_told(self) -> bool:
        """Whether it makes an event by itself: a correction or a resolution does."""
        return self.kind == "correction" or self.action == "resolve"


@dataclass(frozen=True)
class Draft:
    """An event that is about to be added, with the topics that subscribers find it by."""

    type: str
    move: Move
    entry: int
    document: dict[str, Any]
    topics: Collection[tuple[str, str]] = field(default=())


class Told:
    """A record, found by id: what events name."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self._carried: dict[str, dict[str, list[Claim]]] = {}

    @cached_property
    def claims(self) -> dict[str, Claim]:
        """Its claims by their ids."""
        return {claim.id: claim for claim in self.record.claims}

    @cached_property
    def corrections(self) -> dict[str, Correction]:
        """Its corrections by their ids."""
        return {correction.id: correction for correction in self.record.corrections}

    def topics_of(self, claim: Claim) -> list[tuple[str, str]]:
        """Return a claim, and the articles that carry it: directly, or by a claim that rests on it."""
        if claim.question not in self._carried:
            self._carried[claim.question] = resting_on(self._by_question[claim.question])
        carried = [claim, *self._carried[claim.question].get(claim.id, ())]
        found = {address_of(each.url) for each in carried if each.url is not None}
        return [("claim", claim.id), *(("article", address) for address in sorted(found))]

    @cached_property
    def _by_question(self) -> dict[str, list[Claim]]:
        found = defaultdict(list)
        for claim in self.record.claims:
            found[claim.question].append(claim)
        return found


_NEWS = """
SELECT seq, action, subject_kind, subject_id,
    CASE subject_kind WHEN 'question' THEN subject_id ELSE (SELECT question FROM claims WHERE id = claim) END,
    claim
FROM (
    SELECT *, CASE subject_kind WHEN 'claim' THEN subject_id
        WHEN 'correction' THEN (SELECT claim FROM corrections WHERE id = subject_id) END AS claim
    FROM audit WHERE seq > ? AND seq <= ? AND {kinds})
ORDER BY seq"""
# The plus keeps SQLite from reading all entries of these kinds, instead of those after one.
_ANY = "+subject_kind IN ('source', 'scope', 'question', 'claim', 'correction')"
_TOLD = "(+subject_kind = 'correction' OR action = 'resolve')"


def news(db: Database, after: int, until: int, *, are_told: bool = False) -> list[News]:
    """Return what was recorded after one entry of the audit trail up to another, oldest first.

    Parameters
    ----------
    are_told : bool
        Only what makes an event by itself.
    """
    sql = _NEWS.format(kinds=_TOLD if are_told else _ANY)
    return [News(*row) for row in db.execute(sql, [after, until])]


def add(
    db: Database,
    told: Told,
    moved: Sequence[Move],
    found: Sequence[News],
    *,
    entry: int,
    cause: str = "ledger",
) -> list[tuple[Event, Draft]]:
    """Add the events of one settlement inside its transaction, and return them, moves last.

    What was added already, by a settlement that was broken off after a part, is left as it is.

    Parameters
    ----------
    told : Told
        What holds the subjects, with the sources and questions that are named with them.
    moved : sequence of Move
        What `data.moves.keep` found.
    found : sequence of News
        What was recorded since the settlement before.
    entry : int
        The last entry of the audit trail that the scores reflect.
    cause : str
        Of the moves; see `models.event.Cause`.
    """
    if not moved and not any(each.is_told for each in found):
        return []
    new = {each.id for each in found if each.kind in ("claim", "question") and each.action == "create"}
    drafts = [
        *(draft for each in _latest(found) if (draft := _notice(told, each, _present(db, each, new)))),
        *(_move(told, move, found, entry, cause) for move in moved),
    ]
    added = [event for draft in drafts if (event := _insert(db, draft))]
    moves.tell(db, [draft.move for draft in drafts])
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
    row = db.execute("SELECT digest FROM audit WHERE seq = 1").fetchone()
    return str(uuid.uuid5(NAMESPACE, to_json(["feed", None if row is None else row[0], *asked])))


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
    given = {condition: value for condition, value in conditions.items() if value is not None}
    wanted, values = list(given), list(given.values())
    if kind is not None and subject is not None:
        wanted.append("seq IN (SELECT event FROM event_topics WHERE kind = ? AND id = ?)")
        values += [kind, address_of(subject) if kind == "article" else subject]
    sql = (
        f"SELECT * FROM events WHERE {' AND '.join(wanted) or 'true'} "  # noqa: S608 - our own conditions
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
    told = [digest, *(row[name] for name in _TOLD_BY_ID)]
    return str(uuid.uuid5(NAMESPACE, to_json(told)))


def _insert(db: Database, draft: Draft) -> tuple[Event, Draft] | None:
    """Add an event; None where it was there already."""
    (digest,) = db.execute("SELECT digest FROM audit WHERE seq = ?", [draft.entry]).fetchone()
    (recorded_at,) = db.execute("SELECT recorded_at FROM changes").fetchone()
    row: Row = {
        "seq": last(db) + 1,
        "type": draft.type,
        "kind": draft.move.kind,
        "subject": draft.move.id,
        "entry": draft.entry,
        "recorded_at": recorded_at,
        "document": to_json(draft.document),
    }
    row["id"] = identity(digest, row)
    columns = ", ".join(row)
    sql = f"INSERT OR IGNORE INTO events ({columns}) VALUES ({', '.join('?' * len(row))})"  # noqa: S608
    added = db.execute(sql, list(row.values()))
    if added.rowcount < 1:
        return None
    db.conn.executemany(
        "INSERT OR IGNORE INTO event_topics VALUES (?, ?, ?)",
        [(kind, subject, row["seq"]) for kind, subject in draft.topics],
    )
    return event(row), draft


def _latest(found: Iterable[News]) -> list[News]:
    """Return what makes events by itself: of several resolutions of a question, the one in force."""
    return list(
        {
            each.question if each.action == "resolve" else each.seq: each for each in found if each.is_told
        }.values()
    )


def _present(db: Database, each: News, new: Collection[str]) -> Move:
    """Return how a notice's score stands, and what was told of it before: nothing of what is new."""
    kind, subject = ("claim", each.claim) if each.kind == "correction" else ("question", each.question)
    move = moves.of(db, kind, str(subject)) or Move(kind, str(subject), None, moves.NOTHING)
    return replace(move, before=None) if subject in new else move


def _notice(told: Told, each: News, move: Move) -> Draft | None:
    """Return the event of a correction or a resolution; None where its claim was voided since."""
    if each.kind == "correction":
        correction, claim = told.corrections.get(each.id), told.claims.get(move.id)
        if correction is None or claim is None:
            return None
        because = correction_because(told.record, claim, correction, move)
        own = {
            "correction": {**_plain(correction), "via": list(correction.via)},
            "source": claim.source,
            "question": claim.question,
        }
        topics = [*told.topics_of(claim), ("source", claim.source), ("question", claim.question)]
        return Draft(CORRECTED, move, each.seq, _document(move, because, "ledger", [each]) | own, topics)
    resolution = told.record.resolutions.get(move.id)
    if resolution is None:
        return None
    because = resolution_because(told.record, told.record.questions[move.id], resolution, move)
    document = _document(move, because, "ledger", [each]) | {"resolution": _plain(resolution)}
    return Draft(RESOLVED, move, each.seq, document, [("question", move.id)])


def _move(told: Told, move: Move, found: Sequence[News], entry: int, cause: str) -> Draft:
    """Return the event of a score that moved."""
    claim = told.claims.get(move.id) if move.kind == "claim" else None
    bearing = [each for each in found if _bears(each, move, claim, told)]
    changes = [(each.action, each.kind, each.id) for each in bearing]
    because = move_because(told.record, claim, move, Cause(cause, changes))
    document = _document(move, because, cause, bearing[-MOST_CHANGES:])
    if claim is None:
        return Draft(MOVED, move, entry, document, [(move.kind, move.id)])
    document |= {"source": claim.source, "question": claim.question}
    return Draft(MOVED, move, entry, document, told.topics_of(claim))


def _document(move: Move, because: str, cause: str, changes: Iterable[News]) -> dict[str, Any]:
    return {
        "before": None if move.before is None else move.before.document(move.kind),
        "after": move.after.document(move.kind),
        "because": because,
        "cause": cause,
        "changes": [{"action": each.action, "type": each.kind, "id": each.id} for each in changes],
    }


def _bears(each: News, move: Move, claim: Claim | None, told: Told) -> bool:
    if move.kind == "question":
        return each.question == move.id
    if claim is not None:
        return each.question == claim.question
    said = told.claims.get(each.claim or "")
    return each.id == move.id or (said is not None and move.id in (said.source, *said.via))


def _plain(told: Correction | Resolution) -> dict[str, Any]:
    """Write a correction or a resolution as the API shows it, without what is null."""
    row = rows.event_row(told)
    row["answer"] = None if told.answer is None else told.answer.document
    for name in ("stated_at", "resolved_at", "recorded_at"):
        if row.get(name) is not None:
            row[name] = to_wire(getattr(told, name))
    return {name: cell for name, cell in row.items() if cell is not None}
