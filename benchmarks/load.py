"""The load: clients in processes of their own that send requests as they stand and time the answers."""

from __future__ import annotations

import multiprocessing
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


@dataclass
class Answers:
    """What came back.

    Attributes
    ----------
    seconds : float
        From the first request to the last answer.
    latencies : list of float
        Of each answer, in seconds, connecting included.
    statuses : Counter
        Answers by their status; 0 where a connection was cut.
    """

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)


def request_bytes(
    method: str, path: str, body: bytes = b"", headers: Iterable[tuple[str, str]] = ()
) -> bytes:
    """Return a request as it goes over the wire; the connection is closed after its answer."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers]
    if method != "GET":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def exchanged(port: int, request: bytes) -> bytes:
    """Send one request over a connection of its own, and return the whole answer."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as connection:
        connection.sendall(request)
        parts = []
        while part := connection.recv(READ_AT_ONCE):
            parts.append(part)
    return b"".join(parts)


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
    answers = Answers()
    for request in requests if seconds is None else cycle(requests):
        asked = time.monotonic()
        if seconds is not None and asked > begin + seconds:
            break
        try:
            status = status_of(exchanged(port, request))
        except OSError:
            status = 0
        answers.latencies.append(time.monotonic() - asked)
        answers.statuses[status] += 1
    answers.seconds = time.monotonic() - begin
    return answers
