"""The claims on a question as they stand and count, those that lead back to one body together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from models.evidence import Evidence, Voice
from models.proximity import body_of
from models.record import Claim
from models.score import Share
from models.standing import Standing


class Part(StrEnum):
    """What a claim does for its question."""

    SPEAKS = "speaks"
    REPEATS = "repeats"
    REPLACED = "replaced"
    SILENT = "silent"


@dataclass(frozen=True)
class CountedClaim:
    """One claim, as it stands and as it counts.

    Parameters
    ----------
    part : Part
        Whether it speaks for itself, repeats what `repeats` said, was replaced by a later statement
        of its own source, or says nothing on the question any more.
    repeats : str or None
        A source's id.
    weight : float
        What it adds to the effective number of origins, in [0, 1].
    log_odds : float
        What it adds to the log-odds of its own answer.
    because : str
        Why it counts for so much; empty where it says nothing.
    """

    standing: Standing
    part: Part
    repeats: str | None
    weight: float
    log_odds: float
    because: str

    @property
    def claim(self) -> Claim:
        """The claim as it was made."""
        return self.standing.claim


@dataclass(frozen=True)
class ClaimGroup:
    """The claims that lead back to one body: its own voices', and those that repeat them.

    Parameters
    ----------
    body : str
        The outermost body, a source's id: a source without one is its own.
    claims : tuple of CountedClaim
        The weightiest first.
    voices : tuple of str
        The sources that speak for themselves there.
    effective : float
        How many origins all of it is worth.
    """

    body: str
    claims: tuple[CountedClaim, ...]
    voices: tuple[str, ...]
    effective: float


def claim_groups(evidence: Evidence, shares: Iterable[Share] = ()) -> tuple[ClaimGroup, ...]:
    """Return the claims on a question by the body that they lead back to, the weightiest body first.

    Parameters
    ----------
    evidence : Evidence
        As of the moment that is asked about.
    shares : iterable of Share
        What each claim brings, out of the question's score; without them effects and reasons are missing.
    """
    share_of = {share.claim: share for share in shares}
    body_at = _bodies(evidence)
    by_body: dict[str, list[CountedClaim]] = defaultdict(list)
    for i, voice in enumerate(evidence.voices):
        body = body_at.get(i, voice.body)
        by_body[body].append(_counted(voice, share_of.get(voice.claim.id)))
    worth: dict[str, float] = defaultdict(float)
    for origin, weight in zip(evidence.origins, evidence.origin_weights, strict=True):
        worth[body_at[origin.speaking[0]]] += float(weight)
    told = (_group(body, found, worth[body]) for body, found in by_body.items())
    return tuple(sorted(told, key=lambda each: (-each.effective, each.body)))


def sorted_groups(groups: Sequence[ClaimGroup], sort: str) -> list[ClaimGroup]:
    """Return groups, and the claims of each, by weight as they come, by time, or by effect.

    Parameters
    ----------
    sort : str
        ``weight`` and ``effect`` put the largest first, ``time`` the earliest; each turned round by a ``-``.
    """
    if sort in ("weight", "-weight"):
        step = -1 if sort.startswith("-") else 1
        return [replace(each, claims=each.claims[::step]) for each in groups[::step]]
    direction = -1 if sort in ("-time", "effect") else 1

    def place(each: CountedClaim) -> tuple[float, str]:
        by = each.claim.stated_at.timestamp() if "time" in sort else abs(each.log_odds)
        return direction * by, each.claim.id

    within = [replace(each, claims=tuple(sorted(each.claims, key=place))) for each in groups]
    return sorted(within, key=lambda each: place(each.claims[0]))


def first_claims(groups: Iterable[ClaimGroup], most: int) -> list[ClaimGroup]:
    """Return groups until they hold so many claims."""
    shown, left = [], most
    for group in groups:
        if left <= 0:
            break
        shown.append(replace(group, claims=group.claims[:left]))
        left -= len(group.claims)
    return shown


def _bodies(evidence: Evidence) -> dict[int, str]:
    """Return, by the position of a claim, the body that its origin leads back to."""
    return {
        position: body_of(origin.roots[0], evidence.record)
        for origin in evidence.origins
        for position in (*origin.speaking, *origin.repeating)
    }


def _counted(voice: Voice, share: Share | None) -> CountedClaim:
    effect, because = (0.0, "") if share is None else (share.log_odds, share.because)
    return CountedClaim(voice.standing, _part(voice), voice.repeats, voice.weight, effect, because)


def _part(voice: Voice) -> Part:
    if voice.commitment == 0:
        return Part.SILENT
    if voice.repeats is None:
        return Part.SPEAKS
    is_own = voice.repeats == voice.claim.source and not voice.claim.cites
    return Part.REPLACED if is_own else Part.REPEATS


def _group(body: str, found: list[CountedClaim], effective: float) -> ClaimGroup:
    ordered = sorted(found, key=lambda each: (-each.weight, -each.log_odds, each.claim.id))
    speaking = [each.claim.source for each in ordered if each.part is Part.SPEAKS]
    return ClaimGroup(body, tuple(ordered), tuple(dict.fromkeys(speaking)), effective)
