"""Servers under measurement: started, watched through /proc (Linux), and stopped."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import exchanged, request_bytes, status_of
from benchmarks.peers import ROOT

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
# How long a server may take to answer at first, in seconds: the first start compiles.
START_S = 180.0
LOOK_S = 0.02
# A server that has used no processor for so long, in seconds, has nothing left from its start.
QUIET_S = 0.6
# But no longer than this: some work may never end.
LOUD_S = 30.0
# What should stay out of a worker that only reads; each loads compiled libraries, which the kernel lists.
HEAVY = ("sklearn", "numba", "llvmlite")


@dataclass(frozen=True)
class Served:
    """A running server: its port and its first process."""

    port: int
    process: int

    def cpu_s(self) -> float:
        """Return the seconds of processor that all its processes, the ended ones too, have used so far."""
        return sum(_cpu_s(process) for process in self.processes())

    def processes(self) -> list[int]:
        """Return its processes, children after their parents."""
        found = [self.process]
        for process in found:
            found += _children(process)
        return found

    def workers(self) -> list[int]:
        """Return the processes that answer: those that listen, but for the one that started them."""
        return [process for process in _children(self.process) if _command(process) == _command(self.process)]

    def get(self, path: str) -> bytes:
        """Return the whole answer to a GET."""
        return exchanged(self.port, request_bytes("GET", path))

    def wait_quiet(self) -> None:
        """Wait until it uses no processor, but not for ever."""
        last, since = self.cpu_s(), time.monotonic()
        end = since + LOUD_S
        while time.monotonic() - since < QUIET_S and time.monotonic() < end:
            time.sleep(LOOK_S)
            if (now := self.cpu_s()) > last + 1.5 / TICKS_A_SECOND:
                last, since = now, time.monotonic()


@contextmanager
def serving(command: Sequence[str], port: int, path: str, log: Path) -> Iterator[Served]:
    """Run a server until the block ends; it is ready when it answers `path`.

    Its log goes to a file, as in service, so that writing it is part of what is measured.
    """
    with log.open("ab") as written:
        process = subprocess.Popen(command, cwd=ROOT, stdout=written, stderr=written)  # noqa: S603
    served = Served(port, process.pid)
    try:
        end = time.monotonic() + START_S
        while not _answers(served, path):
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"{' '.join(command)} does not start")
            time.sleep(LOOK_S)
        served.wait_quiet()
        yield served
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def age_s(process: int) -> float:
    """Return how long ago a process began, in seconds."""
    began = int(_stat(process)[19]) / TICKS_A_SECOND
    return time.clock_gettime(time.CLOCK_BOOTTIME) - began


def resident_mib(process: int) -> float:
    """Return the resident memory of a process."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def heavy_imports(process: int) -> list[str]:
    """Return which of the heavy packages a process has loaded."""
    mapped = Path(f"/proc/{process}/maps").read_text()
    return [name for name in HEAVY if f"/{name}/" in mapped]


def _answers(served: Served, path: str) -> bool:
    try:
        return status_of(served.get(path)) == 200
    except OSError:
        return False


def _stat(process: int) -> list[str]:
    # Field 3 of proc(5) is the first: a process's name may hold anything.
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


def _cpu_s(process: int) -> float:
    try:
        # Fields 14 to 17: its own, and its children's that have ended.
        return sum(int(ticks) for ticks in _stat(process)[11:15]) / TICKS_A_SECOND
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def _children(process: int) -> list[int]:
    try:
        found = Path(f"/proc/{process}/task/{process}/children").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [int(child) for child in found.split()]


def _command(process: int) -> bytes:
    return Path(f"/proc/{process}/cmdline").read_bytes()
