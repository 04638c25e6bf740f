"""Relaying: who speaks for itself on a question and who only repeats, and what a claim so rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from models.record import Claim


@dataclass(frozen=True)
class Relaying:
    """Who speaks for itself on one question, and whom the others cite.

    Parameters
    ----------
    own : mapping of str to list of int
        By source, its statements that cite nobody, as positions in the question's claims.
    cited : mapping of str to set of str
        By source, whom it cites there.
    """

    own: Mapping[str, list[int]]
    cited: Mapping[str, set[str]]

    @classmethod
    def of(cls, claims: Iterable[Claim]) -> Relaying:
        """Read it off the claims of one question."""
        own: dict[str, list[int]] = defaultdict(list)
        cited: dict[str, set[str]] = defaultdict(set)
        for i, claim in enumerate(claims):
            if claim.cites:
                cited[claim.source].update(claim.cites)
            else:
                own[claim.source].append(i)
        return cls(dict(own), dict(cited))

    def roots(self, source: str, seen: frozenset[str] = frozenset()) -> set[str]:
        """Return the sources that one leads back to: those that speak for themselves, or cite nobody."""
        if source in self.own or source not in self.cited or source in seen:
            return {source}
        return {root for next_ in self.cited[source] for root in self.roots(next_, seen | {source})}


def rests_on(claim: Claim, claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """Return the other claims that one brings by relay, in the order of `claims`.

    A claim that cites brings what those had said by then whom it leads back to, and who lie
    between. Any claim brings the versions of the same statement that came through some of its
    own carriers alone: what the Kyiv Post retells of an interview with TWZ brings TWZ's version.

    Parameters
    ----------
    claims : sequence of Claim
        All claims of its question.
    """
    brought: Set[str] = _way(claim, Relaying.of(claims)) if claim.cites else frozenset()
    return tuple(
        other
        for other in claims
        if (other.source in brought and earliest(other) <= claim.stated_at) or _is_nearer(other, claim)
    )


def resting_on(claims: Sequence[Claim]) -> dict[str, list[Claim]]:
    """Return by its id, for each claim of one question on which others rest, these; see `rests_on`."""
    relaying, found = Relaying.of(claims), defaultdict(list)
    by_source, versions = defaultdict(list), defaultdict(list)
    for claim in claims:
        by_source[claim.source].append(claim)
        versions[claim.source, claim.stated_at].append(claim)
    for claim in claims:
        brought = _way(claim, relaying) if claim.cites else frozenset()
        others = {
            other.id
            for source in brought
            for other in by_source[source]
            if earliest(other) <= claim.stated_at
        }
        others |= {other.id for other in versions[claim.source, claim.stated_at] if _is_nearer(other, claim)}
        for other in others:
            found[other].append(claim)
    return dict(found)


def earliest(claim: Claim) -> datetime:
    """Return when a claim was made at the earliest: a day alone may be any hour of it."""
    if claim.stated_precision == "day":
        return claim.stated_at.replace(hour=0, minute=0, second=0, microsecond=0)
    return claim.stated_at


def _way(claim: Claim, relaying: Relaying) -> Set[str]:
    """Return the sources on the way from a claim to its roots, the roots among them."""
    met: set[str] = set()
    ahead = list(claim.cites)
    while ahead:
        source = ahead.pop()
        if source not in met:
            met.add(source)
            if source not in relaying.own:
                ahead.extend(relaying.cited.get(source, ()))
    return met - {claim.source}


def _is_nearer(one: Claim, other: Claim) -> bool:
    """Return whether one is a version of the other's statement, nearer to who made it."""
    is_version = one.source == other.source and one.stated_at == other.stated_at
    return is_version and set(one.via) < set(other.via)
