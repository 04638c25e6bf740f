"""Reference data: sources, scopes and questions keep every version that they have had."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar

from sqlite_utils import Database

from data import audit, rows
from data.errors import TakenIdError, UnknownIdError, UnknownReferenceError
from data.instant import to_text
from data.page import Page, page
from data.rows import Row
from data.writer import Writer
from models.record import Question, Scope, Source

T = TypeVar("T")


@dataclass(frozen=True)
class Reference(Generic[T]):
    """One sort of reference data.

    Parameters
    ----------
    kind : str
        Its name; the table of latest versions is `table`, that of all versions ``{kind}_versions``.
    columns : callable
        Returns the id of a value, and the columns that lists filter by.
    document, value : callable
        Turn a value into its document, and back.
    """

    kind: str
    table: str
    columns: Callable[[T], Row]
    document: Callable[[T], Row]
    value: Callable[[Row], T]

    def read(self, row: Row) -> T:
        """Read a value from a row of either table."""
        value: T = _value(self, row["document"])
        return value


# Documents kept as values, the last used: many claims at once are about the same questions again and again.
@lru_cache(maxsize=1024)
def _value(reference: Reference[T], document: str) -> T:
    return reference.value(json.loads(document))


SOURCES = Reference[Source](
    kind="source",
    table="sources",
    columns=lambda source: {
        "id": source.id,
        "kind": source.kind,
        "member_of": source.member_of,
        "name": source.name,
        "search": "\n".join((source.id, source.name, *source.aliases)).casefold(),
    },
    document=rows.source_document,
    value=rows.source,
)
SCOPES = Reference[Scope](
    kind="scope",
    table="scopes",
    columns=lambda scope: {"id": scope.path},
    document=asdict,
    value=rows.scope,
)
QUESTIONS = Reference[Question](
    kind="question",
    table="questions",
    columns=lambda question: {
        "id": question.id,
        "scope": question.scope,
        "text": question.text,
        "search": "\n".join((question.id, question.text)).casefold(),
    },
    document=rows.question_document,
    value=rows.question,
)


def put(
    db: Database, reference: Reference[T], value: T, *, at: datetime, by: Writer | None
) -> tuple[T, bool]:
    """Write a value as its latest version, unless it is that already; say whether its id is new."""
    recorded_at = audit.stamp(db, at=at, by=by)
    columns = reference.columns(value)
    row = _row(db, reference, columns["id"])
    if row is not None and reference.read(row) == value:
        return value, False
    action = "create" if row is None else "change"
    latest = {
        "id": columns["id"],
        "version": 1 if row is None else row["version"] + 1,
        "recorded_at": recorded_at,
        "document": rows.to_json(reference.document(value)),
    }
    rows.upsert(db, reference.table, {**columns, **latest}, "id")
    rows.insert(db, f"{reference.kind}_versions", latest)
    audit.append(db, action, reference.kind, columns["id"], by=by)
    return value, row is None


def check_free(db: Database, reference: Reference[T], subject_id: str) -> None:
    """Raise TakenIdError where the id is used already."""
    if _row(db, reference, subject_id) is not None:
        raise TakenIdError(reference.kind, subject_id)


def find(db: Database, reference: Reference[T], subject_id: str) -> T | None:
    """Return the latest version, or None."""
    row = _row(db, reference, subject_id)
    return None if row is None else reference.read(row)


def get(db: Database, reference: Reference[T], subject_id: str) -> T:
    """Return the latest version; UnknownIdError where there is none."""
    return reference.read(_known_row(db, reference, subject_id))


def version(db: Database, reference: Reference[T], subject_id: str) -> int:
    """Return the number of the latest version, from 1; UnknownIdError where there is none."""
    return int(_known_row(db, reference, subject_id)["version"])


def referred(db: Database, reference: Reference[T], subject_id: str, field: str) -> T:
    """Return what `field` of a value refers to; UnknownReferenceError where it does not exist."""
    sql = f"SELECT document FROM {reference.table} WHERE id = ?"  # noqa: S608 - a table's name, not input
    row = db.conn.execute(sql, (subject_id,)).fetchone()
    if row is None:
        raise UnknownReferenceError(field, reference.kind, subject_id)
    value: T = _value(reference, row[0])
    return value


def check_referred(db: Database, reference: Reference[T], subject_id: str, field: str) -> None:
    """Raise UnknownReferenceError where what `field` of a value refers to does not exist."""
    sql = f"SELECT 1 FROM {reference.table} WHERE id = ?"  # noqa: S608 - a table's name, not input
    if db.execute(sql, [subject_id]).fetchone() is None:
        raise UnknownReferenceError(field, reference.kind, subject_id)


def known(
    db: Database, reference: Reference[T], known_at: datetime | None, ids: Collection[str] | None = None
) -> dict[str, T]:
    """Return the values by id, those of `ids` or all: the latest versions, or the last by `known_at`."""
    table = reference.table if known_at is None else f"{reference.kind}_versions"
    conditions = {
        "id IN (SELECT value FROM json_each(?))": None if ids is None else rows.to_json(sorted(ids)),
        "recorded_at <= ?": None if known_at is None else to_text(known_at),
    }
    wanted, values = rows.where(conditions)
    order = "id" if known_at is None else "id, version"
    sql = f"SELECT id, document FROM {table} WHERE {wanted} ORDER BY {order}"  # noqa: S608
    return {id_: _value(reference, document) for id_, document in db.conn.execute(sql, values)}


def scored_page(
    db: Database,
    reference: Reference[T],
    conditions: Mapping[str, Any],
    *,
    sort: str,
    limit: int,
    cursor: str | None,
) -> Page[tuple[T, float | None]]:
    """Return a page of values, each with its stored score; see `data.page.page`."""
    return page(
        db,
        f"SELECT t.*, s.score FROM {reference.table} t "  # noqa: S608 - a table's name, not input
        f"LEFT JOIN scores s ON s.kind = '{reference.kind}' AND s.id = t.id",
        conditions,
        lambda row: (reference.read(row), row["score"]),
        sort=sort,
        limit=limit,
        cursor=cursor,
    )


def _row(db: Database, reference: Reference[T], subject_id: str) -> Row | None:
    sql = f"SELECT * FROM {reference.table} WHERE id = ?"  # noqa: S608 - a table's name, not input
    return next(rows.select(db, sql, [subject_id]), None)


def _known_row(db: Database, reference: Reference[T], subject_id: str) -> Row:
    row = _row(db, reference, subject_id)
    if row is None:
        raise UnknownIdError(reference.kind, subject_id)
    return row
