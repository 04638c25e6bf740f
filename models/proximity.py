"""Proximity: what vantage, scope, relaying and anonymity say about how close a source stood."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from models.axis import Array, Axis
from models.constants import Constants
from models.record import Claim, Mandate, Question, Record, Source, SourceKind, Vantage
from models.scope import share_of

# How near one stands is a fact about the world: what resolutions teach of a vantage's worth does not change
# which of several is the nearest, so they are compared by the elicited values.
ELICITED = Constants()
# What a term holds of each coefficient: the name of a constant, and how much of it.
Amounts = tuple[tuple[str, float], ...]


class Proximity(NamedTuple):
    """How close a source stood to a scope, as facts: `models.covariates` words them.

    Parameters
    ----------
    amounts : tuple of (str, float)
        What it holds of each coefficient.
    vantage : Vantage
        The one that it rests on.
    scope : str
        What it is close to; empty for a source on its own ground that has no mandate.
    mandate : Mandate or None
        The mandate that gives the vantage, where one does.
    share : float
        The part of `scope` that the mandate covers.
    """

    amounts: Amounts
    vantage: Vantage
    scope: str
    mandate: Mandate | None = None
    share: float = 0.0
    is_unnamed: bool = False


class Gain(NamedTuple):
    """What an assertion does for the interest of who asserts it.

    Parameters
    ----------
    amounts : tuple of (str, float)
        What it holds of each coefficient; empty where nothing is gained or admitted.
    body : str or None
        Whose stake it is: the source's own, or that of a body it speaks for.
    """

    amounts: Amounts = ()
    body: str | None = None


NO_GAIN = Gain()


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


def of_one_body(source: str, record: Record) -> list[str]:
    """Return all of a record who speak for the body of a source, itself among them."""
    body = body_of(source, record)
    return [other for other in record.sources if body_of(other, record) == body]


class Ground(NamedTuple):
    """What a source stands on: its mandates and those of its bodies, and whether it is named."""

    mandates: tuple[Mandate, ...]
    is_unnamed: bool


def ground_of(source: str, record: Record) -> Ground:
    """Return what a source stands on."""
    mandates = tuple(mandate for body in bodies(source, record) for mandate in body.mandates)
    return Ground(mandates, record.sources[source].kind is SourceKind.UNNAMED)


def proximity(source: str, scope: str | None, record: Record, constants: Constants) -> Proximity:
    """Return how close a source stands to a scope, before any claim of its own.

    Without a scope the source is taken on its own ground: its first mandate.
    """
    ground = ground_of(source, record)
    if scope is not None:
        return proximity_on(ground, scope, record, constants)
    own = ground.mandates[:1]
    return proximity_on(ground._replace(mandates=own), own[0].scope if own else "", record, constants)


def proximity_on(ground: Ground, scope: str, record: Record, constants: Constants) -> Proximity:
    """Return how close who stands on some ground stands to a scope.

    The best of its mandates counts, its bodies' mandates among them. Inside a mandate the
    vantage counts in full; where the scope reaches beyond the mandate, the vantage counts for
    the share that the mandate covers, and "access not established" for the rest.
    """
    best, covered = _vantages(Vantage.UNKNOWN, 0.0), 0.0
    most = worth(best, ELICITED)
    held: Mandate | None = None
    for mandate in ground.mandates:
        share = share_of(mandate.scope, scope, record.scopes, constants.default_share)
        amounts = _vantages(mandate.vantage, share)
        if share > 0 and worth(amounts, ELICITED) >= most:
            best, held, covered, most = amounts, mandate, share, worth(amounts, ELICITED)
    return Proximity(
        (*best, *_anonymity(is_unnamed=ground.is_unnamed)),
        held.vantage if held else Vantage.UNKNOWN,
        scope,
        held,
        covered,
        ground.is_unnamed,
    )


def claim_proximity(claim: Claim, scope: str, record: Record, constants: Constants) -> Proximity:
    """Return how close the claim's source stood to what the claim says of `scope`."""
    held = proximity(claim.source, scope, record, constants)
    return as_claimed(held, claim.vantage, is_relay=bool(claim.cites), n_carriers=len(claim.via))


def as_claimed(held: Proximity, stated: Vantage | None, *, is_relay: bool, n_carriers: int) -> Proximity:
    """Return what a claim makes of how close its source stands.

    A claim that cites others is relayed whatever its source's mandates are; a claim's own
    vantage overrides both; each carrier takes a little away.
    """
    amounts, vantage = held.amounts, held.vantage
    if stated is not None:
        amounts, vantage = (*_vantages(stated, 1.0), *_anonymity(is_unnamed=held.is_unnamed)), stated
    elif is_relay:
        relayed = (*_vantages(Vantage.RELAYED, 1.0), *_anonymity(is_unnamed=held.is_unnamed))
        amounts = min(amounts, relayed, key=lambda amounts: worth(amounts, ELICITED))
        vantage = Vantage.RELAYED
    if n_carriers:
        amounts = (*amounts, ("carrier", float(n_carriers)))
    return Proximity(amounts, vantage, held.scope, held.mandate, held.share, held.is_unnamed)


def gain(source: str, membership: Array, favours: Mapping[str, Array], record: Record) -> Gain:
    """Return what the source's own stake makes of an assertion.

    Parameters
    ----------
    membership : array of shape (n_points,)
        What is asserted.
    favours : mapping of str to array of shape (n_points,)
        For each source with a stake, the answers that favour it. Members inherit it.
    """
    if not favours or not membership.any():
        return NO_GAIN
    for body in bodies(source, record):
        if body.id in favours:
            served = float(membership @ favours[body.id]) / float(membership.sum())
            # Half in favour is neither: the two halves of a set-valued claim cancel.
            if served > 0.5:
                return Gain((("stake_served", 2 * served - 1),), body.id)
            if served < 0.5:
                return Gain((("stake_admission", 1 - 2 * served),), body.id)
    return NO_GAIN


def favours(question: Question, axis: Axis) -> dict[str, Array]:
    """Return for each source with a stake in a question the answers that favour it, shape (n_points,)."""
    return {
        one.source: np.max([axis.membership(answer) for answer in one.favours], axis=0)
        for one in question.stakes
        if one.favours
    }


def _vantages(vantage: Vantage, share: float) -> Amounts:
    """Return a vantage for the share that it covers, and access that is not established for the rest."""
    return ("vantage_" + vantage, share), ("vantage_unknown", 1 - share)


def _anonymity(*, is_unnamed: bool) -> Amounts:
    return (("anonymity", 1.0),) if is_unnamed else ()
