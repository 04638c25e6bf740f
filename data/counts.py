"""The counts of a ledger: how much it holds, how much of that waits, and how large its file is."""

import shutil
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from data import deliveries
from data.database import explained, reading
from data.deliveries import Backlog
from data.errors import DatabaseError
from data.instant import from_text
from data.settlement import n_unsettled

# Of what is never deleted the last number is the count: found at once, whatever the ledger's size.
_NUMBERED = ("claims", "corrections", "resolutions", "audit", "events")
_COUNTED = ("sources", "questions", "voids")


@dataclass(frozen=True)
class Counts:
    """The ledger at one moment.

    Attributes
    ----------
    rows : dict of str to int
        How many there are, by noun; `audit` counts the entries of the audit trail.
    n_unscored : int
        Entries that no score reflects yet.
    n_stale : int
        Questions whose scores in lists wait to be made anew.
    fitted_at, written_at : datetime or None
        The last entry's moment when the last fit converged, and the last entry's now; None before the first.
    fit_seconds : float or None
        How long the last fit of the whole ledger took; None where it was not measured.
    file_bytes : dict of str to int
        The size of the `database` and of its write-ahead `log`; empty for a ledger in memory.
    free_bytes : int or None
        What this user may still write to its disk; None for a ledger in memory.
    backlog : Backlog
        What webhooks have yet to be sent.
    """

    rows: dict[str, int]
    n_unscored: int
    n_stale: int
    fitted_at: datetime | None
    fit_seconds: float | None
    written_at: datetime | None
    file_bytes: dict[str, int]
    free_bytes: int | None
    backlog: Backlog


def count(db: Database) -> Counts:
    """Count what the ledger holds, as of one state.

    Raises
    ------
    DatabaseError
        When the ledger cannot be read, or its file is gone.
    """
    try:
        with explained(), reading(db):
            rows = {
                table: int(db.execute(f"SELECT {what} FROM {table}").fetchone()[0])  # noqa: S608 - names, no input
                for tables, what in ((_NUMBERED, "coalesce(max(seq), 0)"), (_COUNTED, "count(*)"))
                for table in tables
            }
            fit = db.execute("SELECT converged_at, seconds FROM fits").fetchone() or (None, None)
            path = db.execute("PRAGMA database_list").fetchone()[2]
            return Counts(
                rows,
                n_unscored=max(0, n_unsettled(db)),
                n_stale=int(db.execute("SELECT count(*) FROM stale").fetchone()[0]),
                fitted_at=_moment(fit[0]),
                fit_seconds=fit[1],
                written_at=_moment(db.execute("SELECT recorded_at FROM changes").fetchone()[0]),
                file_bytes=_sizes(path) if path else {},
                free_bytes=shutil.disk_usage(Path(path).parent).free if path else None,
                backlog=deliveries.backlog(db),
            )
    except DatabaseError:
        raise
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(f"The database cannot be counted: {error}.") from error


def _moment(text: str | None) -> datetime | None:
    return from_text(text) if text else None


def _sizes(path: str) -> dict[str, int]:
    return {"database": Path(path).stat().st_size, "log": Path(f"{path}-wal").stat().st_size}
