"""The sentences and titles in which events are told."""

from __future__ import annotations

from typing import Any

from models.answer import plain
from models.event import Cause, Change, Move, State
from models.record import Claim, Question, Record, Resolution
from models.scales import icd203
from models.standing import Consequence, ConsequenceKind, Side, Standing
from models.wording import listed, number, percent, shortened, stated


def correction_because(record: Record, standing: Standing, came: Consequence, move: Move) -> str:
    """Say what was corrected by whom, what is left of the claim, and what its credence is, in one sentence.

    Parameters
    ----------
    standing : Standing
        The claim's, after all its corrections.
    came : Consequence
        What came of the one that is told of.
    """
    correction, by = came.correction, came.by(_source(record, came.correction.by))
    target = "" if correction.scope is None else _scope(record, correction.scope)
    if correction.answer is not None:
        target = _answer(correction.answer.document)
    # Of what was taken back nothing stands: its credence is what the others make of it.
    subject = "its credence" if standing.is_standing else "without it, what it said"
    now = _now(move.before, move.after, subject)
    done, left = came.phrase(target), _left(record, standing, came)
    return f"{_claim(record, standing.claim)} was {done} {by} ({stated(correction)}){left}; {now}."


def _left(record: Record, standing: Standing, came: Consequence) -> str:
    """Say what is left of a claim, where it is not what anyone takes it for who hears of this correction."""
    correction, claim = came.correction, standing.claim
    heard: object = (claim.answer, claim.scope)
    if came.kind is ConsequenceKind.CHANGED:
        is_end = correction.answer is None and correction.scope is None
        heard = None if is_end else (correction.answer or claim.answer, correction.scope or claim.scope)
    left = (standing.answer, standing.scope) if standing.is_standing else None
    if left == heard and came.kind is not ConsequenceKind.NONE:
        return ""
    if not standing.is_standing:
        return f"; it is {standing.kind.value}"
    if not standing.is_changed:
        return "; it stands as stated"
    return f"; it now says {_answer(standing.answer.document)} about {_scope(record, standing.scope)}"


def resolution_because(record: Record, question: Question, resolution: Resolution, move: Move) -> str:
    """Say which answer proved true, and what was thought of it before, in one sentence."""
    answer = _answer(resolution.answer.document)
    told = (move.before.answers or {}) if move.before is not None else {}
    thought = "; ".join(
        f'"{name}" had a credence of {percent(told[name])}'
        for name in _names(resolution.answer.document)
        if name in told
    )
    by = _source(record, resolution.by)
    return f"{_question(question)} was resolved on the word of {by}: {answer} proved true" + (
        f"; {thought}." if thought else "."
    )


def move_because(record: Record, claim: Claim | None, move: Move, cause: Cause) -> str:
    """Say what moved, from where to where, and after what, in one sentence; `claim` where one moved."""
    after = _after(record, move, claim, cause)
    if move.kind == "question":
        return f"{_moved_answer(record.questions[move.id], move)}{after}."
    if claim is None:
        subject = f"the reliability of {_source(record, move.id)}"
    else:
        found = _claim(record, claim)
        subject = f"the credence of {found[0].lower()}{found[1:]}"
    now = _now(move.before, move.after, subject, is_likelihood=claim is not None)
    return f"{now[0].upper()}{now[1:]}{after}."


def title(record: Record, move: Move, claim: Claim | None, done: str) -> str:
    """Name what an event is about in a few words: whose claim, and on which question.

    Parameters
    ----------
    done : str
        What became of it: ``"Corrected"``, ``"Resolved"``, ``"Moved"``.
    """
    if move.kind == "question":
        return f"{done}: {shortened(record.questions[move.id].text)}"
    if claim is None:
        return f"{done}: the reliability of {_source(record, move.id)}"
    asked = shortened(record.questions[claim.question].text)
    return f"{done}: {_source(record, claim.source)}'s claim – {asked}"


def _now(before: State | None, after: State, subject: str, *, is_likelihood: bool = True) -> str:
    if after.score is None:
        return f"{subject} cannot be judged now" + (
            "" if before is None or before.score is None else f" (was {percent(before.score)})"
        )
    told = percent(after.score)
    # The words of ICD 203 are for what is likely to be true, and a source is not.
    grade = f", {icd203(after.score)}" if is_likelihood else ""
    if before is not None and _judged(before.score) == told:
        return f"{subject} stays at {told}{grade}"
    was = "" if before is None else f" (was {_judged(before.score)})"
    return f"{subject} is now {told}{grade}{was}"


def _judged(score: float | None) -> str:
    return "not to be judged" if score is None else percent(score)


def _moved_answer(question: Question, move: Move) -> str:
    asked = f'"{shortened(question.text)}"'
    if move.after.answers is None:
        if move.after.median is None:
            return f"What the number is in {asked} cannot be judged now"
        was = "" if move.before is None or move.before.median is None else f" (was {_number(move.before)})"
        unit = "" if question.quantity is None else f" {question.quantity.unit}"
        return f"The number in {asked} is now about {_number(move.after)}{unit}{was}"
    told = {} if move.before is None else move.before.answers or {}
    name = max(move.after.answers, key=lambda each: abs(move.after.answers[each] - told.get(each, 0.0)))  # type: ignore[index]
    share = move.after.answers[name]
    moved = (
        f'"{name}" {"rose" if share > told[name] else "fell"} from {percent(told[name])} to'
        if name in told
        else (f'"{name}" stands at')
    )
    leading = max(move.after.answers, key=lambda each: move.after.answers[each])  # type: ignore[index]
    leads = "" if leading == name else f'; "{leading}" leads with {percent(move.after.answers[leading])}'
    return f"In {asked} {moved} {percent(share)}, {icd203(share)}{leads}"


def _after(record: Record, move: Move, claim: Claim | None, cause: Cause) -> str:
    if cause.name == "model":
        return ", since another version of the model made the score"
    if cause.name == "refit":
        return ", after the whole ledger was fitted again"
    if cause.latest is None:
        return ", after what was recorded elsewhere"
    more = f" (and {cause.n_more} more)" if cause.n_more else ""
    said = cause.latest.claim
    done = _described(record, cause.latest, move) if said is None else _said(record, cause.latest, said, move)
    if said is not None and said.question != (move.id if claim is None else claim.question):
        done += f' in "{shortened(record.questions[said.question].text)}"'
    return f", after {done}{more}"


def _said(record: Record, change: Change, said: Claim, move: Move) -> str:
    author, came = _source(record, said.source), change.came
    if came is None:
        return f"{author} said {_answer(said.answer.document)}"
    whose = "an own claim" if came.side is Side.AUTHOR else f"{author}'s claim"
    what = "it" if (move.kind, move.id) == ("claim", said.id) else whose
    return f"{_source(record, came.correction.by)} {came.word} {what}{came.ending}"


def _described(record: Record, change: Change, move: Move) -> str:
    """Say what was written of a source, a scope or a question; what was voided counts as never said."""
    what = f"a {change.kind}"
    if change.kind == "source":
        what = _source(record, change.id)
    elif change.kind == "scope":
        what = f"the scope {_scope(record, change.id)}"
    elif change.kind == "question" and change.id == move.id:
        what = "it"
    elif change.id in record.questions:
        what = f'"{shortened(record.questions[change.id].text)}"'
    return f"{what} was {_recorded(change)}"


def _recorded(change: Change) -> str:
    return {"void": "voided", "resolve": "resolved", "change": "changed"}.get(change.action, "recorded")


def _claim(record: Record, claim: Claim) -> str:
    asked = record.questions[claim.question]
    return (
        f"The claim of {_source(record, claim.source)} that the answer is {_answer(claim.answer.document)} "
        f'in "{shortened(asked.text)}"'
    )


def _question(question: Question) -> str:
    return f'The question "{shortened(question.text)}"'


def _source(record: Record, source: str) -> str:
    known = record.sources.get(source)
    return source if known is None else shortened(known.name)


def _scope(record: Record, path: str) -> str:
    known = record.scopes.get(path)
    return path if known is None or not known.name else f'"{shortened(known.name)}"'


def _answer(document: Any) -> str:
    if isinstance(document, dict):
        ((bound, value),) = document.items()
        numbers = value if isinstance(value, list) else [value]
        told = listed([plain(each) for each in numbers])
        return told if bound == "value" else f"{bound.replace('_', ' ')} {told}"
    return " or ".join(f'"{name}"' for name in _names(document))


def _names(document: Any) -> list[str]:
    if isinstance(document, dict):
        return []
    return [document] if isinstance(document, str) else list(document)


def _number(state: State) -> str:
    return "unknown" if state.median is None else number(state.median)
