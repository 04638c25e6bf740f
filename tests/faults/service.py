"""A real `credence serve`, in processes of its own: started, called, struck and ended."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from data import keys
from data.database import open_database

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-c", "from api.cli import main; main()")
# What a start takes at most, in seconds, on a machine that does other things as well.
STARTED_WITHIN_S = 60.0
# How long an end may take: requests under way are answered first.
ENDED_WITHIN_S = 40.0
# Below what the system gives to clients, so that no connection of theirs ever sits on a server's port.
PORTS = range(10_000, 30_000)


class Answer(NamedTuple):
    status: int
    content: bytes
    headers: dict[str, str]

    @property
    def document(self) -> Any:
        return json.loads(self.content)


class Started(Protocol):
    """A process that was started; `subprocess.Popen` is one."""

    pid: int

    def wait(self, timeout: float | None = None) -> int: ...


# Starts `credence` with arguments, an environment and a file for its log.
Start = Callable[[Sequence[str], Mapping[str, str], Path], Started]


def start_cold(arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Started:
    """Start as an operator does: a new interpreter, in a process group of its own."""
    with log.open("ab") as errors:
        return subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
            start_new_session=True,
        )


def start_prepared(preparation: str) -> Start:
    """Start as an operator does, but run some Python before: the door for clocks and for timeouts."""

    def start(arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Started:
        program = f"{preparation}\nfrom api.cli import main; main()"
        with log.open("ab") as errors:
            return subprocess.Popen(
                [sys.executable, "-c", program, *arguments],
                cwd=ROOT,
                env=environment,
                stderr=errors,
                start_new_session=True,
            )

    return start


class Service:
    """One ledger and the service on it, which may be started and ended many times."""

    def __init__(
        self, database: Path, *, options: Sequence[str] = (), settings: Mapping[str, str] | None = None
    ) -> None:
        self.database, self.options = database, options
        self.log = Path(f"{database}.log")
        self.environment = {**os.environ, "CREDENCE_DATABASE": str(database), **(settings or {})}
        self.port = free_port()
        self.key = ""
        self.process: Started | None = None

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of `credence` to its end."""
        return subprocess.run(
            [*COMMAND, *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=STARTED_WITHIN_S,
            check=False,
        )

    def make_key(self) -> None:
        """Make the ledger, where there is none, and a key to write with."""
        with closing(open_database(str(self.database))) as ledger:
            self.key = keys.create(ledger, name="desk", scope="write", at=datetime.now(UTC))

    def begin(self, start: Start = start_cold) -> None:
        """Start the service, without waiting for it."""
        self.process = start(["serve", "--port", str(self.port), *self.options], self.environment, self.log)

    def await_ready(self) -> None:
        deadline = time.monotonic() + STARTED_WITHIN_S
        while time.monotonic() < deadline:
            with suppress(OSError):
                if self.call("GET", "/readyz").status == 200:
                    return
            assert is_alive(self.master), f"the service ended: {self.last_words()}"
            time.sleep(0.02)
        raise AssertionError(f"the service did not start: {self.last_words()}")

    def await_scores(self) -> None:
        """Wait until no write waits for its scores."""
        deadline = time.monotonic() + STARTED_WITHIN_S
        while self.call("GET", "/v1/model").document["pending"]:
            assert time.monotonic() < deadline, "scores are still pending"
            time.sleep(0.02)

    def call(
        self, method: str, path: str, body: Any = None, *, timeout: float = 30.0, **headers: str
    ) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        sent = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json", **headers}
        try:
            connection.request(method, path, content, sent)
            response = connection.getresponse()
            return Answer(response.status, response.read(), dict(response.getheaders()))
        finally:
            connection.close()

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-2000:] if self.log.is_file() else ""

    @property
    def master(self) -> int:
        """The process that was started, and that starts the others."""
        assert self.process
        return self.process.pid

    def processes(self) -> list[int]:
        """Return the server's process and all that descend from it, the server first."""
        return descendants(self.master)

    def workers(self) -> list[int]:
        """Return the processes that answer: the server's children that run what it runs itself."""
        own = command_line(self.master)
        return [
            pid for pid in self.processes()[1:] if parent(pid) == self.master and command_line(pid) == own
        ]

    def beside(self) -> list[int]:
        """Return what runs beside the workers."""
        answering = self.workers()
        return [pid for pid in self.processes()[1:] if pid not in answering]

    def kill(self) -> None:
        """Kill the server, its workers and what runs beside them, all at once, and await their ends."""
        assert self.process
        pids = self.processes()
        for pid in pids:
            strike(pid, signal.SIGKILL)
        self.process.wait(ENDED_WITHIN_S)
        # What was being started while we looked.
        for pid in pids:
            await_end(pid)
        self.process = None

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Tell the server to end, and return its exit code once all of it has ended."""
        assert self.process
        pids = self.processes()
        strike(self.process.pid, how)
        code = self.process.wait(ENDED_WITHIN_S)
        for pid in pids:
            await_end(pid)
        self.process = None
        return code


def free_port() -> int:
    for port in iter(lambda: PORTS.start + int.from_bytes(os.urandom(2)) % len(PORTS), None):
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
    raise AssertionError


def strike(pid: int, how: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, how)


def descendants(pid: int) -> list[int]:
    """Return a process and all that it started, and they started."""
    found = [pid]
    for each in found:
        with suppress(OSError):
            for task in Path(f"/proc/{each}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


def parent(pid: int) -> int:
    return int(_state(pid)[1])


def command_line(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def is_alive(pid: int) -> bool:
    """Say whether a process runs: one that has ended and was not asked for its end does not."""
    return _state(pid)[0] not in "ZX"


def _state(pid: int) -> tuple[str, str]:
    try:
        # The name, in parentheses, may hold anything; what follows it is regular.
        state, parent_id = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[:2]
    except OSError:
        return "X", "0"
    return state, parent_id


def await_end(pid: int) -> None:
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        ended, _, _ = select.select([handle], [], [], ENDED_WITHIN_S)
        assert ended, f"process {pid} did not end"
    finally:
        os.close(handle)
