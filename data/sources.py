"""The sources."""

from collections.abc import Collection
from datetime import datetime

from sqlite_utils import Database

from data import reference
from data.database import writing
from data.errors import RefusedError
from data.page import Page
from data.reference import SOURCES
from data.rows import to_json
from data.writer import Writer
from models.record import Source

# Everyone who speaks for one of some bodies, these among them.
MEMBERS = """
WITH RECURSIVE members(id) AS (
    SELECT value FROM json_each(:sources) UNION
    SELECT s.id FROM sources s JOIN members m ON s.member_of = m.id
)"""


def put(db: Database, source: Source, *, at: datetime, by: Writer | None = None) -> tuple[Source, bool]:
    """Write a source as one change, and say whether it is new.

    The same content again makes no new version. `by` is the writer; None for the command line.

    Raises
    ------
    UnknownReferenceError
        When the body that it is a member of does not exist.
    RefusedError
        When it would be a member of itself, also by way of others.
    """
    with writing(db):
        if source.member_of is not None:
            if _is_inside(db, source.member_of, source.id):
                raise RefusedError("member_of", f"makes {source.id} a member of itself")
            reference.referred(db, SOURCES, source.member_of, "member_of")
        return reference.put(db, SOURCES, source, at=at, by=by)


def create_source(db: Database, source: Source, *, at: datetime, by: Writer | None) -> Source:
    """Write a source whose id is new, as `put` does; TakenIdError where it is not."""
    with writing(db):
        reference.check_free(db, SOURCES, source.id)
        stored, _ = put(db, source, at=at, by=by)
    return stored


def get(db: Database, source_id: str) -> Source:
    """Return a source; UnknownIdError where there is none."""
    return reference.get(db, SOURCES, source_id)


def version(db: Database, source_id: str) -> int:
    """Return the number of a source's latest version, from 1; UnknownIdError where there is none."""
    return reference.version(db, SOURCES, source_id)


def page(
    db: Database,
    *,
    kind: str | None = None,
    member_of: str | None = None,
    q: str | None = None,
    min_score: float | None = None,
    max_score: float | None = None,
    sort: str = "id",
    limit: int,
    cursor: str | None = None,
) -> Page[tuple[Source, float | None]]:
    """Return a page of sources, each with its stored score.

    Parameters
    ----------
    q : str or None
        A part of the id, the name or an alias, in any case.
    min_score, max_score : float or None
        Inclusive; either leaves out what has no score.
    sort : str
        ``id``, ``score`` or ``-score``.

    Raises
    ------
    InvalidValueError
        When the cursor is not one of this list's.
    """
    conditions = {
        "kind = ?": kind,
        "member_of = ?": member_of,
        "instr(search, ?) > 0": None if q is None else q.casefold(),
        "score >= ?": min_score,
        "score <= ?": max_score,
    }
    return reference.scored_page(db, SOURCES, conditions, sort=sort, limit=limit, cursor=cursor)


def members(db: Database, sources: Collection[str]) -> set[str]:
    """Return some sources and all who speak for them."""
    sql = f"{MEMBERS} SELECT id FROM members"  # noqa: S608 - ours
    return {id_ for (id_,) in db.execute(sql, {"sources": to_json(sorted(sources))})}


def _is_inside(db: Database, source_id: str, body: str) -> bool:
    bodies = """
        WITH RECURSIVE bodies(id) AS (
            SELECT ? UNION
            SELECT member_of FROM sources JOIN bodies USING (id) WHERE member_of IS NOT NULL
        ) SELECT 1 FROM bodies WHERE id = ?"""
    return db.execute(bodies, [source_id, body]).fetchone() is not None
