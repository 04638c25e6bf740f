"""The largest bodies that are read, by their kind."""

from contextlib import suppress
from functools import partial
from socket import socket
from typing import IO

from flask import Flask, Response, request
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]
from werkzeug.exceptions import RequestEntityTooLarge

from api.body import LARGEST_BODY, LARGEST_LINES_BODY, LINES_TYPE

# A request that has neither has no body.
BODY_SIGNS = {"CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"}
# What is read or written at a time.
CHUNK = 2**16
# How long a refused client may send nothing before the worker turns to the next, in seconds.
SILENCE_AFTER_REFUSAL_S = 0.5


def check_length() -> None:
    """Bound the body of the present request, and refuse at once one that says to be larger."""
    if not BODY_SIGNS & request.environ.keys():
        return
    limit = LARGEST_LINES_BODY if request.mimetype == LINES_TYPE else LARGEST_BODY
    # One byte more: a body of unknown length that reaches it is too large.
    request.max_content_length = limit + 1
    if (request.content_length or 0) > limit:
        raise RequestEntityTooLarge(f"The body must not be larger than {limit // 2**20} MiB.")


def drain(stream: IO[bytes], client: socket | None) -> None:
    """Read and forget what a refused client still sends, up to the largest body, while it goes on sending.

    Closing on a client that is sending resets the connection, and it never sees its refusal.
    """
    left = LARGEST_LINES_BODY
    if client is not None:
        client.settimeout(SILENCE_AFTER_REFUSAL_S)
    with suppress(OSError, ParseException):
        while left > 0 and (chunk := stream.read(CHUNK)):
            left -= len(chunk)


def init_limits(app: Flask) -> None:
    """Bound every request's body."""
    app.before_request(check_length)

    @app.after_request
    def drain_at_end(response: Response) -> Response:
        if response.status_code >= 400:
            client = request.environ.get("gunicorn.socket")
            response.call_on_close(partial(drain, request.environ["wsgi.input"], client))
        return response
