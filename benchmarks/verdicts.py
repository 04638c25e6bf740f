"""Verdicts: outcomes told on a graded scale of truth rather than as an answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

# How true each word calls a statement, in the order that fact-checkers publish for their scales; only
# the order and the side of one half are used. PolitiFact counts "half true" to the true side, a "mixture"
# is on neither and so not right.
GRADES = {
    "pants on fire": 0.0,
    "pants fire": 0.0,
    "false": 0.1,
    "mostly false": 0.3,
    "barely true": 0.3,
    "mixture": 0.5,
    "mixed": 0.5,
    "mixture of true and false": 0.5,
    "half true": 0.6,
    "mostly true": 0.8,
    "true": 1.0,
}
TRUE_SIDE = 0.5
# Two words are the answers to a yes-or-no question; a scale has at least one between them.
LEAST_LEVELS = 3


def grade_of(label: str) -> float | None:
    """Return how true a verdict calls a statement, in [0, 1], or None if the label is no verdict."""
    return GRADES.get(" ".join(label.lower().replace("-", " ").replace("_", " ").replace("!", "").split()))


@dataclass(frozen=True)
class VerdictScale:
    """The levels of verdict that a record uses, from the least true to the most.

    Examples
    --------
    >>> scale = VerdictScale.found_in(["false", "half-true", "true"])
    >>> scale.level("half-true"), scale.is_right("half-true")
    (1, True)
    """

    grades: tuple[float, ...]

    @classmethod
    def found_in(cls, labels: Iterable[str]) -> VerdictScale | None:
        """Return the scale of a record's outcomes, one label each; None if they are plain answers.

        Outcomes are verdicts when most of them are, at three levels or more.
        """
        grades = [grade_of(label) for label in labels]
        known = [grade for grade in grades if grade is not None]
        levels = tuple(sorted(set(known)))
        if len(levels) < LEAST_LEVELS or 2 * len(known) <= len(grades):
            return None
        return cls(levels)

    def level(self, label: str) -> int | None:
        """Return the position of a verdict on the scale; None for a label that judges nothing."""
        grade = grade_of(label)
        return self.grades.index(grade) if grade in self.grades else None

    def is_right(self, label: str) -> bool:
        """Return whether a verdict calls a statement more true than not."""
        grade = grade_of(label)
        return grade is not None and grade > TRUE_SIDE

    @property
    def first_right_level(self) -> int:
        """The lowest level on the true side."""
        return sum(grade <= TRUE_SIDE for grade in self.grades)


def as_two_labels(asserted: Set[str], verdict: Mapping[str, str]) -> dict[str, str]:
    """Return verdicts as "true" or "false" if that is all that is asserted and each is on one side."""
    grades = {label: grade_of(label) for label in set(verdict.values())}
    sides = {label: grade > TRUE_SIDE for label, grade in grades.items() if grade not in (None, TRUE_SIDE)}
    if not asserted <= {"true", "false"} or len(sides) < len(grades):
        return dict(verdict)
    return {about: "true" if sides[label] else "false" for about, label in verdict.items()}
