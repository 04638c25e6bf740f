"""What is kept of a request until it is whole, or of an answer until it is taken."""

from os import SEEK_END
from tempfile import TemporaryFile
from typing import IO

# What of a request or an answer is kept in memory before it goes to a file, in bytes: hundreds of
# clients at once then still fit.
LARGEST_IN_MEMORY = 2**17


class Kept:
    """Bytes that are added at one end and taken from the other; in a file once they are many.

    Attributes
    ----------
    n : int
        How many were added.
    """

    def __init__(self) -> None:
        self.n = 0
        self._pieces: list[bytes] = []
        self._file: IO[bytes] | None = None
        self._n_taken = 0

    def add(self, content: bytes) -> None:
        """Add bytes; OSError where the disk has no room for them."""
        self.n += len(content)
        self._pieces.append(content)
        if self.n > LARGEST_IN_MEMORY:
            if self._file is None:
                self._file = TemporaryFile()  # noqa: SIM115 - closed with the exchange
            self._file.seek(0, SEEK_END)
            self._file.write(b"".join(self._pieces))
            self._pieces.clear()

    def take(self, size: int) -> bytes:
        """Take up to so many of the bytes; none where all were taken."""
        at = self._n_taken
        if self._file is None:
            self._pieces = [b"".join(self._pieces)]
            content = self._pieces[0][at : at + size]
        else:
            self._file.seek(at)
            content = self._file.read(size)
        self._n_taken = at + len(content)
        return content

    def close(self) -> None:
        """Forget everything."""
        self._pieces.clear()
        if self._file is not None:
            self._file.close()
