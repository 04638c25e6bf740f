"""What lists sort by: made with the terms of a fit, and anew where those have moved.

What was written about is made anew at once, and of other questions a few at a time after it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from operator import sub
from typing import Any

import numpy as np
from sqlite_utils import Database

from data import deliveries, fits, new_events, present, stored_scores
from data.database import reading, writing
from data.rows import to_json
from models.axis import Array
from models.record import Record
from models.terms import FAULT, TRACK, VARIANCE, Terms

# Questions whose figures are made and stored in one transaction: some thousand rows, some ten milliseconds.
MADE_AT_ONCE = 200
# How far a source's log-odds, or their deviation, may move before what lists sort by is made anew: a score
# is then off by a fortieth of a per cent at most.
MOVED_BY = 1e-3


@dataclass(frozen=True)
class Figures:
    """What lists sort by of some questions and sources, and the record that names them."""

    record: Record
    rows: list[stored_scores.StoredScore]


def of(db: Database, fit: fits.Fit, questions: Sequence[str], sources: Sequence[str] = ()) -> Figures:
    """Make what lists sort by of some questions with their claims, and of some sources."""
    with reading(db):
        scores = fit.figures(db, questions, sources)
        asked = set(sources)
        rows: list[stored_scores.StoredScore] = [
            (kind, id_, score, low, high, stored_scores.answers_cell(kind, detail))
            for kind, id_, score, low, high, detail in scores.figures()
            if kind != "source" or id_ in asked
        ]
        return Figures(scores.record, rows)


def store(
    db: Database, figures: Figures, recorded: Sequence[new_events.Recorded], *, entry: int, cause: str
) -> None:
    """Store what lists sort by, and tell of what moved."""
    moved = stored_scores.store(db, figures.rows)
    named = new_events.Named(figures.record)
    deliveries.tell(db, named, moved, recorded, entry=entry, cause=cause)


def make_again(db: Database) -> bool:
    """Make what lists sort by of a few stale questions, and say whether there were any."""
    with reading(db):
        sql = "SELECT question FROM stale ORDER BY question LIMIT ?"
        questions = [question for (question,) in db.execute(sql, [MADE_AT_ONCE])]
        if not questions:
            return False
        number, entry = db.execute("SELECT number, entry FROM fits").fetchone()
        fit = fits.of_present(db)
        figures = of(db, fit, questions)
    with writing(db):
        if db.execute("SELECT number FROM fits").fetchone()[0] == number:
            forget(db, made=questions)
            store(db, figures, (), entry=entry, cause="refit")
    return True


def forget(db: Database, *, voided: Sequence[str] = (), made: Sequence[str]) -> None:
    """Delete the figures of claims that were voided, and the marks of questions that are stale no more."""
    db.execute(
        "DELETE FROM scores WHERE kind = 'claim' AND id IN (SELECT value FROM json_each(?))",
        [to_json(voided)],
    )
    db.execute("DELETE FROM stale WHERE question IN (SELECT value FROM json_each(?))", [to_json(made)])


def mark_stale(db: Database, questions: Sequence[str]) -> None:
    """Have what lists sort by made anew of some questions."""
    db.conn.executemany("INSERT OR IGNORE INTO stale VALUES (?)", [(question,) for question in questions])


def mark_made(db: Database, terms: Terms, moved: set[str]) -> None:
    """Note with which terms of some sources what lists sort by is made."""
    log_odds, spreads = _of_terms(terms)
    places = [(terms.tree.index[name], name) for name in sorted(moved)]
    db.conn.executemany(
        "UPDATE terms SET figured = ?, figured_spread = ? WHERE node = ?",
        [(float(log_odds[place]), float(spreads[place]), name) for place, name in places],
    )


def moved_sources(db: Database, terms: Terms) -> set[str]:
    """Return the sources of which what lists sort by was made with other terms than these."""
    figured = {
        node: (at, spread)
        for node, at, spread in db.execute("SELECT node, figured, figured_spread FROM terms")
        if at is not None
    }
    log_odds, spreads = _of_terms(terms)
    return {
        name
        for name, at, spread in zip(terms.tree.names, log_odds.tolist(), spreads.tolist(), strict=True)
        if not name.startswith(":")
        and (
            name not in figured or max(abs(at - figured[name][0]), abs(spread - figured[name][1])) > MOVED_BY
        )
    }


def _of_terms(terms: Terms) -> tuple[Array, Array]:
    """Return the log-odds of each node, and their deviation, as far as they are its own."""
    return terms.columns[:, TRACK] + terms.columns[:, FAULT], np.sqrt(terms.columns[:, VARIANCE])


def have_moved(figured: str, learned: str) -> bool:
    """Say whether what was learned across the ledger moved too far for what lists sort by to stand."""
    if figured == learned:
        return False
    before, after = (_numbers(json.loads(text)) for text in (figured, learned))
    return len(before) != len(after) or max(map(abs, map(sub, before, after)), default=0.0) > MOVED_BY


def _numbers(document: dict[str, Any]) -> list[float]:
    """Return what of what was learned moves scores besides the terms of the sources."""
    coefficients = [found["value"] for _, found in sorted(document["coefficients"].items())]
    return [*coefficients, *(share for _, guess in document["guesses"] for share in guess)]


def heard_on(ledger: present.Present, sources: set[str]) -> set[str]:
    """Return the questions on which some sources speak."""
    columns = ledger.drawn.columns
    heard = np.isin(columns.source, sorted(sources))
    return set(columns.questions[np.unique(columns.question_of_claim[heard])].tolist())
