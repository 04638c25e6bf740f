"""A real `credence serve` on a copy of the Kursk record, with a key of every scope and a log to read."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from api.corpus import load
from data import keys
from data.database import open_database

ROOT = Path(__file__).parents[2]
RECORD = ROOT / "data" / "corpora" / "kursk-2025"
PROGRAM = "from api.cli import main; main()"
LINES = "application/x-ndjson"
WORKERS = 2
# A start takes about two seconds alone, and many times that beside a whole test run.
STARTED_WITHIN_S = 240
# Beyond the longest answer that any test waits for.
PATIENCE_S = 120
# How long an open connection is listened to, once the server has answered, for a second answer.
AFTERTHOUGHT_S = 0.2


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the headers in lower case, the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Service:
    """A running service, and how to call it."""

    port: int
    database: Path
    log: Path
    keys: dict[str, str]
    process: subprocess.Popen[bytes] = field(repr=False)

    def call(
        self, method: str, target: str, body: Any = None, scope: str | None = "write", **headers: str
    ) -> Answer:
        """Call with the key of a scope, or with none; a body that is not bytes goes as JSON."""
        sent = {"Authorization": f"Bearer {self.keys[scope]}"} if scope else {}
        if body is not None:
            sent["Content-Type"] = "application/json"
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        with closing(connection):
            connection.request(method, target, content, {**sent, **headers})
            response = connection.getresponse()
            shown = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, shown, response.read())

    def send(self, request: bytes) -> list[Answer]:
        """Send bytes as they are, and return every answer until the server closes or falls silent."""
        received = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) as client:
            try:
                client.sendall(request)
                while chunk := client.recv(2**16):
                    received += chunk
                    client.settimeout(AFTERTHOUGHT_S)
            except (TimeoutError, ConnectionResetError, BrokenPipeError):
                pass
        return list(answers_in(received))

    def events(self) -> list[dict[str, Any]]:
        """Return the log: every line of it has to be one JSON object."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def assert_unharmed(self) -> None:
        """The server answers, no worker was lost, and the log tells of no failure."""
        assert self.process.poll() is None, "the server ended"
        assert self.call("GET", "/readyz", scope=None).status == 200
        text = self.log.read_text()
        assert "Traceback" not in text, text[-4000:]
        events = self.events()
        assert sum("Booting worker" in event["event"] for event in events) <= WORKERS, "a worker was lost"
        failures = [event for event in events if event["level"] in ("error", "critical")]
        assert not failures, failures[:3]


def answers_in(received: bytes) -> Iterator[Answer]:
    """Read the answers that stand one after another on a connection."""
    while received:
        head, _, rest = received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", len(rest)))
        yield Answer(int(first.split()[1]), headers, rest[:length])
        received = rest[length:]


def make_ledger(database: Path) -> dict[str, str]:
    """Make a ledger with the Kursk record, and return a key of every scope."""
    now = datetime.now(UTC)
    with closing(open_database(str(database))) as ledger:
        load(ledger, RECORD, at=now)
        return {
            scope: keys.create(ledger, name=f"hostile-{scope}", scope=scope, at=now)
            for scope in keys.KEY_SCOPES
        }


def copy_ledger(database: Path, copy: Path) -> None:
    """Copy a ledger that nobody has open."""
    with closing(open_database(str(database))) as ledger:
        ledger.execute("VACUUM INTO ?", [str(copy)])


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def serving(database: Path, held: dict[str, str], *options: str, program: str = PROGRAM) -> Iterator[Service]:
    """Serve a ledger until the block ends."""
    log = database.with_suffix(".log")
    port = free_port()
    arguments = [
        sys.executable,
        "-c",
        program,
        "serve",
        "--port",
        str(port),
        "--workers",
        str(WORKERS),
        *options,
    ]
    environment = {**os.environ, "CREDENCE_DATABASE": str(database)}
    with log.open("ab") as opened:
        process = subprocess.Popen(arguments, env=environment, cwd=ROOT, stderr=opened)
    service = Service(port, database, log, held, process)
    try:
        _wait_for(service)
        yield service
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0


def _wait_for(service: Service) -> None:
    deadline = time.monotonic() + STARTED_WITHIN_S
    while time.monotonic() < deadline:
        assert service.process.poll() is None, service.log.read_text()
        try:
            is_ready = service.call("GET", "/readyz", scope=None).status == 200
        except OSError:
            is_ready = False
        # Its last worker writes into the log too.
        if is_ready and service.log.read_bytes().count(b"Booting worker") >= WORKERS:
            return
        time.sleep(0.05)
    raise AssertionError("the server did not start")
