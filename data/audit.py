"""The audit trail: one entry for every write, kept for good, each chained to the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from data import chain, rows
from data.instant import from_text, to_text
from data.rows import Row
from data.writer import Writer, check_bounds

# Of an entry that a fit looks at: action, kind and id.
Fitted = tuple[str, str, str]
# Those entries. The plus keeps SQLite from reading all entries of these kinds, not those after one.
FITTED = "+subject_kind IN ('source', 'scope', 'question', 'claim', 'correction')"


@dataclass(frozen=True)
class Entry:
    """One write: its place in the trail, when, with which key and in which request, what was done to what.

    Attributes
    ----------
    key_name, request_id : str or None
        None where the command line wrote.
    digest : str
        Hex SHA-256 over the digest of the entry before, this entry, and what it recorded.
    """

    seq: int
    recorded_at: datetime
    key_name: str | None
    request_id: str | None
    action: str
    kind: str
    id: str
    digest: str


def stamp(
    db: Database,
    *,
    at: datetime,
    by: Writer | None,
    speaker: tuple[str, str] | None = None,
    via: Sequence[str] = (),
) -> str:
    """Admit a write, before its first row, and return the instant, as text, that its rows are recorded at.

    That is `at`, or just after the last change where a clock has fallen behind it. All rows of
    one change share it, and no two changes do: `known_at` tells any two changes apart,
    whichever process wrote them.

    Parameters
    ----------
    speaker, via
        Who says what is written, for a claim or a correction; see `data.writer.check_bounds`.

    Raises
    ------
    BoundKeyError
        When the writer's key is bound to other sources.
    """
    check_bounds(by, speaker, via)
    number, stamped, last = db.execute("SELECT number, stamped, recorded_at FROM changes").fetchone()
    if stamped == number:
        return str(last)
    recorded_at = to_text(at)
    if recorded_at <= last:
        recorded_at = to_text(from_text(last) + timedelta.resolution)
    db.execute("UPDATE changes SET stamped = number, recorded_at = ?", [recorded_at])
    return recorded_at


def append(db: Database, action: str, kind: str, subject_id: str, *, by: Writer | None) -> None:
    """Enter a write that `stamp` admitted, once its rows are written: its digest is over them too."""
    recorded_at, head = db.execute("SELECT recorded_at, digest FROM changes").fetchone()
    entry: Row = {
        "recorded_at": recorded_at,
        "key_name": name_of(by),
        "request_id": None if by is None else by.request_id,
        "action": action,
        "subject_kind": kind,
        "subject_id": subject_id,
    }
    entry["digest"], _ = chain.digest(db, head, entry)
    rows.insert(db, "audit", entry)
    db.execute("UPDATE changes SET digest = ?", [entry["digest"]])


def name_of(by: Writer | None) -> str | None:
    """Return the name of the writer's key; None for the command line."""
    return None if by is None else by.name


def page(
    db: Database,
    *,
    kind: str | None = None,
    subject_id: str | None = None,
    key: str | None = None,
    is_newest_first: bool = True,
    limit: int,
    after: int | None = None,
) -> tuple[tuple[Entry, ...], int | None]:
    """Return a page of the trail, and after which entry the next one starts, where there is one.

    Parameters
    ----------
    key : str or None
        The name of the key that wrote.
    after : int or None
        The `seq` that the page before gave.
    """
    conditions = {
        "subject_kind = ?": kind,
        "subject_id = ?": subject_id,
        "key_name = ?": key,
        f"seq {'<' if is_newest_first else '>'} ?": after,
    }
    wanted, values = rows.where(conditions)
    order = "DESC" if is_newest_first else "ASC"
    sql = f"SELECT * FROM audit WHERE {wanted} ORDER BY seq {order} LIMIT ?"  # noqa: S608 - our own conditions
    entries = tuple(_entry(row) for row in rows.select(db, sql, [*values, limit + 1]))
    return entries[:limit], entries[limit - 1].seq if len(entries) > limit else None


def last_entry(db: Database) -> int:
    """Return the number of the last entry; 0 before any write."""
    return int(db.execute("SELECT coalesce(max(seq), 0) FROM audit").fetchone()[0])


def fitted_since(db: Database, entry: int) -> list[Fitted]:
    """Return what was entered after an entry and a fit looks at, oldest first."""
    sql = f"SELECT action, subject_kind, subject_id FROM audit WHERE seq > ? AND {FITTED} ORDER BY seq"  # noqa: S608
    return [tuple(row) for row in db.execute(sql, [entry])]


def ledger_identity(db: Database) -> str:
    """Return what no other ledger has: the digest of its first entry; empty before any write."""
    row = db.execute("SELECT digest FROM audit ORDER BY seq LIMIT 1").fetchone()
    return "" if row is None else str(row[0])


def changed_at(db: Database) -> datetime | None:
    """Return when the ledger was last written to; None before any write."""
    text = db.execute("SELECT recorded_at FROM changes").fetchone()[0]
    return from_text(text) if text else None


def _entry(row: Row) -> Entry:
    return Entry(
        row["seq"],
        from_text(row["recorded_at"]),
        row["key_name"],
        row["request_id"],
        row["action"],
        row["subject_kind"],
        row["subject_id"],
        row["digest"],
    )
