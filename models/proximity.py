"""Proximity: what vantage, scope, relaying and anonymity say about how close a source stood."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from models.axis import Array, Axis
from models.constants import Constants
from models.record import Claim, Mandate, Question, Record, Source, SourceKind, Vantage
from models.scope import contains, share_of
from models.wording import listed

VANTAGE_WORDS = {
    Vantage.DIRECT: "was present, itself or through its own unit,",
    Vantage.OPERATIONAL: "holds operational reporting",
    Vantage.NATIONAL_INTELLIGENCE: "assesses from outside by its own collection",
    Vantage.RELAYED: "repeats others",
    Vantage.UNKNOWN: "claims an access that is not established",
}


# How near one stands is a fact about the world: what resolutions teach of a vantage's worth does not change
# which of several is the nearest, so they are compared by the elicited values.
ELICITED = Constants()
# What a term holds of each coefficient: the name of a constant, and how much of it.
Amounts = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Term:
    """One factor of a source's log-odds, with its reason in words.

    Parameters
    ----------
    amounts : tuple of (str, float)
        What it holds of each coefficient, where the log-odds are made of such.
    """

    log_odds: float
    because: str
    amounts: Amounts = ()

    @classmethod
    def of(cls, amounts: Amounts, because: str, constants: Constants) -> Self:
        """Return the term that holds so much of each coefficient."""
        return cls(worth(amounts, constants), because, amounts)


@dataclass(frozen=True)
class Proximity(Term):
    """The proximity term, with the vantage it rests on."""

    vantage: Vantage = Vantage.UNKNOWN


def worth(amounts: Amounts, constants: Constants) -> float:
    """Return the log-odds that so much of each coefficient is worth."""
    log_odds = 0.0
    for name, amount in amounts:
        log_odds += amount * float(getattr(constants, name))
    return log_odds


def bodies(source: str, record: Record) -> Iterator[Source]:
    """Yield the source, the body that it is a member of, that body's body, and so on."""
    seen: set[str] = set()
    current: str | None = source
    while current is not None and current not in seen:
        seen.add(current)
        yield record.sources[current]
        current = record.sources[current].member_of


def body_of(source: str, record: Record) -> str:
    """Return the outermost body that a source speaks for: itself where it is no member."""
    return list(bodies(source, record))[-1].id


def proximity(source: str, scope: str | None, record: Record, constants: Constants) -> Proximity:
    """Return how close a source stands to a scope, before any claim of its own.

    The best of its mandates counts, its bodies' mandates among them. Inside a mandate the
    vantage counts in full; where the scope reaches beyond the mandate, the vantage counts for
    the share that the mandate covers, and "access not established" for the rest. Without a
    scope the source is taken on its own ground: its first mandate.
    """
    mandates = [mandate for body in bodies(source, record) for mandate in body.mandates]
    if scope is None:
        mandates = mandates[:1]
        scope = mandates[0].scope if mandates else ""
    best, vantage = _vantages(Vantage.UNKNOWN, 0.0), Vantage.UNKNOWN
    because = "has no mandate there" if scope else "has no mandate anywhere"
    for mandate in mandates:
        share = share_of(mandate.scope, scope, record.scopes, constants.default_share)
        held = _vantages(mandate.vantage, share)
        if share > 0 and worth(held, ELICITED) >= worth(best, ELICITED):
            best, vantage, because = held, mandate.vantage, _because(mandate, scope, share)
    if record.sources[source].kind is SourceKind.UNNAMED:
        best, because = (*best, ("anonymity", 1.0)), f"{because}; unnamed"
    return Proximity(worth(best, constants), because, best, vantage)


def claim_proximity(claim: Claim, scope: str, record: Record, constants: Constants) -> Proximity:
    """Return how close the claim's source stood to what the claim says of `scope`.

    A claim that cites others is relayed whatever its source's mandates are; a claim's own
    vantage overrides both; each carrier takes a little away.
    """
    held = proximity(claim.source, scope, record, constants)
    is_unnamed = record.sources[claim.source].kind is SourceKind.UNNAMED
    anonymity: Amounts = (("anonymity", 1.0),) if is_unnamed else ()
    if claim.vantage is not None:
        because = f"{VANTAGE_WORDS[claim.vantage]} ({claim.vantage_because or 'stated for this claim'})"
        amounts = (*_vantages(claim.vantage, 1.0), *anonymity)
        held = Proximity(worth(amounts, constants), because, amounts, claim.vantage)
    elif claim.cites:
        cited = listed([record.sources[cited].name for cited in claim.cites])
        relayed = (*_vantages(Vantage.RELAYED, 1.0), *anonymity)
        amounts = min(held.amounts, relayed, key=lambda amounts: worth(amounts, ELICITED))
        held = Proximity(worth(amounts, constants), f"repeats {cited}", amounts, Vantage.RELAYED)
    if not claim.via:
        return held
    carriers = ", then ".join(record.sources[carrier].name for carrier in claim.via)
    amounts = (*held.amounts, ("carrier", float(len(claim.via))))
    return Proximity(
        worth(amounts, constants), f"{held.because}; carried by {carriers}", amounts, held.vantage
    )


def stake(
    source: str, membership: Array, favours: dict[str, Array], record: Record, constants: Constants
) -> Term:
    """Return what the source's own stake takes from, or adds to, an assertion.

    Parameters
    ----------
    membership : array of shape (n_points,)
        What is asserted.
    favours : dict of str to array of shape (n_points,)
        For each source with a stake, the answers that favour it. Members inherit it.
    """
    for body in bodies(source, record):
        if body.id not in favours or not membership.any():
            continue
        served = float(membership @ favours[body.id]) / float(membership.sum())
        # Half in favour is neither: the two halves of a set-valued claim cancel.
        if served > 0.5:
            because = f"{body.name} gains from this answer, so it counts for less"
            return Term.of((("stake_served", 2 * served - 1),), because, constants)
        if served < 0.5:
            because = f"{body.name} admits what goes against its own interest"
            return Term.of((("stake_admission", 1 - 2 * served),), because, constants)
    return Term(0.0, "no stake in this answer is declared")


def favours(question: Question, axis: Axis) -> dict[str, Array]:
    """Return for each source with a stake in a question the answers that favour it, shape (n_points,)."""
    return {
        one.source: np.max([axis.membership(answer) for answer in one.favours], axis=0)
        for one in question.stakes
        if one.favours
    }


def _vantages(vantage: Vantage, share: float) -> Amounts:
    """Return a vantage for the share that it covers, and access that is not established for the rest."""
    return (f"vantage_{vantage.value}", share), ("vantage_unknown", 1 - share)


def _because(mandate: Mandate, scope: str, share: float) -> str:
    words = VANTAGE_WORDS[mandate.vantage]
    if contains(mandate.scope, scope):
        return f"{words} on {mandate.scope}"
    return f"{words} on {mandate.scope} alone, which is {share:.0%} of {scope}"
