"""Scores: what is answered about a source, a claim or a question, with its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.scales import Grades

# Score, low and high, as lists filter and sort by them.
Figures = tuple[float | None, float | None, float | None]
# Of a question the credence of each answer, or the median of its quantity; None of anything else.
Detail = dict[str, float] | float | None


@dataclass(frozen=True)
class Factor:
    """One term of a score's log-odds, with the reason for it in words."""

    name: str
    log_odds: float
    because: str


@dataclass(frozen=True)
class Interval:
    """A credible interval, by default of level 0.9."""

    level: float
    low: float
    high: float


@dataclass(frozen=True)
class Origins:
    """How many claims agree, and from how many origins they come."""

    claims: int
    effective: float
    independence: str | None


@dataclass(frozen=True)
class AnswerCredence:
    """The credence of one answer, with its interval."""

    answer: str
    credence: float
    low: float
    high: float


@dataclass(frozen=True)
class QuantityCredence:
    """Median and interval of a quantity, in its unit; None before anyone has spoken."""

    median: float | None
    low: float | None
    high: float | None
    unit: str


@dataclass(frozen=True)
class Share:
    """What one claim brings to its question.

    `weight` is what it adds to the effective number of origins; `log_odds` what it adds to the
    log-odds of its own answer.
    """

    claim: str
    source: str
    answer: Any
    weight: float
    log_odds: float
    because: str


@dataclass(frozen=True)
class Score:
    """A score of any kind; None and empty where a kind does not have it or it cannot be judged.

    The log-odds of `factors` sum to the log-odds of `score`, for a question of its leading
    answer.
    """

    kind: str
    id: str
    scope: str | None
    score: float | None
    interval: Interval | None
    effective_n: float
    grades: Grades
    factors: tuple[Factor, ...]
    summary: str
    standing: str | None = None
    origins: Origins | None = None
    answers: tuple[AnswerCredence, ...] = ()
    quantity: QuantityCredence | None = None
    is_contested: bool | None = None
    evidence: tuple[Share, ...] = ()

    @property
    def stored(self) -> Figures:
        """Score, low and high as lists filter and sort by them: a question's are its leading answer's."""
        if self.answers:
            leading = max(self.answers, key=lambda answer: answer.credence)
            return leading.credence, leading.low, leading.high
        if self.interval is None:
            return self.score, None, None
        return self.score, self.interval.low, self.interval.high

    @property
    def detail(self) -> Detail:
        """A question's answers with their credences, or the median of its quantity."""
        if self.quantity is not None:
            return self.quantity.median
        return {answer.answer: answer.credence for answer in self.answers} if self.answers else None

    @property
    def document(self) -> dict[str, Any]:
        """The JSON form of the contract, without moment and model."""
        subject = {"type": self.kind, "id": self.id}
        if self.kind == "source":
            subject["scope"] = self.scope  # type: ignore[assignment]  # null: on its own ground
        document: dict[str, Any] = {"subject": subject}
        if self.kind != "question":
            document |= {"score": self.score, "interval": _plain(self.interval)}
        elif self.quantity is not None:
            document |= {"quantity": _plain(self.quantity)}
        else:
            document |= {"answers": [_plain(answer) for answer in self.answers]}
        document |= {
            "effective_n": self.effective_n,
            "grades": _plain(self.grades),
            "factors": [_plain(factor) for factor in self.factors],
            "summary": self.summary,
        }
        if self.kind == "claim":
            document |= {"standing": self.standing, "origins": _plain(self.origins)}
        if self.kind == "question":
            document |= {
                "origins": _plain(self.origins),
                "contested": self.is_contested,
                "evidence": [_plain(share) for share in self.evidence],
            }
        return document


def _plain(value: Any) -> Any:
    return None if value is None else dict(vars(value))
