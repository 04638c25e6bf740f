"""Where a request ends: as much of HTTP/1.1 as it takes to know that it has arrived whole.

Gunicorn's parser reads the request afterwards and refuses what is malformed. So nothing is refused
here: where the framing cannot be made out, the request counts as whole, and is read at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from api.body import LARGEST_BODY, LARGEST_LINES_BODY, LINES_TYPE

END_OF_HEAD = b"\r\n\r\n"
# A longer line between two chunks is refused by gunicorn's parser.
LONGEST_CHUNK_LINE = 8190
# Gunicorn reads a body at least so many bytes at a time, also where the app asks for one more than its limit.
SMALLEST_READ = 1024
# The fields that tell how a body is sent.
FIELDS = re.compile(
    rb"\r\n(content-length|content-type|expect|transfer-encoding)[ \t]*:([^\r\n]*)", re.IGNORECASE
)
# Of a stream of events, where it goes on.
LAST_EVENT = re.compile(rb"\r\nlast-event-id[ \t]*:[ \t]*([^\r\n]*)", re.IGNORECASE)
STREAM_PATH = b"/v1/events/stream"
# Digits of a length: more than any disk holds, and few enough for int().
MOST_DIGITS = 18


@dataclass(frozen=True)
class Head:
    """What a request's head says about the request.

    Attributes
    ----------
    method, path, query : bytes
        As they were sent; the query is empty where there is none.
    length : int or None
        Of the body, in bytes; None where its chunks tell.
    limit : int
        The largest body that is read of its kind, in bytes.
    expects : bool
        Whether the client waits to be told to send the body.
    last_event : bytes
        The `Last-Event-ID` of a stream of events; empty of anything else.
    """

    method: bytes
    path: bytes
    query: bytes
    length: int | None
    limit: int
    expects: bool
    last_event: bytes = b""

    @property
    def is_long(self) -> bool:
        """Whether the body may be a large one, that takes its time."""
        return self.limit == LARGEST_LINES_BODY


def read_head(content: bytes) -> Head:
    """Read a head, without its empty last line."""
    method, _, rest = content.removeprefix(b"\r\n").partition(b"\r\n")[0].partition(b" ")
    target, _, version = rest.partition(b" ")
    path, _, query = target.partition(b"?")
    fields = {name.lower(): value.strip().lower() for name, value in FIELDS.findall(content)}
    sent = LAST_EVENT.search(content) if path == STREAM_PATH else None
    kind = fields.get(b"content-type", b"").partition(b";")[0].rstrip()
    return Head(
        method=method,
        path=path,
        query=query,
        length=_length(fields) if fields else 0,
        limit=LARGEST_LINES_BODY if kind == LINES_TYPE.encode() else LARGEST_BODY,
        expects=fields.get(b"expect") == b"100-continue" and version != b"HTTP/1.0",
        last_event=b"" if sent is None else sent[1].strip(),
    )


def _length(fields: dict[bytes, bytes]) -> int | None:
    said = fields.get(b"content-length", b"0")
    if b"transfer-encoding" not in fields:
        return int(said) if said.isdigit() and len(said) <= MOST_DIGITS else 0
    is_chunked = fields[b"transfer-encoding"].endswith(b"chunked")
    return None if is_chunked and b"content-length" not in fields else 0


class Length:
    """Counts a body whose length was said beforehand; the attributes are those of `Chunks`."""

    def __init__(self, length: int, limit: int) -> None:
        self._to_come = length
        # The app refuses what is too large by what its head says.
        self.is_whole = length == 0 or length > limit
        self.is_clean = length == 0

    def follow(self, content: bytes) -> None:
        """Take what has arrived."""
        self._to_come -= len(content)
        self.is_whole = self.is_whole or self._to_come <= 0
        self.is_clean = self._to_come == 0


class Chunks:
    """Follows the chunks of a body until the last has arrived.

    Attributes
    ----------
    is_whole : bool
        Whether nothing more is to be waited for.
    is_clean : bool
        Whether it is whole because it ended as it should, with nothing behind it.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.is_whole = False
        self.is_clean = False
        self._rest = b""
        # What the chunks begun so far hold; and what of the present one, and of its end of line, is to come.
        self._said = 0
        self._to_come = 0
        self._is_last = False

    def follow(self, content: bytes) -> None:
        """Take what has arrived."""
        content = self._rest + content
        at = 0
        while not self.is_whole:
            passed = min(self._to_come, len(content) - at)
            at += passed
            self._to_come -= passed
            end = content.find(b"\r\n", at)
            if end < 0 or self._is_too_large():
                break
            self._read_line(content[at:end])
            at = end + 2
        self._rest = content[at:]
        self.is_clean = self.is_clean and not self._rest
        # The app refuses a body that is too large, and gunicorn a line between chunks that is too long.
        self.is_whole = self.is_whole or self._is_too_large() or len(self._rest) > LONGEST_CHUNK_LINE

    def _is_too_large(self) -> bool:
        """Whether so much has arrived that the app sees that it is too much."""
        return self._said - self._to_come >= self.limit + SMALLEST_READ

    def _read_line(self, line: bytes) -> None:
        """Read the line before a chunk, or a line of the trailers."""
        if self._is_last:
            self.is_whole = self.is_clean = not line
            return
        said = line.partition(b";")[0]
        try:
            # int() also takes signs and underscores, which gunicorn refuses: nothing is waited for then.
            size = int(said, 16) if said.isalnum() else -1
        except ValueError:
            size = -1
        self._is_last = size == 0
        self.is_whole = size < 0
        self._said += size
        self._to_come = size + 2 if size > 0 else 0


def body_of(head: Head) -> Length | Chunks:
    """Return what tells when the body of a request is whole."""
    return Chunks(head.limit) if head.length is None else Length(head.length, head.limit)
