"""Remarks: what became of a claim or a question, in a word and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.answer import Answer, Quantity
from models.record import Question, Record, Resolution
from models.scope import name_of
from models.sentences.questions import word_of
from models.standing import Standing, StandingKind
from models.wording import day, listed

# What a claim or a question is as a rule.
UNREMARKABLE = ("as_stated", "open")


@dataclass(frozen=True)
class Remark:
    """What became of a claim or a question, as a word and as a sentence without its full stop."""

    kind: str
    sentence: str

    @property
    def word(self) -> str | None:
        """The word, where it is worth one."""
        return None if self.kind in UNREMARKABLE else self.kind


def on_claim(standing: Standing, question: Question, record: Record) -> Remark:
    """Say what became of a claim, through whom and when."""
    sentence = _made(standing, record) + _left(standing, question, record)
    disputers = standing.disputers(record)
    disputed = f"; disputed by {disputers}" if disputers else ""
    return Remark(standing.kind.value, sentence + disputed)


def _made(standing: Standing, record: Record) -> str:
    made = standing.made_by
    if made is not None:
        by = made.by(record.sources[made.correction.by].name)
        return f"{made.word.capitalize()} {by} on {day(made.correction.stated_at)}"
    if standing.kind is StandingKind.AS_STATED:
        return f"As first stated on {day(standing.claim.stated_at)}"
    # Nobody else changes what a claim says; who is believed more than its author names how it stands.
    return f"Taken as {standing.kind.value}"


def _left(standing: Standing, question: Question, record: Record) -> str:
    """Say what of a claim is not as it was first stated, after the word that names how it stands."""
    if not standing.is_standing:
        return ""
    changed = {StandingKind.NARROWED: "", StandingKind.AMENDED: ""}
    if standing.scope != standing.claim.scope:
        changed[StandingKind.NARROWED] = f"to “{name_of(standing.scope, record.scopes)}”"
    if standing.answer != standing.claim.answer:
        changed[StandingKind.AMENDED] = f"from {asserted(standing.claim.answer, question.quantity)}"
    named = "" if standing.made_by is None else changed.pop(standing.kind, "")
    besides = [f"{kind.value} {what}" for kind, what in changed.items() if what]
    return (f", {named}" if named else "") + (f", and {listed(besides)}" if besides else "")


def on_question(
    question: Question, score: Mapping[str, Any], resolution: Resolution | None, record: Record
) -> Remark:
    """Say whether a question is open, contested or resolved."""
    if resolution is not None:
        answer = asserted(resolution.answer, question.quantity)
        on = day(resolution.resolved_at)
        return Remark("resolved", f"Resolved as {answer} on {on}, {word_of(resolution, record)}")
    if score["contested"]:
        return Remark("contested", "Contested: its claims contradict each other")
    n_claims = score["origins"]["claims"]
    if not n_claims:
        return Remark("open", "Open: no claim stands on it")
    counted = "one claim stands" if n_claims == 1 else f"{n_claims} claims stand"
    return Remark("open", f"Open: {counted} on it")


def asserted(answer: Answer, quantity: Quantity | None) -> str:
    """Write what a claim asserts: a number with its unit, or the words of an answer."""
    return f"{answer} {quantity.unit}" if quantity is not None else f"“{answer}”"
