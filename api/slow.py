"""Slow work, waiting and streams: what takes its time, done so that nobody else has to wait for it.

A view says what is slow, by what it is about to do. The server does it beside the loop that answers
everybody else (`api.gevent_worker`); where there is no server, it is done in place.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Protocol, TypeVar

from flask import current_app

T = TypeVar("T")
View = TypeVar("View", bound=Callable[..., Any])


class Serving(Protocol):
    """How a process serves requests that take their time."""

    def do(self, work: Callable[[], T]) -> T:
        """Do slow work and return what it returns.

        Raises
        ------
        OverloadedError
            When too much slow work waits already, or its turn does not come in time.
        """

    def wait(self, seconds: float) -> None:
        """Do nothing for so many seconds."""

    @contextmanager
    def streaming(self) -> Iterator[Callable[[], bool]]:
        """Hold a stream open in the block; what is yielded says whether it may stay so."""


class InPlace:
    """Serves one request at a time, as a test does: slow work holds up nobody, and no stream stays open."""

    def do(self, work: Callable[[], T]) -> T:
        """Do it now."""
        return work()

    def wait(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)

    @contextmanager
    def streaming(self) -> Iterator[Callable[[], bool]]:
        """Let a stream end with what there is."""
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
