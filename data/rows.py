"""Rows become domain values here, and values become rows."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, TypeVar

from sqlite_utils import Database

from data.instant import to_text
from models.answer import Quantity, parse_answer
from models.record import (
    Claim,
    Correction,
    CorrectionKind,
    Mandate,
    Question,
    Resolution,
    Scope,
    Source,
    SourceKind,
    Stake,
    Vantage,
)

Row = dict[str, Any]
Event = TypeVar("Event", Claim, Correction, Resolution)


# One encoder for all: `json.dumps` makes one for each document that is not written its own way.
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def to_json(document: object) -> str:
    """Write a document as canonical JSON: the same content gives the same text."""
    return _CANONICAL.encode(document)


def linked(cell: str) -> tuple[str, ...]:
    """Read the sources that a row links to."""
    return () if cell == "[]" else tuple(json.loads(cell))


_READ: dict[str, Callable[[str], Any]] = {
    "answer": lru_cache(maxsize=4096)(lambda text: parse_answer(json.loads(text))),
    "cites": linked,
    "kind": CorrectionKind,
    "recorded_at": datetime.fromisoformat,
    "resolved_at": datetime.fromisoformat,
    "stated_at": datetime.fromisoformat,
    "vantage": Vantage,
    "via": linked,
}
# By kind its fields, in order, and how the cell of each is read.
_READERS = {
    kind: tuple((field.name, _READ.get(field.name)) for field in fields(kind))
    for kind in (Claim, Correction, Resolution)
}
_WRITE: dict[str, Callable[[Any], str]] = {
    "answer": lambda answer: to_json(answer.document),
    "recorded_at": to_text,
    "resolved_at": to_text,
    "stated_at": to_text,
}
_LINKED = ("via", "cites")
_COLUMNS = {
    kind: tuple(field.name for field in fields(kind) if field.name not in _LINKED)
    for kind in (Claim, Correction, Resolution)
}


def event(kind: type[Event], row: Row) -> Event:
    """Read a claim, correction or resolution from its row."""
    return kind(*[
        row[name] if read is None or row[name] is None else read(row[name]) for name, read in _READERS[kind]
    ])  # fmt: skip


def events(db: Database, kind: type[Event], sql: str, values: Any = ()) -> tuple[Event, ...]:
    """Read the claims, corrections or resolutions that a query selects, in its order."""
    # Not `Database.query`, which puts a savepoint around each; nor a mapping for each of many rows.
    selected = db.conn.execute(sql, values)
    place = {column[0]: i for i, column in enumerate(selected.description)}
    readers = [(place[name], read) for name, read in _READERS[kind]]
    return tuple([
        kind(*[row[i] if read is None or row[i] is None else read(row[i]) for i, read in readers])
        for row in selected
    ])  # fmt: skip


def event_row(event: Claim | Correction | Resolution) -> Row:
    """Write a claim, correction or resolution as its row, without the sources that it links to."""
    cells = {name: getattr(event, name) for name in _COLUMNS[type(event)]}
    return {
        name: _WRITE[name](cell) if cell is not None and name in _WRITE else cell
        for name, cell in cells.items()
    }


def select(db: Database, sql: str, values: Any = ()) -> Iterator[Row]:
    """Yield the rows of a query, without the savepoint that `Database.query` puts around each."""
    found = db.conn.execute(sql, values)
    names = [column[0] for column in found.description]
    return (dict(zip(names, row, strict=True)) for row in found)


def where(conditions: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """Return SQL conditions as one, and their values; a condition whose value is None is left out."""
    given = {condition: value for condition, value in conditions.items() if value is not None}
    return " AND ".join(given) or "true", list(given.values())


def insert(db: Database, table: str, row: Row) -> None:
    """Insert one row. `Table.insert` reads the schema before each row, which takes most of its time."""
    db.conn.execute(_insert(table, tuple(row)), tuple(row.values()))


@cache
def _insert(table: str, columns: tuple[str, ...]) -> str:
    quoted = ", ".join(f'"{column}"' for column in columns)
    return f"INSERT INTO {table} ({quoted}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - our names


def upsert(db: Database, table: str, row: Row, key: str) -> None:
    """Insert one row, or change the row that has its key."""
    columns = ", ".join(f'"{column}"' for column in row)
    marks = ", ".join("?" * len(row))
    changed = ", ".join(f'"{column}" = excluded."{column}"' for column in row if column != key)
    sql = f"INSERT INTO {table} ({columns}) VALUES ({marks}) ON CONFLICT ({key}) DO UPDATE SET {changed}"  # noqa: S608
    db.execute(sql, list(row.values()))


def insert_links(db: Database, table: str, owner: str, owner_id: str, sources: Sequence[str]) -> None:
    """Write the sources that an event links to, in their order."""
    for position, source in enumerate(sources):
        insert(db, table, {owner: owner_id, "position": position, "source": source})


def source_document(source: Source) -> Row:
    """Write a source as the document that is stored."""
    # Not `asdict`, which copies deeply: the digest of a ledger writes them all.
    return {**vars(source), "mandates": [vars(mandate) for mandate in source.mandates]}


def source(document: Row) -> Source:
    """Read a source from its document."""
    mandates = tuple(
        Mandate(mandate["scope"], Vantage(mandate["vantage"])) for mandate in document["mandates"]
    )
    return Source(
        **{
            **document,
            "kind": SourceKind(document["kind"]),
            "mandates": mandates,
            "aliases": tuple(document["aliases"]),
        }
    )


def scope(document: Row) -> Scope:
    """Read a scope from its document."""
    return Scope(**document)


def question_document(question: Question) -> Row:
    """Write a question as the document that is stored."""
    stakes = [
        {"source": stake.source, "favours": [answer.document for answer in stake.favours]}
        for stake in question.stakes
    ]
    quantity = None if question.quantity is None else vars(question.quantity)
    return {**vars(question), "quantity": quantity, "stakes": stakes}


def question(document: Row) -> Question:
    """Read a question from its document."""
    quantity = document["quantity"]
    stakes = tuple(
        Stake(stake["source"], tuple(parse_answer(answer) for answer in stake["favours"]))
        for stake in document["stakes"]
    )
    return Question(
        **{
            **document,
            "answers": tuple(document["answers"]),
            "quantity": None if quantity is None else Quantity(**quantity),
            "stakes": stakes,
        }
    )
