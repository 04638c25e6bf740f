"""Fits: the stored one of the present ledger, and those of a moment, made when they are asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from sqlite_utils import Database

from data import present
from data import record as records
from data import terms as stored_terms
from data.errors import BusyError
from data.instant import to_wire
from data.sources import members
from models.proximity import body_of, of_one_body
from models.record import Record, Source
from models.scoring import Scores
from models.sentences.sources import NAMED_FAULTS
from models.terms import Charge, Terms
from models.version import model_version

if TYPE_CHECKING:
    from models.credence import CredenceModel

Document = dict[str, Any]

# Fits whose terms stay in memory, of the last moments asked about: some hundred bytes a source each.
MOST_FITS = 64


@dataclass(frozen=True, eq=False)
class Fit:
    """What the scores of one moment rest on.

    Parameters
    ----------
    inputs : str
        The digest of what was fitted.
    terms : Terms or None
        None for those that are stored, which are read as they are needed.
    learned : str
        With these, what they say of the whole ledger.
    """

    inputs: str
    terms: Terms | None = None
    learned: str = ""
    as_of: datetime | None = None
    known_at: datetime | None = None
    without: frozenset[str] = frozenset()

    @property
    def moment(self) -> Document:
        """What every score says of when it is of, and of what made it."""
        return {
            "as_of": None if self.as_of is None else to_wire(self.as_of),
            "known_at": None if self.known_at is None else to_wire(self.known_at),
            "model": {"version": model_version(), "inputs": self.inputs},
        }

    def scores(
        self,
        db: Database,
        questions: Collection[str],
        sources: Collection[str] = (),
        *,
        speakers: Collection[str] = (),
    ) -> Scores:
        """Return the scores of some questions with all that is said there, and of some sources.

        Parameters
        ----------
        speakers : collection of str
            Who said the claims whose scores will be asked for: what the reasons for them name is read too.
        """
        record = self._read(db, questions, sources)
        asked = record.sources.keys() & {*sources, *speakers}
        record = replace(record, sources=self._with_fellows(db, record, asked))
        terms = self._terms(db, record)
        return Scores(self._with_charges(db, record, terms, asked), terms, questions=questions)

    def bare_scores(self, db: Database, questions: Collection[str], sources: Collection[str] = ()) -> Scores:
        """Return the same without what reasons name: enough for outlooks and readings."""
        record = self._read(db, questions, sources)
        return Scores(record, self._terms(db, record), questions=questions)

    def _read(self, db: Database, questions: Collection[str], sources: Collection[str]) -> Record:
        record = records.load_part(db, questions, sources, self.as_of, self.known_at)
        return record.without(self.without) if self.without else record

    def _with_fellows(self, db: Database, record: Record, asked: Collection[str]) -> dict[str, Source]:
        bodies = {body_of(source, record) for source in asked}
        fellows = members(db, bodies) if bodies else set()
        return records.with_bodies(db, fellows, self.known_at, record.sources)

    def _terms(self, db: Database, record: Record) -> Terms:
        if self.terms is not None:
            return self.terms
        return stored_terms.stored(db, self.learned, record.sources, [claim.id for claim in record.claims])

    def _with_charges(self, db: Database, record: Record, terms: Terms, asked: Collection[str]) -> Record:
        """Add what the reasons name: the claims of faults with their corrections, and kin."""
        at_hand = {claim.id for claim in record.claims}
        missing = {
            claim
            for source in asked
            for fellow in [source, *of_one_body(source, record)]
            for claim in _to_read(terms.charged.get(fellow, ()), at_hand)
        }
        kin = {found[0].source for source in asked if (found := terms.families.kin.get(source))}
        if not missing and kin <= record.sources.keys():
            return record
        more = records.load_claims(db, missing, kin, self.as_of, self.known_at)
        return replace(
            record,
            sources=dict(sorted({**more.sources, **record.sources}.items())),
            scopes={**more.scopes, **record.scopes},
            questions={**more.questions, **record.questions},
            claims=(*record.claims, *more.claims),
            corrections=(*record.corrections, *more.corrections),
        )


def _to_read(charges: Sequence[Charge], at_hand: Collection[str]) -> list[str]:
    """Return the claims of the charges that a reason names, and one more, so that it knows of more."""
    found = []
    for is_version in (False, True):
        claims = [charge.claim for charge in charges if charge.is_version is is_version]
        found += [claim for claim in claims if claim not in at_hand][: NAMED_FAULTS + 1]
    return found


def of_present(db: Database) -> Fit:
    """Return the fit of the present ledger that is stored.

    Raises
    ------
    BusyError
        Where nothing was fitted yet, or only by another version of the model.
    """
    row = db.conn.execute("SELECT version, inputs, learned FROM fits").fetchone()
    if row is None or row[0] != model_version():
        raise BusyError("The scores are not settled yet.")
    return Fit(row[1], learned=row[2])


_fits: OrderedDict[tuple[str, frozenset[str]], Terms] = OrderedDict()
_lock = Lock()


def of_moment(
    db: Database,
    as_of: datetime | None,
    known_at: datetime | None = None,
    without: Collection[str] = (),
) -> Fit:
    """Return the fit of the ledger at a moment, as if some claims had never been made."""
    ledger, left_out = at(db, as_of, known_at, without), frozenset(without)
    inputs = ledger.inputs
    with _lock:
        terms = _fits.get((inputs, left_out))
    if terms is None:
        terms = stored_terms.rounded(fitted(ledger).terms_)
    with _lock:
        _fits[inputs, left_out] = terms
        _fits.move_to_end((inputs, left_out))
        while len(_fits) > MOST_FITS:
            _fits.popitem(last=False)
    return Fit(inputs, terms, as_of=as_of, known_at=known_at, without=left_out)


def at(
    db: Database, as_of: datetime | None, known_at: datetime | None = None, without: Collection[str] = ()
) -> present.Present:
    """Return the ledger at a moment as a fit sees it."""
    if known_at is not None:
        record = records.load(db, as_of, known_at)
        return present.of_record(record.without(without) if without else record)
    ledger = present.present(db)
    if as_of is not None:
        ledger = ledger.as_of(db, as_of)
    return ledger.without(db, without, as_of) if without else ledger


def fitted(ledger: present.Present, start: Terms | None = None) -> CredenceModel:
    """Fit a ledger, from where an earlier fit ended where there is one."""
    # scikit-learn takes a second to import, and a score by the stored terms is read without it.
    from models.credence import LEDGER_TOL, CredenceModel  # noqa: PLC0415

    return CredenceModel(tol=LEDGER_TOL).fit(ledger.drawn.columns, tree=ledger.tree, start=start)
