"""The settler: a process beside the server that brings the scores up to date with every write.

A write is answered when it is durable, and many writes share one settlement. Whoever then asks for
a score that they touch waits until it is settled; where there is no settler, the request that wrote
settles by itself.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from functools import wraps
from time import monotonic, sleep
from typing import Any, TypeVar

import structlog
from flask import current_app
from sqlite_utils import Database

from api.deliverer import Deliverer
from api.ledger import ledger
from api.logs import configure_logs
from api.slow import serving
from data import settlement
from data.database import identity, open_database
from data.errors import DatabaseError
from models.errors import DivergedError

# How often the settler looks whether anything was written, and who waits for it whether it is done, in
# seconds: short against the shortest fit.
POLL_S = 0.005
# How long the settler rests between two settlements, in seconds: a few writes.
REST_S = 0.01
# Where both want the processor, who asks and who writes comes before what is settled.
NICENESS = 5
# How long a request waits until what it shows is settled, in seconds: several fits of the largest ledger that
# is fitted whole. After that it is answered all the same, with the scores settled last.
AWAITED_WITHIN_S = 10.0
# Unsettled writes that come from many claims in one request, since no clients write as many one by one
# while scores are settled; how long the next batch of them takes at most as a rule, and all, in seconds.
MANY = 500
BATCH_S = 0.5
MANY_WITHIN_S = 10.0
# How often it looks whether the file and the deliverer are still there, in seconds.
LOOK_S = 2.0
# How long it waits after the database could not be used, or no fit was found, in seconds.
PAUSE_S = 1.0
# How long its end is waited for, in seconds: it breaks off what it does.
CLOSED_WITHIN_S = 5.0

View = TypeVar("View", bound=Callable[..., Any])

_SETTLE = (
    "import sys; from api.settler import keep_settled; "
    "keep_settled(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4], "
    "is_private='private' in sys.argv[5:])"
)


class Settler:
    """The process that settles and delivers, and what it starts, from the start of the server to its end."""

    def __init__(self, database: str, log_level: str, home: str, *, is_private: bool) -> None:
        chosen = ["private"] if is_private else []
        self._arguments = [database, str(os.getpid()), log_level, home, *chosen]
        self._start()

    def keep(self) -> bool:
        """Start the process anew where it has ended, and say whether it had."""
        has_ended = self._process.poll() is not None
        if has_ended:
            self._start()
        return has_ended

    def end(self) -> None:
        """End it; a fit that is broken off leaves the scores as they were."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        # So that it has closed the ledger, and the last to close it leaves no log beside it.
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(CLOSED_WITHIN_S)

    def _start(self) -> None:
        # A session of its own: what a terminal tells the server's group, it is told by the server.
        self._process = subprocess.Popen(  # noqa: S603 - this program itself
            [sys.executable, "-c", _SETTLE, *self._arguments], start_new_session=True
        )


def keep_settled(database: str, server: int, log_level: str, home: str, *, is_private: bool) -> None:
    """Settle whatever is written while `server`, the parent, lives.

    What webhooks are to be sent is sent beside it, by `api.deliverer`, with `home` before its links.
    """
    configure_logs(log_level)
    # Before anybody waits for it, and before an end is to be orderly: within an import none is.
    import models.credence  # noqa: F401, PLC0415 - scikit-learn takes a second to import

    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    os.nice(NICENESS)
    # A thread, not a process: it mostly waits, and another interpreter would take some ten times the memory.
    deliverer = Deliverer(database, home=home, is_private=is_private)
    deliverer.start()
    try:
        while os.getppid() == server:
            try:
                with closing(open_database(database, create=False)) as db:
                    opened = identity(database)
                    while os.getppid() == server and identity(database) == opened:
                        _settle_for(db, server, LOOK_S)
                        if not deliverer.is_alive():
                            structlog.get_logger().error("deliverer ended")
                            deliverer = Deliverer(database, home=home, is_private=is_private)
                            deliverer.start()
            except (DatabaseError, DivergedError) as error:
                structlog.get_logger().error("scores not settled", reason=str(error))
                sleep(PAUSE_S)
    finally:
        # A thread that the process ends under does not close the ledger, and its log would be left beside it.
        deliverer.end()


def _settle_for(db: Database, server: int, seconds: float) -> None:
    end = monotonic() + seconds
    while monotonic() < end and os.getppid() == server:
        if settlement.is_behind(db):
            _let_finish(db)
            settlement.settle(db)
            # Those who write have the processor in between, and more of them share the next fit.
            sleep(REST_S)
        else:
            sleep(POLL_S)


def _let_finish(db: Database) -> None:
    """Wait for the rest of many claims that are being written at once, but not for long.

    What was fitted to the first of them would have to be fitted again, and take the processor from
    those who write.
    """
    ends, last = monotonic() + MANY_WITHIN_S, settlement.n_unsettled(db)
    while last > MANY and monotonic() < ends:
        sleep(BATCH_S)
        before, last = last, settlement.n_unsettled(db)
        if last == before:
            return


def await_settled(kind: str, subject_id: str | None = None) -> None:
    """Wait until what was written shows in the stored scores that are asked for, but not for long.

    Parameters
    ----------
    subject_id : str or None
        None for all subjects of the kind, as a list shows them.

    Raises
    ------
    DatabaseError
        When the file cannot be read.
    """
    if not current_app.config["SETTLED_BESIDE"]:
        return
    entry, waited_s = settlement.awaited(ledger(), kind, subject_id), 0.0
    while entry is not None and settlement.reach(ledger())[0] < entry and waited_s < AWAITED_WITHIN_S:
        # Ever more seldom: hundreds may wait for one fit of a large ledger.
        pause_s = max(POLL_S, waited_s / 10)
        serving().wait(pause_s)
        waited_s += pause_s


def settled(view: View) -> View:
    """Let a view that writes settle what it wrote, where no settler does."""

    @wraps(view)
    def answer(*args: Any, **options: Any) -> Any:
        response = view(*args, **options)
        if current_app.config["SETTLED_BESIDE"]:
            return response
        try:
            settlement.settle(ledger())
        except (DatabaseError, DivergedError) as error:
            # What was asked for is written; the next write settles both.
            structlog.get_logger().error("scores not settled", reason=str(error))
        return response

    return answer  # type: ignore[return-value]
