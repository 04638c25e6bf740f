"""Events: what subscribers are told of, when it is worth telling, and in which words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from models.record import Claim, Correction, CorrectionKind, Question, Record, Resolution
from models.scales import icd203
from models.score import percent as bare_percent

# How far a score lies from what was last told of it before it is told of again, on the scale of a
# probability; of a quantity, the share by which its median has moved. A whole per cent is the least that an
# answer shows, and fits move everything by less all the time.
SMALLEST_MOVE = 0.01

CORRECTED, RESOLVED, MOVED = "correction.recorded", "question.resolved", "score.moved"
TYPES = (CORRECTED, RESOLVED, MOVED)

_CORRECTED = {
    CorrectionKind.NARROW: "narrowed",
    CorrectionKind.AMEND: "amended",
    CorrectionKind.RETRACT: "retracted",
    CorrectionKind.DENY: "denied",
    CorrectionKind.REAFFIRM: "reaffirmed",
}
# A text that is longer is cut where it is named in a sentence, in characters.
LONGEST_NAMED = 120


@dataclass(frozen=True)
class State:
    """What a score says, as far as subscribers are told.

    Parameters
    ----------
    score, low, high : float or None
        With the interval; of a question its leading answer's, None for a quantity and where it cannot be
        judged.
    answers : mapping of str to float, or None
        The credence of each answer of a question.
    median : float or None
        Of a quantity, in its unit.
    """

    score: float | None = None
    low: float | None = None
    high: float | None = None
    answers: Mapping[str, float] | None = None
    median: float | None = None

    def document(self, kind: str) -> dict[str, Any]:
        """Return the JSON form of a state of a source, a claim or a question."""
        if self.answers is not None:
            return {"answers": [{"answer": name, "credence": share} for name, share in self.answers.items()]}
        if kind == "question":
            return {"quantity": {"median": self.median}}
        return {"score": self.score, "low": self.low, "high": self.high}


@dataclass(frozen=True)
class Move:
    """A score that is to be told of: what was last told, and what it says now."""

    kind: str
    id: str
    before: State | None
    after: State


@dataclass(frozen=True)
class Wish:
    """When a subscriber wants to be told of a score; with neither, of every move.

    Parameters
    ----------
    threshold : float or None
        When it, or the credence of one of a question's answers, crosses this, either way.
    moved_by : float or None
        When it has moved by this since they were last told.
    """

    threshold: float | None = None
    moved_by: float | None = None


@dataclass(frozen=True)
class Cause:
    """What moved scores: what was recorded since they were settled last, or what else it was.

    Parameters
    ----------
    name : str
        ``"ledger"``, ``"model"`` where another version of the model made them, ``"refit"`` where the whole of
        a large ledger was fitted again.
    changes : sequence of (action, kind, id)
        What was recorded that bears on the subject, oldest first.
    """

    name: str = "ledger"
    changes: Sequence[tuple[str, str, str]] = field(default=())


def distance(before: State | None, after: State) -> float:
    """Return how far two states of one score lie apart; 1 where only one of them could be judged."""
    if before is None:
        return 0.0
    if after.answers is not None:
        told = before.answers or {}
        return max((abs(share - told.get(name, 0.0)) for name, share in after.answers.items()), default=0.0)
    if before.median is not None or after.median is not None:
        if before.median is None or after.median is None:
            return 1.0
        return abs(after.median - before.median) / max(abs(before.median), abs(after.median), 1e-300)
    if before.score is None or after.score is None:
        return 0.0 if before.score is after.score else 1.0
    return abs(after.score - before.score)


def granted(wish: Wish, before: State | None, after: State) -> str | None:
    """Return why a subscriber is to be told of a move, in a clause; None where they are not.

    Parameters
    ----------
    before : State or None
        What this subscriber was told last.
    """
    if wish.threshold is None and wish.moved_by is None:
        return "the score moved"
    if wish.threshold is not None:
        for name, old, new in _pairs(before, after):
            if old is not None and new is not None and (old >= wish.threshold) != (new >= wish.threshold):
                what = f'the credence of "{name}"' if name else "the score"
                return f"{what} {'rose to' if new > old else 'fell below'} {percent(wish.threshold)}"
    if wish.moved_by is not None and distance(before, after) >= wish.moved_by:
        return f"the score has moved by {percent(wish.moved_by)} or more since the last delivery"
    return None


def _pairs(before: State | None, after: State) -> list[tuple[str, float | None, float | None]]:
    if before is None:
        return []
    if after.answers is None:
        return [("", before.score, after.score)]
    told = before.answers or {}
    return [(name, told.get(name, 0.0), share) for name, share in after.answers.items()]


def correction_because(record: Record, claim: Claim, correction: Correction, move: Move) -> str:
    """Say what was corrected by whom, and what the claim's credence is now, in one sentence."""
    by = f"by {_source(record, correction.by)}"
    if correction.by == claim.source:
        by = "by its author"
    elif correction.by in claim.via:
        by = f"by {_source(record, correction.by)}, which carried it,"
    into = f" to {correction.scope}" if correction.kind is CorrectionKind.NARROW else ""
    if correction.kind is CorrectionKind.AMEND and correction.answer is not None:
        into = f" to {_answer(correction.answer.document)}"
    # Of what its own source takes back nothing stands: its credence is what the others make of it.
    is_gone = correction.by == claim.source and correction.kind in (
        CorrectionKind.RETRACT,
        CorrectionKind.DENY,
    )
    now = _now(move.before, move.after, "without it, what it said" if is_gone else "its credence")
    made, at = _CORRECTED[correction.kind], told_at(correction.stated_at)
    if correction.stated_precision == "day":
        at = at.partition(",")[0]
    return f"{_claim(record, claim)} was {made}{into} {by} ({at}); {now}."


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
    after = _after(cause)
    if move.kind == "question":
        return f"{_moved_answer(record.questions[move.id], move)}{after}."
    if claim is None:
        subject = f"the reliability of {_source(record, move.id)}"
    else:
        found = _claim(record, claim)
        subject = f"the credence of {found[0].lower()}{found[1:]}"
    now = _now(move.before, move.after, subject)
    return f"{now[0].upper()}{now[1:]}{after}."


def percent(probability: float) -> str:
    """Write a probability in per cent; nothing is told as certain."""
    return bare_percent(probability).replace("%", " %")


def told_at(at: datetime) -> str:
    """Write an instant for people, in UTC."""
    return f"{at.astimezone(UTC).day} {at.astimezone(UTC):%B %Y, %H:%M} UTC"


def _now(before: State | None, after: State, subject: str) -> str:
    if after.score is None:
        return f"{subject} cannot be judged now" + (
            "" if before is None or before.score is None else f" (was {percent(before.score)})"
        )
    told, grade = percent(after.score), icd203(after.score)
    if before is not None and _judged(before.score) == told:
        return f"{subject} stays at {told}, {grade}"
    was = "" if before is None else f" (was {_judged(before.score)})"
    return f"{subject} is now {told}, {grade}{was}"


def _judged(score: float | None) -> str:
    return "not to be judged" if score is None else percent(score)


def _moved_answer(question: Question, move: Move) -> str:
    asked = f'"{_short(question.text)}"'
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


def _after(cause: Cause) -> str:
    if cause.name == "model":
        return ", since another version of the model made the score"
    if cause.name == "refit":
        return ", after the whole ledger was fitted again"
    if not cause.changes:
        return ", after what was recorded elsewhere"
    action, kind, subject_id = cause.changes[-1]
    done = {"void": "was voided", "resolve": "was resolved", "change": "was changed"}.get(
        action, "was recorded"
    )
    more = f" and {len(cause.changes) - 1} more" if len(cause.changes) > 1 else ""
    return f", after {kind} {subject_id}{more} {done}"


def _claim(record: Record, claim: Claim) -> str:
    asked = record.questions[claim.question]
    return (
        f"The claim of {_source(record, claim.source)} that the answer is {_answer(claim.answer.document)} "
        f'in "{_short(asked.text)}"'
    )


def _question(question: Question) -> str:
    return f'The question "{_short(question.text)}"'


def _source(record: Record, source: str) -> str:
    known = record.sources.get(source)
    return source if known is None else _short(known.name)


def _answer(document: Any) -> str:
    if isinstance(document, dict):
        ((bound, value),) = document.items()
        numbers = value if isinstance(value, list) else [value]
        told = " and ".join(f"{number:,g}" for number in numbers)
        return told if bound == "value" else f"{bound.replace('_', ' ')} {told}"
    return " or ".join(f'"{name}"' for name in _names(document))


def _names(document: Any) -> list[str]:
    if isinstance(document, dict):
        return []
    return [document] if isinstance(document, str) else list(document)


def _number(state: State) -> str:
    return "unknown" if state.median is None else f"{float(f'{state.median:.3g}'):,g}"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_NAMED else f"{text[: LONGEST_NAMED - 1].rstrip()}…"
