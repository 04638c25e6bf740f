"""Instants as text: RFC 3339 in UTC with microseconds, of one width, so that text order is time order."""

from datetime import UTC, datetime


def to_text(at: datetime) -> str:
    """Write an aware instant as ``2025-01-31T08:00:00.000000Z``; a naive one raises ValueError."""
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no offset from UTC")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def until(at: datetime | None) -> str:
    """Write the last instant that counts, to compare texts with; None for one after every other."""
    return "~" if at is None else to_text(at)


def from_text(text: str) -> datetime:
    """Read an instant that `to_text` wrote."""
    return datetime.fromisoformat(text)


def to_wire(at: datetime) -> str:
    """Write an aware instant as RFC 3339 in UTC, with no more digits than it needs."""
    text = at.astimezone(UTC).replace(tzinfo=None).isoformat()
    return (text.rstrip("0") if at.microsecond else text) + "Z"
