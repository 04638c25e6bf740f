"""Backups: the whole ledger in one file, taken while others read and write, and put back."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlite_utils import Database

from data.database import MEMORY, explained, open_database, open_to_read, path_of
from data.errors import DatabaseError
from data.progress import Progress, silent
from data.verification import verify

# What SQLite keeps beside a database: its log, and the log's index.
BESIDE = ("-wal", "-shm")
# Steps of SQLite's own machine between two looks at how far a copy is: some milliseconds.
WATCHED_EVERY = 100_000


def backup(db: Database, path: str | Path, progress: Progress = silent) -> str:
    """Write the ledger, as it is at this moment, to a new file that `open_database` opens.

    It has its name only once it is whole and on the disk: a backup that was broken off leaves none.

    Returns
    -------
    str
        The digest of the last entry of its trail, to be noted elsewhere.

    Raises
    ------
    DatabaseError
        When the file exists already, cannot be written, or is not a sound copy.
    """
    target = Path(path).absolute()
    if target.exists():
        raise DatabaseError(f"The backup {path} exists already, and is left as it is.")
    if not target.parent.is_dir():
        raise DatabaseError(f"The backup {path} cannot be written: there is no folder {target.parent}.")
    with _partial(target, f"The backup {path}") as partial:
        with _watched(db, partial, progress):
            db.execute("VACUUM INTO ?", [str(partial)])
        with closing(sqlite3.connect(partial)) as copy:
            (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
            head = str(copy.execute("SELECT digest FROM changes").fetchone()[0])
        if found != "ok":
            raise DatabaseError(f"The backup {path} was damaged while it was written: {found}.")
        if target.exists():
            raise DatabaseError(f"The backup {path} exists already, and is left as it is.")
        _put(partial, target)
    return head


@contextmanager
def _watched(db: Database, partial: Path, progress: Progress) -> Iterator[None]:
    """Tell how much of a copy is written, in bytes, while SQLite writes it."""
    (size,) = db.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()

    def look() -> int:
        with suppress(FileNotFoundError):
            progress("Copying", min(partial.stat().st_size, size), size)
        return 0  # Anything else would break it off.

    db.conn.set_progress_handler(look, WATCHED_EVERY)
    try:
        yield
    finally:
        db.conn.set_progress_handler(None, 0)
    progress("Copying", size, size)


def restore(path: str | Path, url: str, *, at: datetime, is_replacing: bool = False) -> Path | None:
    """Put a backup in the place of a ledger that nobody uses.

    A copy of it is brought to this version and verified first; the backup itself stays as it is.

    Parameters
    ----------
    is_replacing : bool
        Whether a ledger that is there makes way.

    Returns
    -------
    Path or None
        Where the ledger that was there is kept, where there was one.

    Raises
    ------
    DatabaseError
        When the backup is none, or something in it does not hold; when a ledger is there and is
        not to be replaced, or is in use; or when the disk fails.
    """
    if path_of(url) == MEMORY:
        raise DatabaseError("A database in memory keeps nothing: name a file to restore to.")
    target = Path(path_of(url)).absolute()
    if not Path(path).is_file():
        raise DatabaseError(f"The backup {path} does not exist.")
    if not target.parent.is_dir():
        raise DatabaseError(f"The database {target} cannot be written: there is no folder {target.parent}.")
    aside = target.with_name(f"{target.name}.before-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    is_there = target.exists()
    if is_there and not is_replacing:
        raise DatabaseError(f"The database {target} exists already, and is left as it is.")
    if is_there and aside.exists():
        raise DatabaseError(f"The file {aside} is in the way.")
    with _partial(target, f"The database {target}") as partial:
        _copy(path, partial)
        with _unused(target):
            if is_there:
                os.rename(target, aside)
            for suffix in BESIDE:
                # Left here, the log of another ledger would be played into this one. It goes with its own.
                log = Path(f"{target}{suffix}")
                if is_there and log.exists():
                    os.rename(log, f"{aside}{suffix}")
                log.unlink(missing_ok=True)
            _put(partial, target)
    return aside if is_there else None


def _copy(path: str | Path, partial: Path) -> None:
    """Copy a backup, bring the copy to this version, and verify it."""
    with explained(f"The backup {path}"):
        address = f"{Path(path).absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as kept, closing(sqlite3.connect(partial)) as copy:
            kept.backup(copy)
    try:
        open_database(str(partial), create=False).close()
        with closing(open_to_read(str(partial))) as copied:
            for check in verify(copied, with_scores=False):
                if not check.is_passed:
                    raise DatabaseError(f"The backup {path} does not hold: {check.name}: {check.found}.")
    except DatabaseError as error:
        raise DatabaseError(error.reason.replace(f"The database {partial}", f"The backup {path}")) from error


@contextmanager
def _partial(target: Path, subject: str) -> Iterator[Path]:
    """Give a file beside `target`, for its owner alone, that is gone at the end unless it was put there."""
    partial = target.with_name(f".{target.name}.partial-{os.getpid()}")
    try:
        with explained(subject):
            os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            yield partial
    except DatabaseError:
        raise
    except OSError as error:
        raise DatabaseError(f"{subject} cannot be written: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            for suffix in ("", "-journal", *BESIDE):
                Path(f"{partial}{suffix}").unlink(missing_ok=True)


def _put(partial: Path, target: Path) -> None:
    """Give a file its name, once its content is on the disk."""
    _sync(partial)
    os.rename(partial, target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def _unused(target: Path) -> Iterator[None]:
    """Keep everybody from a ledger that is about to make way; DatabaseError where somebody is at it."""
    if not target.exists():
        yield
        return
    with closing(sqlite3.connect(target, timeout=0, isolation_level=None)) as held:
        try:
            # Everyone who has it open holds a lock that stands against this; and it brings what is in
            # the log into the file, which can then be moved alone.
            held.execute("PRAGMA journal_mode = DELETE")
            held.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise DatabaseError(f"The database {target} is in use: stop the server first.") from error
            # What cannot be read is what is restored over: it is moved as it is.
        yield
