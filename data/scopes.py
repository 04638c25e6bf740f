"""The scopes that were declared; any other path may be used as well."""

from datetime import datetime

from sqlite_utils import Database

from data import reference
from data.database import writing
from data.page import Page
from data.page import page as page_of
from data.reference import SCOPES
from data.writer import Writer
from models.record import Scope


def put(db: Database, scope: Scope, *, at: datetime, by: Writer | None = None) -> tuple[Scope, bool]:
    """Write a scope as one change, and say whether it is new.

    The same content again makes no new version. `by` is the writer; None for the command line.
    """
    with writing(db):
        return reference.put(db, SCOPES, scope, at=at, by=by)


def get(db: Database, path: str) -> Scope:
    """Return a declared scope; UnknownIdError where there is none."""
    return reference.get(db, SCOPES, path)


def version(db: Database, path: str) -> int:
    """Return the number of a scope's latest version, from 1; UnknownIdError where there is none."""
    return reference.version(db, SCOPES, path)


def page(db: Database, *, limit: int, cursor: str | None = None) -> Page[Scope]:
    """Return a page of the declared scopes, by path; RefusedError where the cursor is none of this list's."""
    return page_of(db, "SELECT * FROM scopes", {}, SCOPES.read, sort="id", limit=limit, cursor=cursor)
