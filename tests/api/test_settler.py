"""What runs beside the workers of a real server, and the streams that wait for it."""

import json
import os
import re
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from factories import make_claim
from flask import Flask
from receiver import receiving, wait_until
from service import Server, serving

from api.clock import now
from api.exchange import PARKED_WITHIN_S
from api.framing import read_head
from api.settler import awaited
from api.worker import MOST_PARKED
from data import claims

STREAM = "/v1/events/stream"
SOURCES = {
    "kindratenko": {
        "name": "Oleksandr Kindratenko",
        "kind": "person",
        "mandates": [{"scope": "kursk-front/sso-sectors", "vantage": "operational"}],
    },
    "budanov": {
        "name": "Kyrylo Budanov",
        "kind": "person",
        "mandates": [{"scope": "kursk-front", "vantage": "operational"}],
    },
}
QUESTION = {
    "text": "Are North Korean troops still fighting on the Kursk front?",
    "scope": "kursk-front",
    "answers": ["fighting", "reduced", "withdrawn"],
}
CLAIM = {
    "id": "kindratenko-cnn",
    "source": "kindratenko",
    "question": "dprk-on-kursk-front",
    "answer": "withdrawn",
    "stated_at": "2025-01-31T08:00:00Z",
}
NARROWING = {
    "kind": "narrow",
    "by": "kindratenko",
    "stated_at": "2025-01-31T16:00:00Z",
    "scope": "kursk-front/sso-sectors",
}
CORRECTIONS = "/v1/claims/kindratenko-cnn/corrections"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CREDENCE_WEBHOOK_PRIVATE", "true")
        patched.setenv("CREDENCE_PUBLIC_URL", "https://desk.example/credence")
        with serving(tmp_path_factory.mktemp("settler") / "kursk.db") as running:
            for id_, source in SOURCES.items():
                assert running.call("PUT", f"/v1/sources/{id_}", source)[0] == 201
            assert running.call("PUT", "/v1/questions/dprk-on-kursk-front", QUESTION)[0] == 201
            assert running.call("POST", "/v1/claims", CLAIM)[0] == 201
            # What is settled for the first time is new, and has not moved.
            wait_until(lambda: _unsettled(running) == 0, 60)
            yield running


def say(server: Server, name: str, day: int = 1) -> None:
    claim = {**CLAIM, "id": name, "source": "budanov", "answer": ("fighting", "reduced")[day % 2]}
    assert server.call("POST", "/v1/claims", {**claim, "stated_at": f"2025-02-{day:02}T08:00:00Z"})[0] == 201


class Source:
    """A browser's EventSource in small: it keeps the last id, and asks again after each answer."""

    def __init__(self, server: Server) -> None:
        self.server, self.last_id = server, ""
        self.events: list[dict[str, Any]] = []

    def ask(self) -> float:
        """Ask once, keep what came, and return how long it took, in seconds."""
        began = time.monotonic()
        client = socket.create_connection(("127.0.0.1", self.server.port), timeout=PARKED_WITHIN_S + 10)
        with client:
            resumed = f"Last-Event-ID: {self.last_id}\r\n" if self.last_id else ""
            client.sendall(
                f"GET {STREAM} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n{resumed}\r\n".encode()
            )
            content = b"".join(iter(lambda: client.recv(2**16), b"")).decode()
        head, _, body = content.partition("\r\n\r\n")
        assert head.startswith("HTTP/1.1 200 "), head
        assert "text/event-stream" in head
        data = ""
        for line in body.split("\n"):
            name, _, value = line.partition(": ")
            if name == "id":
                self.last_id = value
            elif name == "data":
                data += value
            elif not line and data:
                self.events.append(json.loads(data))
                data = ""
        return time.monotonic() - began


def test_a_stream_waits_for_an_event_and_gets_it_when_it_comes(server: Server) -> None:
    source = Source(server)
    assert source.ask() < 2
    assert source.last_id
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(source.ask)
        time.sleep(1.0)
        assert not asked.done()
        say(server, "waited-for")
        assert 0.9 < asked.result(20) < 15
    assert source.events
    assert any("waited-for" in json.dumps(event) for event in source.events)


def test_a_stream_misses_nothing_and_repeats_nothing_between_two_answers(server: Server) -> None:
    source = Source(server)
    source.ask()
    begun = json.loads(server.call("GET", f"/v1/events?cursor={source.last_id}")[1])
    assert begun["items"] == []
    for n in range(5):
        say(server, f"between-{n}", n + 2)
        source.ask()
    wait_until(lambda: _unsettled(server) == 0, 60)
    expected = json.loads(server.call("GET", f"/v1/events?limit=200&cursor={begun['cursor']}")[1])["items"]
    while len(source.events) < len(expected):
        source.ask()
    assert [event["id"] for event in source.events] == [event["id"] for event in expected]


def _unsettled(server: Server) -> int:
    text = server.call("GET", "/metrics")[1].decode()
    return int(float(re.findall(r"^credence_unscored_entries (\S+)", text, re.MULTILINE)[0]))


def test_streams_that_wait_hold_up_nobody_and_no_more_than_some_are_held(server: Server) -> None:
    last = Source(server)
    last.ask()
    with ExitStack() as open_ones:
        waiting = []
        # As many as all four workers hold, and some: those are answered at once.
        for _ in range(4 * MOST_PARKED + 40):
            client = open_ones.enter_context(server.connect())
            client.sendall(
                f"GET {STREAM} HTTP/1.1\r\nHost: x\r\nLast-Event-ID: {last.last_id}\r\n\r\n".encode()
            )
            waiting.append(client)
        time.sleep(0.5)
        began = time.monotonic()
        for _ in range(20):
            assert server.call("GET", "/v1/claims/kindratenko-cnn/score")[0] == 200
        assert time.monotonic() - began < PARKED_WITHIN_S / 2
        say(server, "for-all-of-them", 10)
        answered = Counter(client.recv(16)[9:12] for client in waiting)
        # On a machine that is busy some are shed as they arrive, as any requests are that come all at once.
        assert answered.keys() <= {b"200", b"503"}
        assert answered[b"200"] > MOST_PARKED


def test_a_cursor_that_is_none_is_refused_at_once(server: Server) -> None:
    assert server.call("GET", f"{STREAM}?cursor=nonsense")[0] == 422


def test_a_webhook_is_delivered_also_where_what_sends_is_killed_in_between(
    server: Server, tmp_path: Path
) -> None:
    with receiving() as receiver:
        receiver.answers = [500, (1.0, 200), 204]
        body = {"url": receiver.url, "claim": "kindratenko-cnn", "events": ["correction.recorded"]}
        status, content, _ = server.call("POST", "/v1/webhooks", body)
        assert status == 201, content
        made = json.loads(content)
        assert server.call("POST", CORRECTIONS, NARROWING)[0] == 201
        receiver.until(lambda: len(receiver.received) == 1)
        _kill_beside(server)
        # The second attempt comes five seconds after the first; while it is answered, all is killed again.
        receiver.until(lambda: len(receiver.received) == 2, within_s=40)
        _kill_beside(server)
        receiver.until(lambda: len(receiver.received) == 3, within_s=40)
        address = f"/v1/webhooks/{made['id']}/deliveries"

        def states() -> list[str]:
            return [each["state"] for each in json.loads(server.call("GET", address)[1])["items"]]

        receiver.until(lambda: states() == ["delivered"])
        assert len({received.id for received in receiver.received}) == 1
        assert len({received.body for received in receiver.received}) == 1
        links = receiver.received[0].verified(made["secret"])["data"]["links"]
        assert links["page"] == "https://desk.example/credence/claims/kindratenko-cnn"
        for received in receiver.received:
            sent = received.verified(made["secret"])
            assert "was narrowed to kursk-front/sso-sectors by its author" in sent["data"]["because"]
        metrics = server.call("GET", "/metrics")[1].decode()
        assert 'credence_webhook_attempts_total{outcome="delivered"} 1.0' in metrics
        assert 'credence_webhook_deliveries{state="pending"} 0.0' in metrics


def _kill_beside(server: Server) -> None:
    """Kill what settles and delivers: the server starts it anew."""
    text = server.call("GET", "/metrics")[1].decode()
    for pid in re.findall(r'credence_process_resident_bytes\{pid="(\d+)",process="beside"\}', text):
        os.kill(int(pid), signal.SIGKILL)


def test_the_board_waits_for_what_was_written_as_the_list_of_questions_does(app: Flask, kursk: Any) -> None:
    def waits(path: bytes) -> int | None:
        return awaited(app, read_head(b"GET " + path + b" HTTP/1.1"))

    assert (waits(b"/"), waits(b"/v1/questions")) == (None, None)
    claims.record_claim(
        app.extensions["credence"]["handles"].open(), make_claim(source="budanov"), at=now(), by=None
    )
    assert waits(b"/") is not None
    assert waits(b"/") == waits(b"/v1/questions")


@pytest.mark.parametrize(
    ("path", "is_held"),
    [
        (b"/v1/cards?claims=kindratenko-cnn", True),
        (b"/embed/claims/kindratenko-cnn", True),
        (b"/embed/questions/dprk-on-kursk-front?variant=full", True),
        (b"/embed/sources/kindratenko.svg", True),
        (b"/oembed?url=http%3A%2F%2Flocalhost%2Fclaims%2Fkindratenko-cnn", True),
        (b"/v1/cards?claims=kindratenko-cnn&as_of=2025-02-01", False),
        (b"/oembed?url=http%3A%2F%2Flocalhost%2Fclaims%2Fkindratenko-cnn%3Fas_of%3D2025-02-01", False),
        (b"/embed/credence-score.js", False),
        (b"/embed", False),
    ],
)
def test_a_card_waits_for_what_was_written(app: Flask, kursk: Any, path: bytes, *, is_held: bool) -> None:
    def waits() -> bool:
        return awaited(app, read_head(b"GET " + path + b" HTTP/1.1")) is not None

    assert not waits()
    claims.record_claim(
        app.extensions["credence"]["handles"].open(), make_claim(source="budanov"), at=now(), by=None
    )
    assert waits() is is_held
