"""The worker: gunicorn's, on gevent, with slow work in threads beside it.

One thread receives and sends for all clients, and answers what is quick; slow work runs beside it. So no
client, however slow, holds up another. Nothing of Python is patched: what the app does is as it was, and lets
nobody else in between but where it waits by `api.slow`.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import copy_context
from http import HTTPStatus
from time import monotonic
from typing import Any, TypeVar

import gevent
from gevent.lock import BoundedSemaphore
from gevent.socket import socket as Socket  # noqa: N812
from gevent.threadpool import ThreadPool
from gevent.util import wrap_errors
from gunicorn.http.errors import (
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
)
from gunicorn.workers.ggevent import GeventWorker

from api.connections import Connection
from api.errors import OverloadedError, problem_document, status_document
from api.metrics import Traffic
from api.slow import Serving

# Slow work of a worker at once: one load of many claims leaves a thread for the others. More would only take
# the processor from each other, and each has a handle of the ledger, of some megabytes.
SLOW_AT_ONCE = 2
# How long slow work waits for its turn, in seconds: a write takes milliseconds, a fit up to a third of a
# second, so most who wait are through by then, and later whoever asked has turned away.
WAIT_S = 5.0
# Streams of events that a worker holds open at most: some of its connections. Others end with what there is.
MOST_STREAMS = 128
# How long a worker that was told to leave goes on accepting connections, in seconds: when the server ends,
# nobody else will.
ACCEPTING_S = 0.5
# How long a thread computes before another gets the interpreter, in seconds: a fifth of Python's own. A quick
# request waits for it some times while slow work runs, at each look into the ledger.
SWITCH_S = 0.001

# What gunicorn's parser refuses, the narrower error first.
STATUSES = {
    LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    ParseException: HTTPStatus.BAD_REQUEST,
}

T = TypeVar("T")


class Worker(GeventWorker):  # type: ignore[misc]
    """Gunicorn's gevent worker, with deadlines, with refusals in the contract's own words, and unpatched."""

    sockets: list[Any]

    def init_process(self) -> None:
        """Begin to serve, in the new process."""
        sys.setswitchinterval(SWITCH_S)
        self.traffic = Traffic()
        self.beside = Beside(self.traffic, lambda: self.alive)
        self.app.serving = self.beside
        super().init_process()

    def patch(self) -> None:
        """Make the listening sockets gevent's, and leave Python's own modules as they are."""
        self.sockets = [
            Socket(each.FAMILY, socket.SOCK_STREAM, fileno=each.sock.detach()) for each in self.sockets
        ]

    def handle_exit(self, *signal: Any) -> None:
        """Leave, a moment after this was told: who has connected already is still accepted."""
        gevent.spawn_later(ACCEPTING_S, super().handle_exit, *signal)

    def timeout_ctx(self) -> nullcontext[None]:
        """Set no time limit: connections have their own."""
        return nullcontext()

    def notify(self) -> None:
        """Tell the master every second that all is well; where slow work hangs, let it replace the worker."""
        if self.beside.longest_s() < self.cfg.timeout:
            super().notify()

    def handle(self, listener: Any, client: Socket, address: Any) -> None:
        """Serve a connection to its end."""
        with self.traffic.connections.track_inprogress():
            super().handle(listener, Connection(client, lambda: self.alive, self.traffic.dropped), address)

    def handle_request(self, listener: Any, request: Any, client: Connection, address: Any) -> None:
        """Answer one request; a connection on which some of it was left unread is closed then."""
        # Gunicorn would tell it to go on before anybody has looked at what is asked.
        client.expect_body(must_continue=request._expected_100_continue)
        request._expected_100_continue = False
        says_close = request.should_close
        # Where some of a body is left unread, nobody knows where the next request begins.
        request.should_close = lambda: says_close() or not is_read(request)
        super().handle_request(listener, request, client, address)
        client.expect_request()
        # What follows may have been received together with it, and the others come in between.
        gevent.sleep(0)

    def handle_error(self, _: Any, client: Connection, __: Any, error: BaseException) -> None:
        """Answer a request that could not be read, or whose answer failed, with a problem document."""
        if not isinstance(error, Exception):
            # The worker ends, and waits for nobody any more.
            return
        # What cannot be read may have been received together with what went before.
        client.is_asking = True
        status = next((status for kind, status in STATUSES.items() if isinstance(error, kind)), None)
        document = problem_document(error) if status is None else status_document(status, str(error))
        if document["status"] == HTTPStatus.INTERNAL_SERVER_ERROR:
            self.log.error("A request failed", exc_info=error)
        elif status is not None:
            self.log.warning("Unreadable request: %s", error)
        client.refuse(document)


def is_read(request: Any) -> bool:
    """Say whether the body of a request was read to its end."""
    reader = request.body.reader
    # Of a body of known length the rest is counted; one in chunks has lost its parser at its end.
    return bool(reader.length == 0 if hasattr(reader, "length") else reader.parser is None)


class Beside(Serving):
    """Slow work in threads of its own, so much at once, while the loop goes on answering; see `api.slow`."""

    def __init__(self, traffic: Traffic, is_staying: Callable[[], bool]) -> None:
        self._traffic, self._is_staying = traffic, is_staying
        self._threads = ThreadPool(SLOW_AT_ONCE)
        self._turns, self._streams = BoundedSemaphore(SLOW_AT_ONCE), BoundedSemaphore(MOST_STREAMS)
        self._begun: set[float] = set()

    def do(self, work: Callable[[], T]) -> T:
        """Do it in another thread, in the present context, when its turn comes."""
        with self._traffic.waiting.track_inprogress():
            has_turn = self._turns.acquire(timeout=WAIT_S)
        if not has_turn:
            self._traffic.shed.inc()
            raise OverloadedError
        begun = monotonic()
        self._begun.add(begun)
        try:
            # Returned and raised here, since gevent would write an error to the log.
            outcome: T | Exception = self._threads.apply(wrap_errors(Exception, copy_context().run), (work,))
        finally:
            self._begun.discard(begun)
            self._turns.release()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def wait(self, seconds: float) -> None:
        """Let the others be answered meanwhile."""
        gevent.sleep(seconds)

    @contextmanager
    def streaming(self) -> Iterator[Callable[[], bool]]:
        """Hold a stream open until the worker leaves; where many are, let it end with what there is."""
        is_one_of_few = self._streams.acquire(blocking=False)
        try:
            yield lambda: is_one_of_few and self._is_staying()
        finally:
            if is_one_of_few:
                self._streams.release()

    def longest_s(self) -> float:
        """Return how long what has taken longest so far has taken, in seconds."""
        return monotonic() - min(self._begun, default=monotonic())
