"""Timelines: what held of a subject at the moments of its past, for a chart that is drawn at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlite_utils import Database

from data.fits import Fit, of_moment
from data.moments import Moment, moments_of, own_questions

T = TypeVar("T")

# Moments that one timeline shows at most: more would not be told apart on a screen.
MOST_MOMENTS = 200
# Claims that all fits of one timeline look at, at most, about: some seconds' work.
FITTED_CLAIMS = 200_000
# Moments that are fitted however large the ledger is: a beginning, an end, and what lies between.
FEWEST_MOMENTS = 6


@dataclass(frozen=True)
class Step(Generic[T]):
    """What held from a moment on.

    Parameters
    ----------
    at : datetime
    events : tuple of dict
        What happened on the subject's own question since the step before, as `data.moments` describes them;
        empty where only something elsewhere moved it.
    n_elsewhere : int
        How many events on other questions came with them.
    state : T
    """

    at: datetime
    events: tuple[dict[str, Any], ...]
    n_elsewhere: int
    state: T


@dataclass(frozen=True)
class Timeline(Generic[T]):
    """The steps of a subject, oldest first.

    Parameters
    ----------
    n_moments : int
        How many moments it has had; where there are more than steps were fitted, a step covers several.
    is_thinned : bool
        Whether they do.
    """

    steps: tuple[Step[T], ...]
    n_moments: int
    is_thinned: bool


def timeline(
    db: Database,
    kind: str,
    subject_id: str,
    read: Callable[[Fit], T],
    has_moved: Callable[[T, T], bool],
    *,
    until: datetime | None = None,
) -> Timeline[T]:
    """Return what held of a question or a claim, inside the caller's transaction.

    Every step is the score as it would have been given then. Steps at which nothing happened on the
    subject's own question are left out where nothing moved. Where there are more moments than can be
    fitted for a page, those shown are spread evenly over them, the first and the last among them.

    Parameters
    ----------
    read : callable
        Reads from a fit what held of the subject.
    has_moved : callable
        Says of two states whether they differ.
    until : datetime or None
        The last moment that is told of.
    """
    own = set(own_questions(db, kind, subject_id))
    moments = moments_of(db, kind, subject_id, until=until)
    n_claims = max(int(db.execute("SELECT count(*) FROM claims").fetchone()[0]), 1)
    affordable = max(FEWEST_MOMENTS, min(MOST_MOMENTS, FITTED_CLAIMS // n_claims))
    shown = moments if len(moments) <= affordable else _spread(moments, own, affordable)
    steps: list[Step[T]] = []
    for moment in shown:
        state = read(of_moment(db, moment.at))
        events = tuple(event for event in moment.events if event["question"] in own)
        if events or not steps or has_moved(steps[-1].state, state):
            steps.append(Step(moment.at, events, len(moment.events) - len(events), state))
    return Timeline(tuple(steps), len(moments), len(shown) < len(moments))


def _spread(moments: Sequence[Moment], own: set[str], n: int) -> list[Moment]:
    """Return `n` moments that cover all, each with the events since the one before it."""
    last = len(moments) - 1
    ends = sorted({round(i * last / (n - 1)) for i in range(n)})
    covered = []
    for before, end in zip([-1, *ends], ends, strict=False):
        events = [event for moment in moments[before + 1 : end + 1] for event in moment.events]
        events.sort(key=lambda event: event["question"] not in own)
        covered.append(Moment(moments[end].at, tuple(events)))
    return covered
