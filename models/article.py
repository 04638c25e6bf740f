"""An article: the claims that an address carries, each as it stands now and as it stood when it appeared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.record import Claim, Correction, Question, Record, Resolution
from models.score import Interval, QuantityCredence
from models.standing import Consequence, Standing

# How far a score has to move to be told to an editor: every later report moves some by a point or two, and
# the likelihood words of ICD 203 lie ten points apart at the closest, save at the ends.
MOVED_BY = 0.05


@dataclass(frozen=True)
class Reading:
    """A claim's score at a moment, without its reasons; None and None where it cannot be judged.

    `model` tells which model made it, out of what.
    """

    score: float | None
    interval: Interval | None
    standing: str
    model: Mapping[str, str]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Reading:
        """Take it from a claim's score."""
        interval = None if document["interval"] is None else Interval(**document["interval"])
        return cls(document["score"], interval, document["standing"], document["model"])


@dataclass(frozen=True)
class Leading:
    """What a question's score comes to at a moment: the answer that leads, or its number.

    None of them where nobody stood by an answer: what leads by the prior alone is no judgement.
    """

    answer: str | None = None
    credence: float | None = None
    quantity: QuantityCredence | None = None

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Leading:
        """Take it from a question's score."""
        if not document["origins"]["claims"] and document["grades"]["icd203"] is None:
            return cls()
        if "quantity" in document:
            return cls(quantity=QuantityCredence(**document["quantity"]))
        leading = max(document["answers"], key=lambda answer: float(answer["credence"]))
        return cls(leading["answer"], leading["credence"])


@dataclass(frozen=True)
class CarriedClaim:
    """A claim that an article carries, with what came of it.

    Parameters
    ----------
    standing : Standing
        How it stands at the moment that is asked about.
    through : tuple of str
        The article's own claims that bring it by relay; empty where it stands there itself.
    then : Reading or None
        Its score when the article appeared; None where it had not been made yet.
    now : Reading
        Its score at the moment that is asked about.
    n_before : int
        How many of its corrections had been said when the article appeared.
    """

    standing: Standing
    through: tuple[str, ...]
    then: Reading | None
    now: Reading
    n_before: int = 0

    @property
    def claim(self) -> Claim:
        """The claim as it was made."""
        return self.standing.claim

    @property
    def before(self) -> tuple[Consequence, ...]:
        """What came of its corrections up to when the article appeared."""
        return self.standing.consequences[: self.n_before]

    @property
    def since(self) -> tuple[Consequence, ...]:
        """What came of those after the article appeared."""
        return self.standing.consequences[self.n_before :]

    @property
    def corrected_before(self) -> tuple[Correction, ...]:
        """Its corrections up to when the article appeared."""
        return tuple(each.correction for each in self.before)

    @property
    def corrected_since(self) -> tuple[Correction, ...]:
        """Its corrections after the article appeared."""
        return tuple(each.correction for each in self.since)

    @property
    def shift(self) -> float:
        """How much likelier it is now than then; 0 where either cannot be judged."""
        if self.then is None or self.then.score is None or self.now.score is None:
            return 0.0
        return self.now.score - self.then.score

    @property
    def moved(self) -> str | None:
        """``stronger``, ``weaker`` or ``steady``; None where it cannot be judged now or could not then."""
        if self.then is None or self.then.score is None or self.now.score is None:
            return None
        if abs(self.shift) < MOVED_BY:
            return "steady"
        return "stronger" if self.shift > 0 else "weaker"

    @property
    def is_corrected(self) -> bool:
        """Whether anything was taken from it since the article appeared, and has not been given back."""
        return bool(self.taken(self.since))

    def taken(self, among: Sequence[Consequence]) -> list[Consequence]:
        """Return of some corrections those that still take from it: what changed it, or else disputes it."""
        standing = self.standing
        changes = [each for each in standing.changes if each in among]
        return changes or [each for each in standing.disputes if each in among]


@dataclass(frozen=True)
class QuestionNow:
    """A question that an article speaks about: what led when it appeared and what does now.

    `resolution` is the one in force at the moment that is asked about, if there is one.
    """

    question: Question
    then: Leading | None
    now: Leading
    resolution: Resolution | None = None


@dataclass(frozen=True)
class Article:
    """What an address carries.

    Parameters
    ----------
    address : str
        As `models.address` makes it.
    published_at : datetime or None
        When it appeared; None where it carries no claim by which to tell.
    is_dated : bool
        Whether `published_at` was given. Otherwise it is the latest statement that the article
        carries itself: it cannot have appeared before that.
    n_claims : int
        How many claims it carries, directly and by relay; `claims` may be a part of them.
    corrections : tuple of Correction
        Those that it carries itself.
    record : Record
        The claims that are shown here or corrected by it, with all that they and their corrections name.
    """

    address: str
    published_at: datetime | None
    is_dated: bool
    n_claims: int
    claims: tuple[CarriedClaim, ...]
    questions: tuple[QuestionNow, ...]
    corrections: tuple[Correction, ...]
    record: Record

    def carries(self, correction: Correction) -> bool:
        """Return whether the article tells of a correction itself.

        Its own may be another record of the same, on the same claim or in the same words.
        """
        return any(
            carried.id == correction.id or _is_same(carried, correction) for carried in self.corrections
        )


def _is_same(one: Correction, other: Correction) -> bool:
    if (one.by, one.stated_at, one.kind) != (other.by, other.stated_at, other.kind):
        return False
    said = _said(one)
    return one.claim == other.claim or (said is not None and said == _said(other))


def _said(correction: Correction) -> object:
    """Return the words of a correction, or else what it leaves of a claim; None where it tells neither."""
    return correction.text or correction.scope or correction.answer
