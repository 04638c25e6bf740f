"""The audit trail: one entry for every write, kept for good."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from data import rows
from data.instant import from_text, to_text


@dataclass(frozen=True)
class Entry:
    """One write: when, with which key (None where none was used), what was done to what."""

    recorded_at: datetime
    key_name: str | None
    action: str
    kind: str
    id: str


def append(db: Database, action: str, kind: str, subject_id: str, *, at: datetime, by: str | None) -> str:
    """Enter one write, and return the instant, as text, that its rows are recorded at.

    That is `at`, or just after the last change where a clock has fallen behind it. All rows of
    one change share it, and no two changes do: `known_at` tells any two changes apart,
    whichever process wrote them.
    """
    number, stamped, last = db.execute("SELECT number, stamped, recorded_at FROM changes").fetchone()
    recorded_at = str(last)
    if stamped != number:
        recorded_at = to_text(at)
        if recorded_at <= last:
            recorded_at = to_text(from_text(last) + timedelta.resolution)
        db.execute("UPDATE changes SET stamped = number, recorded_at = ?", [recorded_at])
    rows.insert(
        db,
        "audit",
        {
            "recorded_at": recorded_at,
            "key_name": by,
            "action": action,
            "subject_kind": kind,
            "subject_id": subject_id,
        },
    )
    return recorded_at


def of_subject(db: Database, kind: str, subject_id: str) -> tuple[Entry, ...]:
    """Return what was done to one subject, oldest first."""
    found = db.table("audit").rows_where(
        "subject_kind = ? AND subject_id = ?", [kind, subject_id], order_by="seq"
    )
    return tuple(
        Entry(from_text(row["recorded_at"]), row["key_name"], row["action"], kind, subject_id)
        for row in found
    )
