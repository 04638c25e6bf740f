"""Deliveries to a real receiver that fails, stalls and returns; and a deliverer that is killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from factories import make_claim, make_correction, make_question, make_source
from ledgers import write
from receiver import STALLED_S, Receiver, receiving, wait_until
from sqlite_utils import Database
from standardwebhooks import WebhookVerificationError

from api.deliverer import AT_ONCE, LONGEST_PAUSE, SCHEDULE, Deliverer, outcome_of, pause_of
from api.receivers import Answer
from data import corrections, deliveries, settlement, webhooks
from data.database import open_database
from data.deliveries import Delivery
from data.webhooks import Webhook
from models.record import CorrectionKind

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SHORT = tuple(timedelta(seconds=seconds) for seconds in (0.05, 0.1, 0.1, 0.1))


class Desk:
    """A ledger, a webhook for one of its claims, and what came of its deliveries."""

    def __init__(self, folder: Path, url: str) -> None:
        self.path = str(folder / "ledger.db")
        self.n = 0
        with closing(open_database(self.path)) as db:
            write(db, [make_source("budanov"), make_source("podolyak"), make_question(), make_claim()])
            self.webhook, self.secret = self.subscribe(db, url)

    @staticmethod
    def subscribe(db: Database, url: str) -> tuple[Webhook, str]:
        webhook = Webhook("", url, "claim", "budanov-fighting", types=("correction.recorded",))
        return webhooks.create(db, webhook, at=NOW, by=None)

    def tell(self) -> str:
        """Let one more event be sent, and return its id."""
        self.n += 1
        stated_at = datetime(2025, 2, 1, self.n // 60, self.n % 60, tzinfo=UTC)
        correction = make_correction(by="podolyak", kind=CorrectionKind.DENY, scope=None, stated_at=stated_at)
        with closing(open_database(self.path)) as db:
            corrections.add(db, correction, at=NOW, by=None)
            settlement.settle(db)
        return self.deliveries()[0].event.id

    def deliveries(self, webhook: Webhook | None = None) -> list[Delivery]:
        with closing(open_database(self.path)) as db:
            return list(deliveries.page(db, (webhook or self.webhook).id, limit=200)[0])

    def states(self) -> list[str]:
        return [delivery.state for delivery in self.deliveries()]


@contextmanager
def delivering(desk: Desk, **options: Any) -> Iterator[Deliverer]:
    deliverer = Deliverer(desk.path, **{"is_private": True, "schedule": SHORT, "within_s": 1.0, **options})
    deliverer.start()
    try:
        yield deliverer
    finally:
        deliverer.end()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, receiver: Receiver) -> Desk:
    return Desk(tmp_path, receiver.url)


def test_what_is_sent_is_signed_and_says_what_happened(desk: Desk, receiver: Receiver) -> None:
    event = desk.tell()
    with delivering(desk):
        receiver.until(lambda: desk.states() == ["delivered"])
    (received,) = receiver.received
    sent = received.verified(desk.secret)
    assert (received.id, received.path) == (event, "/hooks?for=credence")
    assert received.headers["content-type"] == "application/json"
    assert (sent["type"], sent["data"]["id"]) == ("correction.recorded", event)
    assert sent["data"]["because"].startswith("The claim of Budanov that the answer is")
    assert sent["data"]["subscription"] == {
        "webhook": desk.webhook.id, "claim": "budanov-fighting", "because": "it was recorded"
    }  # fmt: skip
    assert abs(int(received.headers["webhook-timestamp"]) - time.time()) < 60
    received.body += b" "
    with pytest.raises(WebhookVerificationError):
        received.verified(desk.secret)


def test_a_receiver_that_fails_stalls_and_returns_gets_everything_under_one_id(
    desk: Desk, receiver: Receiver
) -> None:
    receiver.answers = [500, (1.5, 200), (0.0, 302, {"Location": receiver.url}), 204]
    event = desk.tell()
    with delivering(desk, within_s=0.5):
        receiver.until(lambda: desk.states() == ["delivered"])
    assert [received.id for received in receiver.received] == [event] * 4
    assert len({received.body for received in receiver.received}) == 1
    assert all(received.verified(desk.secret) for received in receiver.received)
    (delivery,) = desk.deliveries()
    assert (delivery.n_attempts, delivery.status, delivery.error) == (4, 204, None)


def test_what_is_given_up_is_dead_and_arrives_when_it_is_replayed(desk: Desk, receiver: Receiver) -> None:
    receiver.answers = [500]
    event = desk.tell()
    with delivering(desk):
        receiver.until(lambda: desk.states() == ["dead"])
        (delivery,) = desk.deliveries()
        assert (delivery.n_attempts, delivery.error) == (len(SHORT) + 1, "it answered 500")
        n_received = len(receiver.received)
        assert n_received == len(SHORT) + 1
        receiver.answers = [200]
        with closing(open_database(desk.path)) as db:
            deliveries.replay(db, desk.webhook, event, at=datetime.now(UTC))
        receiver.until(lambda: desk.states() == ["delivered"])
    assert [received.id for received in receiver.received] == [event] * (n_received + 1)


def test_one_that_says_that_it_is_gone_is_ended(desk: Desk, receiver: Receiver) -> None:
    receiver.answers = [410]
    desk.tell()
    desk.tell()
    with delivering(desk):
        receiver.until(lambda: desk.states() == ["dead", "dead"])
        desk.tell()
        time.sleep(0.5)
    assert len(receiver.received) == 1
    assert len(desk.states()) == 2
    with closing(open_database(desk.path)) as db:
        ended = webhooks.get(db, desk.webhook.id)
    assert (ended.ended_because, ended.ended_at is None) == ("gone", False)


def test_a_receiver_that_stalls_does_not_hold_up_another(desk: Desk, receiver: Receiver) -> None:
    receiver.answers = [(STALLED_S, 200)]
    with receiving() as prompt:
        with closing(open_database(desk.path)) as db:
            other, _ = desk.subscribe(db, prompt.url)
        for _ in range(3):
            desk.tell()
        with delivering(desk, within_s=STALLED_S):
            prompt.until(lambda: len(prompt.received) == 3)
            # One at a time to one receiver, in order.
            assert len(receiver.received) == 1
            prompt.until(lambda: [each.state for each in desk.deliveries(other)] == ["delivered"] * 3)
        ids = [each.event.id for each in reversed(desk.deliveries(other))]
        assert [received.id for received in prompt.received] == ids


def test_a_receiver_that_asks_for_a_pause_gets_it(desk: Desk, receiver: Receiver) -> None:
    receiver.answers = [(0.0, 503, {"Retry-After": "1"}), 200]
    desk.tell()
    with delivering(desk):
        receiver.until(lambda: len(receiver.received) == 2)
    first, second = receiver.received
    assert second.at - first.at > 0.95


def test_a_pause_that_cannot_be_read_holds_up_nothing(desk: Desk, receiver: Receiver) -> None:
    receiver.answers = [(0.0, 503, {"Retry-After": "1 Jan 99999999999999999999 00:00:00 GMT"}), 200]
    desk.tell()
    with delivering(desk) as deliverer:
        receiver.until(lambda: desk.states() == ["delivered"])
        assert deliverer.is_alive()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_defect_in_judging_an_answer_is_a_failed_attempt(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.deliverer.outcome_of", lambda _: {}["defect"])
    desk.tell()
    with delivering(desk) as deliverer:
        receiver.until(lambda: desk.states() == ["dead"])
        assert deliverer.is_alive()
    assert desk.deliveries()[0].error == "the service failed; its log says why"


def test_links_lead_to_the_address_that_readers_know(desk: Desk, receiver: Receiver) -> None:
    desk.tell()
    with delivering(desk, home="https://desk.example/credence"):
        receiver.until(lambda: desk.states() == ["delivered"])
    links = receiver.received[0].verified(desk.secret)["data"]["links"]
    assert links["page"] == "https://desk.example/credence/claims/budanov-fighting"


def test_many_webhooks_of_one_host_that_stalls_leave_room_for_others(desk: Desk, receiver: Receiver) -> None:
    receiver.answers = [(STALLED_S, 200)]
    with receiving() as prompt:
        with closing(open_database(desk.path)) as db:
            for _ in range(AT_ONCE):
                desk.subscribe(db, receiver.url)
            desk.subscribe(db, prompt.url.replace("127.0.0.1", "localhost"))
        desk.tell()
        with delivering(desk, within_s=STALLED_S):
            prompt.until(lambda: len(prompt.received) == 1)
            assert len(receiver.received) <= 2


def test_an_address_that_turned_private_is_never_called(desk: Desk, receiver: Receiver) -> None:
    desk.tell()
    with delivering(desk, is_private=False):
        receiver.until(lambda: desk.states() == ["dead"])
    (delivery,) = desk.deliveries()
    assert delivery.error == "the address must begin with https://"
    assert receiver.received == []


def test_of_two_deliverers_one_sends(desk: Desk, receiver: Receiver) -> None:
    with delivering(desk), delivering(desk):
        time.sleep(0.3)
        for _ in range(5):
            desk.tell()
        receiver.until(lambda: desk.states() == ["delivered"] * 5)
    assert len(receiver.received) == 5


KILLED = """
import sys, time
from datetime import timedelta
from api.deliverer import Deliverer
short = [timedelta(seconds=s) for s in (0.05, 0.1) + (0.2,) * 50]
deliverer = Deliverer(sys.argv[1], is_private=True, schedule=short, within_s=5.0)
deliverer.start()
time.sleep(60)
"""


def test_a_deliverer_that_is_killed_again_and_again_loses_nothing_and_invents_nothing(
    desk: Desk, receiver: Receiver
) -> None:
    receiver.answers = [500, (0.3, 200), 500, 200, (0.4, 500), 500, (0.2, 200), (0.1, 200)]
    told = [desk.tell() for _ in range(6)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    for round_ in range(12):
        process = subprocess.Popen([sys.executable, "-c", KILLED, desk.path], env=environment)
        began = len(receiver.received)
        try:
            # Some while nothing is under way, some between sending and recording.
            wait_until(
                lambda began=began: len(receiver.received) > began or set(desk.states()) == {"delivered"}
            )
            time.sleep(0.03 * round_)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        if round_ == 4:
            told.append(desk.tell())
        if set(desk.states()) == {"delivered"} and round_ > 4:
            break
    with delivering(desk):
        receiver.until(lambda: set(desk.states()) == {"delivered"})
    assert {received.id for received in receiver.received} == set(told)
    assert all(received.verified(desk.secret) for received in receiver.received)
    bodies: dict[str, set[bytes]] = {}
    for received in receiver.received:
        bodies.setdefault(received.id, set()).add(received.body)
    assert all(len(found) == 1 for found in bodies.values())


def test_the_schedule_is_that_of_the_standard() -> None:
    total = timedelta()
    for pause in SCHEDULE:
        total += pause
    assert len(SCHEDULE) == 9
    assert SCHEDULE[:3] == (timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30))
    assert total == timedelta(hours=75, minutes=35, seconds=5)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, "delivered"), (204, "delivered"), (299, "delivered"), (302, "failed"), (404, "failed"),
     (410, "gone"), (429, "failed"), (500, "failed")],
)  # fmt: skip
def test_only_2xx_is_a_success_and_410_wants_nothing_more(status: int, outcome: str) -> None:
    assert outcome_of(Answer(status, None)).name == outcome


@pytest.mark.parametrize(
    ("retry_after", "pause"),
    [
        (None, timedelta()),
        ("120", timedelta(minutes=2)),
        ("9999999999999999", LONGEST_PAUSE),
        ("Sun, 01 Mar 2026 00:10:00 GMT", timedelta(minutes=10)),
        ("Sun, 01 Mar 2020 00:10:00 GMT", timedelta()),
        ("soon", timedelta()),
        ("1 Jan 99999999999999999999 00:00:00 GMT", timedelta()),
        ("1 Jan 10000 00:00:00 GMT", timedelta()),
        ("-5", timedelta()),
    ],
)
def test_a_pause_is_read_in_both_of_its_forms(retry_after: str | None, pause: timedelta) -> None:
    assert pause_of(retry_after, at=NOW) == pause


def test_the_payload_is_plain_json(desk: Desk, receiver: Receiver) -> None:
    desk.tell()
    with delivering(desk):
        receiver.until(lambda: bool(receiver.received))
    document = json.loads(receiver.received[0].body)
    assert set(document) == {"type", "timestamp", "data"}
    assert len(receiver.received[0].body) < 20_000
