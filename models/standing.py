"""Standing: what is left of a claim after its corrections, by the one rule for what a correction does.

Whose side whoever corrects stands on decides it. The claim's own side (its author, and who speaks
for the same body) and its carriers change what it says. Its own side alone can stand by it again,
which takes back its own retraction and what others took. Anyone else disputes it: that weakens it by
how likely they are right, and puts no words into its mouth. Of what nobody asserts any more nothing
can be taken; its own side may still put another answer in its place.

All that weighs or shows a correction asks here: scores, cards, pages, articles, events, other formats.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from math import exp

from models.answer import Answer
from models.axis import Axis
from models.constants import Constants
from models.fault import Fault, departure, fault_of
from models.proximity import bodies, favours, gain, proximity, worth
from models.record import Claim, Correction, CorrectionKind, Record
from models.scope import share_of
from models.wording import listed

# Another's correction names the standing where its author is more likely right than not.
ACCEPTED_AUTHORITY = 0.5
# How likely whoever corrects a claim is right.
Authority = Callable[[Correction, Claim], float]


class StandingKind(StrEnum):
    """What the corrections have made of a claim."""

    AS_STATED = "as_stated"
    NARROWED = "narrowed"
    AMENDED = "amended"
    RETRACTED = "retracted"
    DENIED = "denied"


class Side(StrEnum):
    """Whose side whoever corrects a claim stands on."""

    AUTHOR = "author"
    BODY = "body"
    CARRIER = "carrier"
    OTHER = "other"

    @property
    def is_own(self) -> bool:
        """Whether it is the claim's own."""
        return self in (Side.AUTHOR, Side.BODY)


class ConsequenceKind(StrEnum):
    """What came of a correction: the claim was changed, stood by again, weakened by another, or nothing."""

    CHANGED = "changed"
    REAFFIRMED = "reaffirmed"
    DISPUTED = "disputed"
    NONE = "none"


KIND_AFTER = {
    CorrectionKind.NARROW: StandingKind.NARROWED,
    CorrectionKind.AMEND: StandingKind.AMENDED,
    CorrectionKind.RETRACT: StandingKind.RETRACTED,
    CorrectionKind.DENY: StandingKind.DENIED,
}


@dataclass(frozen=True, slots=True)
class Consequence:
    """A correction, whose side it came from, and what came of it."""

    correction: Correction
    side: Side
    kind: ConsequenceKind

    @property
    def word(self) -> str:
        """What was done to the claim, as a participle."""
        if self.kind is ConsequenceKind.DISPUTED:
            return "disputed"
        after = KIND_AFTER.get(self.correction.kind)
        return "reaffirmed" if after is None else after.value

    def by(self, name: str) -> str:
        """Say who made it, by the name of its author, as a phrase that a sentence goes on from."""
        return {
            Side.AUTHOR: "by its author",
            Side.BODY: f"by {name}, for its author's side,",
            Side.CARRIER: f"by {name}, which carried it,",
            Side.OTHER: f"by {name}",
        }[self.side]

    @property
    def ending(self) -> str:
        """What ends a phrase about it where nothing came of it; else empty."""
        return " to no effect" if self.kind is ConsequenceKind.NONE else ""

    def phrase(self, target: str = "") -> str:
        """Say what was done to the claim, as a participle and what follows it.

        Parameters
        ----------
        target : str
            The scope that it was narrowed to or the answer that it was amended to, in words.
        """
        to = "to"
        if self.kind is ConsequenceKind.DISPUTED:
            to = "in favour of" if self.correction.kind is CorrectionKind.AMEND else "beyond"
        return (f"{self.word} {to} {target}" if target else self.word) + self.ending


@dataclass(frozen=True, slots=True)
class Standing:
    """A claim as it stands.

    Parameters
    ----------
    answer, scope
        What it says now, and about which scope; what it said last where nobody asserts it any more.
    undisputed : float
        The part of its commitment that others' corrections have left it, in [0, 1].
    is_standing : bool
        Whether anyone still asserts it.
    is_kept_narrowing : bool
        Whether its own side narrowed it and stands by the rest.
    revised : float
        How far its own side now says something else than at first, in [0, 1].
    consequences : tuple of Consequence
        Of each of its corrections, in the order in which they were said.
    """

    claim: Claim
    kind: StandingKind
    answer: Answer
    scope: str
    undisputed: float = 1.0
    is_standing: bool = True
    is_kept_narrowing: bool = False
    revised: float = 0.0
    faults: tuple[Fault, ...] = ()
    consequences: tuple[Consequence, ...] = ()

    @property
    def fault(self) -> float:
        """The claim's whole fault, at most 1."""
        return min(sum(fault.weight for fault in self.faults), 1.0)

    @property
    def is_changed(self) -> bool:
        """Whether it says something else than at first, or speaks of another scope."""
        return (self.answer, self.scope) != (self.claim.answer, self.claim.scope)

    @property
    def disputes(self) -> tuple[Consequence, ...]:
        """What others have taken from it, and its own side has not answered by standing by it."""
        if self.undisputed == 1 or not self.is_standing:
            return ()
        found: list[Consequence] = []
        for each in self.consequences:
            if each.kind is ConsequenceKind.REAFFIRMED:
                found.clear()
            elif each.kind is ConsequenceKind.DISPUTED:
                found.append(each)
        return tuple(found)

    def disputers(self, record: Record) -> str:
        """List by name who has taken something from it that stands; empty where nobody has."""
        return listed(list(dict.fromkeys(record.sources[each.correction.by].name for each in self.disputes)))

    @property
    def changes(self) -> tuple[Consequence, ...]:
        """What makes it say what it says now, in the order of saying: no later change has overtaken it."""
        changed = [each for each in self.consequences if each.kind is ConsequenceKind.CHANGED]
        if not self.is_standing:
            # Whatever came after would have it stand again.
            return (changed[-1],)
        shaping = {
            CorrectionKind.NARROW: self.kind is StandingKind.NARROWED or self.scope != self.claim.scope,
            CorrectionKind.AMEND: self.kind is StandingKind.AMENDED or self.answer != self.claim.answer,
        }
        last = {each.correction.kind: each for each in changed if shaping.get(each.correction.kind)}
        return tuple(each for each in changed if each is last.get(each.correction.kind))

    @property
    def made_by(self) -> Consequence | None:
        """Of its changes the one that `kind` names; as stated, its own side's word that it stands by it.

        None where nobody corrected it, or where others are believed more than its author.
        """
        if self.kind is StandingKind.AS_STATED:
            stood_by = (each for each in self.consequences if each.kind is ConsequenceKind.REAFFIRMED)
            return next(reversed([*stood_by]), None)
        named = (each for each in self.changes if KIND_AFTER[each.correction.kind] is self.kind)
        return next(named, None)


def as_stated(claim: Claim) -> Standing:
    """Return how a claim stands before any correction."""
    return Standing(claim, StandingKind.AS_STATED, claim.answer, claim.scope)


def corrected(
    standing: Standing,
    correction: Correction,
    authority: Authority,
    record: Record,
    constants: Constants,
) -> Standing:
    """Return what one more correction, the next in the order of saying, has left of a claim.

    The source's own side (itself, its bodies and their members) and the carriers change what
    the claim says. Anyone else only weakens it, by as much as their `authority`, a
    probability: nobody puts words into another's mouth. What is no longer asserted can be
    asserted again by its own side alone, and is charged no further.
    """
    claim = standing.claim
    side = side_of(correction.by, claim, record)
    came = Consequence(correction, side, _kind_of(correction, standing, side))
    if came.kind is ConsequenceKind.REAFFIRMED:
        standing = _reaffirmed(standing)
    elif came.kind is not ConsequenceKind.NONE:
        weight = 1.0 if side.is_own else authority(correction, claim)
        severity = _severity(correction, standing, record, constants)
        fault = fault_of(
            claim,
            correction,
            record,
            constants,
            done=came.word,
            weight=severity * weight,
            is_own=side.is_own,
        )
        if came.kind is ConsequenceKind.DISPUTED:
            standing = _weakened(standing, correction, weight, severity)
        else:
            standing = _changed(standing, correction, is_own=side.is_own)
        if side.is_own and correction.kind is CorrectionKind.AMEND:
            question = record.questions[claim.question]
            revised = departure(claim.answer, standing.answer, question, constants)
            standing = replace(standing, revised=revised)
        standing = replace(standing, faults=(*standing.faults, fault))
    return replace(standing, consequences=(*standing.consequences, came))


def side_of(by: str, claim: Claim, record: Record) -> Side:
    """Return whose side a source stands on that corrects a claim.

    A carrier that speaks for the author's body stands on the author's side.
    """
    if by == claim.source:
        return Side.AUTHOR
    own = {body.id for body in bodies(claim.source, record)}
    if any(body.id in own for body in bodies(by, record)):
        return Side.BODY
    return Side.CARRIER if by in claim.via else Side.OTHER


def authority_of(correction: Correction, claim: Claim, record: Record, constants: Constants) -> float:
    """Return how likely someone else who corrects a claim is right: vantage there, and what they gain."""
    question = record.questions[claim.question]
    axis = Axis(question, (claim.answer,), constants)
    against = 1 - axis.membership(claim.answer)
    interest = gain(correction.by, against, favours(question, axis), record)
    near = proximity(correction.by, claim.scope, record, constants)
    log_odds = worth(near.amounts, constants) + worth(interest.amounts, constants)
    return 1 / (1 + exp(-(constants.baseline + log_odds)))


def _kind_of(correction: Correction, standing: Standing, side: Side) -> ConsequenceKind:
    if correction.kind is CorrectionKind.REAFFIRM:
        return ConsequenceKind.REAFFIRMED if side.is_own else ConsequenceKind.NONE
    if not standing.is_standing and not (side.is_own and correction.kind is CorrectionKind.AMEND):
        return ConsequenceKind.NONE
    return ConsequenceKind.DISPUTED if side is Side.OTHER else ConsequenceKind.CHANGED


def _changed(standing: Standing, correction: Correction, *, is_own: bool) -> Standing:
    kind = KIND_AFTER[correction.kind]
    if correction.kind is CorrectionKind.NARROW and correction.scope is not None:
        return replace(standing, kind=kind, scope=correction.scope, is_kept_narrowing=is_own)
    if correction.kind is CorrectionKind.AMEND and correction.answer is not None:
        return replace(standing, kind=kind, answer=correction.answer, is_standing=True)
    return replace(standing, kind=kind, is_standing=False)


def _weakened(standing: Standing, correction: Correction, authority: float, severity: float) -> Standing:
    kind = KIND_AFTER[correction.kind] if authority >= ACCEPTED_AUTHORITY else standing.kind
    return replace(standing, kind=kind, undisputed=standing.undisputed * (1 - authority * severity))


def _reaffirmed(standing: Standing) -> Standing:
    """Return what its own side stands by again: given back what others took, not what it gave up.

    After a retraction or a denial of its own the claim stands as it did before.
    """
    if standing.is_standing and standing.undisputed == 1.0:
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
    return replace(standing, kind=kind, undisputed=1.0, is_standing=True, faults=faults)


def _severity(correction: Correction, standing: Standing, record: Record, constants: Constants) -> float:
    """Return how wrong a correction makes what it corrects, in [0, 1]."""
    if correction.kind is CorrectionKind.NARROW and correction.scope is not None:
        return 1 - share_of(correction.scope, standing.scope, record.scopes, constants.default_share)
    if correction.kind is CorrectionKind.AMEND and correction.answer is not None:
        question = record.questions[standing.claim.question]
        return departure(standing.answer, correction.answer, question, constants)
    return constants.denial_severity if correction.kind is CorrectionKind.DENY else 1.0
