"""Whether a ledger holds what its writers were told: nothing lost, nothing twice, nothing half."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faults.writes import Event

from data import settlement
from data.database import open_database
from data.verification import verify

# Each event's mark with what it left, whole: its links, and its entries in the audit trail.
EVENTS = {
    "claim": "SELECT text AS mark, source, question, via, cites, (SELECT count(*) FROM audit a WHERE "
    "a.subject_kind = 'claim' AND a.subject_id = c.id AND a.action = 'create' "
    "AND a.recorded_at = c.recorded_at) AS entries FROM claim_rows c",
    "correction": 'SELECT text AS mark, claim, kind, "by", via, (SELECT count(*) FROM audit a WHERE '
    "a.subject_kind = 'correction' AND a.subject_id = c.id AND a.recorded_at = c.recorded_at) AS entries "
    "FROM correction_rows c",
    "resolution": "SELECT text AS mark, \"by\", (SELECT count(*) FROM audit a WHERE a.action = 'resolve' "
    "AND a.subject_id = r.question AND a.recorded_at = r.recorded_at) AS entries FROM resolutions r",
    "source": "SELECT document ->> 'name' AS mark, (SELECT count(*) FROM audit a "
    "WHERE a.subject_kind = 'source' AND a.subject_id = v.id "
    "AND a.recorded_at = v.recorded_at) AS entries FROM source_versions v WHERE id LIKE 'desk-%'",
    "question": "SELECT document ->> 'text' AS mark, (SELECT count(*) FROM audit a "
    "WHERE a.subject_kind = 'question' AND a.action <> 'resolve' AND a.subject_id = v.id "
    "AND a.recorded_at = v.recorded_at) AS entries FROM question_versions v WHERE id LIKE 'matter-%'",
}
# Entries of the audit trail whose event is not there.
ORPHANS = """
SELECT subject_kind || ' ' || subject_id FROM audit WHERE
(subject_kind = 'claim' AND action = 'create' AND subject_id NOT IN (SELECT id FROM claims))
OR (subject_kind = 'correction' AND subject_id NOT IN (SELECT id FROM corrections))
OR (action = 'resolve' AND recorded_at NOT IN (SELECT recorded_at FROM resolutions))
OR (subject_kind = 'source' AND recorded_at NOT IN (SELECT recorded_at FROM source_versions))
OR (subject_kind = 'question' AND action <> 'resolve'
    AND recorded_at NOT IN (SELECT recorded_at FROM question_versions))"""
DISORDER = """
SELECT seq FROM (SELECT seq, recorded_at, lag(recorded_at) OVER (ORDER BY seq) AS before FROM audit)
WHERE recorded_at < before"""


@dataclass
class Balance:
    """The marks that were found though nobody had answered for them, and every fault, each a sentence."""

    doubtful: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


def balance(database: Path, events: Iterable[Event]) -> Balance:
    """Compare what the writers were told with what the ledger holds."""
    result = Balance()
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=20)) as db:
        db.row_factory = sqlite3.Row
        db.execute("BEGIN")
        rows = {kind: _by_mark(db.execute(sql)) for kind, sql in EVENTS.items()}
        result.faults += _damage(db)
    known: dict[str, set[str]] = {kind: set() for kind in EVENTS}
    for event in events:
        known[event.kind].add(event.mark)
        found = rows[event.kind].get(event.mark, [])
        if found and event.state == "in doubt":
            result.doubtful.add(event.mark)
        result.faults += _wrong(event, found)
    result.faults += [
        f"{kind} {mark} was never sent"
        for kind, found in rows.items()
        for mark in found
        if mark not in known[kind]
    ]
    return result


def _by_mark(found: Iterable[sqlite3.Row]) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in found:
        rows.setdefault(row["mark"], []).append(dict(row))
    return rows


def _wrong(event: Event, found: list[dict[str, Any]]) -> Iterator[str]:
    named = f"{event.kind} {event.mark}"
    if event.state == "acknowledged" and not found:
        yield f"{named} was acknowledged and is lost"
    if event.state in ("unsent", "refused") and found:
        yield f"{named} was {event.state} and is there"
    if len(found) > 1:
        yield f"{named} is there {len(found)} times"
    for row in found:
        if row["entries"] != 1:
            yield f"{named} has {row['entries']} entries in the audit trail"
        for name in ("source", "question", "claim", "kind", "by"):
            if name in row and row[name] != event.content[name]:
                yield f"{named} has {name} {row[name]!r}, not {event.content[name]!r}"
        for name in ("via", "cites"):
            if name in row and json.loads(row[name]) != event.content[name]:
                yield f"{named} has {name} {row[name]}, not {event.content[name]}"


def _damage(db: sqlite3.Connection) -> Iterator[str]:
    for (said,) in db.execute("PRAGMA integrity_check"):
        if said != "ok":
            yield f"integrity_check: {said}"
    yield from (f"foreign_key_check: {tuple(row)}" for row in db.execute("PRAGMA foreign_key_check"))
    yield from (f"the audit trail tells of {named}, which is not there" for (named,) in db.execute(ORPHANS))
    yield from (
        f"entry {seq} of the audit trail is older than the one before" for (seq,) in db.execute(DISORDER)
    )


def stale_scores(database: Path) -> list[str]:
    """Return what of the stored scores a fresh fit of the ledger does not give, each a sentence."""
    with closing(open_database(str(database), create=False)) as db:
        wrong = [
            f"{check.name}: {check.found}"
            for check in verify(db)
            if check.name in ("inputs", "scores") and not check.is_passed
        ]
        if db.execute("SELECT 1 FROM fits").fetchone() is None or settlement.n_unsettled(db):
            wrong.append("the scores are those of another ledger")
    return wrong


# How scores are checked: a ledger's path in, a sentence out for each that is wrong.
CheckScores = Callable[[Path], list[str]]
