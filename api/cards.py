"""Cards: a score in the words in which a reader meets it elsewhere.

The script, the page for frames, the badge and oEmbed all show the same card, so that each word is
decided here, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, cast

from api import prose
from data.fits import Document
from data.instant import to_wire
from data.subjects import Subject, Told, ToldClaim, ToldQuestion, ToldSource
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


@dataclass(frozen=True)
class Card:
    """A score as a reader is shown it.

    Attributes
    ----------
    path : str
        Where the service shows the evidence: an address without its host.
    title, context : str
        What is scored, and what it is about.
    lead : str or None
        A question's leading answer.
    figure : str
        The score in words: per cent, a number with its unit, or that it cannot be judged.
    score, low, high : float or None
        A probability and its interval; of a question its leading answer's, of a quantity None.
    range, grade : str or None
        The interval, and the grade in words.
    admiralty : str or None
        Letter and digit with their meaning.
    standing : Remark or None
        What became of a claim or a question.
    state : str or None
        That as one word, where it is worth a word beside the figure.
    label : str
        All of this as one sentence, for who hears it.
    moment : str or None
        As of when; None for the present.
    """

    subject: Mapping[str, Any]
    path: str
    title: str
    context: str
    lead: str | None
    figure: str
    score: float | None
    low: float | None
    high: float | None
    range: str | None
    grade: str | None
    admiralty: str | None
    standing: Remark | None
    state: str | None
    answers: tuple[Row, ...]
    summary: str
    reasons: tuple[Reason, ...]
    as_of: str | None
    moment: str | None
    label: str

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


def card(told: Told, *, as_of: datetime | None) -> Card:
    """Return the card of a subject, as of the moment of its score."""
    face: dict[str, Any] = {
        "lead": None,
        "score": None,
        "low": None,
        "high": None,
        "range": None,
        "grade": None,
        "admiralty": None,
        "standing": None,
        "answers": (),
        **_face(told),
    }
    moment = None if as_of is None else f"as of {prose.moment(as_of)}"
    return Card(
        subject=subject_document(told.subject),
        path=path_of(told.subject, as_of=as_of),
        summary=prose.quoted(told.score["summary"]),
        reasons=tuple(_reason(factor) for factor in told.score["factors"]),
        as_of=None if as_of is None else to_wire(as_of),
        moment=moment,
        label=_label(face, moment),
        state=face["standing"] and face["standing"].word,
        **face,
    )


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


def _face(told: Told) -> dict[str, Any]:
    """Return what the kind of a subject decides of its card."""
    if isinstance(told, ToldClaim):
        return _claim(told)
    return _question(told) if isinstance(told, ToldQuestion) else _source(cast(ToldSource, told))


def _claim(told: ToldClaim) -> dict[str, Any]:
    answer = told.standing.answer
    # A word for likelihood would read as disbelief: a narrow range is rarely likely by itself.
    grade = told.score["grades"]["icd203"]
    if isinstance(answer, Values) and grade is not None:
        grade = "that the number lies there"
    return {
        "title": f"{told.source.name}: {asserted(answer, told.question.quantity)}",
        "context": told.question.text,
        **_probability(told.score),
        "grade": grade,
        "admiralty": _admiralty(told.score),
        "standing": on_claim(told.standing, told.question, told.record),
    }


def _source(told: ToldSource) -> dict[str, Any]:
    scope = told.subject.scope
    ground = f"“{prose.scope_name(scope, told.record)}”" if scope else "its own ground"
    marks = told.score["grades"]["admiralty"]
    words = "" if marks is None else admiralty_words(marks)[0]
    return {
        "title": told.source.name,
        "context": f"Speaking on {ground}",
        **_probability(told.score),
        "grade": words if marks != "F" else "its record is too short to grade",
        "admiralty": _admiralty(told.score),
    }


def _question(told: ToldQuestion) -> dict[str, Any]:
    face = {
        "title": told.question.text,
        "context": prose.scope_name(told.question.scope, told.record),
        "figure": prose.CANNOT_BE_JUDGED,
        "standing": on_question(told.question, told.score, told.resolution, told.record),
    }
    quantity = told.score.get("quantity")
    # Where nobody stands by anything, what is expected beforehand is no judgement.
    is_judged = told.score["origins"]["claims"] > 0 or told.resolution is not None
    if not is_judged or (quantity is not None and quantity["median"] is None):
        return face
    if quantity is not None:
        low, high = (prose.number(quantity[end]) for end in ("low", "high"))
        return face | {
            "figure": f"about {prose.number(quantity['median'])} {quantity['unit']}",
            "range": f"{low}–{high} {quantity['unit']}",
        }
    rows = sorted(
        (
            Row(
                **each, figure=prose.percent(each["credence"]), range=prose.between(each["low"], each["high"])
            )
            for each in told.score["answers"]
        ),
        key=lambda row: -row.credence,
    )
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


def _admiralty(score: Document) -> str | None:
    marks = score["grades"]["admiralty"]
    return None if marks is None else f"Admiralty {marks}: {', '.join(admiralty_words(marks))}"


def _reason(factor: Document) -> Reason:
    moved = factor["log_odds"]
    effect = "none" if abs(moved) < NO_EFFECT else "raises" if moved > 0 else "lowers"
    return Reason(FACTORS[factor["name"]], effect, prose.quoted(factor["because"]))


def _label(face: Mapping[str, Any], moment: str | None) -> str:
    figure = face["figure"]
    if face["range"]:
        figure += f", between {face['range'].replace('–', ' and ')}"
    if face["grade"]:
        figure += f": {face['grade']}"
    title = face["title"] if face["title"].endswith(("?", ".", "!")) else f"{face['title']}."
    lead = f"“{face['lead']}” " if face["lead"] else ""
    standing = f" {face['standing'].sentence}." if face["standing"] else ""
    return f"{title} {lead}{figure}.{standing}" + (f" {moment[:1].upper()}{moment[1:]}." if moment else "")
