"""A Credence service of its own for one dispute, fed and asked over HTTP as a client would."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

COMMAND = (sys.executable, "-c", "from api.cli import main; main()")
STARTED_WITHIN_S = 60.0
STOPPED_WITHIN_S = 120.0
ANSWERED_WITHIN_S = 60.0

# What the contract knows of each noun: whoever wrote a case may have noted more.
FIELDS = {
    "scopes": ("name", "share"),
    "sources": ("name", "aliases", "kind", "member_of", "mandates", "description"),
    "questions": ("text", "scope", "answers", "quantity", "stakes"),
    "claims": (
        *("id", "source", "question", "answer", "scope", "stated_at", "certainty"),
        *("vantage", "vantage_because", "via", "cites", "url", "text"),
    ),
    "corrections": ("kind", "by", "stated_at", "via", "url", "text"),
}
# Only these kinds of correction take this field.
CORRECTED = {"narrow": ("scope",), "amend": ("answer",)}

Document = dict[str, Any]


class RefusedError(ValueError):
    """The service refused what it was asked."""


class DisputeService:
    """A running service with a ledger of its own.

    Parameters
    ----------
    port : int
    key : str
        Opens writing.
    """

    def __init__(self, port: int, key: str) -> None:
        self._port = port
        self._key = key

    def call(self, method: str, path: str, body: str | None = None, kind: str = "application/json") -> bytes:
        """Return the content of an answer.

        Raises
        ------
        RefusedError
            When it is not a success.
        """
        connection = HTTPConnection("127.0.0.1", self._port, timeout=ANSWERED_WITHIN_S)
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": kind}
        try:
            connection.request(method, path, None if body is None else body.encode(), headers)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        if response.status >= 300:
            raise RefusedError(f"{method} {path}: {response.status} {content.decode()[:300]}")
        return content

    def feed(self, case: Document) -> list[str]:
        """Write a case, all but its resolutions, and return what was refused and why."""
        refused = self._put("scopes", case.get("scopes", []), "path")
        refused += self._put("sources", case["sources"], "id")
        refused += self._put("questions", case["questions"], "id")
        lines = [json.dumps(_known("claims", claim)) for claim in case["claims"]]
        answers = self.call("POST", "/v1/claims", "\n".join(lines), "application/x-ndjson").splitlines()
        for claim, answer in zip(case["claims"], map(json.loads, answers), strict=True):
            if answer["status"] >= 300:
                refused.append(f"claim {claim['id']}: {answer['problem']}")
        for correction in case.get("corrections", []):
            body = _known("corrections", correction, CORRECTED.get(correction["kind"], ()))
            try:
                self.call("POST", f"/v1/claims/{quote(correction['claim'])}/corrections", json.dumps(body))
            except RefusedError as error:
                refused.append(f"correction of {correction['claim']}: {error}")
        return refused

    def put_stakes(self, question: Document, stakes: list[Document]) -> None:
        """Declare who gains from which answers of a question."""
        body = _known("questions", {**question, "stakes": stakes})
        self.call("PUT", f"/v1/questions/{quote(question['id'])}", json.dumps(body))

    def question_score(self, question: str, as_of: str) -> Document:
        """Return a question's score as of a moment."""
        path = f"/v1/questions/{quote(question)}/score?{urlencode({'as_of': as_of})}"
        score: Document = json.loads(self.call("GET", path))
        return score

    def _put(self, noun: str, entries: list[Document], key: str) -> list[str]:
        """Write entries; those that refer to later ones wait for them."""
        waiting, refused = list(entries), {}
        while waiting:
            left = []
            for entry in waiting:
                try:
                    self.call("PUT", f"/v1/{noun}/{quote(entry[key])}", json.dumps(_known(noun, entry)))
                except RefusedError as error:
                    refused[entry[key]] = str(error)
                    left.append(entry)
            if len(left) == len(waiting):
                break
            waiting = left
        return [f"{noun} {entry[key]}: {refused[entry[key]]}" for entry in waiting]


@contextmanager
def serving() -> Iterator[DisputeService]:
    """Run a service on an empty ledger until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "CREDENCE_DATABASE": f"{folder}/credence.db",
            "CREDENCE_LOG_LEVEL": "error",
        }
        key = subprocess.run(  # noqa: S603
            [*COMMAND, "keys", "create", "--scope", "write", "--name", "benchmark"],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        port = _free_port()
        with Path(folder, "log").open("w") as log:
            process = subprocess.Popen(  # noqa: S603
                [*COMMAND, "serve", "--port", str(port), "--workers", "1"],
                env=environment,
                stdout=log,
                stderr=log,
            )
        service = DisputeService(port, key)
        try:
            _wait_for(service, process)
            yield service
        finally:
            process.terminate()
            process.wait(STOPPED_WITHIN_S)


def _known(noun: str, entry: Document, more: tuple[str, ...] = ()) -> Document:
    return {name: entry[name] for name in (*FIELDS[noun], *more) if entry.get(name) is not None}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_for(service: DisputeService, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTED_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            service.call("GET", "/readyz")
        except (OSError, RefusedError):
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the service did not start")
