"""An excerpt of a source's record: what it said in a period or on a scope, the older the less."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from models.record import Claim, Question
from models.scope import contains

# Days. Reliability is a trait: forgetting records within half a year already predicted worse in trials,
# and within a month next to nothing is left to judge by.
SHORTEST_HALF_LIFE = 30.0
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Excerpt:
    """Which part of a source's record counts, and how much.

    A fault counts as the claim that it was made with: by when that was said, and on what.

    Parameters
    ----------
    until : datetime
        The moment from which ages are counted back.
    since : datetime or None
        What was said before counts nothing.
    half_life : float or None
        In days: what was said t days before `until` counts 0.5^(t / half_life).
    scope : str or None
        Only claims on questions inside this scope, or whose own scope lies inside it, count.
    """

    until: datetime
    since: datetime | None = None
    half_life: float | None = None
    scope: str | None = None

    def share(self, claim: Claim, question: Question) -> float:
        """Return how much a claim counts on its source's record, in [0, 1]."""
        if self.since is not None and claim.stated_at < self.since:
            return 0.0
        if self.scope is not None and not (
            contains(self.scope, question.scope) or contains(self.scope, claim.scope)
        ):
            return 0.0
        if self.half_life is None:
            return 1.0
        # Of a day only its end is known, and clocks differ.
        age = max((self.until - claim.stated_at) / DAY, 0.0)
        return float(0.5 ** (age / self.half_life))

    @property
    def because(self) -> str:
        """The excerpt in words."""
        told = []
        if self.since is not None:
            since = self.since.astimezone(UTC)
            told.append(
                f"since {since:%Y-%m-%d}" if since.time() == time() else f"since {since:%Y-%m-%dT%XZ}"
            )
        if self.half_life is not None:
            told.append(f"halved every {self.half_life:g} days")
        if self.scope is not None:
            told.append(f"on {self.scope}")
        return ", ".join(told)
