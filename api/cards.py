"""Cards: a score in the words in which a reader meets it elsewhere.

The script, the page for frames, the badge and oEmbed all show the same card, so that each word is
decided here, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, cast

from api import prose
from data.fits import Document
from data.instant import to_wire
from data.subjects import Scored, ScoredClaim, ScoredQuestion, ScoredSource, Subject
from models.answer import Values
from models.covariates import FACTORS
from models.scales import admiralty_words, icd203
from models.sentences.remarks import Remark, asserted, on_claim, on_question

# What moves a score by less, in log-odds, is told as leaving it: under a per cent.
NO_EFFECT = 0.03

KINDS = {"claims": "claim", "questions": "question", "sources": "source"}
NOUNS = {kind: noun for noun, kind in KINDS.items()}


@dataclass(frozen=True)
class Reason:
    """One factor of a score: its name, what it does to the score, and why."""

    factor: str
    effect: str
    because: str


@dataclass(frozen=True)
class Row:
    """One answer of a question: its credence with its interval, as numbers and in words."""

    answer: str
    credence: float
    low: float
    high: float
    figure: str
    range: str


@dataclass(frozen=True, kw_only=True)
class Card:
    """A score as a reader is shown it; what each field holds stands in `api.schemas.card.CardSchema`."""

    subject: Mapping[str, Any]
    path: str
    title: str
    context: str
    lead: str | None = None
    figure: str
    score: float | None = None
    low: float | None = None
    high: float | None = None
    range: str | None = None
    grade: str | None = None
    admiralty: str | None = None
    standing: Remark | None = None
    state: str | None = None
    answers: tuple[Row, ...] = ()
    summary: str
    reasons: tuple[Reason, ...]
    as_of: str | None
    moment: str | None
    label: str = ""

    @property
    def document(self) -> dict[str, Any]:
        """The JSON form."""
        return asdict(self)


def path_of(subject: Subject, *, as_of: datetime | None = None) -> str:
    """Return the address, without its host, of the page that shows a subject's evidence."""
    # A source's page shows all its scopes.
    return f"/{NOUNS[subject.kind]}/{subject.id}" + (f"?as_of={to_wire(as_of)}" if as_of is not None else "")


def subject_document(subject: Subject) -> dict[str, Any]:
    """Return a subject as scores name it: a source with its scope."""
    scope = {"scope": subject.scope} if subject.kind == "source" else {}
    return {"type": subject.kind, "id": subject.id, **scope}


def card(scored: Scored, *, as_of: datetime | None) -> Card:
    """Return the card of a subject, as of the moment of its score."""
    made = Card(
        subject=subject_document(scored.subject),
        path=path_of(scored.subject, as_of=as_of),
        summary=prose.quoted(scored.score["summary"]),
        reasons=tuple(_reason(factor) for factor in scored.score["factors"]),
        as_of=None if as_of is None else to_wire(as_of),
        moment=None if as_of is None else f"as of {prose.moment(as_of)}",
        **_face(scored),
    )
    return replace(made, label=_label(made))


def unknown(subject: Subject, *, as_of: datetime | None) -> str:
    """Say that a subject is not there, or was not then."""
    then = "" if as_of is None else f" as of {prose.moment(as_of)}"
    return f"Credence knows no {subject.kind} “{subject.id}”{then}."


def _probability(score: Document) -> dict[str, Any]:
    """Return the figures of a score that is a probability."""
    if score["score"] is None:
        return {"figure": prose.CANNOT_BE_JUDGED}
    interval = score["interval"]
    return {
        "figure": prose.percent(score["score"]),
        "score": score["score"],
        "low": interval["low"],
        "high": interval["high"],
        "range": prose.between(interval["low"], interval["high"]),
    }


def _face(scored: Scored) -> dict[str, Any]:
    """Return what the kind of a subject decides of its card."""
    if isinstance(scored, ScoredClaim):
        return _claim(scored)
    return _question(scored) if isinstance(scored, ScoredQuestion) else _source(cast(ScoredSource, scored))


def _claim(scored: ScoredClaim) -> dict[str, Any]:
    answer = scored.standing.answer
    # A word for likelihood would read as disbelief: a narrow range is rarely likely by itself.
    grade = scored.score["grades"]["icd203"]
    if isinstance(answer, Values) and grade is not None:
        grade = "that the number lies there"
    remark = on_claim(scored.standing, scored.question, scored.record)
    return {
        "title": f"{scored.source.name}: {asserted(answer, scored.question.quantity)}",
        "context": scored.question.text,
        **_probability(scored.score),
        "grade": grade,
        "admiralty": _admiralty(scored.score),
        "standing": remark,
        "state": remark.word,
    }


def _source(scored: ScoredSource) -> dict[str, Any]:
    scope = scored.subject.scope
    ground = f"“{prose.scope_name(scope, scored.record)}”" if scope else "its own ground"
    marks = scored.score["grades"]["admiralty"]
    words = "" if marks is None else admiralty_words(marks)[0]
    return {
        "title": scored.source.name,
        "context": f"Speaking on {ground}",
        **_probability(scored.score),
        "grade": words if marks != "F" else "its record is too short to grade",
        "admiralty": _admiralty(scored.score),
    }


def _question(scored: ScoredQuestion) -> dict[str, Any]:
    score, question = scored.score, scored.question
    remark = on_question(question, score, scored.resolution, scored.record)
    face = {
        "title": question.text,
        "context": prose.scope_name(question.scope, scored.record),
        "figure": prose.CANNOT_BE_JUDGED,
        "standing": remark,
        "state": remark.word,
    }
    quantity = score.get("quantity")
    # Where nobody stands by anything, what is expected beforehand is no judgement.
    is_judged = score["origins"]["claims"] > 0 or scored.resolution is not None
    if not is_judged or (quantity is not None and quantity["median"] is None):
        return face
    if quantity is not None:
        low, high = (prose.number(quantity[end]) for end in ("low", "high"))
        return face | {
            "figure": f"about {prose.number(quantity['median'])} {quantity['unit']}",
            "range": f"{low}–{high} {quantity['unit']}",
        }
    rows = sorted(map(_row, score["answers"]), key=lambda row: -row.credence)
    leading = rows[0]
    return face | {
        "lead": leading.answer,
        "figure": leading.figure,
        "score": leading.credence,
        "low": leading.low,
        "high": leading.high,
        "range": leading.range,
        "grade": icd203(leading.credence),
        "answers": tuple(rows),
    }


def _row(answer: Document) -> Row:
    figure, range_ = prose.percent(answer["credence"]), prose.between(answer["low"], answer["high"])
    return Row(**answer, figure=figure, range=range_)


def _admiralty(score: Document) -> str | None:
    marks = score["grades"]["admiralty"]
    return None if marks is None else f"Admiralty {marks}: {', '.join(admiralty_words(marks))}"


def _reason(factor: Document) -> Reason:
    moved = factor["log_odds"]
    effect = "none" if abs(moved) < NO_EFFECT else "raises" if moved > 0 else "lowers"
    return Reason(FACTORS[factor["name"]], effect, prose.quoted(factor["because"]))


def _label(card: Card) -> str:
    figure = card.figure
    if card.range:
        figure += f", between {card.range.replace('–', ' and ')}"
    if card.grade:
        figure += f": {card.grade}"
    title = card.title if card.title.endswith(("?", ".", "!")) else f"{card.title}."
    lead = f"“{card.lead}” " if card.lead else ""
    standing = f" {card.standing.sentence}." if card.standing else ""
    moment = f" {card.moment[:1].upper()}{card.moment[1:]}." if card.moment else ""
    return f"{title} {lead}{figure}.{standing}{moment}"
