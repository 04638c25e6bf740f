"""The load: clients in processes of their own that send requests as they stand and time the answers."""

from __future__ import annotations

import multiprocessing
import re
import socket
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.pool import Pool

# Each waits for its answer before it asks again: enough that no worker is ever without a request.
CLIENTS = 8
# The longest any answer may take before the run is given up, in seconds.
PATIENCE_S = 290.0
# All clients begin together, this long after they were told to.
START_S = 0.05
READ_AT_ONCE = 2**16
# Requests over one connection: chance decides which worker has it, and none of them decides a turn.
MOST_ON_ONE = 50
# No head is larger, in bytes.
HEAD = 2**12


@dataclass
class Answers:
    """What came back.

    Attributes
    ----------
    seconds : float
        From the first request to the last answer.
    latencies : list of float
        Of each answer, in seconds.
    statuses : Counter
        Answers by their status; 0 where a connection was cut.
    """

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)


def request_bytes(
    method: str, path: str, body: bytes = b"", headers: Iterable[tuple[str, str]] = ()
) -> bytes:
    """Return a request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in headers]
    if method != "GET":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


class Client:
    """Sends one request after another over one connection, as clients do; a new one where it is closed."""

    def __init__(self, port: int) -> None:
        self._port, self._n_sent = port, 0
        self._connection: socket.socket | None = None

    def exchanged(self, request: bytes) -> bytes:
        """Send a request, and return the whole answer."""
        if self._connection is None:
            self._connection = socket.create_connection(("127.0.0.1", self._port), PATIENCE_S)
        self._connection.sendall(request)
        self._n_sent += 1
        answer = b""
        while not is_whole(answer):
            part = self._connection.recv(READ_AT_ONCE)
            if not part:
                self.close()
                break
            answer += part
        if self._n_sent == MOST_ON_ONE or b"\r\nconnection: close\r\n" in answer[:HEAD].lower():
            self.close()
        return answer

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection, self._n_sent = None, 0


def is_whole(answer: bytes) -> bool:
    """Say whether an answer to anything but HEAD has arrived to its end."""
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    fields = head.lower()
    said = re.search(rb"\r\ncontent-length: *(\d+)", fields)
    if b"\r\ntransfer-encoding: chunked" in fields:
        return body.endswith(b"0\r\n\r\n")
    return status_of(answer) in (204, 304) or (said is not None and len(body) >= int(said[1]))


def exchanged(port: int, request: bytes) -> bytes:
    """Send one request over a connection of its own, and return the whole answer."""
    client = Client(port)
    try:
        return client.exchanged(request)
    finally:
        client.close()


def status_of(answer: bytes) -> int:
    """Return an answer's status; 0 where there is none."""
    return int(answer[9:12]) if len(answer) >= 12 else 0


def body_of(answer: bytes) -> bytes:
    """Return an answer's body."""
    return answer.partition(b"\r\n\r\n")[2]


@contextmanager
def clients(number: int = CLIENTS) -> Iterator[Pool]:
    """Keep so many clients ready while the block runs."""
    # Forked before there is any thread; what they import is what is imported already.
    with multiprocessing.get_context("fork").Pool(number) as pool:
        yield pool


def repeated(pool: Pool, port: int, request: bytes, seconds: float) -> Answers:
    """Let all clients send one request again and again for so many seconds."""
    return _joined(pool, [(port, [request], seconds)] * CLIENTS)


def sent_once(pool: Pool, port: int, requests: Sequence[bytes]) -> Answers:
    """Let the clients share some requests, and send each once."""
    return _joined(pool, [(port, requests[i::CLIENTS], None) for i in range(CLIENTS)])


def _joined(pool: Pool, shares: Sequence[tuple[int, Sequence[bytes], float | None]]) -> Answers:
    begin = time.monotonic() + START_S
    told = [pool.apply_async(_send, (begin, *share)) for share in shares]
    all_answers = Answers()
    for one in told:
        found: Any = one.get(2 * PATIENCE_S)
        all_answers.seconds = max(all_answers.seconds, found.seconds)
        all_answers.latencies += found.latencies
        all_answers.statuses += found.statuses
    return all_answers


def _send(begin: float, port: int, requests: Sequence[bytes], seconds: float | None) -> Answers:
    time.sleep(max(0.0, begin - time.monotonic()))
    answers, client = Answers(), Client(port)
    for request in requests if seconds is None else cycle(requests):
        asked = time.monotonic()
        if seconds is not None and asked > begin + seconds:
            break
        try:
            status = status_of(client.exchanged(request))
        except OSError:
            client.close()
            status = 0
        answers.latencies.append(time.monotonic() - asked)
        answers.statuses[status] += 1
    answers.seconds = time.monotonic() - begin
    client.close()
    return answers
