"""What each question tells of its sources, and all of them together: the state of a large ledger's fit."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from sqlite_utils import Database

from data import families
from data.rows import to_json
from models.constants import Coefficient, Coefficients, Constants
from models.elsewhere import N_SUMS, Elsewhere, Shares
from models.record import Record

if TYPE_CHECKING:
    from models.axis import Array
    from models.credence import CredenceModel

# How many faults on other questions a reason names: the latest few; their weight is counted in full.
NAMED_REASONS = 3


@dataclass(frozen=True)
class Learned:
    """What the last fit of the whole ledger learned, and the number of the sums that it left."""

    generation: int
    widths: Array
    guesses: dict[tuple[str, ...], Array]
    coefficients: Coefficients


def learned(db: Database) -> Learned:
    """Return what the last fit of the whole ledger learned; before the first, what it would start from."""
    row = db.execute("SELECT generation, learned FROM fits").fetchone()
    generation, document = (row[0], json.loads(row[1])) if row else (0, {})
    widths = document.get("widths")
    return Learned(
        generation,
        Constants().widths if widths is None else np.array(widths),
        {tuple(names): np.array(guess) for names, guess in document.get("guesses", [])},
        {name: Coefficient(**found) for name, found in document.get("coefficients", {}).items()},
    )


def learned_text(model: CredenceModel) -> str:
    """Return what a fit of the whole ledger learned, as it is stored."""
    guesses = [[list(names), list(guess)] for names, guess in sorted(model.likelihood_.guesses().items())]
    coefficients = {name: asdict(found) for name, found in model.coefficients_.items()}
    return to_json({"widths": list(model.widths_), "guesses": guesses, "coefficients": coefficients})


def elsewhere(db: Database, record: Record, known: Learned) -> Elsewhere:
    """Return what the rest of the ledger tells of a part of it."""
    shares: dict[str, Array] = {}
    of_questions = (
        "SELECT node, sums FROM question_sums "
        "WHERE generation = ? AND question IN (SELECT value FROM json_each(?))"
    )
    for node, sums in db.execute(of_questions, [known.generation, to_json(list(record.questions))]):
        shares[node] = shares.get(node, np.zeros(N_SUMS)) + np.frombuffer(sums)
    return replace(
        fitted(db, record, known), shares=shares, families=families.known(db, record, known.generation)
    )


def fitted(db: Database, record: Record, known: Learned) -> Elsewhere:
    """Return what is stored of the sources of a record and of their kinds."""
    kinds = {f":{source.kind.value}" for source in record.sources.values()}
    totals, counted_at = {}, {}
    of_nodes = (
        "SELECT node, counted_at, sums FROM node_sums "
        "WHERE generation = ? AND node IN (SELECT value FROM json_each(?))"
    )
    for node, up, sums in db.execute(
        of_nodes, [known.generation, to_json([*record.sources, *sorted(kinds)])]
    ):
        totals[node] = np.frombuffer(sums)
        if up is not None:
            counted_at[node] = up
    return Elsewhere(known.widths, known.guesses, totals, counted_at, coefficients=known.coefficients)


def reasons(db: Database, source: str, questions: Collection[str], known: Learned) -> tuple[str, ...]:
    """Return some of the faults of a source on other questions, in words."""
    # Named: SQLite would walk through the whole generation to have the questions in order.
    sql = (
        "SELECT reasons FROM question_sums INDEXED BY question_sums_reasons "
        "WHERE generation = ? AND node = ? AND reasons IS NOT NULL "
        "AND question NOT IN (SELECT value FROM json_each(?)) ORDER BY question LIMIT ?"
    )
    found = db.execute(sql, [known.generation, source, to_json(list(questions)), NAMED_REASONS])
    told = [reason for (text,) in found for reason in json.loads(text)]
    return tuple(told[:NAMED_REASONS])


def node_rows(model: CredenceModel, shares: Shares, generation: int) -> Iterator[tuple[object, ...]]:
    """Yield the rows of each node's sums after a fit."""
    tree = model.tree_
    for i, sums in enumerate(model.totals(shares)):
        up = int(tree.parent[i])
        yield generation, tree.names[i], tree.names[up] if up >= 0 else None, sums.tobytes()


def question_rows(model: CredenceModel, shares: Shares, generation: int) -> Iterator[tuple[object, ...]]:
    """Yield the rows of what each question tells of each of its sources after a fit."""
    names = model.tree_.names
    for question, node, sums in zip(shares.question, shares.node, shares.sums, strict=True):
        id_, source = shares.questions[question], names[node]
        told = model.reasons_on(id_, source)
        yield generation, id_, source, sums.tobytes(), to_json(told) if told else None


def write_nodes(db: Database, found: Iterable[tuple[object, ...]]) -> None:
    """Write rows of node sums over those that are there."""
    db.conn.executemany("INSERT OR REPLACE INTO node_sums VALUES (?, ?, ?, ?)", found)


def write_questions(db: Database, found: Iterable[tuple[object, ...]]) -> None:
    """Write rows of question sums."""
    db.conn.executemany("INSERT OR REPLACE INTO question_sums VALUES (?, ?, ?, ?, ?)", found)


def forget_questions(db: Database, questions: Collection[str], generation: int) -> None:
    """Delete what some questions told."""
    db.execute(
        "DELETE FROM question_sums WHERE generation = ? AND question IN (SELECT value FROM json_each(?))",
        [generation, to_json(sorted(questions))],
    )
