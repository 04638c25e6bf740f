"""Whom writes touch: the questions on which they move the evidence, and who is heard there."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlite_utils import Database

from data import record as records
from data.audit import Fitted
from data.rows import to_json
from data.sources import MEMBERS

# Where some sources are heard, cited, carry or correct, or have a stake.
_HEARD_ON = f"""{MEMBERS}
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


def questions_of(db: Database, entries: Iterable[Fitted]) -> set[str]:
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
        questions |= records.questions_of(db, claims)
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
