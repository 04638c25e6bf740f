"""Connections: each with its deadlines, as gunicorn's gevent worker reads and writes them."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from time import monotonic
from typing import Any

import gevent
from gevent.socket import socket as Socket  # noqa: N812
from gunicorn import util
from prometheus_client import Counter
from werkzeug.exceptions import BadRequest, RequestHeaderFieldsTooLarge, RequestTimeout

from api.body import LARGEST_LINES_BODY, PROBLEM_TYPE
from api.headers import SECURITY_HEADERS

# How long a client is waited for, in seconds: until it asks, as long as a reader takes for the next click;
# then until its request has arrived, and a second more for each so many bytes of it: those of 1 Mbit/s.
WAITED_S = 10.0
BYTES_A_SECOND = 2**17
# How long it may take for each piece of its answer, in seconds.
TAKEN_WITHIN_S = 60.0
# How long a client that was refused in the middle of its request may go on sending, in seconds: closing on
# it resets the connection, and it would never see its answer.
LINGERING_S = 10.0
# How long a client that has yet to ask is waited for where the worker is leaving, in seconds.
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
    may_wait : callable
        Says whether a client that has yet to ask is waited for any longer.
    dropped : Counter
        Of clients that were too slow.

    Attributes
    ----------
    is_asking : bool
        Whether some of a request has arrived that was not answered yet.
    """

    def __init__(self, client: Socket, may_wait: Callable[[], bool], dropped: Counter) -> None:
        self._client, self._may_wait, self._dropped = client, may_wait, dropped
        self.expect_request()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def expect_request(self) -> None:
        """Wait for the next request."""
        self.is_asking = self._must_continue = False
        self._is_head = True
        self._n_received = self._n_small = 0
        self._left_s = WAITED_S

    def expect_body(self, *, must_continue: bool) -> None:
        """Wait for the body of a request; a client that waits itself is told to go on once somebody reads."""
        self.is_asking, self._is_head, self._must_continue = True, False, must_continue

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
        drips = self._n_small > FEW_PIECES
        # The others come in between, also where more is there at once.
        gevent.sleep(DRIPPING_S if drips else 0)
        began = monotonic() - DRIPPING_S * drips
        try:
            # Also where something is there: who drips on and on has been waited for long enough.
            if self._left_s <= 0:
                raise TimeoutError
            self._client.settimeout(self._left_s if self.is_asking else min(self._left_s, LEAVING_S))
            content = bytes(self._client.recv(size))
        except TimeoutError:
            self._left_s -= monotonic() - began
            if self.is_asking:
                self._dropped.inc()
                raise RequestTimeout(f"The request did not arrive within {WAITED_S:g} seconds.") from None
            return self.recv(size) if self._left_s > 0 and self._may_wait() else b""
        self._left_s -= monotonic() - began
        if content:
            self._note(len(content))
        elif self.is_asking:
            raise BadRequest("The request ended before it was whole.")
        return content

    def _note(self, size: int) -> None:
        if not self.is_asking:
            self.is_asking, self._left_s = True, WAITED_S
        self._left_s += size / BYTES_A_SECOND
        self._n_small += size < SMALL_PIECE
        self._n_received += size
        if self._is_head and self._n_received > LONGEST_HEAD:
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

    def refuse(self, document: dict[str, Any]) -> None:
        """Answer with a problem document, outside of the app, and for the last time."""
        body = json.dumps(document).encode()
        told = {
            **SECURITY_HEADERS,
            "Connection": "close", "Content-Type": PROBLEM_TYPE, "Content-Length": len(body),
        }  # fmt: skip
        lines = [
            f"HTTP/1.1 {document['status']} {document['title']}",
            *(f"{name}: {told[name]}" for name in told),
        ]
        self.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    def close(self) -> None:
        """Close, once a client that may still be sending has had time to read its answer."""
        if self.is_asking:
            util.close_graceful(self._client, timeout=LINGERING_S, max_drain=LARGEST_LINES_BODY)
        else:
            self._client.close()
