"""The resolutions: which answer proved true. A later one takes the place of those before it."""

from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from data import audit, reference, rows
from data.database import writing
from data.errors import UnknownIdError
from data.instant import from_text
from data.reference import QUESTIONS, SOURCES
from data.writer import Writer
from models.answer import check_answer
from models.record import Resolution


def add(
    db: Database, resolution: Resolution, *, at: datetime, by: Writer | None = None
) -> tuple[Resolution, bool]:
    """Write a resolution as one change, and say whether it is its question's first.

    The same content as the one in force writes nothing. `by` is the writer; None for the command line.

    Raises
    ------
    UnknownIdError
        When there is no such question.
    UnknownReferenceError
        When the source on whose word it rests does not exist.
    InvalidValueError
        When the question does not have its answer.
    """
    with writing(db):
        recorded_at = audit.stamp(db, at=at, by=by)
        question = reference.get(db, QUESTIONS, resolution.question)
        reference.check_referred(db, SOURCES, resolution.by, "by")
        check_answer(resolution.answer, question.answers, question.quantity)
        in_force = _in_force(db, resolution.question)
        if in_force is not None and replace(resolution, recorded_at=in_force.recorded_at) == in_force:
            return in_force, False
        row = rows.event_row(resolution)
        rows.insert(db, "resolutions", {**row, "recorded_at": recorded_at, "recorded_by": audit.name_of(by)})
        audit.append(db, "resolve", "question", resolution.question, by=by)
        return replace(resolution, recorded_at=from_text(recorded_at)), in_force is None


def get(db: Database, question_id: str) -> Resolution:
    """Return the resolution in force, the one last recorded; UnknownIdError where there is none."""
    resolution = _in_force(db, question_id)
    if resolution is None:
        raise UnknownIdError("resolution", question_id)
    return resolution


def version(db: Database, question_id: str) -> int:
    """Return how many resolutions a question has had; UnknownIdError where there is none."""
    n_resolutions = db.table("resolutions").count_where("question = ?", [question_id])
    if not n_resolutions:
        raise UnknownIdError("resolution", question_id)
    return n_resolutions


def _in_force(db: Database, question_id: str) -> Resolution | None:
    sql = "SELECT * FROM resolutions WHERE question = ? ORDER BY seq DESC LIMIT 1"
    return next(iter(rows.events(db, Resolution, sql, [question_id])), None)
