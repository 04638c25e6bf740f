"""Wording: how a probability, a day, a number and a list are written in any sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from models.answer import plain
from models.record import Claim, Correction

# A text that is longer is cut where it is named in a sentence, in characters.
LONGEST_NAMED = 120


def percent(probability: float) -> str:
    """Write a probability in per cent, ``57%``; none is certain."""
    if probability > 0.99:
        return "over 99%"
    return "under 1%" if probability < 0.01 else f"{probability:.0%}"


def between(low: float, high: float) -> str:
    """Write an interval of probabilities, ``22–63%``; no end of it is certain."""
    ends = [min(max(round(100 * end), 1), 99) for end in (low, high)]
    return f"{ends[0]}–{ends[1]}%"


def number(value: float) -> str:
    """Write a quantity's value to three digits, with commas between thousands."""
    return plain(float(f"{value:.3g}"))


def day(at: datetime) -> str:
    """Write a day in UTC, ``31 January 2025``."""
    at = at.astimezone(UTC)
    return f"{at.day} {at:%B %Y}"


def instant(at: datetime) -> str:
    """Write an instant in UTC, ``31 January 2025, 16:00 UTC``."""
    return f"{day(at)}, {at.astimezone(UTC):%H:%M} UTC"


def stated(event: Claim | Correction) -> str:
    """Write when something was said, as precisely as it is known."""
    return day(event.stated_at) if event.stated_precision == "day" else instant(event.stated_at)


def listed(words: Sequence[str]) -> str:
    """Join words as a sentence does, ``one, two and three``."""
    return " and ".join([", ".join(words[:-1]), *words[-1:]] if len(words) > 1 else words)


def some_of(words: Sequence[str], most: int, n_more: int = 0) -> str:
    """Name the first words and count the rest, ``one, two and 3 more``.

    Parameters
    ----------
    most : int
        How many are named.
    n_more : int
        How many more there are than `words`.
    """
    n_more += max(len(words) - most, 0)
    return ", ".join(words[:most]) + (f" and {n_more} more" if n_more else "")


def shortened(text: str) -> str:
    """Cut a text that is too long to be named in a sentence."""
    return text if len(text) <= LONGEST_NAMED else f"{text[: LONGEST_NAMED - 1].rstrip()}…"
