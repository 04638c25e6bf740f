"""Graded verdicts of fact-checkers, read as true or false where a record asserts only that.

The words are those of published scales. A statement that is at least half true counts as true, the
line that studies of these rulings draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Set

IS_TRUE = {
    "true": True,
    "mostly-true": True,
    "half-true": True,
    "barely-true": False,
    "mostly-false": False,
    "false": False,
    "pants-fire": False,
    "pants-on-fire": False,
}


def as_two_labels(asserted: Set[str], verdict: Mapping[str, str]) -> dict[str, str]:
    """Return verdicts as "true" or "false" if that is all that is asserted and all are on the scale."""
    words = {value: value.strip().lower().replace(" ", "-").rstrip("!") for value in set(verdict.values())}
    if not asserted <= {"true", "false"} or not set(words.values()) <= set(IS_TRUE):
        return dict(verdict)
    return {about: "true" if IS_TRUE[words[value]] else "false" for about, value in verdict.items()}
