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
from threading import get_ident
from time import monotonic
from typing import Any, TypeVar

import gevent  # type: ignore[import-untyped]
from gevent.lock import BoundedSemaphore  # type: ignore[import-untyped]
from gevent.socket import socket as Socket  # type: ignore[import-untyped]  # noqa: N812
from gevent.threadpool import ThreadPool  # type: ignore[import-untyped]
from gunicorn.http.errors import (  # type: ignore[import-untyped]
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
)
from gunicorn.workers.ggevent import GeventWorker  # type: ignore[import-untyped]
from werkzeug.exceptions import HTTPException

from api.body import LINES_TYPE
from api.connections import Connection, is_read, refuse
from api.errors import OverloadedError
from api.metrics import Traffic

# Slow work of a worker at once: one load of many claims leaves a thread for the others. More would only take
# the processor from each other, and each has a handle of the ledger, of some megabytes.
SLOW_AT_ONCE = 2
# Slow work that waits in a worker at most, and for how long, in seconds: a write takes milliseconds, a fit up
# to a third of a second, so those who wait are through by then, and later whoever asked has turned away.
MOST_WAITING = 64
WAIT_S = 5.0
# Streams of events that a worker holds open at most: some of its connections. Others end with what there is.
MOST_STREAMS = 128
# How long a thread computes before another gets the interpreter, in seconds: a fifth of Python's own. A quick
# request waits for it some times while slow work runs, at each look into the ledger.
SWITCH_S = 0.001

# How long a worker that was told to leave goes on accepting connections, in seconds: when the server ends,
# nobody else will.
ACCEPTING_S = 0.5

ENDING = "The service is restarting: try again."
FAILED = "The service failed; its log says why."

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
        self.connections: set[Connection] = set()
        self.traffic = Traffic()
        self.beside = Beside(self)
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
        self.traffic.connections.set(len(self.connections))
        if not self.alive:
            for connection in list(self.connections):
                connection.leave()
        if self.beside.longest_s() < self.cfg.timeout:
            super().notify()

    def handle(self, listener: Any, client: Socket, address: Any) -> None:
        """Serve a connection to its end."""
        connection = Connection(client, self.traffic.dropped)
        self.connections.add(connection)
        try:
            super().handle(listener, connection, address)
        finally:
            self.connections.discard(connection)

    def handle_request(self, listener: Any, request: Any, client: Connection, address: Any) -> None:
        """Answer one request; a connection on which some of it was left unread is closed then."""
        kinds = [value for name, value in request.headers if name == "CONTENT-TYPE"]
        is_long = any(kind.partition(";")[0].strip().lower() == LINES_TYPE for kind in kinds)
        # Gunicorn would tell it to go on before anybody has looked at what is asked.
        client.expect_body(is_long=is_long, must_continue=request._expected_100_continue)
        if request._expected_100_continue:
            request._expected_100_continue = False
            request.force_close()
        says_close = request.should_close
        # Where some of a body is left unread, nobody knows where the next request begins.
        request.should_close = lambda: says_close() or not is_read(request)
        try:
            super().handle_request(listener, request, client, address)
        finally:
            client.is_clean = is_read(request)
        client.expect_request()

    def handle_error(self, _: Any, client: Connection, __: Any, error: BaseException) -> None:
        """Answer a request that could not be read, or whose answer failed, with a problem document."""
        # What follows a request may have been received together with it.
        client.is_asking = True
        status = next((status for kind, status in STATUSES.items() if isinstance(error, kind)), None)
        if isinstance(error, HTTPException):
            refuse(client, HTTPStatus(error.code or HTTPStatus.BAD_REQUEST), str(error.description))
        elif status is not None:
            self.log.warning("Unreadable request: %s", error)
            refuse(client, status, str(error))
        elif isinstance(error, Exception):
            self.log.error("A request failed", exc_info=error)
            refuse(client, HTTPStatus.INTERNAL_SERVER_ERROR, FAILED)
        else:
            refuse(client, HTTPStatus.SERVICE_UNAVAILABLE, ENDING)


class Beside:
    """Slow work in threads of its own, so much at once, while the loop goes on answering; see `api.slow`."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._threads = ThreadPool(SLOW_AT_ONCE)
        self._turns, self._streams = BoundedSemaphore(SLOW_AT_ONCE), BoundedSemaphore(MOST_STREAMS)
        self._loop = get_ident()
        self._n_waiting = 0
        self._begun: set[float] = set()

    def do(self, work: Callable[[], T]) -> T:
        """Do it in another thread, in the present context, when its turn comes."""
        if get_ident() != self._loop:
            # A part of what is slow already.
            return work()
        if self._n_waiting >= MOST_WAITING:
            self._shed()
        self._wait_for_turn()
        begun = monotonic()
        self._begun.add(begun)
        try:
            outcome: tuple[T, None] | tuple[None, Exception] = self._threads.apply(
                copy_context().run, (caught, work)
            )
        finally:
            self._begun.discard(begun)
            self._turns.release()
        if outcome[1] is not None:
            raise outcome[1]
        return outcome[0]

    def wait(self, seconds: float) -> None:
        """Let the others be answered meanwhile."""
        gevent.sleep(seconds)

    @contextmanager
    def streaming(self) -> Iterator[Callable[[], bool]]:
        """Hold a stream open until the worker leaves; where many are, let it end with what there is."""
        is_one_of_few = self._streams.acquire(blocking=False)
        try:
            yield lambda: is_one_of_few and self._worker.alive
        finally:
            if is_one_of_few:
                self._streams.release()

    def longest_s(self) -> float:
        """Return how long what has taken longest so far has taken, in seconds."""
        return monotonic() - min(self._begun, default=monotonic())

    def _wait_for_turn(self) -> None:
        self._n_waiting += 1
        self._worker.traffic.show_waiting(self._n_waiting)
        try:
            if not self._turns.acquire(timeout=WAIT_S):
                self._shed()
        finally:
            self._n_waiting -= 1
            self._worker.traffic.show_waiting(self._n_waiting)

    def _shed(self) -> None:
        self._worker.traffic.shed.inc()
        raise OverloadedError


def caught(work: Callable[[], T]) -> tuple[T, None] | tuple[None, Exception]:
    """Return what work returns, or the error that it raises: gevent would write the error to the log."""
    try:
        return work(), None
    except Exception as error:  # noqa: BLE001 - raised again where it was asked for
        return None, error
