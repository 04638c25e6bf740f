"""Relaying: who speaks for itself on a question and who only repeats, and what a claim so rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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

    def way(self, sources: Iterable[str]) -> set[str]:
        """Return the sources, and those that they lead back to by citing, as far as who speaks for itself."""
        met: set[str] = set()
        ahead = list(sources)
        while ahead:
            source = ahead.pop()
            if source not in met:
                met.add(source)
                if source not in self.own:
                    ahead.extend(self.cited.get(source, ()))
        return met

    def roots(self, sources: Iterable[str]) -> set[str]:
        """Return where the sources lead back to: those that speak for themselves, or cite nobody."""
        return {source for source in self.way(sources) if source in self.own or source not in self.cited}


def resting_on(claims: Sequence[Claim], by: Iterable[Claim] | None = None) -> dict[str, list[Claim]]:
    """Return by its id, for each claim of one question that others bring by relay, these others.

    A claim that cites brings what those had said by then whom it leads back to, and who lie
    between. Any claim brings the versions of the same statement that came through some of its
    own carriers alone: what the Kyiv Post retells of an interview with TWZ brings TWZ's version.

    Parameters
    ----------
    claims : sequence of Claim
        All claims of the question.
    by : iterable of Claim or None
        Only what these of them bring; None for all.
    """
    relaying, found = Relaying.of(claims), defaultdict(list)
    by_source, versions = defaultdict(list), defaultdict(list)
    for claim in claims:
        by_source[claim.source].append(claim)
        versions[claim.source, claim.stated_at].append(claim)
    for claim in claims if by is None else by:
        brought = relaying.way(claim.cites) - {claim.source}
        others = {
            other.id
            for source in brought
            for other in by_source[source]
            if earliest(other) <= claim.stated_at
        }
        if claim.via:
            # A version that came through some of its carriers alone is nearer to who made it.
            same = versions[claim.source, claim.stated_at]
            others |= {other.id for other in same if set(other.via) < set(claim.via)}
        for other in others:
            found[other].append(claim)
    return dict(found)


def earliest(claim: Claim) -> datetime:
    """Return when a claim was made at the earliest: a day alone may be any hour of it."""
    if claim.stated_precision == "day":
        return claim.stated_at.replace(hour=0, minute=0, second=0, microsecond=0)
    return claim.stated_at
