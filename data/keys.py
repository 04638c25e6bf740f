"""The keys that open the service. Only their hashes are kept."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from data import audit, key_form, reference, rows
from data.database import write_if_free, writing
from data.errors import RefusedError, UnknownIdError
from data.instant import from_text, to_text
from data.reference import SOURCES
from data.rows import Row
from data.writer import Writer
from models.errors import InvalidValueError

# Each scope of a key allows what the ones before it allow; `correct` adds corrections to reading.
KEY_SCOPES = ("read", "correct", "write", "admin")
# What a key that is bound to sources can be for: nothing that a reader or an admin does is about one.
BOUND_SCOPES = ("correct", "write")

# How long a rotated key still opens: whoever holds it changes it within a working day.
ROTATION_OVERLAP = timedelta(hours=24)
# How old the last use that is kept may be: fine enough to find keys that nobody uses.
USE_KEPT = timedelta(hours=1)
# What an unknown key is compared with, so that it takes as long as a wrong one.
NO_HASH = "0" * 64


@dataclass(frozen=True)
class Key:
    """A key without its secret.

    Parameters
    ----------
    scope : str
        What it opens, one of `KEY_SCOPES`.
    sources : tuple of str
        The sources that it is bound to; none where it writes for all.
    used_at : datetime or None
        When it was last used, to the hour.
    ends_at : datetime or None
        When it stops, or stopped.
    """

    id: str
    name: str
    scope: str
    recorded_at: datetime
    sources: tuple[str, ...] = ()
    used_at: datetime | None = None
    ends_at: datetime | None = None

    def allows(self, scope: str) -> bool:
        """Say whether the key opens what needs `scope`."""
        return KEY_SCOPES.index(scope) <= KEY_SCOPES.index(self.scope)

    def is_open(self, at: datetime) -> bool:
        """Say whether the key opens anything at a moment."""
        return self.ends_at is None or at < self.ends_at


def create(
    db: Database,
    *,
    name: str,
    scope: str,
    at: datetime,
    sources: Sequence[str] = (),
    expires_in: timedelta | None = None,
    by: Writer | None = None,
) -> str:
    """Make a key in a transaction of its own, and return it, this once.

    Parameters
    ----------
    sources : sequence of str
        What it is bound to: it records claims and corrections of these, or carried by these, alone.
    expires_in : timedelta or None
        How long it opens.

    Raises
    ------
    InvalidValueError
        When `scope` is none of `KEY_SCOPES`, or none of `BOUND_SCOPES` where there are sources; or
        when `name` is empty.
    UnknownReferenceError
        When a source does not exist.
    """
    if scope not in KEY_SCOPES:
        raise InvalidValueError("scope", f"must be one of {', '.join(KEY_SCOPES)}")
    if not name.strip():
        raise InvalidValueError("name", "must say who holds the key")
    if sources and scope not in BOUND_SCOPES:
        raise InvalidValueError("scope", f"must be {' or '.join(BOUND_SCOPES)} for a key bound to sources")
    with writing(db):
        return _write(db, name, scope, sources, expires_in, at=at, by=by)[1]


def rotate(
    db: Database,
    name_or_id: str,
    *,
    at: datetime,
    overlap: timedelta = ROTATION_OVERLAP,
    by: Writer | None = None,
) -> str:
    """Make a key that takes another's place, in a transaction of its own, and return it, this once.

    It has the other's name, scope and sources, and opens as long as that did from its making; the
    other one stops after `overlap`.

    Raises
    ------
    UnknownIdError
        When there is no such key that still opens and was not rotated yet.
    RefusedError
        When several keys have the name.
    """
    with writing(db):
        found = [key for key in _found(db, name_or_id) if key.is_open(at) and not _is_ended(db, key)]
        if not found:
            raise UnknownIdError("key", name_or_id)
        if len(found) > 1:
            ids = ", ".join(key.id for key in found)
            raise RefusedError("name", f"{name_or_id!r} is that of several keys; give the id of one: {ids}")
        (old,) = found
        expires_in = None if old.ends_at is None else old.ends_at - old.recorded_at
        new_id, key = _write(db, old.name, old.scope, old.sources, expires_in, at=at, by=by)
        _end(db, old, "rotate", at=at, ends_at=at + overlap, successor=new_id, by=by)
    return key


def revoke(db: Database, name_or_id: str, *, at: datetime, by: Writer | None = None) -> tuple[Key, ...]:
    """Stop a key at once, or every key of a name, and return what was stopped.

    Raises
    ------
    UnknownIdError
        When there is no such key that still opens.
    """
    with writing(db):
        found = tuple(key for key in _found(db, name_or_id) if key.is_open(at))
        if not found:
            raise UnknownIdError("key", name_or_id)
        for key in found:
            _end(db, key, "revoke", at=at, ends_at=at, successor=None, by=by)
    return found


def find(db: Database, key: str, *, at: datetime) -> Key | None:
    """Return what a key opens at a moment, or None where it is not one of ours, or has ended."""
    key_id = key_form.id_of(key)
    if key_id is None:
        return None
    row = db.execute("SELECT hash FROM keys WHERE id = ?", [key_id]).fetchone()
    if not hmac.compare_digest(NO_HASH if row is None else row[0], key_form.hash_of(key)):
        return None
    (found,) = _read(db, "id = ?", [key_id])
    return found if found.is_open(at) else None


def note_use(db: Database, key: Key, *, at: datetime) -> None:
    """Keep when a key was used, to the hour; where others are writing, not this time."""
    if key.used_at is None or at - key.used_at >= USE_KEPT:
        sql = (
            "INSERT INTO key_uses VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET used_at = excluded.used_at "
            "WHERE used_at < excluded.used_at"
        )
        write_if_free(db, sql, [key.id, to_text(at)])


def every(db: Database) -> tuple[Key, ...]:
    """Return all keys that were ever made, oldest first."""
    return _read(db, "true", [])


def _write(
    db: Database,
    name: str,
    scope: str,
    sources: Sequence[str],
    expires_in: timedelta | None,
    *,
    at: datetime,
    by: Writer | None,
) -> tuple[str, str]:
    recorded_at = audit.stamp(db, at=at, by=by)
    key = key_form.make()
    row: Row = {
        "id": key_form.id_of(key),
        "hash": key_form.hash_of(key),
        "name": name,
        "scope": scope,
        "expires_at": None if expires_in is None else to_text(at + expires_in),
        "recorded_at": recorded_at,
    }
    rows.insert(db, "keys", row)
    sources = tuple(dict.fromkeys(sources))
    for position, source in enumerate(sources):
        reference.check_referred(db, SOURCES, source, f"sources.{position}")
    rows.insert_links(db, "key_sources", "key", row["id"], sources)
    audit.append(db, "create", "key", row["id"], by=by)
    return row["id"], key


def _end(
    db: Database,
    key: Key,
    action: str,
    *,
    at: datetime,
    ends_at: datetime,
    successor: str | None,
    by: Writer | None,
) -> None:
    recorded_at = audit.stamp(db, at=at, by=by)
    row = {"key": key.id, "ends_at": to_text(ends_at), "successor": successor, "recorded_at": recorded_at}
    rows.insert(db, "key_ends", row)
    audit.append(db, action, "key", key.id, by=by)


def _is_ended(db: Database, key: Key) -> bool:
    return db.execute("SELECT 1 FROM key_ends WHERE key = ?", [key.id]).fetchone() is not None


def _found(db: Database, name_or_id: str) -> tuple[Key, ...]:
    return _read(db, "id = ?", [name_or_id]) or _read(db, "name = ?", [name_or_id])


def _read(db: Database, condition: str, values: Sequence[Any]) -> tuple[Key, ...]:
    sql = f"""
        SELECT id, name, scope, recorded_at, sources, used_at, (SELECT min(ends_at) FROM (
            SELECT expires_at AS ends_at
            UNION ALL SELECT ends_at FROM key_ends WHERE key = key_rows.id))
        FROM key_rows LEFT JOIN key_uses ON key_uses.key = id WHERE {condition} ORDER BY recorded_at, id"""  # noqa: S608
    return tuple(
        Key(key_id, name, scope, from_text(made), rows.linked(sources), _moment(used), _moment(ends))
        for key_id, name, scope, made, sources, used, ends in db.execute(sql, list(values))
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else from_text(text)
