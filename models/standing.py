"""Standing: what is left of a claim after its corrections. The walk-back is handled here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum

import numpy as np

from models.answer import Answer
from models.axis import Axis, overlap
from models.constants import Constants
from models.proximity import bodies
from models.record import Claim, Correction, CorrectionKind, Question, Record
from models.scope import share_of

DAY = timedelta(days=1)
# Another's correction names the standing where its author is more likely right than not.
ACCEPTED_AUTHORITY = 0.5


class StandingKind(StrEnum):
    """What the corrections have made of a claim."""

    AS_STATED = "as_stated"
    NARROWED = "narrowed"
    AMENDED = "amended"
    RETRACTED = "retracted"
    DENIED = "denied"


KIND_AFTER = {
    CorrectionKind.NARROW: StandingKind.NARROWED,
    CorrectionKind.AMEND: StandingKind.AMENDED,
    CorrectionKind.RETRACT: StandingKind.RETRACTED,
    CorrectionKind.DENY: StandingKind.DENIED,
}


@dataclass(frozen=True)
class Fault:
    """A correction as a labelled observation: an error of this `weight` on the claim as first made.

    `weight` lies in [0, 1]: severity, less what a prompt correction by the source's own side
    earns, times the authority of whoever corrected. `is_own` where that was its own side.
    """

    weight: float
    because: str
    is_own: bool = True


@dataclass(frozen=True)
class Standing:
    """A claim as it stands.

    Parameters
    ----------
    answer, scope
        What it says now, and about which scope.
    kept : float
        The part of its commitment that others' corrections have left it, in [0, 1].
    is_standing : bool
        Whether anyone still asserts it.
    is_kept_narrowing : bool
        Whether its own side narrowed it and stands by the rest.
    revised : float
        How far its own side now says something else than at first, in [0, 1].
    """

    claim: Claim
    kind: StandingKind
    answer: Answer
    scope: str
    kept: float = 1.0
    is_standing: bool = True
    is_kept_narrowing: bool = False
    revised: float = 0.0
    faults: tuple[Fault, ...] = ()
    corrections: tuple[Correction, ...] = field(default=())

    @property
    def fault(self) -> float:
        """The claim's whole fault, at most 1."""
        return min(sum(fault.weight for fault in self.faults), 1.0)


def standing_of(
    claim: Claim,
    corrections: Sequence[Correction],
    authority: Callable[[Correction, Claim], float],
    record: Record,
    constants: Constants,
) -> Standing:
    """Return what `corrections`, in the order in which they were said, have left of a claim.

    The source's own side (itself, its bodies and their members) and the carriers change what
    the claim says. Anyone else only weakens it, by as much as their `authority`, a
    probability: nobody puts words into another's mouth. What is no longer asserted can be
    asserted again by its own side alone, and is charged no further.
    """
    standing = as_stated(claim)
    for correction in corrections:
        standing = corrected(standing, correction, authority, record, constants)
    return standing


def as_stated(claim: Claim) -> Standing:
    """Return how a claim stands before any correction."""
    return Standing(claim, StandingKind.AS_STATED, claim.answer, claim.scope)


def corrected(
    standing: Standing,
    correction: Correction,
    authority: Callable[[Correction, Claim], float],
    record: Record,
    constants: Constants,
) -> Standing:
    """Return what one more correction has left of a claim; see `standing_of`."""
    claim = standing.claim
    is_own = _is_own(correction, claim, record)
    if correction.kind is CorrectionKind.REAFFIRM:
        standing = _reaffirmed(standing) if is_own else standing
    elif standing.is_standing or (is_own and correction.kind is CorrectionKind.AMEND):
        severity = _severity(correction, standing, record, constants)
        weight = 1.0 if is_own else authority(correction, claim)
        fault = _fault(correction, standing, severity * weight, record, constants, is_own=is_own)
        if is_own or correction.by in claim.via:
            standing = _changed(standing, correction, is_own=is_own)
            if is_own and correction.kind is CorrectionKind.AMEND:
                standing = replace(standing, revised=_revised(standing, record, constants))
        else:
            standing = _weakened(standing, correction, weight, severity)
        standing = replace(standing, faults=(*standing.faults, fault))
    return replace(standing, corrections=(*standing.corrections, correction))


def promptness(delay: timedelta, constants: Constants) -> float:
    """Return the credit of a correction after `delay`: the share of corrections that are slower.

    exp(-(d/180)^0.63) with d in days; the constants tell where it was measured.
    """
    days = max(delay / DAY, 0.0)
    return float(np.exp(-((days / constants.promptness_days) ** constants.promptness_shape)))


def _is_own(correction: Correction, claim: Claim, record: Record) -> bool:
    one = {body.id for body in bodies(claim.source, record)}
    return any(body.id in one for body in bodies(correction.by, record))


def _changed(standing: Standing, correction: Correction, *, is_own: bool) -> Standing:
    kind = KIND_AFTER[correction.kind]
    if correction.kind is CorrectionKind.NARROW and correction.scope is not None:
        return replace(standing, kind=kind, scope=correction.scope, is_kept_narrowing=is_own)
    if correction.kind is CorrectionKind.AMEND and correction.answer is not None:
        return replace(standing, kind=kind, answer=correction.answer, is_standing=True)
    return replace(standing, kind=kind, is_standing=False)


def _weakened(standing: Standing, correction: Correction, authority: float, severity: float) -> Standing:
    kind = KIND_AFTER[correction.kind] if authority >= ACCEPTED_AUTHORITY else standing.kind
    return replace(standing, kind=kind, kept=standing.kept * (1 - authority * severity))


def _reaffirmed(standing: Standing) -> Standing:
    """Return what its own side stands by again: given back what others took, not what it gave up.

    After a retraction or a denial of its own the claim stands as it did before.
    """
    if standing.is_standing and standing.kept == 1.0:
        return standing
    claim = standing.claim
    kind = StandingKind.AS_STATED
    if standing.answer != claim.answer:
        kind = StandingKind.AMENDED
    elif standing.scope != claim.scope:
        kind = StandingKind.NARROWED
    # What ended the standing was charged last; its own retraction is taken back, another's is not.
    is_taken_back = not standing.is_standing and standing.faults[-1].is_own
    faults = standing.faults[:-1] if is_taken_back else standing.faults
    return replace(standing, kind=kind, kept=1.0, is_standing=True, faults=faults)


def _severity(correction: Correction, standing: Standing, record: Record, constants: Constants) -> float:
    """Return how wrong a correction makes what it corrects, in [0, 1]."""
    if correction.kind is CorrectionKind.NARROW and correction.scope is not None:
        return 1 - share_of(correction.scope, standing.scope, record.scopes, constants.default_share)
    if correction.kind is CorrectionKind.AMEND and correction.answer is not None:
        question = record.questions[standing.claim.question]
        return 1 - _agreement(question, standing.answer, correction.answer, constants)
    return constants.denial_severity if correction.kind is CorrectionKind.DENY else 1.0


def _fault(
    correction: Correction,
    standing: Standing,
    weight: float,
    record: Record,
    constants: Constants,
    *,
    is_own: bool,
) -> Fault:
    delay = max(correction.stated_at - standing.claim.stated_at, timedelta(0))
    relief = constants.self_correction_relief * promptness(delay, constants) if is_own else 0.0
    by = record.sources[correction.by].name
    because = f"{standing.claim.id} was {KIND_AFTER[correction.kind].value} by {by} {_spoken(delay)}"
    if relief > 0:
        because += f", so prompt that it takes {relief:.0%} off the error"
    return Fault(weight * (1 - relief), because, is_own)


def _revised(standing: Standing, record: Record, constants: Constants) -> float:
    question = record.questions[standing.claim.question]
    return 1 - _agreement(question, standing.claim.answer, standing.answer, constants)


def _agreement(question: Question, one: Answer, other: Answer, constants: Constants) -> float:
    axis = Axis(question, (one, other), constants)
    return float(overlap(axis.membership(one)[None, :], axis.membership(other)[None, :])[0, 0])


def _spoken(delay: timedelta) -> str:
    if delay >= 2 * DAY:
        return f"after {delay.days} days"
    hours = round(delay / timedelta(hours=1))
    return f"after {hours} hours" if hours > 1 else "within the hour"
