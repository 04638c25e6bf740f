"""Keys: who may read and who may write, decided before a body is read."""

from flask import Flask, current_app, g, request

from api.contract import documented, key_scope
from api.errors import ForbiddenError, MissingKeyError
from api.ledger import ledger
from data import keys
from data.keys import Key


def writer() -> str:
    """Return the name of the key that the present request came with."""
    name: str = g.key.name
    return name


def present_key() -> Key | None:
    """Return the key that the present request came with, looked up once; None where none is known."""
    if "key" not in g:
        sent = request.authorization
        token = sent.token if sent is not None and sent.type == "bearer" else None
        g.key = keys.find(ledger(), token) if token else None
    key: Key | None = g.key
    return key


def check_key() -> None:
    """Refuse a request whose key is missing, wrong, or of too small a scope.

    Raises
    ------
    MissingKeyError
        When a key is needed and none, or an unknown one, was sent.
    ForbiddenError
        When the key's scope does not reach.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    if not hasattr(view, "view_class") or request.method == "OPTIONS":
        return
    needed = key_scope(request.method.lower(), documented(view, request.method).get("manual_doc", {}))
    if needed == "open" or (needed == "read" and current_app.extensions["credence"]["settings"].open_reading):
        return
    sent = request.authorization
    if sent is None or sent.type != "bearer" or not sent.token:
        raise MissingKeyError("This needs a key: send the header Authorization: Bearer KEY.")
    key = present_key()
    if key is None:
        raise MissingKeyError("This key is not known here.")
    if not key.allows(needed):
        raise ForbiddenError(needed, key.scope)


def init_auth(app: Flask) -> None:
    """Check the key first in every request."""
    app.before_request(check_key)
