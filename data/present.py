"""The present ledger as a fit sees it: kept in memory as columns, in step with the audit trail.

A process draws the columns up once; after that each write makes anew only the questions that it touched.
A moment of the past is cut out of them: what had been said wholly by then is taken as it is, what had not
begun is silent, and only what lies between is read again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from sqlite_utils import Database

from data import digests, reference, touched
from data import record as records
from data.audit import fitted_since, last_entry
from data.database import identity_of, reading
from data.reference import SOURCES
from models.axis import Array
from models.columns import Columns, Flags
from models.constants import Constants
from models.evidence_reader import EvidenceReader
from models.hierarchy import SourceTree
from models.record import Record, Source

# Questions that are read and drawn up at a time: some thousand claims, so that memory stays small.
DRAWN_AT_ONCE = 500
# Of a question that nobody has spoken on.
NEVER = np.inf

_QUESTIONWISE = ("begins", "ends", "asked", "digests")


@dataclass(frozen=True, eq=False)
class Drawn:
    """Some questions, drawn up.

    Parameters
    ----------
    columns : Columns
    begins, ends : array of shape (n_questions,)
        When the first and the last was said or resolved there, in seconds since 1970.
    asked, digests : array of int of shape (n_questions,)
        The digest of the question by itself, and with all that a fit looks at there; see `data.digests`.
    """

    columns: Columns
    begins: Array
    ends: Array
    asked: NDArray[np.object_]
    digests: NDArray[np.object_]

    def of_questions(self, chosen: Flags) -> Drawn:
        """Return some of them."""
        return Drawn(
            self.columns.of_questions(chosen), *(getattr(self, name)[chosen] for name in _QUESTIONWISE)
        )

    @classmethod
    def joined(cls, parts: Sequence[Drawn]) -> Drawn:
        """Return several, one behind the other."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            Columns.joined([part.columns for part in parts]),
            *(np.concatenate([getattr(part, name) for part in parts]) for name in _QUESTIONWISE),
        )


@dataclass(frozen=True, eq=False)
class Present:
    """The ledger as of an entry of its audit trail.

    Parameters
    ----------
    entry : int
    digest : str
        Of that entry; see `data.chain`. It tells this ledger from any other.
    sources : dict of str to Source
    tree : SourceTree
    drawn : Drawn
        Every question.
    reference : int
        The digest of sources and scopes.
    """

    entry: int
    digest: str
    sources: dict[str, Source]
    tree: SourceTree
    drawn: Drawn
    reference: int

    @property
    def n_claims(self) -> int:
        """How many claims were made."""
        return len(self.drawn.columns.claims)

    @property
    def inputs(self) -> str:
        """The digest of all that a fit of it looks at."""
        return digests.text(self.reference + sum(self.drawn.digests.tolist()))

    def as_of(self, db: Database, moment: datetime) -> Present:
        """Return the ledger with only what had been said by a moment, inside the caller's transaction."""
        drawn, at = self.drawn, moment.timestamp()
        has_begun = drawn.begins <= at
        is_whole = has_begun & (drawn.ends <= at)
        between = drawn.columns.questions[has_begun & ~is_whole].tolist()
        parts = [drawn.of_questions(is_whole), *_drawn(db, between, moment)]
        silent = drawn.of_questions(~has_begun)
        if len(silent.begins):
            # They hold claims of later: what is left is the question alone.
            parts.append(replace(silent, columns=silent.columns.silent(), digests=silent.asked))
        return replace(self, drawn=Drawn.joined(parts))

    def without(self, db: Database, claims: Collection[str], moment: datetime | None) -> Present:
        """Return the ledger as if some claims had never been made, inside the caller's transaction."""
        asked = np.isin(self.drawn.columns.questions, sorted(records.questions_of(db, claims)))
        again = _drawn(db, self.drawn.columns.questions[asked].tolist(), moment, without=claims)
        return replace(self, drawn=Drawn.joined([self.drawn.of_questions(~asked), *again]))


class _Held:
    """What this process holds of one ledger."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.present: Present | None = None


_by_file: dict[object, _Held] = {}
# A ledger in memory has no file, and one handle.
_by_handle: WeakKeyDictionary[Database, _Held] = WeakKeyDictionary()


def present(db: Database) -> Present:
    """Return the ledger as the caller's transaction sees it."""
    file = identity_of(db)
    held = _by_handle.setdefault(db, _Held()) if file is None else _by_file.setdefault(file, _Held())
    with held.lock, reading(db):
        entry, before = last_entry(db), held.present
        # Another thread may be ahead of this transaction; and what was rolled back, or stood in another file
        # of this name, never was here.
        if before is None or _digest(db, before.entry) != before.digest:
            found = _whole(db, entry)
        elif before.entry == entry:
            return before
        else:
            found = _caught_up(db, before, entry)
        held.present = found
        return found


def of_record(record: Record) -> Present:
    """Return a record that was read whole as a fit sees it: a ledger as it was known at a moment."""
    drawn = _draw(record)
    return Present(
        0,
        "",
        dict(record.sources),
        SourceTree.of_sources(record.sources),
        drawn,
        digests.of_reference(record.sources.values(), record.scopes.values()),
    )


def _whole(db: Database, entry: int) -> Present:
    sources = reference.known(db, SOURCES, None)
    ids = [id_ for (id_,) in db.execute("SELECT id FROM questions ORDER BY id")]
    drawn = Drawn.joined(_drawn(db, ids) or [_draw(Record())])
    return Present(
        entry, _digest(db, entry), sources, SourceTree.of_sources(sources), drawn, _of_reference(db)
    )


def _caught_up(db: Database, before: Present, entry: int) -> Present:
    entries = fitted_since(db, before.entry)
    found = replace(before, entry=entry, digest=_digest(db, entry))
    changed = sorted({id_ for _, kind, id_ in entries if kind == "source"})
    if changed:
        sources = before.sources | reference.known(db, SOURCES, None, changed)
        found = replace(found, sources=sources, tree=SourceTree.of_sources(sources))
    if changed or any(kind == "scope" for _, kind, _ in entries):
        found = replace(found, reference=_of_reference(db))
    questions = sorted(touched.questions_of(db, entries))
    if not questions:
        return found
    others = before.drawn.of_questions(~np.isin(before.drawn.columns.questions, questions))
    return replace(found, drawn=Drawn.joined([others, *_drawn(db, questions)]))


def _drawn(
    db: Database,
    questions: Sequence[str],
    moment: datetime | None = None,
    *,
    without: Collection[str] = (),
) -> list[Drawn]:
    """Read some questions, and draw them up a few at a time."""
    found = []
    for start in range(0, len(questions), DRAWN_AT_ONCE):
        some = questions[start : start + DRAWN_AT_ONCE]
        record = records.load_part(db, some, as_of=moment)
        found.append(_draw(record.without(without) if without else record, records.first_resolved(db, some)))
    return found


def _draw(record: Record, first_resolved: Mapping[str, datetime] | None = None) -> Drawn:
    """Draw up a record; of its resolutions it holds those in force, and others may have come before."""
    constants = Constants()
    reader = EvidenceReader(record, constants)
    begins, ends = dict.fromkeys(record.questions, NEVER), dict.fromkeys(record.questions, -NEVER)
    question_of = {claim.id: claim.question for claim in record.claims}

    def said(question: str, at: datetime) -> None:
        seconds = at.timestamp()
        begins[question] = min(begins[question], seconds)
        ends[question] = max(ends[question], seconds)

    for claim in record.claims:
        said(claim.question, claim.stated_at)
    for correction in record.corrections:
        said(question_of[correction.claim], correction.stated_at)
    for resolution in record.resolutions.values():
        said(resolution.question, resolution.resolved_at)
    for question, at in (first_resolved or {}).items():
        begins[question] = min(begins[question], at.timestamp())
    asked, by_question = digests.of_questions(record), digests.by_question(record)
    return Drawn(
        reader.voices(record.questions.values()).columns,
        np.array(list(begins.values())),
        np.array(list(ends.values())),
        np.array([asked[id_] for id_ in record.questions], dtype=np.object_),
        np.array([by_question[id_] for id_ in record.questions], dtype=np.object_),
    )


def _digest(db: Database, entry: int) -> str:
    """Return the digest of an entry of the audit trail; empty where there is no such entry."""
    row = db.execute("SELECT digest FROM audit WHERE seq = ?", [entry]).fetchone()
    return str(row[0]) if row else ""


def _of_reference(db: Database) -> int:
    return digests.of_reference(
        reference.known(db, SOURCES, None).values(), reference.known(db, reference.SCOPES, None).values()
    )
