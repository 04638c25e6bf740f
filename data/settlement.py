"""The settlement: the ledger is fitted after a write, and the terms that the scores are made of are stored.

A write appends to the ledger and is done; settling comes after it, so that many writes share one fit and
none waits for it: whoever reads a score that is `awaited` does. The whole ledger is fitted, from where the
last fit ended, beside all reading and writing, and what it found is stored in one short transaction, with
what lists sort by of the questions that were written about. Where the terms of other sources have moved,
that of their questions is made anew a few at a time.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from time import monotonic, sleep
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from sqlite_utils import Database

from data import audit, figures, fits, new_events, present, touched
from data import record as records
from data import terms as stored_terms
from data.database import POLL_S, explained, reading, writing
from data.progress import Progress, silent
from data.rows import to_json
from models.terms import Terms
from models.version import model_version

if TYPE_CHECKING:
    from models.credence import CredenceModel

# How many entries of the audit trail the stored scores reflect, and how many there are.
_REACH = """
SELECT coalesce((SELECT entry FROM fits WHERE version = ?), 0), (SELECT coalesce(max(seq), 0) FROM audit)"""
# Unsettled writes of which it is looked up whom they touch; of more, as after many claims at once, that
# would take longer than it saves, and all scores count as touched.
LOOKED_THROUGH = 200


@explained()
def reach(db: Database) -> tuple[int, int]:
    """Return the last entry of the audit trail that the stored scores reflect, and the last there is.

    Raises
    ------
    DatabaseError
        When the file cannot be read.
    """
    fitted, last = db.conn.execute(_REACH, (model_version(),)).fetchone()
    return int(fitted), int(last)


def n_unsettled(db: Database) -> int:
    """Return how many entries of the audit trail the stored scores do not reflect; see `reach`."""
    fitted, last = reach(db)
    return last - fitted


def is_behind(db: Database) -> bool:
    """Say whether anything is left to settle: writes, or what lists sort by."""
    return n_unsettled(db) > 0 or db.execute("SELECT 1 FROM stale LIMIT 1").fetchone() is not None


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
    fitted, last = reach(db)
    if last <= fitted or (
        subject_id is not None
        and fitted > 0
        and last - fitted <= LOOKED_THROUGH
        and not _is_touched(db, kind, subject_id, fitted)
    ):
        return None
    return last


def _is_touched(db: Database, kind: str, subject_id: str, fitted: int) -> bool:
    entries = audit.fitted_since(db, fitted)
    questions = touched.questions_of(db, entries)
    if kind == "source":
        is_changed = any(noun == "source" and id_ == subject_id for _, noun, id_ in entries)
        return is_changed or touched.is_heard(db, subject_id, questions)
    if kind == "claim":
        return not questions.isdisjoint(records.questions_of(db, [subject_id]))
    return subject_id in questions


@explained()
def settle(db: Database, progress: Progress = silent, *, is_anew: bool = False) -> None:
    """Bring the stored terms, and what lists sort by, up to date with all that is recorded.

    Nothing is done where they are, by the same model. Where two processes are at it, the one that knows
    more stays.

    Parameters
    ----------
    is_anew : bool
        Whether the ledger is fitted from nothing whatever is stored, and all that lists sort by made anew.

    Raises
    ------
    DatabaseError
        When other processes keep the write lock, or the disk fails.
    """
    with reading(db):
        writes = _writes(db, is_anew=is_anew)
    if writes is not None:
        if writes.entries or writes.is_first or is_anew:
            _settle(db, writes, progress)
        else:
            _pass_over(db, writes.last)
    while n_unsettled(db) == 0 and _make_again(db):
        _give_way()


def _make_again(db: Database) -> bool:
    """Make what lists sort by of a few stale questions, and say whether there were any."""
    with reading(db):
        questions, fit = figures.stale(db), _fit(db)
        if not questions or fit is None:
            return False
        ledger = present.present(db)
        terms = _before(db, fit, ledger)
    if terms is None:
        return False
    made = figures.with_record(db, figures.of_questions(ledger, terms, questions))
    with writing(db):
        # What another process has fitted in the meantime it has marked as stale again.
        if _fit(db) == fit:
            figures.forget(db, made=questions)
            figures.store(db, made, entry=fit.entry, cause="refit")
    return True


class _Fit(NamedTuple):
    """The stored fit: which it is, up to where it saw, what it learned, and by which of that lists sort."""

    number: int
    version: str
    learned: str
    figured: str
    entry: int

    @property
    def is_same_model(self) -> bool:
        """Whether it was made by this version of the model."""
        return self.version == model_version()


def _fit(db: Database) -> _Fit | None:
    row = db.execute("SELECT number, version, learned, figured, entry FROM fits").fetchone()
    return None if row is None else _Fit(*row)


@dataclass(frozen=True)
class _Writes:
    """What a settlement starts from.

    Parameters
    ----------
    ledger : Present
        As of the entry `last`.
    entries : list of (action, kind, id)
        What was entered that a fit looks at, since the one that is stored.
    questions : set of str
        Those on which that moves the evidence: all, where nothing was fitted.
    recorded : list of Recorded
        What subscribers were not told of yet.
    before : Terms or None
        The terms that are stored, which the fit goes on from.
    """

    ledger: present.Present
    last: int
    entries: list[audit.Fitted]
    questions: set[str]
    recorded: list[new_events.Recorded]
    before: Terms | None
    fit: _Fit | None
    is_first: bool
    is_anew: bool

    @property
    def is_same_model(self) -> bool:
        """Whether what is stored was made by this version of the model."""
        return self.fit is not None and self.fit.is_same_model


def _writes(db: Database, *, is_anew: bool) -> _Writes | None:
    """Return what was written since the last settlement; None where that was nothing."""
    fitted, last = reach(db)
    if fitted == last > 0 and not is_anew:
        return None
    fit = _fit(db)
    ledger, entries = present.present(db), audit.fitted_since(db, fitted)
    return _Writes(
        ledger,
        last,
        entries,
        questions=touched.questions_of(db, entries) if fitted else set(ledger.drawn.columns.questions),
        # What another model has settled was told of then.
        recorded=new_events.recorded(db, 0 if fit is None else fit.entry, last),
        before=None if is_anew else _before(db, fit, ledger),
        fit=fit,
        is_first=not fitted,
        is_anew=is_anew,
    )


@dataclass(frozen=True)
class _Stored:
    """The terms that a process has stored itself, and the number of their fit."""

    number: int
    terms: Terms


_stored: WeakKeyDictionary[Database, _Stored] = WeakKeyDictionary()


def _settle(db: Database, writes: _Writes, progress: Progress) -> None:
    """Fit the ledger, and store its terms with what lists sort by of the first questions."""
    ledger, fit = writes.ledger, writes.fit
    begun = monotonic()
    progress("Fitting", 0, 1)
    model = fits.fitted(ledger, writes.before)
    terms = stored_terms.rounded(model.terms_)
    learned = stored_terms.learned(terms)
    seconds = monotonic() - begun
    progress("Fitting", 1, 1)
    moved = figures.moved_sources(db, terms)
    sources = moved | {id_ for _, kind, id_ in writes.entries if kind == "source"}
    corrected = {each.question for each in writes.recorded if each.is_event and each.question}
    # What was written about first, and of that what others corrected; then what merely follows.
    in_order = sorted(writes.questions, key=lambda question: (question not in corrected, question))
    in_order += sorted(figures.heard_on(ledger, moved) - writes.questions)
    first, rest = in_order[: figures.MADE_AT_ONCE], in_order[figures.MADE_AT_ONCE :]
    made = figures.of_questions(ledger, terms, first) + figures.of_sources(db, terms, sources)
    # All corrections are told of now, so that none is lost where the rest is broken off.
    told = corrected | writes.questions.intersection(first)
    found, summary = figures.with_record(db, made, writes.recorded, told), to_json(_summary(model, ledger))
    is_all = (
        not writes.is_same_model or writes.is_anew or fit is None or figures.have_moved(fit.figured, learned)
    )
    with writing(db):
        # Another process may have settled more in the meantime.
        if reach(db)[0] > writes.last:
            return
        now = _fit(db)
        number = 1 if now is None else now.number + 1
        stored_terms.store(db, terms, writes.before if now == fit else None)
        db.execute(
            "INSERT OR REPLACE INTO fits SELECT 1, ?, ?, ?, ?, recorded_at, ?, ?, ?, ? FROM changes",
            [
                number, model_version(), ledger.inputs, writes.last, seconds, learned,
                learned if is_all or fit is None else fit.figured, summary,
            ],
        )  # fmt: skip
        figures.mark_stale(db, ledger.drawn.columns.questions.tolist() if is_all else rest)
        figures.mark_made(db, terms, moved)
        figures.forget(db, voided=[id_ for action, _, id_ in writes.entries if action == "void"], made=first)
        cause = "ledger" if fit is None or writes.is_same_model else "model"
        if now != fit:
            # Another process has stored what it fitted to less.
            found = figures.with_record(db, made, writes.recorded, told)
        figures.store(db, found, writes.recorded, entry=writes.last, cause=cause)
    _stored[db] = _Stored(number, terms)


def _pass_over(db: Database, last: int) -> None:
    """Take entries for settled that no score rests on: keys and webhooks have some."""
    with writing(db):
        db.execute("UPDATE fits SET entry = ? WHERE entry < ? AND version = ?", [last, last, model_version()])


def _before(db: Database, fit: _Fit | None, ledger: present.Present) -> Terms | None:
    """Return the terms that are stored, by this model."""
    if fit is None or not fit.is_same_model:
        return None
    held = _stored.get(db)
    if held is not None and held.number == fit.number:
        return held.terms
    return stored_terms.stored(db, fit.learned, ledger.sources)


def _summary(model: CredenceModel, ledger: present.Present) -> dict[str, object]:
    """Return what the fit learned, for those who operate it."""
    from models.calibration import calibration  # noqa: PLC0415 - as the fit itself

    tree, widths = model.tree_, model.widths_
    return {
        "n_sources": len(ledger.sources),
        "n_claims": ledger.n_claims,
        "n_questions": len(ledger.drawn.columns.questions),
        "n_iter": model.n_iter_,
        "is_converged": model.is_converged_,
        "learned": {
            "kind_width": float(widths[0]),
            "body_width": float(widths[1]),
            "member_width": float(widths[2]),
            "kinds": {kind: float(model.track_term_[node]) for kind, node in tree.node_of_kind.items()},
            "coefficients": {name: asdict(found) for name, found in model.coefficients_.items()},
        },
        "calibration": [asdict(one) for one in calibration(model.columns_, model.likelihood_.from_claims)],
    }


def _give_way() -> None:
    """Let those write who wait for their turn."""
    # Longer than those who wait take between two looks, or the next chunk would always be first.
    sleep(2 * POLL_S)
