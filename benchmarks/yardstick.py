"""The yardsticks over HTTP: `python -m benchmarks.yardstick PORT WORKERS FOLDER`.

Bare Flask views under the very server that the service runs under: one returns ready bytes, as they lie
in FOLDER, the other inserts one row durably. What the service takes longer is what it does besides.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

from api.server import METRICS_FOLDER, Server, listen
from api.settings import Settings
from api.settler import Settler

READY_BYTES = "ready.json"
ROWS = "rows.db"
# As the ledger waits for other writers.
BUSY_TIMEOUT_S = 20.0


class NoSettler(Settler):
    """Nothing: no process keeps scores beside these workers."""

    def __init__(self) -> None:
        """Start nothing."""

    def keep(self) -> bool:
        """Keep nothing."""
        return False

    def end(self) -> None:
        """End nothing."""


class BareServer(Server):
    """The service's own server around the bare views."""

    def load(self) -> Flask:
        """Make the bare app, in each worker after the fork."""
        return bare_app(Path(self.settings.database))


def bare_app(folder: Path) -> Flask:
    """Return a Flask app with the two bare views."""
    app = Flask(__name__)
    ready = (folder / READY_BYTES).read_bytes()
    opened: list[sqlite3.Connection] = []

    def rows() -> sqlite3.Connection:
        if not opened:
            connection = sqlite3.connect(folder / ROWS, timeout=BUSY_TIMEOUT_S, isolation_level=None)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("CREATE TABLE IF NOT EXISTS rows (body TEXT NOT NULL) STRICT")
            opened.append(connection)
        return opened[0]

    @app.get("/ready")
    def show() -> Response:
        return Response(ready, content_type="application/json")

    @app.post("/rows")
    def insert() -> Any:
        body = request.get_data(as_text=True)
        connection = rows()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO rows VALUES (?)", [body])
        connection.execute("COMMIT")
        return Response(body, status=201, content_type="application/json")

    return app


def main(port: int, workers: int, folder: str) -> None:
    """Serve the bare views until told to stop."""
    os.environ[METRICS_FOLDER] = tempfile.mkdtemp(prefix="credence-metrics-")
    listener = listen("127.0.0.1", port)
    BareServer(Settings(database=folder), listener, workers, NoSettler()).run()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
