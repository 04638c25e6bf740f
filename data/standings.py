"""The standings of claims as of a moment, as the scores of that moment have them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlite_utils import Database

from data import record as records
from data.database import reading
from models.record import Claim, Record
from models.standings import Standings


def around(
    db: Database,
    claims: Collection[Claim],
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> tuple[Record, Standings]:
    """Read what some claims name and how they stand; see `data.record.load` for the two clocks.

    Returns
    -------
    Record
        As of `data.record.load_around`.
    Standings
        Of these claims.
    """
    with reading(db):
        record = records.load_around(db, claims, as_of, known_at)
    return record, Standings(record)
