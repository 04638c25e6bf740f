"""Pages of a list, by keyset: each page starts after the last sort key and id of the one before."""

import base64
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlite_utils import Database

from data.rows import where
from models.errors import InvalidValueError

T = TypeVar("T")

# Each sort by name: its SQL key, NULL scores last either way, and whether it runs downwards.
# A score lies in [0, 1], so -1 and 2 stand outside.
SORTS: dict[str, tuple[str, bool]] = {
    "id": ("id", False),
    "stated_at": ("stated_at", False),
    "-stated_at": ("stated_at", True),
    "score": ("coalesce(score, 2.0)", False),
    "-score": ("coalesce(score, -1.0)", True),
}

# The sorts whose key is a number; those of the others are text.
BY_SCORE = ("score", "-score")


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list: its `items`, and the cursor of the `next` page where there is one."""

    items: tuple[T, ...]
    next: str | None


def page(
    db: Database,
    select: str,
    conditions: Mapping[str, Any],
    read: Callable[[dict[str, Any]], T],
    *,
    sort: str,
    limit: int,
    cursor: str | None,
) -> Page[T]:
    """Read one page of the rows of `select`.

    Parameters
    ----------
    select : str
        A SELECT without ORDER BY whose rows have an `id` and the column that `sort` needs.
    conditions : mapping
        SQL conditions with one ``?`` each, and its value; a condition whose value is None is left out.
    read : callable
        What turns a row into an item.
    sort : str
        A key of `SORTS`; equal keys follow their ids.
    limit : int
        How many items a page holds at most.
    cursor : str or None
        The `next` of the page before.

    Raises
    ------
    InvalidValueError
        When the cursor is not one that this list gave out under this sort.
    """
    key, is_downwards = SORTS[sort]
    wanted, values = where(conditions)
    if cursor is not None:
        wanted += f" AND ({key}, id) {'<' if is_downwards else '>'} (?, ?)"
        values += _position(cursor, sort)
    direction = "DESC" if is_downwards else "ASC"
    sql = (
        f"SELECT *, {key} AS page_key FROM ({select}) WHERE {wanted} "  # noqa: S608
        f"ORDER BY {key} {direction}, id {direction} LIMIT ?"
    )
    found = list(db.query(sql, [*values, limit + 1]))
    last = found[limit - 1] if len(found) > limit else None
    return Page(
        tuple(read(row) for row in found[:limit]),
        None if last is None else _cursor(sort, last["page_key"], last["id"]),
    )


def inside(column: str, scope: str | None) -> dict[str, str | None]:
    """Return the condition that a column's scope is `scope` or lies inside it."""
    return {f"instr({column} || '/', ?) = 1": None if scope is None else scope + "/"}


def _cursor(sort: str, key: str | float, item_id: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([sort, key, item_id]).encode()).decode().rstrip("=")


def _position(cursor: str, sort: str) -> list[str | float]:
    try:
        document = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        # A text that cannot be encoded, such as a lone surrogate, is a ValueError here and not in SQLite.
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        document = None
    match document:
        # NaN and Infinity pass for JSON here; SQLite would take the one for NULL.
        case [str(name), float(key), str(item_id)] if (
            name == sort and sort in BY_SCORE and math.isfinite(key)
        ):
            return [key, item_id]
        case [str(name), str(key), str(item_id)] if name == sort and sort not in BY_SCORE:
            return [key, item_id]
    raise InvalidValueError("cursor", "is not one that this list gave out in this order")
