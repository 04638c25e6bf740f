"""Testimony: the claims on a question as they stand and count, those of one body together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
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
class Testimony:
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
class Chorus:
    """The claims that lead back to one body: its own voices', and those that repeat them.

    Parameters
    ----------
    body : str
        The outermost body, a source's id: a source without one is its own.
    testimonies : tuple of Testimony
        The weightiest first.
    voices : tuple of str
        The sources that speak for themselves there.
    effective : float
        How many origins all of it is worth.
    """

    body: str
    testimonies: tuple[Testimony, ...]
    voices: tuple[str, ...]
    effective: float


def choruses(evidence: Evidence, shares: Iterable[Share] = ()) -> tuple[Chorus, ...]:
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
    by_body: dict[str, list[Testimony]] = defaultdict(list)
    for i, voice in enumerate(evidence.voices):
        body = body_at.get(i, voice.body)
        by_body[body].append(_testimony(voice, share_of.get(voice.claim.id)))
    worth: dict[str, float] = defaultdict(float)
    for origin, weight in zip(evidence.origins, evidence.origin_weights, strict=True):
        worth[body_at[origin.speaking[0]]] += float(weight)
    told = (_chorus(body, found, worth[body]) for body, found in by_body.items())
    return tuple(sorted(told, key=lambda each: (-each.effective, each.body)))


def _bodies(evidence: Evidence) -> dict[int, str]:
    """Return, by the position of a claim, the body that its origin leads back to."""
    return {
        position: body_of(origin.roots[0], evidence.record)
        for origin in evidence.origins
        for position in (*origin.speaking, *origin.repeating)
    }


def _testimony(voice: Voice, share: Share | None) -> Testimony:
    effect, because = (0.0, "") if share is None else (share.log_odds, share.because)
    return Testimony(voice.standing, _part(voice), voice.repeats, voice.weight, effect, because)


def _part(voice: Voice) -> Part:
    if voice.commitment == 0:
        return Part.SILENT
    if voice.repeats is None:
        return Part.SPEAKS
    is_own = voice.repeats == voice.claim.source and not voice.claim.cites
    return Part.REPLACED if is_own else Part.REPEATS


def _chorus(body: str, found: list[Testimony], effective: float) -> Chorus:
    ordered = sorted(found, key=lambda each: (-each.weight, -each.log_odds, each.claim.id))
    speaking = [each.claim.source for each in ordered if each.part is Part.SPEAKS]
    return Chorus(body, tuple(ordered), tuple(dict.fromkeys(speaking)), effective)
