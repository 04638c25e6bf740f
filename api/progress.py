"""Progress bars: for who waits at a terminal, on standard error; a log or a pipe gets none."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import click

from data.progress import Progress, silent

# A bar is drawn anew this often in a piece of work, however many items that has.
TIMES_DRAWN = 200


class _Bars:
    """One bar for each piece of work, one under the other."""

    def __init__(self) -> None:
        self._open, self._work, self._done = ExitStack(), "", 0
        self._bar: Any = None

    def tell(self, work: str, done: int, total: int) -> None:
        if work != self._work:
            self.close()
            self._bar = self._open.enter_context(click.progressbar(length=total, label=work, file=sys.stderr))
            self._work, self._done = work, 0
        if done == total or done - self._done >= total / TIMES_DRAWN:
            self._bar.update(done - self._done)
            self._done = done

    def close(self) -> None:
        self._open.close()


@contextmanager
def bars() -> Iterator[Progress]:
    """Draw a bar for each piece of work that is told of, where anyone watches."""
    if not sys.stderr.isatty():
        yield silent
        return
    drawn = _Bars()
    try:
        yield drawn.tell
    finally:
        drawn.close()
