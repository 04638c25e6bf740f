"""The background refit: a process beside the server that sweeps a large ledger when writes wait for it."""

import os
import signal
import subprocess
import sys
from contextlib import closing
from time import monotonic, sleep

from data import scores
from data.database import open_database

# How often it looks whether anything waits, in seconds: a refit takes longer.
LOOK_S = 2.0
# It rests four times as long as the last refit took: at most a fifth of one core goes into sweeping.
REST = 4.0
# Below everything that answers somebody.
NICENESS = 10

_WATCH = "import sys; from api.refits import watch; watch(sys.argv[1], int(sys.argv[2]))"
_REFIT = "from api.cli import main; main()"
_COMPILE = "from models.copying import compile_search; compile_search()"


class Refits:
    """The process that watches the ledger, from the start of the server to its end."""

    def __init__(self, database: str) -> None:
        # A session of its own, so that it ends together with a refit that is under way.
        self._process = subprocess.Popen(  # noqa: S603 - this program itself
            [sys.executable, "-c", _WATCH, database, str(os.getpid())], start_new_session=True
        )

    def end(self) -> None:
        """End it; a refit that is broken off leaves the scores as they were."""
        try:
            os.killpg(self._process.pid, signal.SIGTERM)
        except ProcessLookupError:
            return


def watch(database: str, server: int) -> None:
    """Refit the ledger whenever writes wait for it, as long as `server`, the parent, lives.

    Each refit is a process of its own, so that its memory is given back.
    """
    os.nice(NICENESS)
    # In a process of its own, for its memory's sake: what it compiles is kept on disk for the workers.
    subprocess.run([sys.executable, "-c", _COMPILE], check=False, stderr=subprocess.DEVNULL)  # noqa: S603
    with closing(open_database(database)) as ledger:
        while os.getppid() == server:
            if scores.is_due(ledger):
                begun = monotonic()
                subprocess.run(  # noqa: S603 - this program itself
                    [sys.executable, "-c", _REFIT, "refit", "--database", database],
                    check=False,
                    stderr=subprocess.DEVNULL,
                )
                _rest(REST * (monotonic() - begun), server)
            sleep(LOOK_S)


def _rest(seconds: float, server: int) -> None:
    end = monotonic() + seconds
    while monotonic() < end and os.getppid() == server:
        sleep(LOOK_S)
