"""Slow work, waiting and streams: what takes its time, done so that nobody else has to wait for it.

A view says what is slow, by what it is about to do. A server does it beside the loop that answers
everybody else (`api.gevent_worker`); where there is no server, it is done in place.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar

from flask import current_app

T = TypeVar("T")
View = TypeVar("View", bound=Callable[..., Any])


class Serving:
    """How a process serves what takes its time: here one request at a time, as a test does."""

    def do(self, work: Callable[[], T]) -> T:
        """Do slow work and return what it returns.

        Raises
        ------
        OverloadedError
            When its turn does not come in time.
        """
        return work()

    def wait(self, seconds: float) -> None:
        """Do nothing for so many seconds."""
        time.sleep(seconds)

    @contextmanager
    def streaming(self) -> Iterator[Callable[[], bool]]:
        """Hold a stream open in the block; what is yielded says whether it may stay so."""
        yield lambda: False


def serving() -> Serving:
    """Return how the present process serves."""
    found: Serving = current_app.extensions["credence"]["serving"]
    return found


def slow(view: View) -> View:
    """Let all that a view does be slow work."""

    @wraps(view)
    def answer(*args: Any, **named: Any) -> Any:
        return serving().do(lambda: view(*args, **named))

    return answer  # type: ignore[return-value]
