"""A real service in a process of its own, and how to call it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

from api.corpus import load
from data import keys
from data.database import open_database

COMMAND = (sys.executable, "-c", "from api.cli import main; main()")
SOURCE = {"name": "CNN", "kind": "outlet"}
# Beyond the longest answer that any test waits for.
PATIENCE_S = 120
# The longest start on a machine that does other things as well.
STARTED_WITHIN_S = 240
# The longest end: what is under way is answered first.
ENDED_WITHIN_S = 120
CORPUS = Path(__file__).parents[1] / "data" / "corpora" / "kursk-2025"


class Server:
    """A running service, and how to call it."""

    def __init__(self, port: int, key: str, process: subprocess.Popen[str]) -> None:
        self.port, self.key, self.process = port, key, process

    def call(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, bytes, dict[str, str]]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        content = json.dumps(body).encode() if isinstance(body, dict) else body
        sent = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json", **headers}
        try:
            connection.request(method, path, content, {name: value for name, value in sent.items() if value})
            response = connection.getresponse()
            return response.status, response.read(), dict(response.getheaders())
        finally:
            connection.close()

    def connect(self) -> socket.socket:
        """Return a connection on which nothing has been said."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)


def answered(client: socket.socket) -> bytes:
    """Return all that the server sends until it closes."""
    with client:
        return b"".join(iter(lambda: client.recv(2**16), b""))


def answer_on(client: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Return the next answer on a connection that stays open: its status, its headers and its body."""
    # Its own buffer would swallow what follows, were there more than one answer to come.
    response = HTTPResponse(client)
    response.begin()
    return response.status, dict(response.getheaders()), response.read()


def environment(database: Path) -> dict[str, str]:
    return {**os.environ, "CREDENCE_DATABASE": str(database)}


def run(database: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment(database),
        capture_output=True,
        text=True,
        timeout=STARTED_WITHIN_S,
        check=False,
    )


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def make_kursk(folder: Path) -> Path:
    """Return a ledger that holds the Kursk record; loading it here spares a process its imports."""
    database = folder / "kursk.db"
    with closing(open_database(str(database))) as ledger:
        load(ledger, CORPUS, at=datetime.now(UTC))
    return database


@contextmanager
def serving(database: Path, *options: str, prepared: str = "") -> Iterator[Server]:
    """Serve a ledger until the block ends; `options` are those of `credence serve`.

    `prepared` is some Python that runs before, where a test would wait long for what a constant says.
    """
    with closing(open_database(str(database))) as ledger:
        name = f"test-{time.monotonic_ns()}"
        key = keys.create(ledger, name=name, scope="write", at=datetime.now(UTC))
    port = free_port()
    program = "\n".join([prepared, COMMAND[-1]])
    arguments = [*COMMAND[:-1], program, "serve", "--port", str(port), *options]
    with open(f"{database}.log", "a") as log:
        process = subprocess.Popen(arguments, env=environment(database), stderr=log, text=True)
    server = Server(port, key, process)
    try:
        wait_for(server)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(ENDED_WITHIN_S) == 0


def wait_for(server: Server) -> None:
    deadline = time.monotonic() + STARTED_WITHIN_S
    while time.monotonic() < deadline:
        assert server.process.poll() is None, "the server ended"
        try:
            if server.call("GET", "/readyz")[0] == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the server did not start")
