"""Traces, as a real receiver of OTLP gets them."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from api.tracing import read_tracing
from data import keys
from data.database import open_database

COMMAND = (sys.executable, "-c", "from api.cli import main; main()")
WITHOUT_EXTRA = "import sys; sys.modules['opentelemetry.exporter'] = None; from api.cli import main; main()"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
WITHIN_S = 120


class Receiver(ThreadingHTTPServer):
    """Keeps every span that it is sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taker)
        self.spans: list[Any] = []
        self.services: set[str] = set()


class Taker(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        sent = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
        for of_resource in sent.resource_spans:
            named = {each.key: each.value.string_value for each in of_resource.resource.attributes}
            self.server.services.add(named["service.name"])
            for scope in of_resource.scope_spans:
                self.server.spans.extend(scope.spans)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Stay silent."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


class Traced:
    """A server of one worker, and how to call it and to end it."""

    def __init__(
        self, folder: Path, endpoint: str, command: tuple[str, ...] = COMMAND, **settings: str
    ) -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port = listener.getsockname()[1]
        self.log = folder / "log"
        environment = {
            **os.environ,
            "CREDENCE_DATABASE": str(folder / "credence.db"),
            "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
            **settings,
        }
        with closing(open_database(environment["CREDENCE_DATABASE"])) as ledger:
            self.key = keys.create(ledger, name="desk", scope="write", at=datetime.now(UTC))
        with self.log.open("w") as log:
            arguments = [*command, "serve", "--port", str(self.port), "--workers", "1"]
            self.process = subprocess.Popen(arguments, env=environment, stderr=log)
        deadline = time.monotonic() + WITHIN_S
        while time.monotonic() < deadline:
            try:
                if self.call("GET", "/livez") == 200:
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> int:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=WITHIN_S)
        sent = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json", **headers}
        connection.request(method, path, json.dumps(body) if body else None, sent)
        status = connection.getresponse().status
        connection.close()
        return status

    def end(self) -> float:
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(WITHIN_S) == 0
        return time.monotonic() - began

    def requests(self) -> dict[str, dict[str, Any]]:
        events = [json.loads(line) for line in self.log.read_text().splitlines()]
        return {each["path"]: each for each in events if each["event"] == "request"}


def test_a_request_and_its_write_are_sent_under_the_callers_trace(tmp_path: Path, receiver: Receiver) -> None:
    server = Traced(tmp_path, f"http://127.0.0.1:{receiver.server_port}")
    status = server.call(
        "PUT",
        "/v1/sources/cnn",
        {"name": "CNN", "kind": "outlet"},
        traceparent=f"00-{TRACE}-{PARENT}-01",
    )
    assert status == 201
    assert server.call("GET", "/v1/sources/nobody") == 404
    # What was not yet sent is sent when the server ends.
    server.end()
    assert receiver.services == {"credence"}
    spans = {span.name: span for span in receiver.spans}
    put, write = spans["PUT /v1/sources/<source_id>"], spans["ledger.write"]
    assert (put.trace_id.hex(), put.parent_span_id.hex()) == (TRACE, PARENT)
    assert (write.trace_id, write.parent_span_id) == (put.trace_id, put.span_id)
    assert put.start_time_unix_nano <= write.start_time_unix_nano <= write.end_time_unix_nano
    told = {each.key: each.value for each in put.attributes}
    assert told["http.response.status_code"].int_value == 201
    assert told["http.route"].string_value == "/v1/sources/<source_id>"
    logged = server.requests()
    assert logged["/v1/sources/cnn"]["trace_id"] == TRACE
    assert logged["/v1/sources/cnn"]["request_id"] == told["credence.request_id"].string_value
    other = logged["/v1/sources/nobody"]["trace_id"]
    assert other == spans["GET /v1/sources/<source_id>"].trace_id.hex() != TRACE


def test_a_receiver_that_is_down_fails_nothing_and_holds_up_no_end(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{closed.getsockname()[1]}"
        # In seconds; OpenTelemetry's own is ten.
        server = Traced(tmp_path, endpoint, OTEL_EXPORTER_OTLP_TIMEOUT="2")
        for _ in range(20):
            assert server.call("GET", "/v1/scopes") == 200
        assert server.end() < 30
    assert all(json.loads(line) for line in server.log.read_text().splitlines())


def test_without_the_extra_the_service_runs_untraced_and_says_so(tmp_path: Path, receiver: Receiver) -> None:
    endpoint = f"http://127.0.0.1:{receiver.server_port}"
    server = Traced(tmp_path, endpoint, (sys.executable, "-c", WITHOUT_EXTRA))
    assert server.call("GET", "/v1/scopes") == 200
    server.end()
    assert receiver.spans == []
    events = [json.loads(line) for line in server.log.read_text().splitlines()]
    (said,) = [each for each in events if each["event"] == "no traces"]
    assert "credence[tracing]" in said["reason"]
    assert "trace_id" not in server.requests()["/v1/scopes"]


def test_without_an_endpoint_nothing_of_it_is_imported() -> None:
    assert read_tracing({}) is None
    program = "import sys; from api.app import create_app; create_app(); print(sorted(sys.modules))"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
    )
    assert "opentelemetry" not in ended.stdout
