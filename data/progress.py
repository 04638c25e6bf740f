"""Progress: how far a long piece of work has come, reported to whoever waits for it."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")

# What is being done, how much of it is done, and out of how much.
Progress = Callable[[str, int, int], None]


def silent(_work: str, _done: int, _total: int) -> None:
    """Tell nobody."""


def reported(items: Iterable[Item], work: str, total: int, progress: Progress) -> Iterator[Item]:
    """Yield the items, and report each once it is done with.

    Parameters
    ----------
    total : int
        How many items there are.
    """
    progress(work, 0, total)
    for done, item in enumerate(items, 1):
        yield item
        progress(work, done, total)
