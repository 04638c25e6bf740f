"""What is said of a question: its score in a sentence, and the reasons for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from models.covariates import COVARIATES
from models.wording import percent, some_of

if TYPE_CHECKING:
    from models.axis import Array
    from models.evidence import Voice
    from models.posterior import Posterior
    from models.record import Record, Resolution
    from models.score import AnswerCredence, Origins, QuantityCredence

# How many claims a reason names before it counts the rest.
NAMED_CLAIMS = 5


def summary(
    posterior: Posterior,
    answers: tuple[AnswerCredence, ...],
    quantity: QuantityCredence | None,
    origins: Origins,
    *,
    is_contested: bool,
) -> str:
    """Say in a sentence or two which answer leads, or what the number is, and what that rests on."""
    counted = f"{origins.claims} claims come from about {origins.effective:.1f} origins" + (
        ", and they contradict each other." if is_contested else "."
    )
    if origins.claims < 2:
        counted = "One claim alone stands on it." if origins.claims else "No claim stands on it."
    resolved = "Resolved: " if posterior.is_resolved else ""
    if quantity is not None:
        if quantity.median is None:
            return counted
        low, median, high = (_spoken(value) for value in (quantity.low, quantity.median, quantity.high))
        about = f"{resolved}about" if resolved else "About"
        return f"{about} {median} {quantity.unit} ({low} to {high}). {counted}"
    if not origins.claims and not resolved:
        return f"{counted} Its {len(answers)} answers are taken as equally likely."
    first, *rest = sorted(answers, key=lambda answer: -answer.credence)
    second = f', then "{rest[0].answer}" ({percent(rest[0].credence)})' if rest else ""
    return f'{resolved}"{first.answer}" leads ({percent(first.credence)}){second}. {counted}'


def _spoken(value: float | None) -> str:
    if value is None:
        return "unknown"
    return f"{value:,.3g}" if abs(value) < 1e3 else f"{float(f'{value:.3g}'):,.0f}"


def baseline_because(answer: str, n_answers: int) -> str:
    """Say where an answer starts."""
    return f"{answer} is one of {n_answers} answers"


def evidence_because(claims: Sequence[str], verb: str) -> str:
    """Say which claims speak for an answer, or against it; `verb` says which."""
    return f"{verb} it: {some_of(claims, NAMED_CLAIMS)}" if claims else f"no claim {verb} it"


def resolution_because(resolution: Resolution, record: Record) -> str:
    """Say what settled a question."""
    return f"resolved {word_of(resolution, record)}"


def word_of(resolution: Resolution, record: Record) -> str:
    """Say on whose word a question is resolved, as a phrase."""
    return f"on the word of {record.sources[resolution.by].name}"


def shared_doubt_because(posterior: Posterior, membership: Array, doubt: Array) -> str:
    """Say how much of an assertion is left to an error that all share, and why.

    Parameters
    ----------
    doubt : array of shape (n_points,)
        The share that is left, of each answer.
    """
    point = int(np.argmax(membership * posterior.credence))
    left = percent(float(doubt[point]))
    if posterior.second_looks[point] > 0:
        return f"a side gave up another answer for it, which leaves {left} to an error that all share"
    bodies = posterior.confirmations[point]
    if bodies > 1:
        return f"{bodies:.1f} bodies that stood close say so, which leaves {left} to an error that all share"
    return f"no two bodies that stood close say so: {left} is left to an error that all share"


def share_because(voice: Voice, record: Record) -> str:
    """Say why a claim counts for so much on its question."""
    nearness, *others = COVARIATES
    parts = [nearness.because(voice, record)]
    if voice.weight == 0 and voice.repeats is not None:
        if voice.repeats == voice.claim.source and not voice.claim.cites:
            parts.append("replaced by a later statement of its own")
        else:
            parts.append(f"adds no origin beyond {record.sources[voice.repeats].name}")
    if voice.copied is not None:
        kin = voice.copied.kin
        parts.append(f"{kin.because(record.sources[kin.source].name)}, counts for {voice.weight:.2f}")
    if voice.divergence is not None:
        parts.append(f"diverges: {voice.divergence}")
    if voice.coverage < 1:
        parts.append(f"speaks of {voice.coverage:.0%} of the question's scope")
    if voice.claim.certainty < 1:
        word = voice.claim.certainty_word or f"{voice.claim.certainty:.0%} sure"
        parts.append(f"hedged ({word})")
    parts.extend(each.because(voice, record) for each in others if each.amounts(voice))
    return "; ".join(parts)
