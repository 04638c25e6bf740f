"""What runs beside the workers of a real server, and the streams that wait for it."""

import json
import os
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest
from receiver import receiving, wait_until
from service import Server, serving

from api.gevent_worker import MOST_STREAMS
from api.server import DEFAULT_WORKERS
from api.settler import AWAITED_WITHIN_S

STREAM = "/v1/events/stream"
# A stream is silent for so long here, in seconds, and not for fifteen.
SILENT_S = 1.0
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
LAST_CORRECTION = "/v1/events?limit=200&type=correction.recorded"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CREDENCE_WEBHOOK_PRIVATE", "true")
        patched.setenv("CREDENCE_PUBLIC_URL", "https://desk.example/credence")
        talkative = f"import api.events; api.events.SILENT_S = {SILENT_S}"
        with serving(tmp_path_factory.mktemp("settler") / "kursk.db", prepared=talkative) as running:
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


def reaffirm(server: Server, day: int) -> None:
    """Record a correction, of which there is always an event."""
    body = {"kind": "reaffirm", "by": "kindratenko", "stated_at": f"2025-03-{day:02}T08:00:00Z"}
    assert server.call("POST", CORRECTIONS, body)[0] == 201


class Source:
    """A browser's EventSource in small: it reads a stream as it comes, and keeps the last id."""

    def __init__(self, server: Server, last_id: str = "", query: str = "") -> None:
        resumed = f"Last-Event-ID: {last_id}\r\n" if last_id else ""
        self.client = server.connect()
        self.client.sendall(
            f"GET {STREAM}{query} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n{resumed}\r\n".encode()
        )
        self.response = HTTPResponse(self.client)
        self.response.begin()
        assert self.response.status == 200
        assert "text/event-stream" in self.response.headers["Content-Type"]
        self.last_id = last_id
        self.events: list[dict[str, Any]] = []

    def read(self, *, until: Callable[[dict[str, str]], bool], within_s: float = 30.0) -> bool:
        """Read until a block, by its fields, is the one; return False where the stream ends before."""
        self.client.settimeout(within_s)
        fields: dict[str, str] = {}
        while line := self.response.readline().decode():
            name, separator, value = line.rstrip("\n").partition(": ")
            if separator:
                fields[name] = value
                continue
            self.last_id = fields.get("id", self.last_id)
            if "data" in fields:
                self.events.append(json.loads(fields["data"]))
            if until(fields):
                return True
            fields = {}
        return False

    def read_all_there_is(self) -> None:
        """Read what there is, up to the place that the next request goes on after."""
        assert self.read(until=lambda fields: "id" in fields and "data" not in fields)

    def close(self) -> None:
        self.response.close()
        self.client.close()


def begun(server: Server) -> Source:
    """Return a stream that has got all that there is."""
    source = Source(server)
    source.read_all_there_is()
    return source


def is_event(fields: dict[str, str]) -> bool:
    return "data" in fields


def test_a_stream_stays_open_and_gets_each_event_when_it_comes(server: Server) -> None:
    source = begun(server)
    with pytest.raises(TimeoutError):
        source.read(until=is_event, within_s=1.0)
    source.close()
    # A socket that has timed out cannot be read any more: another stream goes on where that one was.
    source = Source(server, source.last_id)
    source.read_all_there_is()
    for day in (1, 2, 3):
        reaffirm(server, day)
        assert source.read(until=lambda fields: fields.get("event") == "correction.recorded")
    assert source.events[-1]["id"] == json.loads(server.call("GET", LAST_CORRECTION)[1])["items"][-1]["id"]
    source.close()


def test_a_stream_that_has_nothing_to_tell_says_that_it_is_there(server: Server) -> None:
    source = begun(server)
    wait_until(lambda: _unsettled(server) == 0, 60)
    began = time.monotonic()
    source.read_all_there_is()
    assert time.monotonic() - began < SILENT_S + 5
    source.close()


def test_a_stream_misses_nothing_and_repeats_nothing_also_where_it_breaks_off(server: Server) -> None:
    source = begun(server)
    first = json.loads(server.call("GET", f"/v1/events?cursor={source.last_id}")[1])
    assert first["items"] == []
    told = []
    for n in range(5):
        reaffirm(server, n + 4)
        assert source.read(until=is_event)
        source.close()
        told += source.events
        source = Source(server, source.last_id)
    wait_until(lambda: _unsettled(server) == 0, 60)
    address = f"/v1/events?limit=200&cursor={first['cursor']}"
    expected = json.loads(server.call("GET", address)[1])["items"]
    while len(told) + len(source.events) < len(expected):
        assert source.read(until=is_event)
    assert [event["id"] for event in told + source.events] == [event["id"] for event in expected]
    source.close()


def _unsettled(server: Server) -> int:
    text = server.call("GET", "/metrics")[1].decode()
    return int(float(re.findall(r"^credence_unscored_entries (\S+)", text, re.MULTILINE)[0]))


def test_streams_that_wait_hold_up_nobody_and_no_more_than_some_are_held(server: Server) -> None:
    last = begun(server)
    last.close()
    with ExitStack() as open_ones:
        # As many as all workers hold, and some: those end with what there is.
        sources = []
        for _ in range(DEFAULT_WORKERS * MOST_STREAMS + 40):
            sources.append(Source(server, last.last_id))
            open_ones.callback(sources[-1].close)
        began = time.monotonic()
        for _ in range(20):
            assert server.call("GET", "/v1/claims/kindratenko-cnn/score")[0] == 200
        assert time.monotonic() - began < 10
        reaffirm(server, 10)
        got = Counter(source.read(until=is_event) for source in sources)
    assert got[False] >= 40
    assert got[True] > MOST_STREAMS


def test_a_stream_ends_with_the_server(tmp_path: Path) -> None:
    with serving(tmp_path / "ending.db") as ending:
        source = begun(ending)
        ending.process.send_signal(signal.SIGTERM)
        assert not source.read(until=is_event)
        source.close()


def test_a_head_of_a_stream_ends_with_it(server: Server) -> None:
    status, body, headers = server.call("HEAD", STREAM)
    assert (status, body) == (200, b"")
    assert "text/event-stream" in headers["Content-Type"]


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


def _beside(server: Server) -> list[int]:
    """Return the processes that settle and deliver."""
    text = server.call("GET", "/metrics")[1].decode()
    found = re.findall(r'credence_process_resident_bytes\{pid="(\d+)",process="beside"\}', text)
    return [int(pid) for pid in found]


def _kill_beside(server: Server) -> None:
    """Kill what settles and delivers: the server starts it anew."""
    for pid in _beside(server):
        os.kill(pid, signal.SIGKILL)


SHOWN_ONCE_SETTLED = [
    "/",
    "/v1/questions",
    "/v1/claims",
    "/v1/sources",
    "/v1/claims/kindratenko-cnn/score",
    "/v1/questions/dprk-on-kursk-front/score",
    "/v1/sources/budanov/score",
    "/v1/cards?claims=kindratenko-cnn",
    "/embed/claims/kindratenko-cnn",
    "/embed/questions/dprk-on-kursk-front?variant=full",
    "/embed/sources/kindratenko.svg",
    "/oembed?url=https%3A%2F%2Fdesk.example%2Fcredence%2Fclaims%2Fkindratenko-cnn",
    "/v1/events",
    "/v1/events.atom",
]
SHOWN_AT_ONCE = [
    "/v1/claims/kindratenko-cnn",
    "/v1/claims/kindratenko-cnn/score?as_of=2025-02-01",
    "/v1/questions/another/score",
    "/v1/cards?claims=kindratenko-cnn&as_of=2025-02-01",
    "/v1/cards?claims=kindratenko-cnn&as%5Fof=2025-02-01",
    "/oembed?url=https%3A%2F%2Fdesk.example%2Fcredence%2Fclaims%2Fkindratenko-cnn%3Fas_of%3D2025-02-01",
    "/embed/credence-score.js",
    "/embed",
    "/livez",
]


def test_what_shows_stored_scores_waits_for_what_was_written_and_all_else_is_answered(server: Server) -> None:
    question = {**QUESTION, "answers": ["yes", "no"]}
    assert server.call("PUT", "/v1/questions/another", question)[0] == 201
    wait_until(lambda: _unsettled(server) == 0, 60)
    beside = _beside(server)
    with ThreadPoolExecutor(len(SHOWN_ONCE_SETTLED) + len(SHOWN_AT_ONCE)) as pool:
        for pid in beside:
            os.kill(pid, signal.SIGSTOP)
        try:
            say(server, "not-settled-yet", 27)
            asked = {
                path: pool.submit(server.call, "GET", path) for path in SHOWN_ONCE_SETTLED + SHOWN_AT_ONCE
            }
            time.sleep(AWAITED_WITHIN_S / 2)
            answered = [path for path, call in asked.items() if call.done()]
        finally:
            for pid in beside:
                os.kill(pid, signal.SIGCONT)
        assert answered == SHOWN_AT_ONCE
        began = time.monotonic()
        statuses = {path: call.result(30)[0] for path, call in asked.items()}
        assert time.monotonic() - began < AWAITED_WITHIN_S / 2
    assert set(statuses.values()) == {200}, statuses
