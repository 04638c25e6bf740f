"""What lists sort by: made with the terms of a fit, and anew where those have moved.

What was written about is made anew at once, and of other questions a few at a time after it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from operator import sub
from typing import Any

import numpy as np
from sqlite_utils import Database

from data import deliveries, new_events, present, stored_scores
from data import record as records
from data.database import reading
from data.rows import to_json
from data.stored_scores import StoredScore
from models import list_figures
from models.axis import Array
from models.record import Record
from models.terms import FAULT, TRACK, VARIANCE, Terms

# Questions whose figures are made and stored in one transaction: some hundred rows, some ten milliseconds.
MADE_AT_ONCE = 50
# How far a source's log-odds, or their deviation, may move before what lists sort by is made anew: a score
# is then off by a fortieth of a per cent at most.
MOVED_BY = 1e-3


def of_questions(ledger: present.Present, terms: Terms, questions: Collection[str]) -> list[StoredScore]:
    """Make what lists sort by of some questions with their claims."""
    if not questions:
        return []
    asked = ledger.drawn.columns.by_id(questions)
    return [_stored(listed) for listed in list_figures.of_questions(asked, terms)]


def of_sources(db: Database, terms: Terms, sources: Collection[str]) -> list[StoredScore]:
    """Make what lists sort by of some sources."""
    record = records.load_part(db, (), sources)
    return [_stored(listed) for listed in list_figures.of_sources(record, terms, sorted(sources))]


def _stored(listed: list_figures.Listed) -> StoredScore:
    kind, *found, detail = listed
    return kind, *found, stored_scores.answers_cell(kind, detail)


@dataclass(frozen=True)
class Figures:
    """What lists sort by of some questions and sources, and the record that names what is to be told of."""

    rows: list[StoredScore]
    record: Record


def with_record(
    db: Database,
    made: list[StoredScore],
    recorded: Sequence[new_events.Recorded] = (),
    questions: Collection[str] = (),
) -> Figures:
    """Add the record that names what moved and what was recorded, read before writers have to wait.

    Parameters
    ----------
    questions : collection of str
        Those that what was recorded is about.
    """
    with reading(db):
        moved = stored_scores.moves(db, made)
        if not moved and not any(each.is_event for each in recorded):
            return Figures(made, Record())
        claims, own, sources = (
            {move.id for move in moved if move.kind == kind} for kind in ("claim", "question", "source")
        )
        asked = own.union(records.questions_of(db, claims), questions)
        return Figures(made, records.load_part(db, asked, sources))


def store(
    db: Database,
    figures: Figures,
    recorded: Sequence[new_events.Recorded] = (),
    *,
    entry: int,
    cause: str,
) -> None:
    """Store what lists sort by, and tell of what moved and of what was recorded."""
    # Looked at again: another process may have told of some in the meantime.
    moved = stored_scores.store(db, figures.rows)
    deliveries.tell(db, new_events.Named(figures.record), moved, recorded, entry=entry, cause=cause)


def stale(db: Database) -> list[str]:
    """Return a few of the questions of which what lists sort by is to be made anew."""
    sql = "SELECT question FROM stale ORDER BY question LIMIT ?"
    return [question for (question,) in db.execute(sql, [MADE_AT_ONCE])]


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
    columns, tree = ledger.drawn.columns, ledger.tree
    is_asked = np.zeros(len(tree.names), dtype=bool)
    is_asked[tree.nodes(sources)] = True
    heard = is_asked[tree.nodes(columns.source)] & (columns.weight > 0)
    return set(columns.questions[np.unique(columns.question_of_claim[heard])].tolist())
