"""A write that is sent again under its Idempotency-Key is not done again."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest

from api import idempotency
from api.errors import MalformedIdempotencyKeyError
from api.idempotency import read_key
from data import keys
from data.database import open_database, writing
from data.replies import KEPT_FOR

SOURCE = {"name": "CNN", "kind": "outlet"}
LINES = "application/x-ndjson"


def keyed(key: str = '"one"', **headers: str) -> dict[str, Any]:
    return {"headers": {"Idempotency-Key": key, **headers}}


def n_sources(caller: Any) -> int:
    return len(caller.get("/v1/sources").json["items"])


def test_a_write_that_is_sent_again_is_answered_as_the_first_time_and_done_once(writer: Any) -> None:
    first = writer.post("/v1/sources", SOURCE, **keyed())
    again = writer.post("/v1/sources", SOURCE, **keyed())
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.data == first.data
    assert again.headers["Location"] == first.headers["Location"]
    assert again.content_type == first.content_type
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
    assert n_sources(writer) == 1


def test_each_request_keeps_an_id_of_its_own_when_it_is_answered_again(writer: Any) -> None:
    ids = [writer.post("/v1/sources", SOURCE, **keyed()).headers["X-Request-Id"] for _ in range(2)]
    assert ids[0] != ids[1]


def test_every_address_that_is_written_to_answers_again(kursk: Any, admin: Any) -> None:
    writes = [
        (kursk, "PUT", "/v1/sources/bbc", {"name": "BBC", "kind": "outlet"}),
        (kursk, "PUT", "/v1/scopes/kursk-front/east", {"name": "East"}),
        (kursk, "POST", "/v1/questions", {"text": "Who?", "scope": "kursk-front", "answers": ["a", "b"]}),
        (
            kursk,
            "POST",
            "/v1/claims/kindratenko-cnn/corrections",
            {"kind": "retract", "by": "kindratenko", "stated_at": "2025-02-01T00:00:00Z"},
        ),
        (
            kursk,
            "PUT",
            "/v1/questions/dprk-on-kursk-front/resolution",
            {"answer": "reduced", "resolved_at": "2025-03-01T00:00:00Z", "by": "budanov"},
        ),
        (admin, "POST", "/v1/claims/kindratenko-cnn/void", {"because": "a slip"}),
    ]
    for place, (caller, method, path, body) in enumerate(writes):
        first, again = (caller(method, path, body, **keyed(f'"k-{place}"')) for _ in range(2))
        assert first.status_code in (200, 201), first.text
        assert (again.status_code, again.data) == (first.status_code, first.data)
        assert again.headers.get("ETag") == first.headers.get("ETag")
        assert again.headers["Idempotent-Replayed"] == "true"


def test_another_request_under_the_same_key_is_refused(writer: Any) -> None:
    writer.put("/v1/sources/cnn", SOURCE, **keyed())
    for method, path, body in (
        ("PUT", "/v1/sources/cnn", {**SOURCE, "name": "Cable News"}),
        ("PUT", "/v1/sources/cnn-2", SOURCE),
        ("POST", "/v1/sources", SOURCE),
    ):
        response = writer(method, path, body, **keyed())
        assert writer.reason(response, "Idempotency-Key")
        assert response.json["type"] == "/docs#reused-idempotency-key"
    assert n_sources(writer) == 1


def test_two_callers_may_use_the_same_key_for_different_things(writer: Any, admin: Any) -> None:
    assert writer.put("/v1/sources/cnn", SOURCE, **keyed()).status_code == 201
    assert admin.put("/v1/sources/bbc", SOURCE, **keyed()).status_code == 201


def test_a_refusal_is_answered_anew_once_what_it_lacked_is_there(
    writer: Any, kursk: Any, claim: dict[str, Any]
) -> None:
    body = {**claim, "source": "podolyak"}
    assert writer.post("/v1/claims", body, **keyed()).status_code == 422
    assert writer.put("/v1/sources/podolyak", {"name": "Podolyak", "kind": "person"}).status_code == 201
    assert writer.post("/v1/claims", body, **keyed()).status_code == 201


def test_a_key_is_the_same_quoted_and_bare(writer: Any) -> None:
    assert writer.put("/v1/sources/cnn", SOURCE, **keyed('"8e03-a"')).status_code == 201
    assert writer.put("/v1/sources/cnn", SOURCE, **keyed("8e03-a")).headers["Idempotent-Replayed"] == "true"
    assert read_key('"a \\"quoted\\" \\\\ one"') == 'a "quoted" \\ one'


@pytest.mark.parametrize(
    "sent", ["", '""', '"', '"open', 'a"b', '"a", "b"', "a,b", '"a";b=1', "a b", '"é"', "x" * 256, '"\\n"']
)
def test_a_malformed_key_is_400(writer: Any, sent: str) -> None:
    with pytest.raises(MalformedIdempotencyKeyError):
        read_key(sent)
    response = writer.put("/v1/sources/cnn", SOURCE, **keyed(sent))
    assert writer.reason(response, "Idempotency-Key", 400)
    assert response.json["type"] == "/docs#malformed-idempotency-key"
    assert n_sources(writer) == 0


def test_what_only_reads_takes_no_notice_of_a_key(anyone: Any) -> None:
    assert anyone.post("/v1/scores", {}, **keyed('"')).status_code == 200
    assert anyone.get("/v1/sources", **keyed('"')).status_code == 200


def test_after_a_day_a_key_is_free_again_and_its_row_is_gone(
    app: Any, writer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        writer.put(f"/v1/sources/{name}", SOURCE, **keyed(f'"{name}"'))
    monkeypatch.setattr(idempotency, "now", lambda: datetime.now(UTC) + KEPT_FOR + timedelta(minutes=1))
    assert "Idempotent-Replayed" not in writer.put("/v1/sources/a", SOURCE, **keyed('"a"')).headers
    ledger = app.extensions["credence"]["handles"].open()
    assert [row["key"] for row in ledger.table("replies").rows] == ["a"]


def test_many_lines_with_a_key_are_one_change_and_are_answered_again(
    app: Any, kursk: Any, claim: dict[str, Any]
) -> None:
    content = "".join(
        json.dumps({**claim, "id": id_, "answer": answer}) + "\n"
        for id_, answer in (("one", "reduced"), ("two", "martians"), ("three", "fighting"))
    ).encode()
    ledger = app.extensions["credence"]["handles"].open()
    before = ledger.table("claims").count
    first, again = (
        kursk("POST", "/v1/claims", data=content, buffered=True, **keyed(**{"Content-Type": LINES}))
        for _ in range(2)
    )
    assert [json.loads(line)["status"] for line in first.text.splitlines()] == [201, 422, 201]
    assert (again.data, again.content_type, again.headers["Idempotent-Replayed"]) == (
        first.data,
        LINES,
        "true",
    )
    assert ledger.table("claims").count == before + 2
    recorded = "SELECT count(DISTINCT recorded_at) FROM claims WHERE seq > ?"
    assert ledger.execute(recorded, [before]).fetchone() == (1,)


def test_too_many_lines_with_a_key_are_413_and_the_refusal_says_what_to_do(
    kursk: Any, claim: dict[str, Any]
) -> None:
    many = b"{}\n" * 1001
    large = json.dumps({**claim, "text": "x" * 2**20}).encode()
    for content in (many, large):
        response = kursk("POST", "/v1/claims", data=content, **keyed(**{"Content-Type": LINES}))
        assert "give each claim an id" in kursk.reason(response, "body", 413)
    without = kursk("POST", "/v1/claims", data=many, headers={"Content-Type": LINES}, buffered=True)
    assert without.status_code == 200


class Service:
    """A running server, and a key to write with."""

    def __init__(self, database: Path, port: int, key: str, process: subprocess.Popen[str]) -> None:
        self.database, self.port, self.key, self.process = database, port, key, process

    def put(self, source: str, idempotency_key: str) -> tuple[int, dict[str, str], bytes]:
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Content-Type": "application/json",
            "Idempotency-Key": idempotency_key,
        }
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request("PUT", f"/v1/sources/{source}", json.dumps(SOURCE), headers)
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()

    def kill_workers(self) -> None:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGKILL)

    def wait(self) -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                with closing(HTTPConnection("127.0.0.1", self.port, timeout=5)) as connection:
                    connection.request("GET", "/livez")
                    if connection.getresponse().status == 200:
                        return
            except (OSError, HTTPException):
                time.sleep(0.05)
        raise AssertionError("the server does not answer")


@contextmanager
def running(database: Path) -> Iterator[Service]:
    with closing(open_database(str(database))) as ledger:
        key = keys.create(ledger, name="desk", scope="write", at=datetime.now(UTC))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = "from api.cli import main; main()"
    options = ["serve", "--workers", "4", "--port", str(port), "--database", str(database)]
    with open(f"{database}.log", "a") as log:
        process = subprocess.Popen([sys.executable, "-c", command, *options], stderr=log, text=True)
    service = Service(database, port, key, process)
    try:
        service.wait()
        yield service
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("idempotency") / "kursk.db") as service:
        yield service


@contextmanager
def writes_waiting(service: Service) -> Iterator[None]:
    """Keep every other writer waiting, so that a request stays unanswered."""
    with closing(open_database(str(service.database))) as ledger, writing(ledger):
        yield


def test_while_the_first_is_being_answered_the_same_is_409_in_another_process_and_then_replayed(
    service: Service,
) -> None:
    with ThreadPoolExecutor() as clients:
        with writes_waiting(service):
            first = clients.submit(service.put, "held", '"held"')
            time.sleep(0.5)
            status, headers, body = service.put("held", '"held"')
            assert (status, headers["Retry-After"], json.loads(body)["type"]) == (
                409,
                "1",
                "/docs#still-answering",
            )
        assert first.result()[0] == 201
    status, headers, body = service.put("held", '"held"')
    assert (status, headers["Idempotent-Replayed"], body) == (201, "true", first.result()[2])


def test_of_many_at_once_one_is_done_and_the_others_are_refused_or_answered_like_it(service: Service) -> None:
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _: service.put("crowd", '"crowd"'), range(24)))
    done = [headers for status, headers, _ in answers if status == 201]
    assert {status for status, _, _ in answers} <= {201, 409}
    assert sum("Idempotent-Replayed" not in headers for headers in done) == 1


def test_a_worker_that_is_killed_before_it_wrote_leaves_nothing_in_the_way(service: Service) -> None:
    with ThreadPoolExecutor() as clients:
        with writes_waiting(service):
            first = clients.submit(service.put, "killed", '"killed"')
            time.sleep(0.5)
            assert service.put("killed", '"killed"')[0] == 409
            service.kill_workers()
            with pytest.raises((OSError, HTTPException)):
                first.result()
            service.wait()
        status, headers, _ = service.put("killed", '"killed"')
    assert (status, headers.get("Idempotent-Replayed")) == (201, None)


def test_an_answer_that_was_lost_with_its_worker_is_given_again(service: Service) -> None:
    def is_written() -> bool:
        with closing(open_database(str(service.database))) as ledger:
            return bool(ledger.table("sources").count_where("id = 'lost'"))

    with ThreadPoolExecutor() as clients:
        clients.submit(service.put, "lost", '"lost"')
        while not is_written():
            time.sleep(0.001)
        service.kill_workers()
    service.wait()
    status, headers, body = service.put("lost", '"lost"')
    assert (status, headers["Idempotent-Replayed"], json.loads(body)["id"]) == (201, "true", "lost")
