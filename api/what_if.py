"""What if a claim had not been made: what a page offers to leave out, and what it says then."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api import prose
from api.schemas.fields import MOST_IDS
from data.dossiers import QuestionDossier
from models.record import Claim, Record
from models.wording import day, listed, stated

if TYPE_CHECKING:
    from models.claim_groups import ClaimGroup

# Claims that the control offers by themselves, of one body and in all; longer lists are not read.
MOST_OF_A_BODY, MOST_OFFERED = 60, 300


@dataclass(frozen=True)
class Offer:
    """A choice of the control: the claims that it leaves out, as the query has them, and its name."""

    value: str
    label: str


@dataclass(frozen=True)
class Change:
    """One answer, as it is and as it would be."""

    answer: str
    now: float
    then: float


def offers(groups: Iterable[ClaimGroup], record: Record) -> list[tuple[str, list[Offer]]]:
    """Return what can be left out, by body: all that leads back to it, all of one source, or one claim."""
    found, n_offered = [], 0
    for group in groups:
        if n_offered >= MOST_OFFERED:
            break
        claims = [each.claim for each in group.claims]
        offered = _together(claims, f"all {len(claims)} claims that lead back here")
        for source in dict.fromkeys(claim.source for claim in claims):
            own = [claim for claim in claims if claim.source == source]
            if len(own) < len(claims):
                name = prose.source_name(source, record)
                offered += _together(own, f"all {len(own)} claims of {name}")
        offered += [Offer(claim.id, _called(claim, record)) for claim in claims[:MOST_OF_A_BODY]]
        found.append((prose.source_name(group.body, record), offered))
        n_offered += len(offered)
    return found


def chosen(without: Collection[str]) -> str:
    """Return what the query says of claims that are left out."""
    return ",".join(sorted(without))


def named(left_out: Sequence[Claim], record: Record) -> str:
    """Name what is left out, as a sentence goes on after "without"."""
    speakers = {claim.source for claim in left_out}
    name = prose.source_name(left_out[0].source, record)
    if len(left_out) == 1:
        return f"{name}’s claim “{left_out[0].answer}” of {stated(left_out[0])}"
    if len(speakers) == 1:
        return f"the {len(left_out)} claims of {name}"
    speaking = [prose.source_name(source, record) for source in sorted(speakers)]
    return f"these {len(left_out)} claims of {listed(speaking)}"


def changes(dossier: QuestionDossier) -> list[Change]:
    """Return each answer as it is and as it would be, the likeliest first; none for a quantity."""
    if dossier.outlook is None or dossier.without is None:
        return []
    then = {answer.answer: answer.credence for answer in dossier.without.answers}
    return [Change(each.answer, each.credence, then[each.answer]) for each in dossier.outlook.ranked]


def sentence(dossier: QuestionDossier) -> str:
    """Say in one sentence what would be otherwise."""
    now, then = dossier.outlook, dossier.without
    if now is None or then is None:
        return ""
    without = f"Without {named(dossier.left_out, dossier.record)}"
    if not then.is_judged:
        return f"{without} nobody would stand by an answer: it could not be judged."
    if now.quantity is not None and then.quantity is not None:
        median, other, unit = (
            prose.number(now.quantity.median),
            prose.number(then.quantity.median),
            now.quantity.unit,
        )
        if median == other:
            return f"{without} it would be {median} {unit} all the same."
        return f"{without} it would be {other} {unit} instead of {median}."
    most = max(changes(dossier), key=lambda change: abs(change.then - change.now))
    before, after = prose.percent(most.now), prose.percent(most.then)
    if before == after:
        return f"{without} no answer would move by as much as a hundredth."
    return f"{without}, “{most.answer}” would stand at {after} instead of {before}."


def _together(claims: Sequence[Claim], label: str) -> list[Offer]:
    return [Offer(chosen([claim.id for claim in claims]), label)] if 1 < len(claims) <= MOST_IDS else []


def _called(claim: Claim, record: Record) -> str:
    said = f"{prose.source_name(claim.source, record)}: “{claim.answer}”, {day(claim.stated_at)}"
    return f"{said}, through {prose.source_name(claim.via[-1], record)}" if claim.via else said
