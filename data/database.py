"""The database file: opening it, and the transactions on it."""

import errno
import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, perf_counter, sleep
from urllib.parse import quote
from weakref import WeakKeyDictionary, WeakSet

from sqlite_utils import Database

from data.errors import BusyError, DatabaseError, FullDiskError
from data.migrations import KNOWN, MIGRATIONS

# How long a write waits for those before it, at most, its turn and SQLite's lock together: less than
# the thirty seconds after which clients commonly give up.
BUSY_TIMEOUT_S = 20.0

# How often a waiting write looks whether it is its turn: short against a write, and each look wakes a thread.
POLL_S = 0.001

# The name of a database that lives in memory alone.
MEMORY = ":memory:"

# FULL: a write that was answered survives a power cut, also in write-ahead mode.
SYNCHRONOUS = "FULL"

# The handles inside `writing`: SQLite tells whether a transaction is open, not whether it is a change.
_changing: WeakSet[Database] = WeakSet()
# Told of each write: the seconds it waited for its turn, and those that it then took; None for a
# turn that never came.
WriteObserver = Callable[[float, float | None], None]

_observers: WeakKeyDictionary[Database, Sequence[WriteObserver]] = WeakKeyDictionary()

_SENTENCES = {
    sqlite3.SQLITE_NOTADB: "is not a database",
    sqlite3.SQLITE_CORRUPT: "is damaged: restore a backup",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened",
    sqlite3.SQLITE_READONLY: "cannot be written",
    sqlite3.SQLITE_BUSY: f"is busy: another process has been writing for {BUSY_TIMEOUT_S:g} seconds",
    sqlite3.SQLITE_FULL: "cannot grow: the disk is full",
    sqlite3.SQLITE_IOERR: "cannot be used: the disk reports an error",
}
# Those that a client can do something about have a kind of their own.
_KINDS = {sqlite3.SQLITE_BUSY: BusyError, sqlite3.SQLITE_FULL: FullDiskError}
# What the system reports of a file beside the database, as SQLite says the same of the database.
_CODES = {
    errno.ENOSPC: sqlite3.SQLITE_FULL,
    errno.EDQUOT: sqlite3.SQLITE_FULL,
    errno.EROFS: sqlite3.SQLITE_READONLY,
    errno.EACCES: sqlite3.SQLITE_READONLY,
    errno.EIO: sqlite3.SQLITE_IOERR,
}

# What SQLite raises in a read that stands in no block of this module; see `explanation`.
SqliteError = sqlite3.DatabaseError


def open_database(url: str, *, create: bool = True) -> Database:
    """Open the ledger and bring its tables to this version.

    Parameters
    ----------
    url : str
        A path, ``sqlite:///path`` or ``:memory:``.
    create : bool
        Whether a file that does not exist is made.

    Returns
    -------
    Database
        For use in this thread alone; opened after a fork, never before.

    Raises
    ------
    DatabaseError
        When the file is missing, unwritable, no ledger or of a newer version, or when `url`
        names another system.
    """
    path = path_of(url)
    if path == MEMORY:
        address = path
    else:
        _check_writable(Path(path), create=create)
        address = f"file:{quote(str(Path(path).absolute()))}?mode={'rwc' if create else 'rw'}"
    with _connected(path, address, strict=True) as db:
        db.execute("PRAGMA foreign_keys = ON")
        db.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
        _migrate(db, path)
    return db


def open_to_read(url: str) -> Database:
    """Open the ledger as it is, to read it alone.

    Raises
    ------
    DatabaseError
        When the file is missing, no database, or of another version than this one.
    """
    path = path_of(url)
    if not Path(path).is_file():
        raise DatabaseError(f"The database {path} does not exist.")
    with _connected(path, f"file:{quote(str(Path(path).absolute()))}?mode=ro", strict=False) as db:
        _check_version(db, path)
        if MIGRATIONS.pending(db):
            raise DatabaseError(
                f"The database {path} is of an older version of Credence: serve it with this one first."
            )
    return db


@contextmanager
def _connected(path: str, address: str, *, strict: bool) -> Iterator[Database]:
    """Connect to a file, and close it again where what is done first in the block fails."""
    with explained(f"The database {path}"):
        connection = sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        try:
            yield Database(connection, strict=strict)
        except BaseException:
            connection.close()
            raise


def identity(url: str) -> tuple[int, int] | None:
    """Return what tells the file that bears the ledger's name from any other; None where there is none.

    A handle goes on writing into its file when that was moved away, and what is written there is lost
    to whoever opens the name: compare this with what it was when the handle was opened.
    """
    try:
        found = os.stat(path_of(url))
    except OSError:
        return None
    return found.st_dev, found.st_ino


def identity_of(db: Database) -> tuple[int, int] | None:
    """Return the same of the file that a handle was opened on; None for a ledger in memory."""
    path = db.execute("PRAGMA database_list").fetchone()[2]
    return identity(path) if path else None


def path_of(url: str) -> str:
    """Return the file that a URL names, or `MEMORY`; DatabaseError where it names another system."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        path = url
    elif scheme == "sqlite":
        path = rest.removeprefix("/")
    elif scheme in ("postgres", "postgresql"):
        raise DatabaseError(f"{scheme}:// is not supported yet; name a SQLite file.")
    else:
        raise DatabaseError(f"{scheme}:// is not a kind of database that is known; name a SQLite file.")
    if not path:
        raise DatabaseError("The database's name is empty; name a SQLite file.")
    return path


def _check_writable(path: Path, *, create: bool) -> None:
    folder = path.absolute().parent
    if not folder.is_dir():
        raise DatabaseError(f"The database {path} cannot be opened: there is no folder {folder}.")
    if path.is_dir():
        raise DatabaseError(f"The database {path} cannot be opened: it is a folder.")
    if not path.exists() and not create:
        raise DatabaseError(f"The database {path} does not exist.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise DatabaseError(f"The database {path} cannot be written: its folder is not writable.")
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        raise DatabaseError(f"The database {path} cannot be written: the file is not writable.")


def _check_version(db: Database, path: str) -> None:
    applied = {migration.name for migration in MIGRATIONS.applied(db)}
    if applied - KNOWN:
        raise DatabaseError(f"The database {path} was written by a newer version of Credence: upgrade first.")
    if not applied and db.table_names():
        raise DatabaseError(f"The database {path} holds something other than a ledger.")


def _migrate(db: Database, path: str) -> None:
    _check_version(db, path)
    db.enable_wal()
    if MIGRATIONS.pending(db):
        # In the queue, or those who write already would be before it for as long as they go on.
        with _turn(db), _immediate(db):
            MIGRATIONS.apply(db)


@contextmanager
def writing(db: Database) -> Iterator[None]:
    """Write everything in the block, as one change, or nothing.

    Holds the write lock from its start, so that what the block reads cannot change before it writes.
    Inside another block on this handle it is a part of that one: nothing is committed before the
    outer one ends, and an error has to end both.

    Raises
    ------
    BusyError
        When other processes keep the lock for `BUSY_TIMEOUT_S`.
    FullDiskError
        When the disk is full; nothing was written.
    DatabaseError
        When the disk fails otherwise.
    """
    if db in _changing:
        yield
        return
    with explained(), _observed(db) as turn_comes, _turn(db) as left_s:
        db.execute(f"PRAGMA busy_timeout = {1000 * left_s:.0f}")
        with _immediate(db):
            turn_comes()
            db.execute("UPDATE changes SET number = number + 1")
            _changing.add(db)
            try:
                yield
            finally:
                _changing.discard(db)


def write_if_free(db: Database, sql: str, values: Sequence[object]) -> bool:
    """Run one statement as a transaction of its own if nobody else is writing, and say whether it ran.

    For what may be lost: it waits for nobody, and is no change that `changes` would count.
    """
    db.execute("PRAGMA busy_timeout = 0")
    try:
        db.execute(sql, values)
    except sqlite3.OperationalError:
        # Whatever else is wrong with the file is told by the next write that may not be lost.
        return False
    finally:
        db.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000:.0f}")
    return True


def observe_writes(db: Database, observers: Sequence[WriteObserver]) -> None:
    """Have each write on this handle told to `observers`, whether it was kept or not."""
    _observers[db] = observers


@contextmanager
def _observed(db: Database) -> Iterator[Callable[[], None]]:
    """Tell the observers of one write; what is yielded is called when its turn has come."""
    begun = perf_counter()
    turns: list[float] = []
    try:
        yield lambda: turns.append(perf_counter())
    finally:
        ended = perf_counter()
        turn = turns[0] if turns else ended
        for observer in _observers.get(db, ()):
            observer(turn - begun, ended - turn if turns else None)


@contextmanager
def reading(db: Database) -> Iterator[None]:
    """Let all reads in the block see one state; inside `writing`, the state that is being written."""
    if db.conn.in_transaction:
        yield
        return
    with explained():
        db.execute("BEGIN")
        try:
            yield
        finally:
            db.rollback()


@contextmanager
def alone(db: Database, work: str) -> Iterator[bool]:
    """Say whether no other process is at some work on this ledger, and keep others from it until the end.

    By a lock on a file of that name beside the database, which ends with the process that holds it.
    """
    path = db.execute("PRAGMA database_list").fetchone()[2]
    if not path:
        yield True
        return
    lock = os.open(f"{path}-{work}", os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(lock)


def changes(db: Database) -> int:
    """Return the number of the last change; inside `writing`, of the change that is being written."""
    return int(db.execute("SELECT number FROM changes").fetchone()[0])


def state(db: Database) -> tuple[int, int]:
    """Return what is another once anything was committed, by this handle or by any other.

    Raises
    ------
    DatabaseError
        When the file cannot be read.
    """
    # It counts the commits of others alone: https://www.sqlite.org/pragma.html#pragma_data_version
    with explained():
        of_others = int(db.conn.execute("PRAGMA data_version").fetchone()[0])
    return of_others, db.conn.total_changes


@contextmanager
def _turn(db: Database) -> Iterator[float]:
    """Wait for this writer's turn, at a lock of its own beside the database file; yield the seconds left.

    SQLite waits for a lock ever more seldom, so that a writer can be passed over for as long as
    others write; here all who wait look equally often. Never the database file itself: closing
    it here would drop SQLite's own locks.
    """
    path = db.execute("PRAGMA database_list").fetchone()[2]
    if not path:
        yield BUSY_TIMEOUT_S
        return
    deadline = monotonic() + BUSY_TIMEOUT_S
    queue = os.open(f"{path}-queue", os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        while True:
            try:
                fcntl.flock(queue, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if monotonic() > deadline:
                    raise _error("The database", sqlite3.SQLITE_BUSY) from None
                sleep(POLL_S)
        yield max(deadline - monotonic(), POLL_S)
    finally:
        os.close(queue)


@contextmanager
def _immediate(db: Database) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.commit()
    except BaseException:
        db.rollback()
        raise


@contextmanager
def explained(subject: str = "The database") -> Iterator[None]:
    """Turn what the disk, the file or other writers do to SQLite into a DatabaseError about `subject`."""
    try:
        yield
    except (sqlite3.DatabaseError, OSError) as error:
        explained_error = explanation(error, subject)
        if explained_error is None:
            raise
        raise explained_error from error


def explanation(error: Exception, subject: str = "The database") -> DatabaseError | None:
    """Return what SQLite or the system raised as a DatabaseError about `subject`; None for a defect."""
    if isinstance(error, OSError):
        code = _CODES.get(error.errno or 0, 0)
    else:
        # The low byte is the primary result code: https://www.sqlite.org/rescode.html
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return _error(subject, code) if code in _SENTENCES else None


def _error(subject: str, code: int) -> DatabaseError:
    return _KINDS.get(code, DatabaseError)(f"{subject} {_SENTENCES[code]}.")
