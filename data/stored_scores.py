"""The stored scores, by which lists sort, and how far each lies from what subscribers were told last."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from sqlite_utils import Database

from data.rows import to_json
from models.event import SMALLEST_MOVE, Move, State, distance
from models.score import Detail

# Decimals of a credence of an answer that are stored: a hundredth of what is told.
STORED_DECIMALS = 4
# Of a median, significant digits.
STORED_DIGITS = 6

# Of what has no score.
NOTHING = State()

# Kind, id, score, low, high, answers; see `answers_cell` for the answers.
StoredScore = tuple[object, ...]

_NOW = "score, low, high, answers"
_TOLD = "told_score, told_low, told_high, told_answers"
# A question is compared outside of SQL, by all of its answers; one of which nothing was told yet is not.
_MOVED = """
SELECT scored.kind, scored.id, scored.score, scored.low, scored.high, scored.answers,
    told_score, told_low, told_high, told_answers
FROM scored JOIN scores USING (kind, id)
WHERE CASE kind WHEN 'question' THEN scored.answers <> told_answers
    ELSE (scored.score IS NULL) <> (told_score IS NULL) OR abs(scored.score - told_score) >= ? END
ORDER BY scored.kind, scored.id"""
# What is new counts as told: nothing has moved before there were two scores.
_STORE = """
INSERT INTO scores
SELECT kind, id, score, low, high, answers, score, low, high, answers FROM scored WHERE true
ON CONFLICT (kind, id) DO UPDATE SET score = excluded.score, low = excluded.low, high = excluded.high,
    answers = excluded.answers, told_answers = coalesce(told_answers, excluded.answers)
WHERE (score, low, high, answers) IS NOT (excluded.score, excluded.low, excluded.high, excluded.answers)"""


def answers_cell(kind: str, detail: Detail) -> str | None:
    """Write a question's answers, or the median of its quantity, as they are stored; None of other kinds."""
    if kind != "question":
        return None
    if isinstance(detail, dict):
        return to_json({name: round(share, STORED_DECIMALS) for name, share in detail.items()})
    return "null" if detail is None else f"{detail:.{STORED_DIGITS}g}"


def moves(db: Database, scores: Iterable[StoredScore]) -> list[Move]:
    """Return which scores are to be told of, were they stored; nothing is.

    Parameters
    ----------
    scores : iterable of tuple
        Kind, id, score, low, high, and answers as `answers_cell` writes them.
    """
    db.execute(
        "CREATE TEMP TABLE IF NOT EXISTS scored (kind TEXT, id TEXT, score REAL, low REAL, high REAL, "
        "answers TEXT)"
    )
    db.execute("DELETE FROM scored")
    db.conn.executemany("INSERT INTO scored VALUES (?, ?, ?, ?, ?, ?)", scores)
    found = [
        Move(kind, subject, _state(kind, row[4:]), _state(kind, row[:4]))
        for kind, subject, *row in db.execute(_MOVED, [SMALLEST_MOVE])
    ]
    return [move for move in found if distance(move.before, move.after) >= SMALLEST_MOVE]


def store(db: Database, scores: Iterable[StoredScore]) -> list[Move]:
    """Store scores inside the caller's transaction, and return what `moves` would have."""
    moved = moves(db, scores)
    db.execute(_STORE)
    return moved


def move_of(db: Database, kind: str, subject_id: str) -> Move | None:
    """Return what was last told of one score and what it says now, however near; None where there is none."""
    sql = f"SELECT {_NOW}, {_TOLD} FROM scores WHERE kind = ? AND id = ?"  # noqa: S608 - columns
    row = db.execute(sql, [kind, subject_id]).fetchone()
    if row is None:
        return None
    return Move(kind, subject_id, _state(kind, row[4:]), _state(kind, row[:4]))


def mark_told(db: Database, moves: Iterable[Move]) -> None:
    """Take what the scores say now for told."""
    db.conn.executemany(
        f"UPDATE scores SET ({_TOLD}) = ({_NOW}) WHERE kind = ? AND id = ?",  # noqa: S608 - columns
        [(move.kind, move.id) for move in moves],
    )


def _state(kind: str, row: Sequence[object]) -> State:
    score, low, high, answers = row
    if kind != "question":
        return State(score, low, high)  # type: ignore[arg-type]
    detail = None if answers is None else json.loads(str(answers))
    if isinstance(detail, dict):
        return State(score, low, high, answers=detail)  # type: ignore[arg-type]
    return State(median=detail)
