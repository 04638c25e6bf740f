"""Undeclared copying that the last fit of a large ledger found: by source, and by claim."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from sqlite_utils import Database

from data.rows import to_json
from models.families import Copied, Families, Kin
from models.record import Record

_KIN = """
SELECT source, kin, n_shared, n_errors FROM families
WHERE generation = ? AND source IN (SELECT value FROM json_each(?))
ORDER BY source, n_errors DESC, n_shared DESC, kin"""
_COPIED = """
SELECT claim, kept, kin, n_shared, n_errors FROM copied_claims JOIN families USING (generation, source, kin)
WHERE generation = ? AND claim IN (SELECT value FROM json_each(?))"""


def known(db: Database, record: Record, generation: int) -> Families:
    """Return what is known of the sources and the claims of a part of the ledger."""
    claims = to_json([claim.id for claim in record.claims])
    copied = {
        claim: Copied(kept, Kin(*kin)) for claim, kept, *kin in db.execute(_COPIED, [generation, claims])
    }
    return Families(copied, kin_of(db, list(record.sources), generation))


def kin_of(db: Database, sources: Collection[str], generation: int) -> dict[str, tuple[Kin, ...]]:
    """Return the families of some sources, those with most errors in common first."""
    found: dict[str, tuple[Kin, ...]] = {}
    for source, *kin in db.execute(_KIN, [generation, to_json(list(sources))]):
        found[source] = (*found.get(source, ()), Kin(*kin))
    return found


def rows(families: Families, generation: int) -> Iterator[tuple[object, ...]]:
    """Yield a row for each source and each of its kin."""
    for source, found in families.kin.items():
        for kin in found:
            yield generation, source, kin.source, kin.n_shared, kin.n_errors


def claim_rows(record: Record, families: Families, generation: int) -> Iterator[tuple[object, ...]]:
    """Yield a row for each claim that is discounted."""
    for claim in record.claims:
        copied = families.copied.get(claim.id)
        if copied is not None:
            yield generation, claim.id, claim.source, copied.kin.source, copied.kept


def write(db: Database, found: Iterable[tuple[object, ...]]) -> None:
    """Write rows of sources and their kin."""
    db.conn.executemany("INSERT INTO families VALUES (?, ?, ?, ?, ?)", found)


def write_claims(db: Database, found: Iterable[tuple[object, ...]]) -> None:
    """Write rows of discounted claims."""
    db.conn.executemany("INSERT INTO copied_claims VALUES (?, ?, ?, ?, ?)", found)
