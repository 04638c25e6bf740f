"""A fault: what a correction charges on the record of the claim's source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from models.answer import Answer
from models.axis import Axis, overlap
from models.constants import Constants
from models.record import Claim, Correction, Question, Record

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Fault:
    """A correction as a labelled observation: an error of this `weight` on the claim as first made.

    `weight` lies in [0, 1]: severity, less what a prompt correction by the source's own side
    earns, times the authority of whoever corrected. `is_own` where that was its own side.
    """

    weight: float
    because: str
    is_own: bool = True


def fault_of(
    claim: Claim,
    correction: Correction,
    record: Record,
    constants: Constants,
    *,
    done: str,
    weight: float,
    is_own: bool,
) -> Fault:
    """Return the fault of a correction.

    Parameters
    ----------
    done : str
        What was done to the claim, as a participle.
    weight : float
        The correction's severity, times the authority of whoever made it.
    """
    delay = max(correction.stated_at - claim.stated_at, timedelta(0))
    relief = constants.self_correction_relief * promptness(delay, constants) if is_own else 0.0
    by = record.sources[correction.by].name
    because = f"{claim.id} was {done} by {by} {_spoken(delay)}"
    if relief > 0:
        because += f", so prompt that it takes {relief:.0%} off the error"
    return Fault(weight * (1 - relief), because, is_own)


def promptness(delay: timedelta, constants: Constants) -> float:
    """Return the credit of a correction after `delay`: the share of corrections that are slower.

    exp(-(d/180)^0.63) with d in days; the constants tell where it was measured.
    """
    days = max(delay / DAY, 0.0)
    return float(np.exp(-((days / constants.promptness_days) ** constants.promptness_shape)))


def departure(one: Answer, other: Answer, question: Question, constants: Constants) -> float:
    """Return how far two answers to a question lie apart, in [0, 1]."""
    axis = Axis(question, (one, other), constants)
    return 1 - float(overlap(axis.membership(one)[None, :], axis.membership(other)[None, :])[0, 0])


def _spoken(delay: timedelta) -> str:
    if delay >= 2 * DAY:
        return f"after {delay.days} days"
    hours = round(delay / timedelta(hours=1))
    return f"after {hours} hours" if hours > 1 else "within the hour"
