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

MODULUS = 2**256
# How a row came here is no part of what it says.
BOOKKEEPING = ("seq", "recorded_at", "recorded_by")
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
        yield from _versions(db, kind, "true", [])
    for noun in ("claim_rows", "correction_rows", "resolutions"):
        yield from _events(db, f"SELECT * FROM {noun}", [])  # noqa: S608 - a table's name
    for (claim,) in db.execute("SELECT claim FROM voids"):
        yield _void(claim)


def _recorded(db: Database, entries: Iterable[Entry]) -> Iterator[str]:
    """Yield what each entry recorded: where a subject has several, as many of the latest as there are."""
    ids: dict[str, list[str]] = {"claim": [], "correction": []}
    for (action, kind, subject_id), number in Counter(entries).items():
        if action == "void":
            yield _void(subject_id)
        elif kind in ids:
            ids[kind].append(subject_id)
        elif action == "resolve":
            sql = "SELECT * FROM resolutions WHERE question = ? ORDER BY seq DESC LIMIT ?"
            yield from _events(db, sql, [subject_id, number])
        elif kind in REFERENCE:
            # The first version has an entry of its own kind.
            latest = "id = ? AND (version = 1) = ? ORDER BY version DESC LIMIT ?"
            yield from _versions(db, kind, latest, [subject_id, action == "create", number])
    for kind, found in ids.items():
        sql = f"SELECT * FROM {kind}_rows WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608
        yield from _events(db, sql, [rows.to_json(found)])


def _versions(db: Database, kind: str, condition: str, values: list[object]) -> Iterator[str]:
    sql = f"SELECT document FROM {kind}_versions WHERE {condition}"  # noqa: S608 - a table's name
    for (document,) in db.execute(sql, values):
        yield f"{kind} {document}"


def _events(db: Database, sql: str, values: list[object]) -> Iterator[str]:
    found = db.execute(sql, values)
    names = [column[0] for column in found.description]
    kept = [i for i, name in enumerate(names) if name not in BOOKKEEPING]
    for row in found:
        yield rows.to_json([names[kept[0]], *(row[i] for i in kept)])


def _void(claim: str) -> str:
    return f"void {claim}"
