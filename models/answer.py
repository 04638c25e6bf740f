"""Answers: what a claim asserts, as a set of names or an interval of values.

The JSON form is a name, a list of names, or for a quantity ``{"value": x}``, ``{"about": x}``,
``{"at_least": x}``, ``{"at_most": x}`` or ``{"between": [x, y]}``.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from models.errors import InvalidValueError

# Six orders beyond any count or sum in the news; keeps squares inside a double.
LARGEST_NUMBER = 1e15
BOUNDS = ("value", "about", "at_least", "at_most", "between")


def plain(value: float) -> str:
    """Write a number with all of its digits, commas between its thousands, and never with an exponent."""
    return f"{Decimal(repr(float(value))).normalize():,f}"


@dataclass(frozen=True)
class Quantity:
    """The axis of a question about a number: its unit, its scale, its expected range.

    `scale` is ``"linear"`` or ``"log"``; `low` and `high` bound what is expected before
    anyone has spoken.
    """

    unit: str
    scale: str = "linear"
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Names:
    """A set of answers out of a question's list: one of these is the truth."""

    names: tuple[str, ...]

    @property
    def document(self) -> Any:
        """The JSON form: a name alone, or a list."""
        return self.names[0] if len(self.names) == 1 else list(self.names)

    def __str__(self) -> str:
        return " or ".join(self.names)


@dataclass(frozen=True)
class Values:
    """An interval of values of a quantity; `bound` is one of `BOUNDS`."""

    bound: str
    values: tuple[float, ...]

    @property
    def document(self) -> Any:
        """The JSON form, ``{"about": 4000}``."""
        return {self.bound: list(self.values) if self.bound == "between" else self.values[0]}

    def __str__(self) -> str:
        numbers = [f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}" for value in self.values]
        if self.bound == "between":
            return f"{numbers[0]} to {numbers[1]}"
        words = {"value": "", "about": "about ", "at_least": "at least ", "at_most": "at most "}
        return words[self.bound] + numbers[0]


Answer = Names | Values


def parse_answer(document: Any, field: str = "answer") -> Answer:
    """Read an answer from its JSON form.

    Raises
    ------
    InvalidValueError
        When the document has none of the known forms, names an answer twice, or holds a
        number that is not finite, is out of range, or an empty interval.
    """
    if isinstance(document, str):
        document = [document]
    if isinstance(document, list):
        if not document or not all(isinstance(name, str) and name for name in document):
            raise InvalidValueError(field, "must name at least one answer")
        if len(set(document)) != len(document):
            raise InvalidValueError(field, "names an answer twice")
        return Names(tuple(document))
    if isinstance(document, dict) and len(document) == 1:
        bound, numbers = next(iter(document.items()))
        if bound in BOUNDS:
            return Values(bound, _numbers(bound, numbers, f"{field}.{bound}"))
    raise InvalidValueError(
        field, 'must be a name, a list of names, or one of {"' + '": …}, {"'.join(BOUNDS) + '": …}'
    )


def _numbers(bound: str, numbers: Any, field: str) -> tuple[float, ...]:
    if bound != "between":
        numbers = [numbers]
    elif not isinstance(numbers, list) or len(numbers) != 2:
        raise InvalidValueError(field, "must be a list of two numbers")
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise InvalidValueError(field, "must be a number")
        # Not `>`: a NaN is neither larger nor smaller.
        if not abs(number) <= LARGEST_NUMBER:
            raise InvalidValueError(field, f"must lie between -{LARGEST_NUMBER:g} and {LARGEST_NUMBER:g}")
    if bound == "between" and numbers[0] > numbers[1]:
        raise InvalidValueError(field, "must have its lower end first")
    return tuple(float(number) for number in numbers)


def check_answer(
    answer: Answer, names: tuple[str, ...], quantity: Quantity | None, field: str = "answer"
) -> None:
    """Refuse an answer that its question does not have.

    Parameters
    ----------
    names : tuple of str
        The question's list of answers, empty for a quantity.
    quantity : Quantity or None
        The question's quantity.

    Raises
    ------
    InvalidValueError
        For a name that is not on the list, a name where a number is asked or a number where a
        name is, and a value of zero or below on a logarithmic scale.
    """
    known = ", ".join(names)
    if isinstance(answer, Names):
        if quantity is not None:
            raise InvalidValueError(field, f'must be a number of {quantity.unit}, as {{"about": 4000}}')
        for name in answer.names:
            if name not in names:
                raise InvalidValueError(
                    field, f"{name!r} is not an answer of this question: {', '.join(names)}"
                )
    elif quantity is None:
        raise InvalidValueError(field, f"must be one or more of this question's answers: {known}")
    elif quantity.scale == "log" and min(answer.values) <= 0:
        raise InvalidValueError(field, "must be above zero on a logarithmic scale")
