"""Conditional requests: an ETag known before the body is built, and 304 Not Modified."""

from flask import Request, Response, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.http import generate_etag

from api.kept_answers import Answer
from api.ledger import ledger
from api.request_context import present
from data.database import changes
from models.version import model_version


class NotModified(HTTPException):
    """What the client holds is what it would be sent."""

    code = 304
    description = "The client holds the present state."


def version_tag(version: int) -> str:
    """Return the ETag of a row's version."""
    return f"v{version}"


def tag(etag: str) -> None:
    """Give the answer this ETag, or that of the same state in the form that was asked for."""
    call = present.get()
    call.etag = etag + (call.variant or "")


def keep(etag: str) -> None:
    """Give the answer this ETag, and keep it for who asks next: the ledger's state alone decides it."""
    tag(etag)
    present.get().is_lasting = True


def check(etag: str) -> None:
    """Give the answer this ETag, and answer 304 at once when the client holds it.

    `If-None-Match: *` is left to the end of the request, when it is known that there is
    something to answer with.
    """
    tag(etag)
    held = request.if_none_match
    if not held.star_tag and held.contains_weak(present.get().etag):
        raise NotModified


def check_ledger(asked: str = "") -> str:
    """Check against the ledger's last change, for an answer that any write may move; return the ETag.

    Parameters
    ----------
    asked : str
        What the answer depends on besides, in the characters of an ETag.
    """
    etag = f"c{changes(ledger())}-{model_version()}" + (f"-{asked}" if asked else "")
    check(etag)
    return etag


def set_etag(asked: Request, response: Response) -> Response:
    """Set the ETag on every answer to a GET, from its view or else from its bytes; and what it varies by."""
    call = present.get()
    if call.variant is not None:
        response.headers.add("Vary", "Accept")
    status = response.status_code
    # A file has brought its own, and a stream has no state.
    if status not in (200, 201, 304) or response.direct_passthrough or response.is_streamed:
        return response
    is_read = status == 200 and asked.method in ("GET", "HEAD")
    etag = call.etag or (generate_etag(response.get_data()) if is_read else "")
    if etag:
        response.set_etag(etag)
    if call.is_lasting and status == 200 and call.method == "GET":
        answer = Answer(call.rule, etag, response.headers.to_wsgi_list(), response.get_data())
        current_app.extensions["credence"]["kept"].keep(call, asked.environ, answer)
    if is_read and asked.if_none_match.contains_weak(etag):
        response.status_code = 304
    return response
