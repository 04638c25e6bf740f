"""What is said of a claim: its score in a sentence, and the reasons for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.answer import Answer, Values
from models.axis import overlap
from models.covariates import COVARIATES
from models.origins import AGREEMENT_FLOOR
from models.scales import icd203
from models.sentences import questions, sources
from models.standing import StandingKind
from models.wording import day, percent, some_of

if TYPE_CHECKING:
    from models.evidence import Voice
    from models.hearing import Hearing
    from models.posterior import Posterior
    from models.record import Record
    from models.score import Origins


def summary(record: Record, voice: Voice, score: float | None, origins: Origins) -> str:
    """Say in a sentence or two how likely a claim is as it stands, and what supports it."""
    standing, name = voice.standing, record.sources[voice.claim.source].name
    said = f'{name}\'s claim "{standing.answer}" about {standing.scope}'
    if standing.kind is not StandingKind.AS_STATED:
        # Who else is believed is told below: they dispute it.
        by = f"taken as {standing.kind.value}"
        if standing.made_by is not None:
            made = standing.made_by.correction
            by = f"{standing.kind.value} by {record.sources[made.by].name} on {day(made.stated_at)}"
        said += f", {by},"
    if score is None:
        if voice.coverage == 0:
            return f"{said} cannot be judged: it speaks of a scope outside the question's."
        return f"{said} cannot be judged: nobody asserts it now and no other claim stands."
    others = origins.claims - (voice.commitment > 0)
    support = (
        f"{others} other claim{'s agree' if others > 1 else ' agrees'}; in all that is worth about "
        f"{origins.effective:.1f} origins."
        if others
        else "No other claim agrees."
    )
    disputed = standing.disputers(record)
    support += f" {disputed} disputes it." if disputed else ""
    return f"{said} {_verdict(standing.answer, score)}. {support}"


def _verdict(answer: Answer, score: float) -> str:
    if isinstance(answer, Values):
        # A word for likelihood would read as disbelief: a narrow range is rarely likely by itself.
        return f"is right about where the number lies with probability {percent(score)}"
    word = icd203(score)
    if word.endswith("chance"):
        verdict = f"has {'a ' if word.startswith('roughly') else ''}{word} of being true"
    else:
        verdict = "is almost certainly true" if word == "almost certain" else f"is {word} to be true"
    return f"{verdict} ({percent(score)})"


def baseline_because(voice: Voice) -> str:
    """Say where a claim starts."""
    because = "as likely as its answers are beforehand, said by a source of which nothing is known"
    if voice.claim.certainty == 1:
        return because
    return f"{because}, and hedged ({voice.claim.certainty_word or percent(voice.claim.certainty)})"


def corrections_because(hearing: Hearing, posterior: Posterior, position: int) -> str:
    """Say what corrections have put on its source's record, and left of the claim itself."""
    voice = posterior.voice(position)
    claim = voice.claim
    because = sources.corrections_because(
        hearing, claim.source, float(posterior.corrected[position]), besides=claim.question
    )
    disputed = voice.standing.disputers(hearing.record)
    if disputed:
        left = percent(voice.standing.undisputed)
        because = f"{disputed} disputes it, which leaves {left} of its word; {because}"
    for each in COVARIATES:
        if each.factor == "corrections" and each.amounts(voice):
            because = f"{each.because(voice, hearing.record)}; {because}"
    if voice.standing.is_kept_narrowing:
        because = f"its own side narrowed it to {voice.standing.scope} and stands by that part; {because}"
    return because


def others_because(posterior: Posterior, position: int) -> str:
    """Say which other claims agree with a claim and which do not, or how its question was resolved."""
    record = posterior.evidence.record
    resolution = record.resolutions.get(posterior.evidence.question.id)
    if resolution is not None:
        on = day(resolution.resolved_at)
        return f"resolved as {resolution.answer} on {on}, {questions.word_of(resolution, record)}"
    said = posterior.voice(position).membership
    agrees = overlap(posterior.fit, said[None, :])[:, 0] >= AGREEMENT_FLOOR
    others = [(posterior.voice(i).claim.id, agrees[i]) for i in posterior.voices if i != position]
    agreeing = [id_ for id_, agree in others if agree]
    opposed = [id_ for id_, agree in others if not agree]
    if not others:
        return "no other claim stands on this question"
    parts = [
        f"{verb} {some_of(ids, 4)}" for verb, ids in (("agree:", agreeing), ("disagree:", opposed)) if ids
    ]
    return "; ".join(parts)
