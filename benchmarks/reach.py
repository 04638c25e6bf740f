"""How far one request reaches into the service: a table of modules and calls on standard output.

A made ledger of a hundred claims is served by Flask's test client, and one request of each sort is watched by
`sys.setprofile`. It is counted

- through how many modules of `api`, `data` and `models` it runs;
- how many calls lead from one of them to another: a function is called whose nearest caller of ours, be
  libraries between them or not, stands in another module. To make a value is to call its class;
- of how many sorts these are: calls from one function to one other are of one sort.

A write is watched without the settlement that comes after it, which another process does. A score is watched
after a write, so that nothing of it lies ready.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from inspect import CO_GENERATOR
from pathlib import Path
from types import CodeType, FrameType
from typing import Any
from unittest.mock import patch

from flask.testing import FlaskClient

from api.app import create_app
from api.settings import Settings
from benchmarks.ledger_record import LedgerRecord
from data import keys, settlement
from data.database import open_database

OURS = ("api.", "data.", "models.")
N_CLAIMS = 100


@dataclass
class Reach:
    """The modules that a call ran through, and how often which function called one of another module."""

    modules: set[str] = field(default_factory=set)
    calls: Counter[tuple[CodeType, CodeType]] = field(default_factory=Counter)
    _generators: set[FrameType] = field(default_factory=set)

    def watch(self, frame: FrameType, event: str, _: object) -> None:
        """Count one call; for `sys.setprofile`."""
        module = _module(frame)
        if event != "call" or not module.startswith(OURS):
            return
        if frame.f_code.co_flags & CO_GENERATOR:
            # To go on with a generator is no call of it.
            if frame in self._generators:
                return
            self._generators.add(frame)
        self.modules.add(module)
        caller = frame.f_back
        while caller is not None and not _module(caller).startswith(OURS):
            caller = caller.f_back
        if caller is not None and _module(caller) != module:
            self.calls[caller.f_code, frame.f_code] += 1


def main() -> None:
    """Watch a write and two scores, and print the table."""
    print("| request | modules | calls between modules | sorts of them |\n| --- | --- | --- | --- |")  # noqa: T201
    with tempfile.TemporaryDirectory(prefix="credence-reach-") as folder:
        for name, reach in reaches(Path(folder) / "ledger.db").items():
            n_calls = sum(reach.calls.values())
            print(f"| {name} | {len(reach.modules)} | {n_calls} | {len(reach.calls)} |")  # noqa: T201


def reaches(database: Path) -> dict[str, Reach]:
    """Make a ledger, and return how far requests to it reach, by what they ask for."""
    record = LedgerRecord(N_CLAIMS)
    with_key = open_database(str(database))
    key = keys.create(with_key, name="reach", scope="write", at=datetime.now(UTC))
    with_key.close()
    client = create_app(Settings(database=str(database), log_level="error", rate_limit=0)).test_client()
    send = _sender(client, key)
    *claims, warming, first, second = record.claims()
    with patch.object(settlement, "settle"):
        for scope in record.scopes():
            send("PUT", f"/v1/scopes/{scope.pop('path')}", scope)
        for noun, documents in (("sources", record.sources()), ("questions", record.questions())):
            for document in documents:
                send("PUT", f"/v1/{noun}/{document.pop('id')}", document)
        for claim in claims:
            send("POST", "/v1/claims", claim)
    # Settles all, and imports whatever a request needs.
    send("POST", "/v1/claims", warming)
    score, past = f"/v1/claims/{claims[0]['id']}/score", claims[N_CLAIMS // 2]["stated_at"]
    send("GET", score)
    send("GET", f"{score}?as_of={claims[-1]['stated_at']}")
    with patch.object(settlement, "settle"):
        wrote = watched(lambda: send("POST", "/v1/claims", first))
    send("POST", "/v1/claims", second)
    return {
        "a claim is written": wrote,
        "a claim's score is read": watched(lambda: send("GET", score)),
        "the same as of a moment": watched(lambda: send("GET", f"{score}?as_of={past}")),
    }


def watched(call: Callable[[], object]) -> Reach:
    """Return how far a call reaches."""
    reach = Reach()
    sys.setprofile(reach.watch)
    try:
        call()
    finally:
        sys.setprofile(None)
    return reach


def _sender(client: FlaskClient, key: str) -> Callable[..., None]:
    def send(method: str, path: str, body: dict[str, Any] | None = None) -> None:
        answer = client.open(path, method=method, json=body, headers={"Authorization": f"Bearer {key}"})
        if answer.status_code >= 400:
            raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text}")

    return send


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


if __name__ == "__main__":
    main()
