"""The refit of a large ledger: fitted beside all reading and writing, then swapped in.

The sums of the new fit are written under a number of their own, a few thousand rows a
transaction, and one short transaction makes them the ones in force. What was written in the
meantime is settled anew right after.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from sqlite_utils import Database

from data import digests, families, parts, sums
from data import record as records
from data.database import POLL_S, reading, writing
from data.progress import Progress, told, untold
from data.rows import to_json
from models.version import model_version

if TYPE_CHECKING:
    from models.scoring import Scores

# Rows a transaction: some ten milliseconds, so that no writer waits long.
CHUNK = 2000
# What a fit leaves under its number, and what it is kept by.
LEFT_BY_FIT = (
    ("node_sums", "node"),
    ("question_sums", "question"),
    ("families", "source"),
    ("copied_claims", "claim"),
)
# Questions that are settled in one transaction after the swap, for the same reason.
SETTLED_AT_ONCE = 20


def refit(db: Database, progress: Progress = untold) -> bool:
    """Fit a large ledger as a whole, in transactions of its own, and say whether it did.

    It does not where another process is at it. Readers are never held up, and writers for no
    longer than a chunk takes.
    """
    with _alone(db) as is_alone:
        if is_alone:
            _refit(db, progress)
    return is_alone


def _refit(db: Database, progress: Progress) -> None:
    from models.scoring import Scores  # noqa: PLC0415 - scikit-learn takes a second to import

    begun = monotonic()
    progress("Fitting", 0, 2)
    with reading(db):
        seen = parts.last_entry(db)
        before = sums.learned(db)
        record = records.load(db)
        start = sums.fitted(db, record, before) if before.generation else None
    progress("Fitting", 1, 2)
    scores = Scores(record, start=start)
    progress("Fitting", 2, 2)
    generation = before.generation + 1
    _forget_all_but(db, before.generation)
    shares = scores.model.shares()
    _in_chunks(db, sums.write_nodes, sums.node_rows(scores.model, shares, generation))
    _in_chunks(db, sums.write_questions, sums.question_rows(scores.model, shares, generation))
    _in_chunks(db, families.write, families.rows(scores.model.families_, generation))
    copied = families.claim_rows(record, scores.model.families_, generation)
    _in_chunks(db, families.write_claims, copied)
    n_figures = len(record.sources) + len(record.claims) + len(record.questions)
    _in_chunks(db, parts.write_figures, told(scores.figures(), "Storing", n_figures, progress))
    with writing(db):
        _swap(db, scores, generation, seen, monotonic() - begun)
    _settle_since(db, seen)
    _forget_all_but(db, generation)


def _swap(db: Database, scores: Scores, generation: int, seen: int, seconds: float) -> None:
    known = db.execute("SELECT inputs, audited FROM fits WHERE generation > 0").fetchone()
    inputs, audited = known or (digests.of_ledger(db), seen)
    db.execute(
        "INSERT OR REPLACE INTO fits "
        "(id, version, inputs, converged_at, summary, generation, audited, refitted, learned, seconds) "
        "SELECT 1, ?, ?, recorded_at, ?, ?, ?, ?, ?, ? FROM changes",
        [
            model_version(),
            inputs,
            to_json(scores.summary()),
            generation,
            audited,
            seen,
            sums.learned_text(scores.model),
            seconds,
        ],
    )


def _settle_since(db: Database, seen: int) -> None:
    """Settle what was written since the fit began; each write after the swap settles its own."""
    entries = parts.entries_since(db, seen)
    questions, sources = parts.touched(db, entries)
    waiting = sorted(questions)
    for start in range(0, max(len(waiting), 1), SETTLED_AT_ONCE):
        with writing(db):
            parts.settle(db, waiting[start : start + SETTLED_AT_ONCE], sources if start == 0 else ())
        give_way()
    with writing(db):
        parts.forget_voided(db, entries)


def _in_chunks(
    db: Database, write: Callable[[Database, Iterable[Any]], None], found: Iterator[tuple[Any, ...]]
) -> None:
    while chunk := list(islice(found, CHUNK)):
        with writing(db):
            write(db, chunk)
        give_way()


def _forget_all_but(db: Database, generation: int) -> None:
    """Delete what any other fit left: the one before, or one that was broken off."""
    for table, key in LEFT_BY_FIT:
        others = f"SELECT generation, {key} FROM {table} WHERE generation <> ? LIMIT {CHUNK}"  # noqa: S608
        while db.execute(others, [generation]).fetchone():
            with writing(db):
                db.execute(
                    f"DELETE FROM {table} WHERE (generation, {key}) IN ({others})",  # noqa: S608
                    [generation],
                )
            give_way()


def give_way() -> None:
    """Let those write who wait for their turn."""
    # Longer than those who wait take between two looks, or the next chunk would always be first.
    sleep(2 * POLL_S)


@contextmanager
def _alone(db: Database) -> Iterator[bool]:
    """Say whether no other process refits this ledger, and keep others from it."""
    path = db.execute("PRAGMA database_list").fetchone()[2]
    if not path:
        yield True
        return
    lock = os.open(f"{path}-refit", os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(lock)
