"""The bodies that are read: as they are sent, and how large by their kind."""

import shutil
import tempfile
from functools import cached_property
from typing import IO

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from api.body import LARGEST_BODY, LARGEST_LINES_BODY, LINES_TYPE
from api.errors import EncodedBodyError
from api.idempotency import KEY_HEADER, ONE_CHANGE

# The one value of each header that leaves a body as it is.
PLAIN = {"Content-Encoding": "identity", "Transfer-Encoding": "chunked"}
# What a body takes in memory before it goes to a file, in bytes: hundreds of clients at once then still fit.
LARGEST_IN_MEMORY = 2**17
# A request that has neither has no body.
BODY_SIGNS = {"CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"}


def check_encoding(asked: Request) -> None:
    """Refuse a compressed body: nothing is ever inflated, so that a small request stays small.

    Raises
    ------
    EncodedBodyError
        When the request is a write and names an encoding.
    """
    if asked.method in ("POST", "PUT"):
        for header, plain in PLAIN.items():
            encoding = asked.headers.get(header, "").strip()
            if encoding.lower() not in ("", plain):
                raise EncodedBodyError(header, encoding)


def check_length(asked: Request) -> None:
    """Bound the body of a request, and refuse at once one that says to be larger."""
    if not BODY_SIGNS & asked.environ.keys():
        return
    # With a key against being done twice, all lines are one change and are kept in memory.
    is_many = asked.mimetype == LINES_TYPE and KEY_HEADER not in asked.headers
    limit = LARGEST_LINES_BODY if is_many else LARGEST_BODY
    # One byte more: a body of unknown length that reaches it is too large.
    asked.max_content_length = limit + 1
    if (asked.content_length or 0) > limit:
        reason = f"The body must not be larger than {limit // 2**20} MiB."
        if asked.mimetype == LINES_TYPE and not is_many:
            reason = f"{reason} {ONE_CHANGE}"
        raise RequestEntityTooLarge(reason)


class Asked(Request):
    """A request whose body is received whole before anything is done about it."""

    def receive(self) -> None:
        """Receive the body: no sender, however slow, then holds up a write, or a thread."""
        if not BODY_SIGNS.isdisjoint(self.environ):
            shutil.copyfileobj(self.stream, self._body)
            self._body.seek(0)
            self.stream = self._body

    def close(self) -> None:
        """Forget the body."""
        super().close()
        if "_body" in vars(self):
            self._body.close()

    @cached_property
    def _body(self) -> IO[bytes]:
        return tempfile.SpooledTemporaryFile(LARGEST_IN_MEMORY)
