"""Starts the service again and again out of one interpreter that has imported what it needs.

A thousand starts would be mostly imports. Each start is a process of its own, in a process group of
its own, that runs the same command; only its modules are there already.
"""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from faults.service import ROOT

# Not `api.app`: the metrics look for their folder when they are imported, and `serve` names it.
MODULES = ("api.cli", "api.claims", "api.scores", "models.scoring", "models.copying")


class Warm:
    """A process that starts the service on demand; see `faults.service.Start`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from faults.warm import attend; attend()"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> "Child":
        asked = {"arguments": list(arguments), "environment": dict(environment), "log": str(log)}
        return Child(int(self.ask(asked)), self)

    def ask(self, asked: dict[str, Any]) -> str:
        told, answers = self._process.stdin, self._process.stdout
        assert told is not None
        assert answers is not None
        told.write(json.dumps(asked) + "\n")
        told.flush()
        answer = answers.readline()
        assert answer, "what starts the service has ended"
        return answer

    def close(self) -> None:
        self._process.communicate()


class Child:
    """A service that was started warm."""

    def __init__(self, pid: int, warm: Warm) -> None:
        self.pid, self._warm = pid, warm

    def wait(self, timeout: float | None = None) -> int:
        return int(self._warm.ask({"wait": self.pid}))


def attend() -> None:
    """Start and await services, as told on standard input, until it ends."""
    for module in MODULES:
        importlib.import_module(module)
    importlib.import_module("models.copying").compile_search()
    # Unbuffered: a child must not hold what was meant for its parent.
    with open(0, "rb", buffering=0, closefd=False) as told:
        while line := told.readline():
            asked = json.loads(line)
            if "wait" in asked:
                answer = os.waitstatus_to_exitcode(os.waitpid(asked["wait"], 0)[1])
            elif not (answer := os.fork()):
                break
            sys.stdout.write(f"{answer}\n")
            sys.stdout.flush()
        else:
            return
    become(asked)


def become(asked: dict[str, Any]) -> None:
    """Be the service, with its own session, environment and log, to the interpreter's ordinary end."""
    os.setsid()
    null, log = (
        os.open(os.devnull, os.O_RDONLY),
        os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND),
    )
    os.dup2(null, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.clear()
    os.environ.update(asked["environment"])
    # Where no disk lets anything be settled, a score is waited for so long, in seconds, and not for ten.
    importlib.import_module("api.settler").AWAITED_WITHIN_S = 2.0
    importlib.import_module("api.cli").main(asked["arguments"])
