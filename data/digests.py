"""The digest of a large ledger: kept up with each write, and the same whatever order things arrived in.

It is the sum, modulo 2^256, of the SHA-256 of everything that was ever recorded: each claim,
correction, resolution, void and version of reference data, without when it was recorded. Nothing
is ever taken out of a ledger, so nothing is ever taken out of the sum.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator

from sqlite_utils import Database

from data import rows
from data.record import said
from data.rows import Event
from models.record import Claim, Correction, Resolution

MODULUS = 2**256
REFERENCE = ("source", "scope", "question")

# Action, kind and id, as the audit trail holds them.
Entry = tuple[str, str, str]


def of_ledger(db: Database) -> str:
    """Return the digest of everything that was recorded."""
    return _text(_total(_all(db)))


def with_entries(db: Database, digest: str, entries: Iterable[Entry]) -> str:
    """Return the digest of a ledger whose digest was `digest` before these last entries of its audit."""
    return _text(int(digest.removeprefix("sha256:"), 16) + _total(_recorded(db, entries)))


def _text(total: int) -> str:
    return f"sha256:{total % MODULUS:064x}"


def _total(contents: Iterable[str]) -> int:
    return sum(int.from_bytes(hashlib.sha256(content.encode()).digest()) for content in contents)


def _all(db: Database) -> Iterator[str]:
    for kind in REFERENCE:
        for (document,) in db.execute(f"SELECT document FROM {kind}_versions"):  # noqa: S608 - a table's name
            yield f"{kind} {document}"
    for row in db.query("SELECT * FROM claim_rows"):
        yield said(rows.event(Claim, row))
    for row in db.query("SELECT * FROM correction_rows"):
        yield said(rows.event(Correction, row))
    for row in db.query("SELECT * FROM resolutions"):
        yield said(rows.event(Resolution, row))
    for (claim,) in db.execute("SELECT claim FROM voids"):
        yield _void(claim)


def _recorded(db: Database, entries: Iterable[Entry]) -> Iterator[str]:
    """Yield what each entry recorded: where a subject has several, as many of the latest as there are."""
    for (action, kind, subject_id), number in Counter(entries).items():
        if action == "void":
            yield _void(subject_id)
        elif kind == "claim":
            yield from _events(db, Claim, "SELECT * FROM claim_rows WHERE id = ?", subject_id)
        elif kind == "correction":
            yield from _events(db, Correction, "SELECT * FROM correction_rows WHERE id = ?", subject_id)
        elif action == "resolve":
            sql = "SELECT * FROM resolutions WHERE question = ? ORDER BY seq DESC LIMIT ?"
            yield from _events(db, Resolution, sql, subject_id, number)
        elif kind in REFERENCE:
            # The first version has an entry of its own kind.
            sql = (
                f"SELECT document FROM {kind}_versions WHERE id = ? AND (version = 1) = ? "  # noqa: S608
                "ORDER BY version DESC LIMIT ?"
            )
            for (document,) in db.execute(sql, [subject_id, action == "create", number]):
                yield f"{kind} {document}"


def _events(db: Database, kind: type[Event], sql: str, *values: str | int) -> Iterator[str]:
    for row in db.query(sql, list(values)):
        yield said(rows.event(kind, row))


def _void(claim: str) -> str:
    return f"void {claim}"
