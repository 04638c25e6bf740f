"""Events: what subscribers are told of, and when it is worth telling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.record import Claim
from models.standing import Consequence
from models.wording import percent

# How far a score lies from what was last told of it before it is told of again, on the scale of a
# probability; of a quantity, the share by which its median has moved. A whole per cent is the least that an
# answer shows, and fits move everything by less all the time.
SMALLEST_MOVE = 0.01

CORRECTED, RESOLVED, MOVED = "correction.recorded", "question.resolved", "score.moved"
TYPES = (CORRECTED, RESOLVED, MOVED)


@dataclass(frozen=True)
class State:
    """What a score says, as far as subscribers are told.

    Parameters
    ----------
    score, low, high : float or None
        With the interval; of a question its leading answer's, None for a quantity and where it cannot be
        judged.
    answers : mapping of str to float, or None
        The credence of each answer of a question.
    median : float or None
        Of a quantity, in its unit.
    """

    score: float | None = None
    low: float | None = None
    high: float | None = None
    answers: Mapping[str, float] | None = None
    median: float | None = None

    def document(self, kind: str) -> dict[str, Any]:
        """Return the JSON form of a state of a source, a claim or a question."""
        if self.answers is not None:
            return {"answers": [{"answer": name, "credence": share} for name, share in self.answers.items()]}
        if kind == "question":
            return {"quantity": {"median": self.median}}
        return {"score": self.score, "low": self.low, "high": self.high}


@dataclass(frozen=True)
class Move:
    """A score that is to be told of: what was last told, and what it says now."""

    kind: str
    id: str
    before: State | None
    after: State


@dataclass(frozen=True)
class Wish:
    """When a subscriber wants to be told of a score; with neither, of every move.

    Parameters
    ----------
    threshold : float or None
        When it, or the credence of one of a question's answers, crosses this, either way.
    moved_by : float or None
        When it has moved by this since they were last told.
    """

    threshold: float | None = None
    moved_by: float | None = None


@dataclass(frozen=True)
class Change:
    """Something that was recorded, with its claim and what came of a correction, where they still count.

    Parameters
    ----------
    action, kind, id : str
        As in the audit trail.
    claim : Claim or None
        Of a correction the corrected one.
    """

    action: str
    kind: str
    id: str
    claim: Claim | None = None
    came: Consequence | None = None


@dataclass(frozen=True)
class Cause:
    """What moved scores: what was recorded since they were settled last, or what else it was.

    Parameters
    ----------
    name : str
        ``"ledger"``, ``"model"`` where another version of the model made them, ``"refit"`` where the whole of
        a large ledger was fitted again.
    latest : Change or None
        The last that was recorded and bears on the subject; else the last of all.
    n_more : int
        How many others bear on it.
    """

    name: str = "ledger"
    latest: Change | None = None
    n_more: int = 0


def distance(before: State | None, after: State) -> float:
    """Return how far two states of one score lie apart; 1 where only one of them could be judged."""
    if before is None:
        return 0.0
    if after.answers is not None:
        told = before.answers or {}
        return max((abs(share - told.get(name, 0.0)) for name, share in after.answers.items()), default=0.0)
    if before.median is not None or after.median is not None:
        if before.median is None or after.median is None:
            return 1.0
        return abs(after.median - before.median) / max(abs(before.median), abs(after.median), 1e-300)
    if before.score is None or after.score is None:
        return 0.0 if before.score is after.score else 1.0
    return abs(after.score - before.score)


def granted(wish: Wish, before: State | None, after: State) -> str | None:
    """Return why a subscriber is to be told of a move, in a clause; None where they are not.

    Parameters
    ----------
    before : State or None
        What this subscriber was told last.
    """
    if wish.threshold is None and wish.moved_by is None:
        return "the score moved"
    if wish.threshold is not None:
        for name, old, new in _pairs(before, after):
            if old is not None and new is not None and (old >= wish.threshold) != (new >= wish.threshold):
                what = f'the credence of "{name}"' if name else "the score"
                return f"{what} {'rose to' if new > old else 'fell below'} {percent(wish.threshold)}"
    if wish.moved_by is not None and distance(before, after) >= wish.moved_by:
        return f"the score has moved by {percent(wish.moved_by)} or more since the last delivery"
    return None


def _pairs(before: State | None, after: State) -> list[tuple[str, float | None, float | None]]:
    if before is None:
        return []
    if after.answers is None:
        return [("", before.score, after.score)]
    told = before.answers or {}
    return [(name, told.get(name, 0.0), share) for name, share in after.answers.items()]
