"""The outlook of a question: how likely its answers are, without the reasons."""

from __future__ import annotations

from dataclasses import dataclass

from models.posterior import Posterior
from models.question_score import credences
from models.score import AnswerCredence, QuantityCredence


@dataclass(frozen=True)
class Outlook:
    """What a list of questions, or one moment of many, tells of a question.

    Parameters
    ----------
    answers : tuple of AnswerCredence
        Empty for a quantity.
    quantity : QuantityCredence or None
    is_contested, is_resolved : bool
    n_claims : int
        Claims made on it, standing or not.
    effective : float
        The effective number of origins.
    """

    answers: tuple[AnswerCredence, ...]
    quantity: QuantityCredence | None
    is_contested: bool
    is_resolved: bool
    n_claims: int
    effective: float

    @property
    def is_judged(self) -> bool:
        """Whether anybody stands by an answer: the prior alone is no judgement."""
        return self.effective > 0 or self.is_resolved

    @property
    def ranked(self) -> tuple[AnswerCredence, ...]:
        """The answers, the most likely first."""
        return tuple(sorted(self.answers, key=lambda answer: -answer.credence))

    @property
    def lead(self) -> float:
        """How far the leading answer is ahead of the next, in [0, 1]; 1 where there is no next."""
        ranked = self.ranked
        return ranked[0].credence - ranked[1].credence if len(ranked) > 1 else 1.0

    def moved_from(self, before: Outlook) -> float:
        """Return how far the outlook lies from an earlier one, on the scale of a probability.

        The most that an answer's credence moved; for a quantity, by what share its median did.
        """
        if self.quantity is None:
            then = {answer.answer: answer.credence for answer in before.answers}
            return max(
                (abs(then[a.answer] - a.credence) for a in self.answers if a.answer in then), default=0
            )
        now, then_ = self.quantity.median, before.quantity.median if before.quantity else None
        if now is None or then_ is None:
            return 0.0 if now is then_ else 1.0
        return abs(now - then_) / max(abs(now), abs(then_), 1e-300)


def outlook(posterior: Posterior) -> Outlook:
    """Return the outlook of a question, as of the moment of its posterior."""
    evidence, constants = posterior.evidence, posterior.constants
    answers, quantity = credences(posterior, constants.interval_level)
    return Outlook(
        answers=answers,
        quantity=quantity,
        is_contested=not posterior.is_resolved and evidence.is_contested(constants.contested_origins),
        is_resolved=posterior.is_resolved,
        n_claims=len(evidence.voices),
        effective=evidence.effective_origins,
    )
