"""Figures: numbers, per cent, days and moments as readers are shown them."""

import math
import re
from datetime import datetime

# Between a number and its unit no line is broken.
NO_BREAK = "\N{NO-BREAK SPACE}"
UNJUDGED = "cannot be judged"
# A number is told to as many significant digits.
DIGITS = 3
# https://www.w3.org/TR/xml/#charsets
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def percent(probability: float) -> str:
    """Write a probability in per cent; nothing is told as certain."""
    if probability > 0.99:
        return f"over 99{NO_BREAK}%"
    return f"under 1{NO_BREAK}%" if probability < 0.01 else f"{probability * 100:.0f}{NO_BREAK}%"


def spaced(text: str) -> str:
    """Write per cent signs in a sentence as `percent` does."""
    return re.sub(r"(?<=[0-9])%", f"{NO_BREAK}%", text)


def range_of(low: float, high: float) -> str:
    """Write an interval of a probability in per cent, from 1 to 99."""
    ends = [min(max(round(end * 100), 1), 99) for end in (low, high)]
    return f"{ends[0]}–{ends[1]}{NO_BREAK}%"


def number(value: float) -> str:
    """Write a number to three significant digits, with its thousands apart."""
    if not value:
        return "0"
    places = DIGITS - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, places)
    return f"{rounded:,.{max(places, 0)}f}".rstrip("0").rstrip(".") if places > 0 else f"{rounded:,.0f}"


def moment_of(as_of: datetime) -> str:
    """Write a moment as in "as of 31 January 2025, 16:00 UTC"."""
    return f"as of {as_of:%-d %B %Y, %H:%M} UTC"


def spoken_day(at: datetime) -> str:
    """Write a day as in 31 January 2025."""
    return f"{at:%-d %B %Y}"


def for_xml(text: str) -> str:
    """Return a text with a mark for each character that XML cannot hold."""
    return NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
