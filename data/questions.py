"""The questions."""

from datetime import datetime

from sqlite_utils import Database

from data import reference
from data.database import writing
from data.errors import RefusedError
from data.page import Page, inside
from data.reference import QUESTIONS, SOURCES
from data.writer import Writer
from models.answer import check_answer
from models.errors import InvalidValueError
from models.record import Question


def put(db: Database, question: Question, *, at: datetime, by: Writer | None = None) -> tuple[Question, bool]:
    """Write a question as one change, and say whether it is new.

    The same content again makes no new version. `by` is the writer; None for the command line.

    Raises
    ------
    InvalidValueError
        When it has not either two answers or more, or a quantity whose range is possible; or
        when a stake favours an answer that it does not have.
    UnknownReferenceError
        When a stake's source does not exist.
    RefusedError
        When answers are taken away, or a quantity changes what its numbers mean.
    """
    with writing(db):
        _check_axis(question)
        stored = reference.find(db, QUESTIONS, question.id)
        if stored is not None:
            _check_change(stored, question)
        for i, stake in enumerate(question.stakes):
            reference.check_referred(db, SOURCES, stake.source, f"stakes.{i}.source")
            for j, answer in enumerate(stake.favours):
                check_answer(answer, question.answers, question.quantity, f"stakes.{i}.favours.{j}")
        return reference.put(db, QUESTIONS, question, at=at, by=by)


def create_question(db: Database, question: Question, *, at: datetime, by: Writer | None) -> Question:
    """Write a question whose id is new, as `put` does; TakenIdError where it is not."""
    with writing(db):
        reference.check_free(db, QUESTIONS, question.id)
        stored, _ = put(db, question, at=at, by=by)
    return stored


def get(db: Database, question_id: str) -> Question:
    """Return a question; UnknownIdError where there is none."""
    return reference.get(db, QUESTIONS, question_id)


def version(db: Database, question_id: str) -> int:
    """Return the number of a question's latest version, from 1; UnknownIdError where there is none."""
    return reference.version(db, QUESTIONS, question_id)


def page(
    db: Database,
    *,
    scope: str | None = None,
    q: str | None = None,
    min_score: float | None = None,
    max_score: float | None = None,
    sort: str = "id",
    limit: int,
    cursor: str | None = None,
) -> Page[tuple[Question, float | None]]:
    """Return a page of questions, each with its stored score: the credence of its leading answer.

    Parameters
    ----------
    scope : str or None
        Questions about this scope or a part of it.
    q : str or None
        A part of the id or the text, in any case.
    min_score, max_score : float or None
        Inclusive; either leaves out what has no score, as quantities have none.
    sort : str
        ``id``, ``score`` or ``-score``.

    Raises
    ------
    InvalidValueError
        When the cursor is not one of this list's.
    """
    conditions = {
        **inside("scope", scope),
        "instr(search, ?) > 0": None if q is None else q.casefold(),
        "score >= ?": min_score,
        "score <= ?": max_score,
    }
    return reference.scored_page(db, QUESTIONS, conditions, sort=sort, limit=limit, cursor=cursor)


def _check_axis(question: Question) -> None:
    quantity = question.quantity
    if quantity is None:
        if len(set(question.answers)) != len(question.answers):
            raise InvalidValueError("answers", "names an answer twice")
        if len(question.answers) < 2:
            raise InvalidValueError("answers", "must name at least two answers where there is no quantity")
        return
    if question.answers:
        raise InvalidValueError("answers", "must be empty where there is a quantity")
    if quantity.scale not in ("linear", "log"):
        raise InvalidValueError("quantity.scale", "must be linear or log")
    for name, bound in (("low", quantity.low), ("high", quantity.high)):
        if quantity.scale == "log" and bound is not None and bound <= 0:
            raise InvalidValueError(f"quantity.{name}", "must be above zero on a logarithmic scale")
    if quantity.low is not None and quantity.high is not None and quantity.low >= quantity.high:
        raise InvalidValueError("quantity.high", "must be above quantity.low")


def _check_change(stored: Question, question: Question) -> None:
    missing = [name for name in stored.answers if name not in question.answers]
    if missing:
        raise RefusedError("answers", f"can be added to, but not lose {', '.join(missing)}")
    if (stored.quantity is None) != (question.quantity is None):
        raise RefusedError(
            "quantity", "cannot take the place of a list of answers, nor a list that of a quantity"
        )
    if stored.quantity is not None and question.quantity is not None:
        if stored.quantity.unit != question.quantity.unit:
            raise RefusedError("quantity.unit", f"cannot change from {stored.quantity.unit}")
        if stored.quantity.scale != question.quantity.scale:
            raise RefusedError("quantity.scale", f"cannot change from {stored.quantity.scale}")
