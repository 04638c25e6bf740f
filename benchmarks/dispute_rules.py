"""Simple rules for a disputed question, and how any forecast of it is scored.

A list question has its answers. A quantity is read as ten bins, even on its own scale, of the
range that the question declares: a value lies in one bin, "at least" in all from its own up. So
every claim names some of a question's possibilities, and a forecast is a probability of each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

N_BINS = 10
# What the service says of a quantity: its median and a 90 % interval.
LEVELS = (0.05, 0.5, 0.95)
# What believing the latest gives the answer named last.
LATEST = 0.9
# The log score of an answer held to be impossible would be infinite.
LEAST_CREDENCE = 0.01

Array = NDArray[np.float64]
Document = dict[str, Any]


@dataclass(frozen=True)
class Possibilities:
    """What a question may turn out to be: its answers, or ten bins of its quantity.

    Parameters
    ----------
    names : tuple of str
        Empty for a quantity.
    edges : array of shape (11,)
        The ends of the bins, as logarithms where the scale is so; empty for a list.
    """

    names: tuple[str, ...]
    edges: Array
    is_log: bool = False

    @classmethod
    def of(cls, question: Document, said: Sequence[Any]) -> Possibilities:
        """Read a question; where a quantity declares no range, what was `said` of it spans one."""
        quantity = question.get("quantity")
        if quantity is None:
            return cls(tuple(question["answers"]), np.empty(0))
        is_log = quantity.get("scale") == "log"
        values = [value for answer in said for value in _values(answer)]
        low = quantity["low"] if quantity.get("low") is not None else min(values)
        high = quantity["high"] if quantity.get("high") is not None else max(values)
        first, last = np.log([low, high]) if is_log else (low, high)
        return cls((), np.linspace(first, last, N_BINS + 1), is_log)

    def __len__(self) -> int:
        return len(self.names) or N_BINS

    def named(self, answer: Any) -> NDArray[np.bool_]:
        """Return which possibilities an answer in the contract's JSON form names."""
        if self.names:
            chosen = [answer] if isinstance(answer, str) else answer
            return np.array([name in chosen for name in self.names])
        first, last = (self._bin(value) for value in (_values(answer)[0], _values(answer)[-1]))
        first = 0 if isinstance(answer, dict) and "at_most" in answer else first
        last = N_BINS - 1 if isinstance(answer, dict) and "at_least" in answer else last
        return (np.arange(N_BINS) >= first) & (np.arange(N_BINS) <= last)

    def credence(self, score: Document) -> Array:
        """Read a question's score: credences, or a density that is even between the quantiles told."""
        if self.names:
            told = {answer["answer"]: answer["credence"] for answer in score["answers"]}
            return np.array([told[name] for name in self.names])
        quantity = score["quantity"]
        if quantity["median"] is None:
            return np.full(N_BINS, 1 / N_BINS)
        quantiles = [self._position(quantity[name]) for name in ("low", "median", "high")]
        ends = min(self.edges[0], quantiles[0]), max(self.edges[-1], quantiles[-1])
        below = np.interp(self.edges, [ends[0], *quantiles, ends[1]], [0.0, *LEVELS, 1.0])
        below[0], below[-1] = 0.0, 1.0
        return np.diff(below)

    def _bin(self, value: float) -> int:
        inside = np.searchsorted(self.edges, self._position(value), side="right") - 1
        return int(np.clip(inside, 0, N_BINS - 1))

    def _position(self, value: float) -> float:
        if not self.is_log:
            return float(value)
        return float(np.log(value)) if value > 0 else float(self.edges[0])


def moment(text: str, *, is_from: bool = False) -> datetime:
    """Read an instant; a date alone counts from its day's end, or from its beginning with `is_from`."""
    at = datetime.fromisoformat(text)
    if len(text) == len("2025-01-31"):
        hours = {} if is_from else {"hour": 23, "minute": 59, "second": 59}
        return at.replace(**hours, tzinfo=UTC)
    return at.astimezone(UTC)


def counting_voices(
    possible: Possibilities, claims: Sequence[Document], notices: Sequence[Document]
) -> Array:
    """Return each possibility's share of the sources, by their latest word that no one retracted.

    Amendments count, denials do not; a claim of several answers is divided among them.
    """
    latest = {claim["source"]: claim for claim in _standing(claims, notices, {"retract"})}
    votes = np.zeros(len(possible))
    for claim in latest.values():
        named = possible.named(claim["answer"])
        votes += named / named.sum()
    return votes / votes.sum() if latest else knowing_nothing(possible, claims, notices)


def believing_latest(
    possible: Possibilities, claims: Sequence[Document], notices: Sequence[Document]
) -> Array:
    """Return nine tenths for what was named last, by a claim that stands or an amendment."""
    standing = _standing(claims, notices, {"retract", "deny"})
    said = [(moment(claim["stated_at"]), 0, claim["answer"]) for claim in standing]
    said += [(moment(n["stated_at"]), 1, n["answer"]) for n in notices if n["kind"] == "amend"]
    if not said:
        return knowing_nothing(possible, claims, notices)
    named = possible.named(sorted(said, key=lambda entry: entry[:2])[-1][2])
    if named.all():
        return knowing_nothing(possible, claims, notices)
    return np.asarray(np.where(named, LATEST / named.sum(), (1 - LATEST) / (~named).sum()))


def knowing_nothing(possible: Possibilities, *_: Sequence[Document]) -> Array:
    """Return the same for all."""
    return np.full(len(possible), 1 / len(possible))


RULES: dict[str, Callable[[Possibilities, Sequence[Document], Sequence[Document]], Array]] = {
    "counting_voices": counting_voices,
    "believing_latest": believing_latest,
    "knowing_nothing": knowing_nothing,
}


def scored(credence: Array, truth: int) -> Array:
    """Return accuracy, Brier score and log score of a forecast, shape (3,).

    The first of the most likely possibilities is its answer. The Brier score is summed over the
    possibilities, from 0 to 2.
    """
    miss = credence - (np.arange(len(credence)) == truth)
    log_score = -np.log(max(credence[truth], LEAST_CREDENCE))
    return np.array([float(np.argmax(credence) == truth), float(miss @ miss), float(log_score)])


def _standing(claims: Sequence[Document], notices: Sequence[Document], ending: set[str]) -> list[Document]:
    """Return the claims as amended, without those that a notice of an `ending` kind took back."""
    standing = {claim["id"]: dict(claim) for claim in sorted(claims, key=lambda c: moment(c["stated_at"]))}
    for notice in sorted(notices, key=lambda n: moment(n["stated_at"])):
        if notice["kind"] == "amend" and notice["claim"] in standing:
            standing[notice["claim"]]["answer"] = notice["answer"]
        elif notice["kind"] in ending:
            standing.pop(notice["claim"], None)
    return list(standing.values())


def _values(answer: Any) -> list[float]:
    inner = next(iter(answer.values())) if isinstance(answer, dict) else answer
    return [float(value) for value in (inner if isinstance(inner, list) else [inner])]
