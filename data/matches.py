"""The questions that a text may speak about, looked up among those of the ledger.

One pass over the texts of questions and claims, which are nowhere indexed: so nothing has to be kept in
step, any language is served, and the time grows with the ledger. `models.matching` then compares the
few that share the rarest tokens.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from sqlite_utils import Database

from data import reference, rows
from data.database import reading
from data.errors import UnmatchedError
from data.reference import QUESTIONS
from models.matching import Candidate, Match, Matching, matched, tokens_of
from models.record import Claim

# Questions that are compared in full: some fifty milliseconds' work.
MOST_CANDIDATES = 50
# The latest claims by which each of them is known: what they say repeats itself.
TEXTS_EACH = 20

_TEXTS = """
WITH asked AS (
    SELECT id, search FROM questions WHERE :scope IS NULL
    OR instr(scope || '/', :scope || '/') = 1 OR instr(:scope || '/', scope || '/') = 1
)
SELECT id, search FROM asked UNION ALL
SELECT question, text FROM claims
WHERE text IS NOT NULL AND (:scope IS NULL OR question IN (SELECT id FROM asked))
AND id NOT IN (SELECT claim FROM voids)"""

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


def with_question(db: Database, claim: Claim) -> tuple[Claim, Match | None]:
    """Return a claim with its question, and the match by which it was found where it named none.

    The write checks again that the question is there and has the answer.

    Raises
    ------
    UnmatchedError
        When its text is surely about none.
    """
    if claim.question:
        return claim, None
    found = match(db, claim.text or "", scope=claim.scope or None)
    if found.best is None:
        raise UnmatchedError(found)
    return replace(claim, question=found.best.question.id), found.best


def _candidates(db: Database, tokens: Sequence[str], scope: str | None) -> list[Candidate]:
    if not tokens:
        return []
    n, found = 0, []
    for question, text in db.execute(_TEXTS, {"scope": scope}):
        n += 1
        folded = text.casefold()
        if held := [token for token in tokens if token in folded]:
            found.append((question, held))
    within = Counter(token for _, held in found for token in held)
    reached: dict[str, float] = defaultdict(float)
    for question, held in found:
        weight = sum(math.log((n + 1) / within[token]) for token in held)
        reached[question] = max(reached[question], weight)
    ids = sorted(reached, key=lambda question: (-reached[question], question))[:MOST_CANDIDATES]
    questions = reference.known(db, QUESTIONS, None, ids)
    texts = defaultdict(list)
    claimed = {"ids": rows.to_json(ids), "texts_each": TEXTS_EACH}
    for row in db.query(_CLAIMED, claimed):
        texts[row["question"]].append(row["text"])
    return [Candidate(questions[id_], tuple(texts[id_])) for id_ in ids]
