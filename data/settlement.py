"""The settlement: stored scores are brought up to date with what was written, in transactions of their own.

A write appends to the ledger and is done; settling comes after it, so that many writes share one
fit and none waits for it: whoever reads a score that is `awaited` does. A ledger of a few thousand
values is fitted whole, beside all reading and writing; of a larger one the questions that were
written about are solved anew (`data.parts`), and the rest is swept by a refit (`data.refit`).
"""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic

from sqlite_utils import Database

from data import deliveries, digests, drafts, moves, parts
from data import record as records
from data import refit as refits
from data.database import explained, reading, writing
from data.fits import Fit, inputs_of
from data.neighbourhood import own_questions
from data.progress import Progress, told, untold
from data.rows import to_json
from models.event import Move
from models.version import model_version

# How many entries of the audit trail the stored scores reflect, and how many there are.
_REACH = "SELECT coalesce((SELECT audited FROM fits), 0), coalesce(max(seq), 0) FROM audit"

# Unsettled writes of which it is looked up whom they touch; of more, as after many claims at once, that
# would take longer than it saves, and all scores count as touched.
LOOKED_THROUGH = 200
# Who speaks on a question, who carries what is said there, and who corrects it.
_HEARD_ON = """
SELECT 1 FROM claims WHERE question IN (SELECT value FROM json_each(:questions)) AND (
    source = :source
    OR EXISTS (SELECT 1 FROM claim_carriers WHERE claim = claims.id AND source = :source)
    OR EXISTS (SELECT 1 FROM corrections WHERE claim = claims.id AND "by" = :source)
) LIMIT 1"""


@explained()
def reach(db: Database) -> tuple[int, int]:
    """Return the last entry of the audit trail that the stored scores reflect, and the last there is.

    Raises
    ------
    DatabaseError
        When the file cannot be read.
    """
    settled, last = db.conn.execute(_REACH).fetchone()
    return int(settled), int(last)


def n_unsettled(db: Database) -> int:
    """Return how many entries of the audit trail the stored scores do not reflect; see `reach`."""
    settled, last = reach(db)
    return last - settled


def is_behind(db: Database) -> bool:
    """Say whether anything was recorded that the stored scores do not reflect; see `reach`."""
    return n_unsettled(db) > 0


@explained()
def awaited(db: Database, kind: str, subject_id: str | None) -> int | None:
    """Return the entry of the audit trail to be settled before a stored score is read; None for none.

    There is one where something was recorded since that touches the subject: its own question, or
    one that it is heard on.

    Parameters
    ----------
    subject_id : str or None
        None for all subjects of the kind, as a list shows them: any write touches those.

    Raises
    ------
    DatabaseError
        When the file cannot be read.
    """
    settled, last = reach(db)
    if last <= settled or (
        subject_id is not None
        and last - settled <= LOOKED_THROUGH
        and not _is_touched(db, kind, subject_id, settled)
    ):
        return None
    return last


def _is_touched(db: Database, kind: str, subject_id: str, settled: int) -> bool:
    entries = parts.entries_since(db, settled)
    # Another mandate or share moves what was said long ago.
    if any(noun == "scope" or action == "change" for action, noun, _ in entries):
        return True
    questions, sources = parts.touched(db, entries)
    if kind == "source":
        asked = {"questions": to_json(sorted(questions)), "source": subject_id}
        return subject_id in sources or db.execute(_HEARD_ON, asked).fetchone() is not None
    return not questions.isdisjoint(own_questions(db, kind, subject_id))


@explained()
def settle(db: Database, progress: Progress = untold) -> None:
    """Bring the stored scores up to date with all that is recorded.

    Nothing is done where they are, by the same model. Where two processes are at it, the scores
    that know more stay.

    Raises
    ------
    DatabaseError
        When other processes keep the write lock, or the disk fails.
    """
    if not parts.is_large(db):
        _settle_whole(db, progress)
    elif db.execute("SELECT 1 FROM fits WHERE generation > 0").fetchone() is None:
        refits.refit(db, progress)
    elif is_behind(db):
        _settle_parts(db)


@explained()
def sweep(db: Database, progress: Progress = untold) -> bool:
    """Fit the whole ledger again, and say whether this was done: not where another process is at it."""
    if parts.is_large(db):
        return refits.refit(db, progress)
    _settle_whole(db, progress)
    return True


@explained()
def is_due(db: Database) -> bool:
    """Say whether a large ledger waits for a refit: after writes, or with an older model's scores."""
    if not parts.is_large(db):
        return False
    fitted = db.execute("SELECT version FROM fits WHERE generation > 0").fetchone()
    return fitted is None or fitted[0] != model_version() or parts.n_pending(db) > 0


def _settle_parts(db: Database) -> None:
    with reading(db):
        settled, last = reach(db)
        entries = parts.entries_since(db, settled)
        questions, sources = parts.touched(db, entries)
        news = drafts.news(db, settled, last)
    waiting = sorted(questions)[: parts.SETTLED_AT_MOST]
    _tell_of_the_rest(db, questions.difference(waiting), news, last)
    # A few questions a transaction: after many claims at once, writers would wait for seconds.
    while len(waiting) > refits.SETTLED_AT_ONCE:
        with writing(db):
            parts.settle(db, waiting[: refits.SETTLED_AT_ONCE], news=news, entry=last)
        del waiting[: refits.SETTLED_AT_ONCE]
        refits.give_way()
    with writing(db):
        inputs, audited = db.execute("SELECT inputs, audited FROM fits").fetchone()
        # Another process may have settled the same in the meantime.
        if audited != settled:
            return
        parts.settle(db, waiting, sorted(sources)[: parts.SETTLED_AT_MOST], news=news, entry=last)
        parts.forget_voided(db, entries)
        db.execute(
            "UPDATE fits SET inputs = ?, audited = ?", [digests.with_entries(db, inputs, entries), last]
        )


def _tell_of_the_rest(db: Database, questions: set[str], news: list[drafts.News], entry: int) -> None:
    """Tell of the corrections and resolutions on questions that are left to the refit."""
    rest = [each for each in news if each.is_told and each.question in questions]
    for start in range(0, len(rest), refits.CHUNK):
        found = rest[start : start + refits.CHUNK]
        with writing(db):
            record = records.load_part(db, {each.question for each in found if each.question is not None})
            deliveries.tell(db, drafts.Told(record), (), found, entry=entry)
        refits.give_way()


def _settle_whole(db: Database, progress: Progress) -> None:
    with reading(db):
        stored = db.execute("SELECT version, inputs, audited FROM fits").fetchone()
        entry = parts.last_entry(db)
        if stored is not None and (stored[0], stored[2]) == (model_version(), entry):
            return
        record = records.load(db)
    begun = monotonic()
    inputs = inputs_of(record)
    is_known = stored is not None and {"version": stored[0], "inputs": stored[1]} == inputs
    progress("Fitting", 0, 1)
    fit = None if is_known else Fit.to(record, inputs)
    progress("Fitting", 1, 1)
    # Before the lock: writing out the reasons takes longer than the fit itself.
    scored = [] if fit is None else _scored(fit, progress)
    with writing(db):
        # Another process may have settled more in the meantime.
        settled = reach(db)[0]
        if settled > entry:
            return
        moved = [] if fit is None else _store(db, fit, scored, monotonic() - begun)
        news = drafts.news(db, settled, entry)
        is_same_model = stored is None or stored[0] == model_version()
        cause = "ledger" if is_same_model else "model"
        deliveries.tell(db, drafts.Told(record), moved, news, entry=entry, cause=cause)
        db.execute("UPDATE fits SET audited = ?", [entry])


def _scored(fit: Fit, progress: Progress) -> list[moves.Figures]:
    record = fit.scores.record
    n_scores = len(record.sources) + len(record.claims) + len(record.questions)
    return [
        (score.kind, score.id, *score.stored, moves.cell(score.kind, score.detail), to_json(score.document))
        for score in told(fit.scores.all(), "Explaining", n_scores, progress)
    ]


def _store(db: Database, fit: Fit, scored: Iterable[moves.Figures], seconds: float) -> list[Move]:
    moved = moves.keep(db, scored, is_all=True)
    db.execute(
        "INSERT OR REPLACE INTO fits (id, version, inputs, converged_at, summary, seconds) "
        "SELECT 1, ?, ?, recorded_at, ?, ? FROM changes",
        [fit.model["version"], fit.model["inputs"], to_json(fit.scores.summary()), seconds],
    )
    return moved
