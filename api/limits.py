"""The largest bodies that are read, by their kind."""

from flask import Flask, request
from werkzeug.exceptions import RequestEntityTooLarge

from api.body import LARGEST_BODY, LARGEST_LINES_BODY, LINES_TYPE


def check_length() -> None:
    """Bound the body of the present request, and refuse at once one that says to be larger."""
    limit = LARGEST_LINES_BODY if request.mimetype == LINES_TYPE else LARGEST_BODY
    # One byte more: a body of unknown length that reaches it is too large.
    request.max_content_length = limit + 1
    if (request.content_length or 0) > limit:
        raise RequestEntityTooLarge(f"The body must not be larger than {limit // 2**20} MiB.")


def init_limits(app: Flask) -> None:
    """Bound every request's body."""
    app.before_request(check_length)
