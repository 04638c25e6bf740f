"""The chain of the audit trail: each entry's digest is over the one before, the entry, and what it recorded.

So a row that was altered, added or taken away past the service is found: its own digest no longer
fits, or that of the entry after it. Only who can write the file and reckons the whole chain anew
goes unseen, and is found by any digest of it that was noted elsewhere.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sqlite_utils import Database

from data.rows import Row, select, to_json

# What comes before the first entry.
START = ""

# The rows that entries record: where they lie, what of them the entry's subject names, and their order
# where one change recorded several for a subject. `:id` also finds keys made before they had ids.
RECORDED = {
    "source": ("source_versions", "id = :id", "version"),
    "scope": ("scope_versions", "id = :id", "version"),
    "question": ("question_versions", "id = :id", "version"),
    "claim": ("claim_rows", "id = :id", "seq"),
    "void": ("voids", "claim = :id", "claim"),
    "correction": ("correction_rows", "id = :id", "seq"),
    "resolution": ("resolutions", "question = :id", "seq"),
    "key": ("key_rows", ":id IN (id, name)", "id"),
    "key_end": ("key_ends", "key = :id", "key"),
    "webhook": ("webhooks", "id = :id", "id"),
    "webhook_end": ("webhook_ends", "webhook = :id", "webhook"),
}
_OTHERWISE = {
    "void": "void",
    "resolve": "resolution",
    "rotate": "key_end",
    "revoke": "key_end",
    "end": "webhook_end",
}


@dataclass(frozen=True)
class Link:
    """A row of the trail, the digest that it should have, and whether what it recorded is there."""

    entry: Row
    digest: str
    has_content: bool


def noun_of(action: str, kind: str) -> str:
    """Return which of `RECORDED` an entry recorded a row of."""
    return _OTHERWISE.get(action, kind)


def digest(db: Database, previous: str, entry: Row, *, number: int = -1) -> tuple[str, bool]:
    """Return an entry's digest, and whether what it recorded is there.

    Parameters
    ----------
    previous : str
        The digest of the entry before.
    entry : dict
        The entry's row.
    number : int
        Of the rows that its change recorded of this noun for this subject, which one; the last by default.
    """
    content = _content(db, entry, number)
    fields = [
        entry[name]
        for name in ("recorded_at", "key_name", "request_id", "action", "subject_kind", "subject_id")
    ]
    return hashlib.sha256((previous + to_json([*fields, content])).encode()).hexdigest(), content is not None


def links(db: Database) -> Iterator[Link]:
    """Go through the trail, oldest first; each link is reckoned from the digest that the one before bears.

    So one altered row breaks one link, and not all that follow.
    """
    previous, change, found = START, "", Counter[tuple[str, str]]()
    for entry in select(db, "SELECT * FROM audit ORDER BY seq"):
        if entry["recorded_at"] != change:
            change, found = entry["recorded_at"], Counter()
        subject = (noun_of(entry["action"], entry["subject_kind"]), entry["subject_id"])
        reckoned, has_content = digest(db, previous, entry, number=found[subject])
        found[subject] += 1
        yield Link(entry, reckoned, has_content)
        previous = entry["digest"] or reckoned


def _content(db: Database, entry: Row, number: int) -> Row | None:
    table, condition, order = RECORDED[noun_of(entry["action"], entry["subject_kind"])]
    place = f"{order} DESC LIMIT 1" if number < 0 else f"{order} LIMIT 1 OFFSET {number}"
    sql = f"SELECT * FROM {table} WHERE {condition} AND recorded_at = :at ORDER BY {place}"  # noqa: S608
    row = next(select(db, sql, {"id": entry["subject_id"], "at": entry["recorded_at"]}), None)
    # Without what is null: a column that a later version adds changes no digest.
    return None if row is None else {name: cell for name, cell in row.items() if cell is not None}
