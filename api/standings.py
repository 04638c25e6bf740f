"""Standings: what became of a claim or a question, in words."""

from __future__ import annotations

from dataclasses import dataclass

from api import prose
from data.subjects import Notice, Side, Told, ToldClaim, ToldQuestion
from models.answer import Answer, Quantity
from models.record import CorrectionKind

# The corrections that make each standing; a claim that nothing has changed has none.
MADE_BY = {
    "narrowed": CorrectionKind.NARROW,
    "amended": CorrectionKind.AMEND,
    "retracted": CorrectionKind.RETRACT,
    "denied": CorrectionKind.DENY,
}
# What a claim or a question is as a rule.
UNREMARKABLE = ("as_stated", "open")


@dataclass(frozen=True)
class Standing:
    """What became of a claim or a question, as a word and as a sentence without its full stop."""

    kind: str
    sentence: str

    @property
    def word(self) -> str | None:
        """The word, where it is worth one."""
        return None if self.kind in UNREMARKABLE else self.kind


def answer_of(told: ToldClaim) -> Answer:
    """Return what a claim says now."""
    answer = told.claim.answer
    for notice in told.notices:
        if notice.side is not Side.OTHER and notice.correction.answer is not None:
            answer = notice.correction.answer
    return answer


def standing_of(told: ToldClaim) -> Standing:
    """Say what became of a claim, through whom and when."""
    kind = told.score["standing"]
    if kind == "as_stated":
        last = told.notices[-1] if told.notices else None
        if (
            last is not None
            and last.correction.kind is CorrectionKind.REAFFIRM
            and last.side is not Side.OTHER
        ):
            sentence = f"Reaffirmed {_by(last)}"
        else:
            sentence = f"As first stated on {prose.day(told.claim.stated_at)}"
        return Standing(kind, sentence + _disputes(told))
    of_its_own = (each for each in reversed(told.notices) if each.side is not Side.OTHER)
    made = next((each for each in of_its_own if each.correction.kind is MADE_BY[kind]), None)
    if made is None:
        # Nobody else changes what a claim says; who is believed more than its author names how it stands.
        return Standing(kind, f"Taken as {kind}{_disputes(told)}")
    sentence = f"{kind.capitalize()} {_by(made)}"
    if made.correction.scope is not None:
        sentence += f", to “{scope_name(told, made.correction.scope)}”"
    if made.correction.answer is not None:
        sentence += f", from {asserted(told.claim.answer, told.question.quantity)}"
    return Standing(kind, sentence + _disputes(told))


def _by(notice: Notice) -> str:
    who = {
        Side.AUTHOR: "its author",
        Side.BODY: f"{notice.name}, for its author's side",
        Side.CARRIER: f"{notice.name}, which carried it",
    }[notice.side]
    return f"by {who}{',' if ',' in who else ''} on {prose.day(notice.correction.stated_at)}"


def _disputes(told: ToldClaim) -> str:
    others = [
        each
        for each in told.notices
        if each.side is Side.OTHER and each.correction.kind is not CorrectionKind.REAFFIRM
    ]
    names = dict.fromkeys(each.name for each in others)
    return f"; disputed by {prose.listed(list(names))}" if names else ""


def state_of(told: ToldQuestion) -> Standing:
    """Say whether a question is open, contested or resolved."""
    if told.resolution is not None:
        answer = asserted(told.resolution.answer, told.question.quantity)
        day = prose.day(told.resolution.resolved_at)
        return Standing("resolved", f"Resolved as {answer} on {day}, on the word of {told.resolved_by}")
    if told.score["contested"]:
        return Standing("contested", "Contested: its claims contradict each other")
    n_claims = told.score["origins"]["claims"]
    if not n_claims:
        return Standing("open", "Open: no claim stands on it")
    counted = "one claim stands" if n_claims == 1 else f"{n_claims} claims stand"
    return Standing("open", f"Open: {counted} on it")


def asserted(answer: Answer, quantity: Quantity | None) -> str:
    """Write what a claim asserts: a number with its unit, or the words of an answer."""
    return f"{answer} {quantity.unit}" if quantity is not None else f"“{answer}”"


def scope_name(told: Told, path: str) -> str:
    """Return the name of a scope; its path where it has none."""
    return told.scopes.get(path, path)
