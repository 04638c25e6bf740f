"""Keys: who may read and who may write, decided before a body is read."""

from functools import partial

from flask import Flask, Response, current_app, g, request

from api.clock import now
from api.contract import documented, key_scope
from api.errors import ForbiddenError, MissingKeyError
from api.ledger import ledger
from data import keys
from data.keys import Key
from data.writer import Writer


def writer() -> Writer:
    """Return who writes in the present request: the holder of its key; from here on it counts as a write."""
    g.is_write = True
    return Writer(g.key.name, g.request_id, g.key.sources)


def present_key() -> Key | None:
    """Return the key that the present request came with, looked up once; None where none is known."""
    if "key" not in g:
        sent = request.authorization
        token = sent.token if sent is not None and sent.type == "bearer" else None
        g.key = keys.find(ledger(), token, at=now()) if token else None
    key: Key | None = g.key
    return key


def check_key() -> None:
    """Refuse a request whose key is missing, wrong, or of too small a scope.

    Raises
    ------
    MissingKeyError
        When a key is needed and none was sent, or one that is unknown or has ended.
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
        raise MissingKeyError("This key is not known here, or has ended.")
    if not key.allows(needed):
        raise ForbiddenError(needed, key.scope)


def init_auth(app: Flask) -> None:
    """Check the key first in every request."""
    app.before_request(check_key)

    @app.after_request
    def note_use(response: Response) -> Response:
        # Once the answer is sent: whoever called does not wait for it.
        if g.get("key") is not None:
            response.call_on_close(partial(keys.note_use, ledger(), g.key, at=now()))
        return response
