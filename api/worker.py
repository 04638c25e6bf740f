"""The worker: a process that answers one request at a time, and listens to all of its clients meanwhile."""

import os
import re
import resource
import selectors
from collections import deque
from http import HTTPStatus
from time import monotonic
from typing import Any
from urllib.parse import unquote_to_bytes

from gunicorn.http.errors import (  # type: ignore[import-untyped]
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
)
from gunicorn.workers.sync import SyncWorker  # type: ignore[import-untyped]

from api.exchange import Exchange, Stage
from api.framing import Head
from api.settler import awaited, last_event, last_settled, streamed

# What is refused before there is a request to hand to the app, the narrower error first.
STATUSES = {
    LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    ParseException: HTTPStatus.BAD_REQUEST,
}

# Connections that a worker holds at most; each may take three file descriptors, for itself and for what
# is kept of its request and of its answer, beside some that the process needs otherwise.
MOST_CONNECTIONS = 800
DESCRIPTORS_EACH = 3
OTHER_DESCRIPTORS = 64
# What a worker keeps of requests that are still arriving, in bytes: eight bulk loads of the largest size.
MOST_HELD = 2**29

# Requests of one kind that wait in a worker at most. The quick take some milliseconds, the slow up to
# a third of a second, by one worker at least: those who wait are through within some seconds.
MOST_WAITING = 64
# Streams of events that a worker holds back at most, while there is none: some of its connections, and a
# tenth of a second's work when all of them are answered at once. One more is answered with what there is.
MOST_PARKED = 128
# How long a request may wait for its turn, in seconds: after that whoever asked has mostly turned away.
WAIT_S = 5.0
# How long clients that have not sent their whole request are waited for when the worker leaves, in seconds;
# and those that have not taken their answer. Gunicorn kills a worker thirty seconds after it was told.
LEAVE_RECEIVING_S = 2.0
LEAVE_SENDING_S = 10.0

# How often deadlines and the parent are looked at, in seconds: short against the shortest deadline.
LOOK_S = 0.25
# How often a slow request looks for a free slot, and a held request for its scores, in seconds: about as
# long as a write takes.
SLOT_S = 0.005

BUSY = "The service has more to do than it can: try again."
ENDING = "The service is restarting: try again."

# What may be left in the pipe that wakes the worker, in bytes.
PIPE_BYTES = 2**10

EVENTS = {
    Stage.RECEIVING: selectors.EVENT_READ,
    Stage.SENDING: selectors.EVENT_WRITE,
    Stage.LINGERING: selectors.EVENT_READ,
}

DROPPED_FIRST = (Stage.RECEIVING, Stage.LINGERING, Stage.SENDING, Stage.WHOLE, Stage.HELD, Stage.OVER)


# What people read is fitted for them: its past too.
PAGES = re.compile(rb"/(?:(?:questions|sources|claims)/[^/]+)?")
# A card of the past, or of what a source says on a scope, is fitted; a frame names the scope as a field.
FITTED_CARDS = re.compile(rb"as_of=|scope=|@")


def is_quick(head: Head | None) -> bool:
    """Whether a request is answered from what is stored, or refused; the rest writes or computes."""
    if head is None:
        return True
    if head.method not in (b"GET", b"HEAD", b"OPTIONS") or head.path.endswith((b"/history", b"/articles")):
        return False
    # What an oEmbed consumer asks for lies escaped in another address.
    if PAGES.fullmatch(head.path) or head.path == b"/oembed":
        return False
    if head.path == b"/v1/cards" or head.path.startswith(b"/embed/"):
        return not FITTED_CARDS.search(unquote_to_bytes(head.query))
    return not (head.query and head.path.endswith(b"/score"))


class Worker(SyncWorker):  # type: ignore[misc]
    """Gunicorn's sync worker behind a loop that receives and sends for all clients at once.

    One thread runs the app, for one request at a time: quick ones first, and a slow one only with one of
    the slots, of which there is one less than workers.
    """

    def run(self) -> None:
        """Serve until told to stop."""
        # Not above: the metrics look for their folder when they are imported.
        from api.metrics import Traffic  # noqa: PLC0415

        self.traffic = Traffic()
        self.selector = selectors.DefaultSelector()
        self.exchanges: set[Exchange] = set()
        # By file descriptor, the events that the selector watches for.
        self.watched: dict[int, int] = {}
        self.quick: deque[Exchange] = deque()
        self.slow: deque[Exchange] = deque()
        # Requests for scores that are not settled yet.
        self.held: deque[Exchange] = deque()
        # Streams that wait for an event.
        self.parked: set[Exchange] = set()
        self.is_out_of_slots = False
        self.looks_at = monotonic()
        descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self.most = min(MOST_CONNECTIONS, max(1, (descriptors - OTHER_DESCRIPTORS) // DESCRIPTORS_EACH))
        # Gunicorn looks up some twenty settings a request, through several calls each: attributes are faster.
        self.cfg.__dict__.update((name, setting.get()) for name, setting in self.cfg.settings.items())
        for listener in self.sockets:
            listener.settimeout(0)
            self.selector.register(listener, selectors.EVENT_READ, listener)
        self.selector.register(self.PIPE[0], selectors.EVENT_READ)
        while self.alive:
            self.turn()
        self.leave()

    def leave(self) -> None:
        """Answer what was sent before the worker was told to stop; who comes later is another's."""
        for listener in self.sockets:
            self.accept_up_to(listener, self.most - len(self.exchanges))
            self.selector.unregister(listener)
            listener.close()
        began = monotonic()
        while self.exchanges:
            self.unpark()
            self.turn()
            waited = monotonic() - began
            for exchange in list(self.exchanges):
                if exchange.stage is Stage.RECEIVING and waited > LEAVE_RECEIVING_S:
                    exchange.refuse(HTTPStatus.SERVICE_UNAVAILABLE, ENDING)
                elif exchange.stage is Stage.SENDING and waited > LEAVE_SENDING_S:
                    exchange.end()
                self.follow(exchange)

    def turn(self) -> None:
        """Receive and send what can be, and answer the quick requests, or one slow one."""
        self.notify()
        for key, _ in self.selector.select(self.patience()):
            if key.data is None:
                os.read(self.PIPE[0], PIPE_BYTES)
            elif not isinstance(key.data, Exchange):
                self.accept_share(key.data)
            elif key.data in self.exchanges:
                key.data.move()
                self.follow(key.data)
        if monotonic() >= self.looks_at:
            self.look()
        self.answer_next()
        if self.held:
            self.release()

    def patience(self) -> float:
        """Return how long there is nothing to do but wait for clients, in seconds."""
        if self.quick or (self.slow and not self.is_out_of_slots):
            return 0.0
        return SLOT_S if self.slow or self.held else LOOK_S

    def accept_share(self, listener: Any) -> None:
        """Accept this worker's share of the connections that wait, so that all workers have as much to do."""
        waiting = max(listener.get_backlog(), 1)
        self.accept_up_to(listener, -(-waiting // self.cfg.workers))

    def accept_up_to(self, listener: Any, n: int) -> None:
        """Accept up to so many connections."""
        for _ in range(n):
            try:
                client, address = listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            exchange = Exchange(client, address)
            self.exchanges.add(exchange)
            # What it asks has mostly arrived with it.
            exchange.move()
            self.follow(exchange)
            if len(self.exchanges) > self.most:
                self.drop_oldest()

    def follow(self, exchange: Exchange) -> None:
        """Watch, queue or forget an exchange, as the stage asks that it has come to."""
        events = EVENTS.get(exchange.stage, 0)
        watched = self.watched.get(exchange.number, 0)
        if events != watched:
            if watched:
                self.selector.unregister(exchange.number)
                del self.watched[exchange.number]
            if events:
                self.selector.register(exchange.number, events, exchange)
                self.watched[exchange.number] = events
        if exchange.stage is Stage.OVER:
            self.exchanges.discard(exchange)
        elif exchange.stage is Stage.WHOLE and not exchange.is_queued:
            self.enqueue(exchange)
        elif exchange.stage is Stage.HELD:
            if exchange.parked_after is None:
                self.held.append(exchange)
            else:
                self.parked.add(exchange)

    def enqueue(self, exchange: Exchange) -> None:
        """Let a request wait for its turn, or shed it where too many wait."""
        queue = self.quick if is_quick(exchange.head) else self.slow
        if len(queue) >= MOST_WAITING:
            self.shed(exchange)
        else:
            exchange.is_queued = True
            queue.append(exchange)

    def answer_next(self) -> None:
        """Answer the quick requests; where none waits, a slow one, if there is a slot for it."""
        self.is_out_of_slots = False
        if self.quick:
            while self.quick:
                self.answer(self.quick.popleft())
        elif self.slow:
            slot = self.app.slots.take()
            self.is_out_of_slots = slot is None
            if slot is not None:
                self.answer(self.slow.popleft())
                self.app.slots.give_back(slot)

    def answer(self, exchange: Exchange) -> None:
        """Let the app answer a request, unless it has waited too long."""
        if exchange.stage is not Stage.WHOLE:
            return
        if monotonic() - exchange.since > WAIT_S:
            self.shed(exchange)
            return
        if exchange.head is not None and self.hold_back(exchange, exchange.head):
            self.follow(exchange)
            return
        # Of a listener, gunicorn takes the address alone.
        self.handle(exchange.client, exchange, exchange.address)
        if exchange.stage is Stage.WHOLE:
            exchange.answer()
        self.follow(exchange)

    def hold_back(self, exchange: Exchange, head: Head) -> bool:
        """Hold a request back once, until its scores are settled or its stream has an event, if it must."""
        if exchange.held_for is None:
            entry = awaited(self.wsgi, head)
            if entry is not None:
                exchange.hold(entry)
                return True
        if exchange.parked_after is None and len(self.parked) < MOST_PARKED:
            event = streamed(self.wsgi, head)
            if event is not None:
                exchange.park(event)
                return True
        return False

    def unpark(self, last: int | None = None) -> None:
        """Answer the streams for which there is an event up to the last; without one, all of them."""
        for exchange in list(self.parked):
            if exchange.stage is not Stage.HELD:
                self.parked.discard(exchange)
            elif last is None or (exchange.parked_after or 0) < last:
                self.parked.discard(exchange)
                exchange.resume()
                # At once: to wait in the queue could have it shed, since they all come together.
                self.answer(exchange)

    def release(self) -> None:
        """Answer the requests whose scores are settled: they were held in the order of their entries."""
        settled = last_settled(self.wsgi)
        while self.held and (self.held[0].stage is not Stage.HELD or (self.held[0].held_for or 0) <= settled):
            exchange = self.held.popleft()
            if exchange.stage is Stage.HELD:
                exchange.resume()
                # At once: to wait in the queue again could have it shed.
                self.answer(exchange)

    def shed(self, exchange: Exchange) -> None:
        """Refuse a request, since too much waits."""
        self.traffic.shed.inc()
        exchange.refuse(HTTPStatus.SERVICE_UNAVAILABLE, BUSY)
        self.follow(exchange)

    def look(self) -> None:
        """Look at deadlines, at what is held, and at the parent."""
        now = monotonic()
        late = max(0.0, now - self.looks_at - LOOK_S)
        self.looks_at = now + LOOK_S
        if not self.is_parent_alive():
            self.alive = False
        for exchange in list(self.exchanges):
            # While a request ran, nobody could be heard: that is not the client's delay.
            exchange.deadline += late
            if exchange.stage is not Stage.WHOLE and now > exchange.deadline:
                self.traffic.dropped.inc(exchange.stage not in (Stage.LINGERING, Stage.HELD))
                exchange.expire()
                self.follow(exchange)
        if self.parked:
            self.unpark(last_event(self.wsgi))
        for queue in (self.quick, self.slow):
            while queue and now - queue[0].since > WAIT_S:
                self.shed(queue.popleft())
        while sum(exchange.n_held for exchange in self.exchanges) > MOST_HELD:
            self.drop_oldest()
        self.traffic.show(quick=len(self.quick), slow=len(self.slow), connections=len(self.exchanges))

    def drop_oldest(self) -> None:
        """Drop the client that has been sending for longest; where none sends, another."""
        exchange = min(self.exchanges, key=lambda each: (DROPPED_FIRST.index(each.stage), each.since))
        self.traffic.dropped.inc()
        if exchange.stage in (Stage.RECEIVING, Stage.WHOLE, Stage.HELD):
            exchange.refuse(HTTPStatus.SERVICE_UNAVAILABLE, BUSY)
        exchange.end()
        self.follow(exchange)

    def handle_error(self, _: Any, client: Any, __: Any, exc: BaseException) -> None:
        """Answer a request that could not be read, or whose answer failed, with a problem document."""
        if isinstance(exc, SystemExit):
            # It hung, or the worker was told to end at once.
            client.refuse(HTTPStatus.SERVICE_UNAVAILABLE, ENDING)
            raise exc
        status = next((status for kind, status in STATUSES.items() if isinstance(exc, kind)), None)
        if status is None:
            self.log.error("A request failed", exc_info=exc)
            client.refuse(HTTPStatus.INTERNAL_SERVER_ERROR, "The service failed; its log says why.")
            return
        self.log.warning("Unreadable request: %s", exc)
        client.refuse(status, str(exc))
