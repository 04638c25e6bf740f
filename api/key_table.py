"""The keys as a table of text, for ``credence keys list``."""

from collections.abc import Sequence
from datetime import UTC, datetime

from data.keys import Key

HEADS = ("ID", "NAME", "SCOPE", "SOURCES", "MADE", "LAST USED", "ENDS")


def key_table(keys: Sequence[Key], *, at: datetime) -> str:
    """Return a line for each key, under a head; times are in UTC."""
    lines = [HEADS, *(_cells(key, at) for key in keys)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def _cells(key: Key, at: datetime) -> tuple[str, ...]:
    ends = _told(key.ends_at)
    return (
        key.id,
        key.name,
        key.scope,
        ",".join(key.sources) or "-",
        _told(key.recorded_at),
        _told(key.used_at),
        ends if key.is_open(at) else f"{ends} (ended)",
    )


def _told(at: datetime | None) -> str:
    return "-" if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
