"""The provenance of claims: who said and carried them, what corrections made of them, and when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from data import record as records
from data import rows
from data.database import reading
from data.instant import from_text, until
from models.record import Claim, Record
from models.standing import Standing
from models.standings import Standings


@dataclass(frozen=True)
class Provenance:
    """What is told of some claims besides themselves.

    Attributes
    ----------
    record : Record
        The claims, their questions and corrections, and the sources that are named there.
    standings : dict
        For each claim's id how it stood at first and after each of its corrections.
    recorded : dict
        For each source and question, as ``(kind, id)``, when its first and its last version was recorded.
    """

    record: Record
    standings: dict[str, tuple[Standing, ...]]
    recorded: dict[tuple[str, str], tuple[datetime, datetime]]


def load(
    db: Database,
    claims: Collection[Claim] = (),
    *,
    source_ids: Collection[str] = (),
    question_ids: Collection[str] = (),
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> Provenance:
    """Return the provenance of claims, out of what had been said and recorded by then.

    Parameters
    ----------
    source_ids, question_ids : collection of str
        Whose versions are told of besides those that the claims name.
    as_of : datetime or None
        Only corrections that had been said by then are used.
    known_at : datetime or None
        Only what had been recorded by then is used.
    """
    with reading(db):
        record = records.load_around(db, claims, as_of, known_at)
        standings = Standings(record)
        recorded = {
            **_recorded(db, "source", {*record.sources, *source_ids}, known_at),
            **_recorded(db, "question", {*record.questions, *question_ids}, known_at),
        }
        return Provenance(record, {claim.id: standings.steps(claim) for claim in claims}, recorded)


def _recorded(
    db: Database, kind: str, ids: Collection[str], known_at: datetime | None
) -> dict[tuple[str, str], tuple[datetime, datetime]]:
    sql = (
        f"SELECT id, min(recorded_at) AS first, max(recorded_at) AS last FROM {kind}_versions "  # noqa: S608
        "WHERE id IN (SELECT value FROM json_each(?)) AND recorded_at <= ? GROUP BY id"
    )
    found = db.query(sql, [rows.to_json(sorted(ids)), until(known_at)])
    return {(kind, row["id"]): (from_text(row["first"]), from_text(row["last"])) for row in found}
