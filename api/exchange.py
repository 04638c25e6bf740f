"""One connection: a request is received whole before it is answered, and its answer kept until it is taken.

So no client, however slow, holds up another. To gunicorn's parser and its response an exchange is a
socket: they read what has arrived, and write into what is kept.
"""

from __future__ import annotations

import json
import re
import socket
from http import HTTPStatus
from time import monotonic

from api.body import PROBLEM_TYPE
from api.errors import RETRY_AFTER_S, status_document
from api.framing import END_OF_HEAD, Chunks, Head, Length, body_of, read_head
from api.headers import SECURITY_HEADERS
from api.kept import Kept

# What is received or sent at a time, in bytes: little enough for nobody else to wait for it.
CHUNK = 2**18
# Far above gunicorn's limits of a line and of a field, and little enough to look through, in bytes.
LONGEST_HEAD = 2**16

# How long a client may take, in seconds: for a head with a small body, of some kilobytes as a rule and
# 1 MiB at most; for 64 MiB of claims, at 2 Mbit/s; for an answer.
SMALL_WITHIN_S = 10.0
LONG_WITHIN_S = 300.0
TAKEN_WITHIN_S = 60.0
# How long a request is held back until what it shows is settled, in seconds: several fits of the largest
# ledger that is fitted whole. After that it is answered all the same, with the scores settled last.
HELD_WITHIN_S = 10.0
# How long a stream of events is held back until there is one, in seconds: less than the thirty after which
# proxies and clients commonly give up.
PARKED_WITHIN_S = 25.0
# How long a client that has its whole answer may send nothing before it is closed, in seconds.
SILENCE_S = 2.0

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")


class Stage:
    """How far an exchange has come: plain words, since an Enum's members are slow to look up."""

    RECEIVING = "receiving"
    # Received whole, or so that more of it would change nothing.
    WHOLE = "whole"
    # Received whole, but not answered before what was recorded until then can be read.
    HELD = "held"
    SENDING = "sending"
    # All is sent; what the client still sends is read and forgotten. Closing on a client that is sending
    # resets the connection, and it would never see its answer.
    LINGERING = "lingering"
    OVER = "over"


class Exchange:
    """One connection, from its acceptance to its end; nothing here ever waits for the client.

    Parameters
    ----------
    client : socket
        The connection.
    address : tuple
        The client's.

    Attributes
    ----------
    number : int
        The connection's file descriptor, also after its end.
    stage : str
        One of `Stage`: how far it has come.
    head : Head or None
        What the head says, once it has arrived.
    deadline : float
        When the present stage has to be over, on the monotonic clock, in seconds.
    since : float
        When the present stage began, on the same clock.
    is_queued : bool
        Whether it waits for its turn to be answered.
    held_for : int or None
        The entry of the audit trail that it was held back for, if it was.
    parked_after : int or None
        The event that it was held back until there was one after, if it was.
    n_held : int
        The size of what is kept of the request, in bytes.
    """

    def __init__(self, client: socket.socket, address: tuple[str, int]) -> None:
        client.settimeout(0)
        self.client, self.address = client, address
        self.number = client.fileno()
        self.stage = Stage.RECEIVING
        self.head: Head | None = None
        self.since = monotonic()
        self.deadline = self.since + SMALL_WITHIN_S
        self.is_queued = False
        self.held_for: int | None = None
        self.parked_after: int | None = None
        self.n_held = 0
        self._seen = b""
        self._body: Length | Chunks | None = None
        self._request = Kept()
        self._is_written = False
        self._answer = Kept()
        self._piece = b""
        self._linger_until = 0.0

    def move(self) -> None:
        """Do what can be done now: receive, send, or read and forget."""
        if self.stage is Stage.RECEIVING:
            self._receive()
        elif self.stage is Stage.SENDING:
            self._send()
        elif self.stage is Stage.LINGERING:
            self._forget()

    def expire(self) -> None:
        """Give up on a client whose deadline has passed; one that has begun to ask is told."""
        if self.stage is Stage.HELD:
            self.resume()
        elif self.stage is Stage.RECEIVING and self.n_held:
            allowed = LONG_WITHIN_S if self.head is not None and self.head.is_long else SMALL_WITHIN_S
            self.refuse(HTTPStatus.REQUEST_TIMEOUT, f"The request did not arrive within {allowed:g} seconds.")
        else:
            self.end()

    def refuse(self, status: HTTPStatus, detail: str) -> None:
        """Answer with a problem document, in place of any answer begun."""
        body = json.dumps(status_document(status, detail)).encode()
        retry = f"Retry-After: {RETRY_AFTER_S}\r\n" if status is HTTPStatus.SERVICE_UNAVAILABLE else ""
        always = "".join(f"{name}: {value}\r\n" for name, value in SECURITY_HEADERS.items())
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\n{retry}{always}"
            f"Content-Type: {PROBLEM_TYPE}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._answer.close()
        self._answer = Kept()
        self._answer.add(head.encode() + body)
        self.answer()

    def hold(self, entry: int) -> None:
        """Hold the request back until an entry of the audit trail is settled."""
        self.held_for = entry
        self._enter(Stage.HELD, HELD_WITHIN_S)

    def park(self, event: int) -> None:
        """Hold a stream back until there is an event after one, or for `PARKED_WITHIN_S`."""
        self.parked_after = event
        self._enter(Stage.HELD, PARKED_WITHIN_S)

    def resume(self) -> None:
        """Hold it back no longer; it has yet to be answered."""
        self.is_queued = False
        self._enter(Stage.WHOLE, LONG_WITHIN_S)

    def answer(self) -> None:
        """Begin to send what has been written."""
        if not self._answer.n:
            # Gunicorn says nothing where a request breaks off.
            self.refuse(HTTPStatus.BAD_REQUEST, "The request ended before it was whole.")
            return
        self._request.close()
        self.n_held = 0
        self._enter(Stage.SENDING, TAKEN_WITHIN_S)
        self._send()

    def end(self) -> None:
        """Close the connection and forget everything."""
        self.stage = Stage.OVER
        self.client.close()
        self._request.close()
        self._answer.close()

    def _enter(self, stage: str, within: float) -> None:
        self.stage = stage
        self.since = monotonic()
        self.deadline = self.since + within

    def _receive(self) -> None:
        try:
            content = self.client.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            self.end()
            return
        if not content:
            if self.n_held:
                self.answer()
            else:
                self.end()
            return
        try:
            self._request.add(content)
        except OSError:
            self.refuse(HTTPStatus.SERVICE_UNAVAILABLE, "There is no room for the request.")
            return
        self.n_held += len(content)
        if self._body is None:
            self._look_for_head(content)
        else:
            self._body.follow(content)
        if self._body is not None and self._body.is_whole:
            self._enter(Stage.WHOLE, LONG_WITHIN_S)

    def _look_for_head(self, content: bytes) -> None:
        looked_at = max(0, len(self._seen) - len(END_OF_HEAD) + 1)
        self._seen += content
        end = self._seen.find(END_OF_HEAD, looked_at)
        if end >= 0:
            self._begin_body(read_head(self._seen[:end]), self._seen[end + len(END_OF_HEAD) :])
            self._seen = b""
        elif len(self._seen) > LONGEST_HEAD:
            is_line = b"\r\n" not in self._seen
            status = (
                HTTPStatus.REQUEST_URI_TOO_LONG if is_line else HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            )
            self.refuse(status, f"The head must not be larger than {LONGEST_HEAD // 2**10} KiB.")
        elif BARE_LINE_FEED.search(self._seen, looked_at):
            # It will never end as a head must; the parser says so.
            self._enter(Stage.WHOLE, SMALL_WITHIN_S)

    def _begin_body(self, head: Head, begun: bytes) -> None:
        self.head = head
        self._body = body_of(head)
        self._body.follow(begun)
        if head.is_long:
            self.deadline = self.since + LONG_WITHIN_S
        if head.expects and not begun and not self._body.is_whole:
            try:
                self.client.send(CONTINUE)
            except OSError:
                self.end()

    def _send(self) -> None:
        while True:
            if not self._piece:
                self._piece = self._answer.take(CHUNK)
            if not self._piece:
                break
            try:
                self._piece = self._piece[self.client.send(self._piece) :]
            except BlockingIOError:
                return
            except OSError:
                self.end()
                return
        self._finish()

    def _finish(self) -> None:
        # A client that has said all it had to say cannot be reset by closing.
        if self._body is not None and self._body.is_clean:
            self.end()
            return
        try:
            self.client.shutdown(socket.SHUT_WR)
        except OSError:
            self.end()
            return
        self._linger_until = monotonic() + TAKEN_WITHIN_S
        self._enter(Stage.LINGERING, SILENCE_S)

    def _forget(self) -> None:
        try:
            if self.client.recv(CHUNK):
                self.deadline = min(self._linger_until, monotonic() + SILENCE_S)
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self.end()

    # What gunicorn calls on a socket.

    def recv(self, size: int) -> bytes:
        """Return what has arrived and was not read yet, up to `size` bytes; nothing at its end."""
        if self._is_written:
            return b""
        return self._request.take(size)

    def sendall(self, content: bytes) -> None:
        """Keep what the client is to be sent."""
        self._answer.add(content)

    def send(self, content: bytes) -> int:
        """Send nothing: gunicorn sends `100 Continue` this way alone, and that has been said."""
        return len(content)

    def settimeout(self, seconds: float | None) -> None:
        """Do nothing: nothing here waits."""

    def shutdown(self, _: int) -> None:
        """Take it that the answer has been written."""
        self._is_written = True

    def close(self) -> None:
        """Do nothing: the connection ends when the client has its answer."""
