"""The articles: what the claims and corrections recorded under an address make of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from data import rows
from data.database import reading
from data.instant import to_text
from models.address import address_of
from models.record import Claim, Correction
from models.relaying import rests_on

# After every instant, as texts compare.
_FOREVER = "~"

_CLAIMS = """
SELECT c.* FROM claim_addresses a JOIN claim_rows c ON c.id = a.claim
WHERE address = :address AND stated_at <= :as_of
AND c.id NOT IN (SELECT claim FROM voids)
ORDER BY stated_at, c.id"""

_SAID_ON = """
SELECT * FROM claim_rows
WHERE question IN (SELECT value FROM json_each(:questions)) AND stated_at <= :as_of
AND id NOT IN (SELECT claim FROM voids)
ORDER BY stated_at, id"""

_CORRECTIONS = """
SELECT c.* FROM correction_addresses a JOIN correction_rows c ON c.id = a.correction
WHERE address = :address AND stated_at <= :as_of
AND c.claim NOT IN (SELECT claim FROM voids)
ORDER BY stated_at, c.id"""


@dataclass(frozen=True)
class Carried:
    """A claim that an address carries.

    Parameters
    ----------
    through : tuple of str
        The claims at the address that rest on it; empty where it stands there itself.
    """

    claim: Claim
    through: tuple[str, ...] = ()


def claims_at(db: Database, url: str, *, as_of: datetime | None = None) -> tuple[Carried, ...]:
    """Return the claims that an address carries, directly before by relay, each in the order of saying.

    Directly: those recorded under it, in whatever way their URL is written (`models.address`). By
    relay: what those rest on (`models.relaying.rests_on`). Voided claims are left out.

    Parameters
    ----------
    as_of : datetime or None
        Only what had been said by then.
    """
    with reading(db):
        direct = _directly(db, url, as_of)
        return _with_relayed(direct, _said_on(db, direct, as_of))


def corrections_at(db: Database, url: str, *, as_of: datetime | None = None) -> tuple[Correction, ...]:
    """Return the corrections recorded under an address, in the order of saying."""
    found = db.query(_CORRECTIONS, _asked(url, as_of))
    return tuple(rows.event(Correction, row) for row in found)


def _asked(url: str, as_of: datetime | None) -> dict[str, str]:
    return {"address": address_of(url), "as_of": _latest(as_of)}


def _latest(as_of: datetime | None) -> str:
    return _FOREVER if as_of is None else to_text(as_of)


def _directly(db: Database, url: str, as_of: datetime | None) -> tuple[Claim, ...]:
    return tuple(rows.event(Claim, row) for row in db.query(_CLAIMS, _asked(url, as_of)))


def _said_on(db: Database, direct: Sequence[Claim], as_of: datetime | None) -> list[Claim]:
    """Return all that was said on the questions on which any of these claims can rest on another."""
    questions = {claim.question for claim in direct if claim.cites or claim.via}
    asked = {"questions": rows.to_json(sorted(questions)), "as_of": _latest(as_of)}
    return [rows.event(Claim, row) for row in db.query(_SAID_ON, asked)]


def _with_relayed(direct: Sequence[Claim], said: Sequence[Claim]) -> tuple[Carried, ...]:
    """Add to the claims at an address what they rest on, out of all that was said on their questions."""
    at_address = {claim.id for claim in direct}
    through: dict[str, list[str]] = {}
    for claim in direct:
        for other in rests_on(claim, [each for each in said if each.question == claim.question]):
            if other.id not in at_address:
                through.setdefault(other.id, []).append(claim.id)
    relayed = (Carried(claim, tuple(through[claim.id])) for claim in said if claim.id in through)
    return (*(Carried(claim) for claim in direct), *relayed)
