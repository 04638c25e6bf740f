"""The standings of claims as of a moment, as the scores of that moment have them."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from functools import cache

from sqlite_utils import Database

from data import record as records
from data import reference
from data.database import reading
from data.fits import fit_for
from data.reference import SCOPES
from models.constants import Coefficient, Constants
from models.record import Claim, Correction, Record, Scope
from models.standing import authority_of
from models.standings import Standings


def around(
    db: Database,
    claims: Collection[Claim],
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> tuple[Record, Standings]:
    """Read what some claims name and how they stand; see `data.record.load` for the two clocks.

    Who is believed more than a claim's author is decided by the coefficients of that moment.

    Returns
    -------
    Record
        As of `data.record.load_around`, with the scopes that are spoken of there.
    Standings
        Of these claims. They are worked out when they are asked for, inside the caller's transaction.
    """

    @cache
    def constants(question: str) -> Constants:
        if as_of is None and known_at is None:
            return _present(db)
        in_force: Constants = fit_for(db, "question", question, as_of, known_at).scores.model.constants_
        return in_force

    def authority(correction: Correction, claim: Claim) -> float:
        return authority_of(correction, claim, record, constants(claim.question))

    with reading(db):
        record = records.load_around(db, claims, as_of, known_at)
        record = replace(record, scopes=_scopes(db, record, known_at))
    return record, Standings(record, authority)


def _scopes(db: Database, record: Record, known_at: datetime | None) -> dict[str, Scope]:
    """Return the declared scopes that are spoken of, or in which a source has a mandate, and those above."""
    paths = {
        *(question.scope for question in record.questions.values()),
        *(claim.scope for claim in record.claims),
        *(correction.scope for correction in record.corrections if correction.scope is not None),
        *(mandate.scope for source in record.sources.values() for mandate in source.mandates),
    }
    names = [path.split("/") for path in paths]
    above = {"/".join(path[:depth]) for path in names for depth in range(1, len(path) + 1)}
    return reference.known(db, SCOPES, known_at, above)


def _present(db: Database) -> Constants:
    """Return the constants as the last fit of the whole ledger moved them."""
    row = db.execute("SELECT summary FROM fits").fetchone()
    learned = {} if row is None else json.loads(row[0]).get("learned", {}).get("coefficients", {})
    return Constants().moved_to({name: Coefficient(**found) for name, found in learned.items()})
