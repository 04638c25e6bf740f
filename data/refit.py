"""The refit of a large ledger: fitted beside all reading and writing, then swapped in.

The sums of the new fit are written under a number of their own, a few thousand rows a
transaction, and one short transaction makes them the ones in force. What was written in the
meantime is settled anew right after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from sqlite_utils import Database

from data import deliveries, digests, drafts, families, moves, parts, sums
from data import record as records
from data.database import POLL_S, alone, reading, writing
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
    with alone(db, "refit") as is_alone:
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
    _store(db, scores, before.generation, seen, progress)
    with writing(db):
        _swap(db, scores, generation, seen, monotonic() - begun)
    _settle_since(db, seen)
    _forget_all_but(db, generation)


def _store(db: Database, scores: Scores, before: int, seen: int, progress: Progress) -> None:
    """Store what lists sort by, and tell of what moved."""
    version = db.execute("SELECT version FROM fits").fetchone()
    cause = "refit" if version is None or version[0] == model_version() else "model"
    record, known = scores.record, drafts.Told(scores.record)

    def keep(db: Database, figures: Iterable[moves.Figures]) -> None:
        deliveries.tell(db, known, moves.keep(db, figures), (), entry=seen, cause=cause)

    def tell(db: Database, found: Iterable[drafts.News]) -> None:
        deliveries.tell(db, known, (), list(found), entry=seen)

    n_scores = len(record.sources) + len(record.claims) + len(record.questions)
    _in_chunks(db, keep, told(parts.stored(scores), "Storing", n_scores, progress))
    if before == 0:
        # A ledger that has just grown large: what was not settled yet while it was small is settled by this.
        settled = db.execute("SELECT coalesce((SELECT audited FROM fits), 0)").fetchone()[0]
        _in_chunks(db, tell, iter(drafts.news(db, settled, seen, are_told=True)))


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
    waiting, last = sorted(questions), parts.last_entry(db)
    news = drafts.news(db, seen, last)
    for start in range(0, max(len(waiting), 1), SETTLED_AT_ONCE):
        with writing(db):
            some = waiting[start : start + SETTLED_AT_ONCE]
            parts.settle(db, some, sources if start == 0 else (), news=news, entry=last)
        give_way()
    with writing(db):
        parts.forget_voided(db, entries)


def _in_chunks(db: Database, write: Callable[[Database, Iterable[Any]], None], found: Iterator[Any]) -> None:
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
