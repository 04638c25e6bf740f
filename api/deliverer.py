"""The deliverer: sends what webhooks are to be sent, in threads beside the settler.

One thread looks for what is due and writes down what came of it; others wait for receivers, so that
one that stalls holds up neither the scores nor the other receivers. Nothing is written before an
attempt: what was sent when all of this ended is sent again, under the same `webhook-id`.
"""

import random
import ssl
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from http import HTTPStatus
from queue import Empty, SimpleQueue
from socket import getaddrinfo
from threading import Event as Signal
from threading import Thread
from time import monotonic

import structlog
from sqlite_utils import Database
from standardwebhooks import Webhook as Signature

from api.body import JSON_TYPE
from api.clock import now
from api.errors import ReceiverError, RefusedAddressError
from api.event_document import payload
from api.receivers import ATTEMPT_S, Answer, LookUp, post, receiver_of
from data import deliveries, webhooks
from data.database import alone, identity, open_database, writing
from data.deliveries import Delivery, Outcome
from data.errors import DatabaseError

# When a failed delivery is tried again, after each attempt: the schedule that the Standard Webhooks give as
# an example. After the last, three days after the first, it is dead.
SCHEDULE = tuple(
    timedelta(seconds=5) if hours == 0 else timedelta(hours=hours)
    for hours in (0, 1 / 12, 1 / 2, 2, 5, 10, 14, 20, 24)
)
# Up to this share is added to each, by chance: what failed together does not come back together.
JITTER = 0.1
# The longest that a receiver's own Retry-After is heeded: the longest pause of the schedule.
LONGEST_PAUSE = timedelta(hours=24)
# Receivers that are waited for at once.
AT_ONCE = 8
# How often it is looked for what is due, in seconds: soon enough for whoever waits for an event.
POLL_S = 0.2
# How long it waits after the database could not be used, in seconds.
PAUSE_S = 1.0
# How often what is done with is looked for, in seconds.
FORGET_S = 3600.0
USER_AGENT = "Credence webhooks"


class Deliverer:
    """Sends deliveries while it is told to, or until its process ends.

    Parameters
    ----------
    home : str
        What stands before the links of an event; see `api.address.home`.
    is_private : bool
        Whether receivers may lie in one's own network, and take plain HTTP.
    schedule : sequence of timedelta
        When a failed delivery is tried again, after each attempt.
    within_s : float
        How long an attempt may take, in seconds.
    context : ssl.SSLContext or None
        None trusts what the system trusts.
    look_up : callable
        As `socket.getaddrinfo`.
    """

    def __init__(
        self,
        database: str,
        *,
        home: str = "",
        is_private: bool = False,
        schedule: Sequence[timedelta] = SCHEDULE,
        within_s: float = ATTEMPT_S,
        context: ssl.SSLContext | None = None,
        look_up: LookUp = getaddrinfo,
    ) -> None:
        self.database, self.home, self.is_private, self.schedule = database, home, is_private, schedule
        self._post = partial(post, is_private=is_private, within_s=within_s, context=context, look_up=look_up)
        self._ended = Signal()
        self._thread = Thread(target=self._run, daemon=True, name="deliverer")
        # The webhooks that a delivery is on its way to, and what came of those that are back.
        self._busy: set[str] = set()
        self._back: SimpleQueue[tuple[Delivery, Outcome, timedelta]] = SimpleQueue()
        self._forgets_at = 0.0

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def is_alive(self) -> bool:
        """Say whether it sends: a defect ends it."""
        return self._thread.is_alive()

    def end(self) -> None:
        """Begin nothing more, and wait for the thread that looks; those that wait for receivers are left."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                with closing(open_database(self.database, create=False)) as db:
                    opened = identity(self.database)
                    # Of two that send, each would send everything.
                    with alone(db, "deliver") as is_alone:
                        while is_alone and not self._ended.is_set() and identity(self.database) == opened:
                            self._turn(db)
            except DatabaseError as error:
                structlog.get_logger().error("deliveries not sent", reason=str(error))
            self._ended.wait(PAUSE_S)

    def _turn(self, db: Database) -> None:
        """Send what is due, and write down what is back."""
        free = AT_ONCE - len(self._busy)
        for delivery in deliveries.due(db, at=now(), busy=self._busy, limit=free) if free else ():
            self._busy.add(delivery.webhook)
            Thread(target=self._send, args=(delivery, *self._request(db, delivery)), daemon=True).start()
        if monotonic() > self._forgets_at and not deliveries.forget(db, at=now()):
            self._forgets_at = monotonic() + FORGET_S
        try:
            delivery, outcome, pause = self._back.get(timeout=POLL_S)
        except Empty:
            return
        self._busy.discard(delivery.webhook)
        self._record(db, delivery, outcome, pause)

    def _request(self, db: Database, delivery: Delivery) -> tuple[str, dict[str, str], bytes]:
        webhook = webhooks.get(db, delivery.webhook)
        body, at = payload(webhook, delivery, self.home), now()
        signature = Signature(webhooks.secret_of(db, webhook.id))
        headers = {
            "Content-Type": JSON_TYPE,
            "User-Agent": USER_AGENT,
            "webhook-id": delivery.event.id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signature.sign(delivery.event.id, at.astimezone(UTC), body),
        }
        return webhook.url, headers, body.encode()

    def _send(self, delivery: Delivery, url: str, headers: dict[str, str], body: bytes) -> None:
        """Wait for a receiver and judge what it answers, in a thread of its own."""
        outcome, pause = Outcome("failed", error="the service failed; its log says why"), timedelta()
        try:
            answer = self._post(receiver_of(url, is_private=self.is_private), headers, body)
            outcome = outcome_of(answer)
            pause = pause_of(answer.retry_after, at=now())
        except RefusedAddressError as error:
            outcome = Outcome("refused", error=f"the address {error.reason}")
        except ReceiverError as error:
            outcome = Outcome("failed", error=error.reason)
        finally:
            # Also after a defect, or the webhook would be taken for busy for ever.
            self._back.put((delivery, outcome, pause))

    def _record(self, db: Database, delivery: Delivery, outcome: Outcome, pause: timedelta) -> None:
        again_in = None
        if delivery.n_attempts < len(self.schedule):
            again_in = self.schedule[delivery.n_attempts]
        if again_in is not None:
            jitter = 1 + JITTER * random.random()  # noqa: S311 - nobody gains by guessing it
            again_in = max(again_in * jitter, pause)
        if outcome.name in ("delivered", "gone"):
            again_in = None
        with writing(db):
            deliveries.record(db, delivery, outcome, at=now(), again_in=again_in)
            if outcome.name == "gone":
                webhooks.end(db, delivery.webhook, at=now(), by=None, because="gone")
        named = {"webhook": delivery.webhook, "event_id": delivery.event.id}
        if outcome.name == "gone":
            structlog.get_logger().warning("webhook gone", **named)
        elif again_in is None and outcome.name != "delivered":
            structlog.get_logger().warning("delivery dead", **named, reason=outcome.error)


def outcome_of(answer: Answer) -> Outcome:
    """Return what an answer makes of an attempt: only 2xx is a success, and 410 wants nothing more."""
    if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return Outcome("delivered", answer.status)
    name = "gone" if answer.status == HTTPStatus.GONE else "failed"
    return Outcome(name, answer.status, f"it answered {answer.status}")


def pause_of(retry_after: str | None, *, at: datetime) -> timedelta:
    """Return how long a receiver asks to be left alone, a day at most; nothing where it cannot be read."""
    if retry_after is None:
        return timedelta()
    if retry_after.isascii() and retry_after.isdigit():
        asked = timedelta(seconds=min(int(retry_after[:9]), LONGEST_PAUSE.total_seconds()))
    else:
        try:
            until = parsedate_to_datetime(retry_after)
        except (ValueError, OverflowError):
            # A year may be too large for a date, and for a number.
            return timedelta()
        asked = (until if until.tzinfo else until.replace(tzinfo=UTC)) - at
    return min(max(asked, timedelta()), LONGEST_PAUSE)
