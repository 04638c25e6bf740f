"""What the audit trail tells a fit: which writes it has not seen, and which questions they touch."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlite_utils import Database

from data.record import questions_of
from data.rows import to_json

# Action, kind and id, as the audit trail holds them.
Entry = tuple[str, str, str]

# What a fit looks at. The plus keeps SQLite from reading all entries of these kinds, not those after one.
FITTED = "+subject_kind IN ('source', 'scope', 'question', 'claim', 'correction')"
# Everyone who speaks for one of some bodies, these among them.
_MEMBERS = """
WITH RECURSIVE members(id) AS (
    SELECT value FROM json_each(:sources) UNION
    SELECT s.id FROM sources s JOIN members m ON s.member_of = m.id
)"""
# Where some sources are heard, cited, carry or correct, or have a stake.
_HEARD_ON = f"""{_MEMBERS}
SELECT question FROM claims WHERE source IN members
UNION SELECT c.question FROM claim_carriers l JOIN claims c ON c.id = l.claim WHERE l.source IN members
UNION SELECT c.question FROM claim_citations l JOIN claims c ON c.id = l.claim WHERE l.source IN members
UNION SELECT c.question FROM corrections k JOIN claims c ON c.id = k.claim WHERE k."by" IN members
UNION SELECT q.id FROM questions q, json_each(q.document, '$.stakes') s
    WHERE json_extract(s.value, '$.source') IN members"""  # noqa: S608 - ours
# What is said of a whole is weighed by the share of its part: where a scope above this one is spoken of.
_ABOVE = """
SELECT id FROM questions WHERE instr(:path, scope || '/') = 1
UNION SELECT question FROM claims WHERE instr(:path, scope || '/') = 1
UNION SELECT c.question FROM corrections k JOIN claims c ON c.id = k.claim
    WHERE k.scope IS NOT NULL AND instr(:path, k.scope || '/') = 1"""

_CORRECTED = "SELECT claim FROM corrections WHERE id IN (SELECT value FROM json_each(?))"


def last_entry(db: Database) -> int:
    """Return the number of the last entry of the audit trail."""
    return int(db.execute("SELECT coalesce(max(seq), 0) FROM audit").fetchone()[0])


def entries_since(db: Database, entry: int) -> list[Entry]:
    """Return what was recorded after an entry of the audit trail that a fit looks at, oldest first."""
    sql = f"SELECT action, subject_kind, subject_id FROM audit WHERE seq > ? AND {FITTED} ORDER BY seq"  # noqa: S608
    return [tuple(row) for row in db.execute(sql, [entry])]


def members(db: Database, sources: Collection[str]) -> set[str]:
    """Return some sources and all who speak for them."""
    found = db.execute(f"{_MEMBERS} SELECT id FROM members", {"sources": to_json(sorted(sources))})  # noqa: S608
    return {id_ for (id_,) in found}


def touched(db: Database, entries: Iterable[Entry]) -> set[str]:
    """Return the questions on which some writes move the evidence."""
    questions, claims, corrections, sources = set(), set(), set(), set()
    for action, kind, subject_id in entries:
        if kind == "question":
            questions.add(subject_id)
        elif kind == "claim":
            claims.add(subject_id)
        elif kind == "correction":
            corrections.add(subject_id)
        elif kind == "source" and action == "change":
            sources.add(subject_id)
        elif kind == "scope":
            questions.update(id_ for (id_,) in db.execute(_ABOVE, {"path": subject_id}))
    if corrections:
        corrected = db.execute(_CORRECTED, [to_json(sorted(corrections))])
        claims.update(id_ for (id_,) in corrected)
    if claims:
        questions |= questions_of(db, claims)
    if sources:
        found = db.execute(_HEARD_ON, {"sources": to_json(sorted(sources))})
        questions.update(id_ for (id_,) in found)
    return questions


def is_heard(db: Database, source: str, questions: Collection[str]) -> bool:
    """Say whether a source speaks, carries or corrects on one of some questions."""
    asked = {"questions": to_json(sorted(questions)), "source": source}
    return db.execute(_IS_HEARD, asked).fetchone() is not None


_IS_HEARD = """
SELECT 1 FROM claims WHERE question IN (SELECT value FROM json_each(:questions)) AND (
    source = :source
    OR EXISTS (SELECT 1 FROM claim_carriers WHERE claim = claims.id AND source = :source)
    OR EXISTS (SELECT 1 FROM corrections WHERE claim = claims.id AND "by" = :source)
) LIMIT 1"""
