"""The slots: how many workers may be busy with slow requests at a time."""

import fcntl
from typing import IO


class Slots:
    """A number of slots that several processes share; one that ends, however it ends, gives its slot back.

    Slot i is a lock on byte i of a file: POSIX record locks belong to a process, also on a file that was
    opened before a fork. The file must not be opened a second time, since closing it would drop them.

    Parameters
    ----------
    file : file
        Open for writing, before the fork, and used for nothing else.
    n : int
        How many slots there are.
    """

    def __init__(self, file: IO[bytes], n: int) -> None:
        self._file = file
        self._n = n

    def take(self) -> int | None:
        """Take a slot that is free, if there is one."""
        for slot in range(self._n):
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, slot)
            except OSError:
                continue
            return slot
        return None

    def give_back(self, slot: int) -> None:
        """Give a slot back."""
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, slot)
