"""Keys: who may read and who may write, decided before a body is read."""

from functools import cache
from typing import Any
from wsgiref.types import WSGIEnvironment

from flask import Request
from werkzeug.datastructures import Authorization

from api.clock import now
from api.contract import documented, key_scope
from api.errors import ForbiddenError, MissingKeyError
from api.ledger import Handles
from api.request_context import present
from data import keys
from data.database import explained
from data.keys import Key


def known_key(environ: WSGIEnvironment, handles: Handles) -> Key | None:
    """Return the key that a request came with; None where none was sent that is known.

    Raises
    ------
    DatabaseError
        When it cannot be looked up.
    """
    token = sent_token(environ)
    if not token:
        return None
    with explained():
        return keys.find(handles.open(), token, at=now())


def sent_token(environ: WSGIEnvironment) -> str | None:
    """Return what a request sent as its key."""
    sent = Authorization.from_header(environ.get("HTTP_AUTHORIZATION"))
    return sent.token if sent is not None and sent.type == "bearer" else None


@cache
def needed_scope(view: Any, method: str) -> str:
    """Return the scope that a view's key needs, ``"open"`` where it needs none."""
    if not hasattr(view, "view_class") or method == "OPTIONS":
        return "open"
    return key_scope(method.lower(), documented(view, method).get("manual_doc", {}))


def check_key(asked: Request, view: Any, *, open_reading: bool) -> None:
    """Refuse a request to a view whose key is missing, wrong, or of too small a scope.

    Raises
    ------
    MissingKeyError
        When a key is needed and none was sent, or one that is unknown or has ended.
    ForbiddenError
        When the key's scope does not reach.
    """
    needed = needed_scope(view, asked.method)
    if needed == "open" or (needed == "read" and open_reading):
        return
    key = present.get().key
    if key is None:
        if sent_token(asked.environ):
            raise MissingKeyError("This key is not known here, or has ended.")
        raise MissingKeyError("This needs a key: send the header Authorization: Bearer KEY.")
    if not key.allows(needed):
        raise ForbiddenError(needed, key.scope)
