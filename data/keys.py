"""The keys that open the service. Only their hashes are kept."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from data import audit, rows
from data.database import writing
from models.errors import InvalidValueError

# Each scope of a key allows what the ones before it allow.
KEY_SCOPES = ("read", "write", "admin")

# 256 bits: beyond guessing, so that a plain hash is enough to keep.
SECRET_BYTES = 32


@dataclass(frozen=True)
class Key:
    """A key's name and what it opens: `scope` is one of `KEY_SCOPES`."""

    name: str
    scope: str

    def allows(self, scope: str) -> bool:
        """Say whether the key opens what needs `scope`."""
        return KEY_SCOPES.index(scope) <= KEY_SCOPES.index(self.scope)


def create(db: Database, *, name: str, scope: str, at: datetime) -> str:
    """Make a key in a transaction of its own, and return it, this once.

    Raises
    ------
    InvalidValueError
        When `scope` is none of `KEY_SCOPES`, or `name` is empty.
    """
    if scope not in KEY_SCOPES:
        raise InvalidValueError("scope", f"must be one of {', '.join(KEY_SCOPES)}")
    if not name.strip():
        raise InvalidValueError("name", "must say who holds the key")
    key = "credence_" + secrets.token_urlsafe(SECRET_BYTES)
    with writing(db):
        recorded_at = audit.append(db, "create", "key", name, at=at, by=None)
        rows.insert(
            db, "keys", {"hash": _hash(key), "name": name, "scope": scope, "recorded_at": recorded_at}
        )
    return key


def find(db: Database, key: str) -> Key | None:
    """Return what a key opens, or None where it is not one of ours."""
    row = next(db.table("keys").rows_where("hash = ?", [_hash(key)]), None)
    return None if row is None else Key(row["name"], row["scope"])


def _hash(key: str) -> str:
    # surrogatepass: a header may hold what is no text.
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()
