"""What was answered to requests that must not be done twice, kept for whoever asks again."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from threading import Lock

from sqlite_utils import Database

from data import rows
from data.instant import to_text

# A day: longer than any client goes on trying by itself.
KEPT_FOR = timedelta(hours=24)
# How many expired replies a write deletes at most: more than it adds, and no noticeable part of its work.
DELETED_A_WRITE = 10
# A lock's place in its file is an offset, which the system counts in 63 bits.
PLACE_BITS = 62

# The places that threads of this process hold, in which file.
_held: set[tuple[int, int]] = set()
_threads = Lock()


@dataclass(frozen=True)
class Reply:
    """What was answered: the digest of its `request`, `status`, the `headers` that matter, `body`."""

    request: str
    status: int
    headers: Mapping[str, str]
    body: bytes


def find(db: Database, caller: str, key: str, *, at: datetime) -> Reply | None:
    """Return what `caller` was answered under `key` in the `KEPT_FOR` before `at`, or None."""
    found = db.table("replies").rows_where(
        "caller = ? AND key = ? AND recorded_at > ?", [caller, key, to_text(at - KEPT_FOR)]
    )
    row = next(found, None)
    if row is None:
        return None
    return Reply(row["request"], row["status"], json.loads(row["headers"]), row["body"])


def store(db: Database, caller: str, key: str, reply: Reply, *, at: datetime) -> None:
    """Keep a reply, inside the transaction of what it answers for, and delete some expired ones."""
    expired = to_text(at - KEPT_FOR)
    db.execute(
        "DELETE FROM replies WHERE caller = ? AND key = ? AND recorded_at <= ?", [caller, key, expired]
    )
    db.execute(
        "DELETE FROM replies WHERE rowid IN "
        "(SELECT rowid FROM replies WHERE recorded_at <= ? ORDER BY recorded_at LIMIT ?)",
        [expired, DELETED_A_WRITE],
    )
    row = {
        "caller": caller,
        "key": key,
        "request": reply.request,
        "status": reply.status,
        "headers": rows.to_json(dict(reply.headers)),
        "body": reply.body,
        "recorded_at": to_text(at),
    }
    rows.insert(db, "replies", row)


@contextmanager
def answering(db: Database, caller: str, key: str) -> Iterator[bool]:
    """Say whether nobody else is answering `caller` under `key`, and tell others until the end.

    Held at one byte of a file beside the database, whose system lets go of it when its holder
    ends, however it ends: a row would be left behind. What is done twice is prevented by `find`
    inside `writing`; this only spares the second the wait.
    """
    path = db.execute("PRAGMA database_list").fetchone()[2]
    if not path:
        yield True
        return
    digest = hashlib.sha256(rows.to_json([caller, key]).encode()).digest()
    place = int.from_bytes(digest[:8], "big") >> (64 - PLACE_BITS)
    file = _opened(f"{path}-replies")
    is_first = _lock(file, place)
    try:
        yield is_first
    finally:
        if is_first:
            fcntl.lockf(file, fcntl.LOCK_UN, 1, place)
            _held.discard((file, place))


@cache
def _opened(path: str) -> int:
    """Open a file until the process ends, which loses all its locks on a file when it closes it anywhere."""
    # Open for writing, as the lock demands; nothing is ever written.
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)


def _lock(file: int, place: int) -> bool:
    with _threads:
        # A lock of a file keeps other processes off, and not the threads of this one.
        if (file, place) in _held:
            return False
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except BlockingIOError:
            return False
        _held.add((file, place))
        return True
