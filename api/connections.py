"""Connections: kept alive, each with its deadlines, as gunicorn's gevent worker reads and writes them."""

from __future__ import annotations

import errno
import json
import socket
from http import HTTPStatus
from time import monotonic
from typing import Any

import gevent  # type: ignore[import-untyped]
from gevent.socket import socket as Socket  # type: ignore[import-untyped]  # noqa: N812
from gunicorn import util  # type: ignore[import-untyped]
from prometheus_client import Counter
from werkzeug.exceptions import BadRequest, RequestHeaderFieldsTooLarge, RequestTimeout

from api.body import LARGEST_LINES_BODY, PROBLEM_TYPE
from api.errors import RETRY_AFTER_S, status_document
from api.headers import SECURITY_HEADERS

# How long a client may take, in seconds: for a head, and for a body of some kilobytes as a rule and 1 MiB at
# most; for 64 MiB of claims, at 2 Mbit/s; for each piece of its answer.
SMALL_WITHIN_S = 10.0
LONG_WITHIN_S = 300.0
TAKEN_WITHIN_S = 60.0
# How long a connection is kept without a request, in seconds: a reader's next click, and no more.
KEPT_ALIVE_S = 10.0
# How long a client that was refused in the middle of its request may go on sending, in seconds: closing on
# it resets the connection, and it would never see its answer.
LINGERING_S = 10.0
# How long a client that has yet to ask is waited for once the worker was told to leave, in seconds.
LEAVING_S = 2.0
# A request of which one small piece after another arrives, each below so many bytes, drips: after some of
# them more is left to collect for so long, in seconds. To look at each byte as it comes would cost the others
# more than its client.
SMALL_PIECE = 512
FEW_PIECES = 4
DRIPPING_S = 0.25
# Far above gunicorn's limits of a line and of a field, and little enough to look through, in bytes.
LONGEST_HEAD = 2**16

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connection:
    """A client's socket with deadlines, as gunicorn's parser and its response read and write it.

    Parameters
    ----------
    client : gevent.socket.socket
        The connection.
    dropped : Counter
        Of clients that were too slow.

    Attributes
    ----------
    is_asking : bool
        Whether some of a request has arrived that was not answered yet.
    is_clean : bool
        Whether everything was read that the client has to say before it has its answer.
    """

    def __init__(self, client: Socket, dropped: Counter) -> None:
        self._client, self._dropped = client, dropped
        self._must_continue = False
        self.expect_request()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def expect_request(self) -> None:
        """Wait for the next request."""
        self.is_asking = False
        self.is_clean = False
        self._n_of_head = 0
        self._is_head = True
        self._n_small = 0
        self._since = monotonic()
        self._within = KEPT_ALIVE_S

    def expect_body(self, *, is_long: bool, must_continue: bool) -> None:
        """Wait for the body of a request; a client that waits itself is told to go on once somebody reads."""
        self.is_asking = True
        self._is_head = False
        self._must_continue = must_continue
        self._since = monotonic()
        self._within = LONG_WITHIN_S if is_long else SMALL_WITHIN_S

    def recv(self, size: int) -> bytes:
        """Receive up to so many bytes; none where the client is gone, or has said nothing for too long.

        Raises
        ------
        RequestTimeout, BadRequest, RequestHeaderFieldsTooLarge
            When a request that has begun does not arrive in time, breaks off, or has a head without an end.
        """
        if self._must_continue:
            self._must_continue = False
            self.sendall(CONTINUE)
        if self._n_small > FEW_PIECES:
            gevent.sleep(DRIPPING_S)
        left = self._since + self._within - monotonic()
        try:
            # Also where something is there to be read: who drips on and on has been waited for long enough.
            if left <= 0:
                raise TimeoutError
            self._client.settimeout(left)
            content = self._client.recv(size)
        except TimeoutError:
            if not self.is_asking:
                return b""
            self._dropped.inc()
            raise RequestTimeout(f"The request did not arrive within {self._within:g} seconds.") from None
        if self.is_asking and not content:
            raise BadRequest("The request ended before it was whole.")
        self._n_small += len(content) < SMALL_PIECE
        if not self._is_head:
            # A body in many small chunks takes long to be put together: the others come in between.
            gevent.sleep(0)
        else:
            self._note_head(len(content))
        return bytes(content)

    def _note_head(self, size: int) -> None:
        if not self.is_asking:
            self.is_asking = True
            self._since, self._within = monotonic(), SMALL_WITHIN_S
        self._n_of_head += size
        if self._n_of_head > LONGEST_HEAD:
            raise RequestHeaderFieldsTooLarge(
                f"The head must not be larger than {LONGEST_HEAD // 2**10} KiB."
            )

    def sendall(self, content: bytes) -> None:
        """Send everything; a client that does not take it in time is taken for gone."""
        self._client.settimeout(TAKEN_WITHIN_S)
        try:
            self._client.sendall(content)
        except TimeoutError:
            self._dropped.inc()
            raise ConnectionResetError(errno.ECONNRESET, "the client does not take its answer") from None

    def leave(self) -> None:
        """End the waiting for a request that has not begun to arrive."""
        if not self.is_asking and monotonic() - self._since > LEAVING_S:
            try:
                self._client.shutdown(socket.SHUT_RD)
            except OSError:
                self._client.close()

    def close(self) -> None:
        """Close, once a client that may still be sending has had time to read its answer."""
        if self.is_clean or not self.is_asking:
            self._client.close()
        else:
            util.close_graceful(self._client, timeout=LINGERING_S, max_drain=LARGEST_LINES_BODY)


def is_read(request: Any) -> bool:
    """Say whether the body of a request was read to its end."""
    reader = request.body.reader
    # Of a body of known length the rest is counted; one in chunks has lost its parser at its end.
    return bool(reader.length == 0 if hasattr(reader, "length") else reader.parser is None)


def refuse(client: Connection, status: HTTPStatus, detail: str) -> None:
    """Answer with a problem document, outside of the app."""
    body = json.dumps(status_document(status, detail)).encode()
    retry = {"Retry-After": RETRY_AFTER_S} if status is HTTPStatus.SERVICE_UNAVAILABLE else {}
    headers = {
        **retry, **SECURITY_HEADERS,
        "Connection": "close", "Content-Type": PROBLEM_TYPE, "Content-Length": len(body),
    }  # fmt: skip
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {headers[name]}" for name in headers)]
    try:
        client.sendall("\r\n".join([*lines, "", ""]).encode() + body)
    except OSError:
        # Whoever asked is gone.
        return
