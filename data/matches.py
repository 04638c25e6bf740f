"""The questions that a text may speak about, looked up among those of the ledger.

Two passes over the texts of questions and claims, which are nowhere indexed: one counts in how many
each token stands, one weighs it by how rare it is. So nothing has to be kept in step, any language is
served, and the time grows with the ledger; `models.matching` then compares the few that are left.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from sqlite_utils import Database

from data import reference, rows
from data.database import reading
from data.reference import QUESTIONS
from models.matching import Candidate, Matching, matched, tokens_of

# Questions that are compared in full: some fifty milliseconds' work.
MOST_CANDIDATES = 50
# The latest claims by which each of them is known: what they say repeats itself.
TEXTS_EACH = 20

# Both are folded to lower case, the claims' texts in ASCII alone; see `_sought`.
_TEXTS = """
WITH asked AS (
    SELECT id, search FROM questions WHERE :scope IS NULL
    OR instr(scope || '/', :scope || '/') = 1 OR instr(:scope || '/', scope || '/') = 1
), texts(question, text) AS (
    SELECT id, search FROM asked UNION ALL
    SELECT question, lower(text) FROM claims
    WHERE text IS NOT NULL AND (:scope IS NULL OR question IN (SELECT id FROM asked))
    AND id NOT IN (SELECT claim FROM voids)
)"""

_CLAIMED = """
SELECT question, text FROM (
    SELECT question, text, row_number() OVER (PARTITION BY question ORDER BY seq DESC) AS place FROM claims
    WHERE question IN (SELECT value FROM json_each(:ids)) AND text IS NOT NULL
    AND id NOT IN (SELECT claim FROM voids)
) WHERE place <= :texts_each ORDER BY question, place"""


def match(db: Database, text: str, *, scope: str | None = None) -> Matching:
    """Return which question a text is about, how sure that is, and what to ask where none is.

    Parameters
    ----------
    scope : str or None
        Only questions inside this scope, or about a scope that holds it.
    """
    with reading(db):
        candidates = _candidates(db, tokens_of(text), scope)
    return matched(text, candidates, scope)


def _candidates(db: Database, tokens: Sequence[str], scope: str | None) -> list[Candidate]:
    if not tokens:
        return []
    asked = {"scope": scope, **{f"t{i}": _sought(token) for i, token in enumerate(tokens)}}
    stands = [f"(instr(text, :t{i}) > 0)" for i in range(len(tokens))]
    # Names and numbers of our own; what was asked is bound.
    counts = ", ".join(f"sum{each}" for each in stands)
    n, *within = db.execute(f"{_TEXTS} SELECT count(*), {counts} FROM texts", asked).fetchone()  # noqa: S608
    weights = {f"w{i}": math.log((n + 1) / ((count or 0) + 1)) for i, count in enumerate(within)}
    weight = " + ".join(f":w{i} * {each}" for i, each in enumerate(stands))
    sql = (
        f"{_TEXTS} SELECT question, max({weight}) AS weight FROM texts GROUP BY question "  # noqa: S608
        f"HAVING max({' OR '.join(stands)}) ORDER BY weight DESC, question LIMIT {MOST_CANDIDATES}"
    )
    ids = [question for question, _ in db.execute(sql, {**asked, **weights})]
    questions = reference.known(db, QUESTIONS, None, ids)
    texts = defaultdict(list)
    claimed = {"ids": rows.to_json(ids), "texts_each": TEXTS_EACH}
    for row in db.query(_CLAIMED, claimed):
        texts[row["question"]].append(row["text"])
    return [Candidate(questions[id_], tuple(texts[id_])) for id_ in ids]


def _sought(token: str) -> str:
    """Return what is looked for: SQLite folds the case of ASCII alone, and words begin with a capital."""
    return token if token.isascii() or len(token) == 1 else token[1:]
