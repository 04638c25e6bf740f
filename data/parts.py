"""A large ledger, part by part: each write settles its own questions, and each read solves its own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlite_utils import Database

from data import deliveries, digests, families, moves, sums
from data.drafts import News, Told
from data.neighbourhood import own_questions
from data.record import load_part
from data.rows import to_json

if TYPE_CHECKING:
    from models.scoring import Scores

# Sources, claims and questions up to which a write fits the whole ledger: about a second's work.
LARGEST_WHOLE = 2000
# The latest questions that are settled at once when a source changes; the rest waits for the refit.
SETTLED_QUESTIONS = 10
# Questions that one write settles at most; what more was touched is settled by the refit.
SETTLED_AT_MOST = 1000
# The latest questions that a source's own score reads again, for the names and faults in its reasons.
READ_QUESTIONS = 3

_NOUNS = ("sources", "claims", "questions")
# The plus keeps SQLite from reading all entries of these kinds, instead of those after one.
_SINCE = """
SELECT action, subject_kind, subject_id FROM audit
WHERE seq > ? AND +subject_kind IN ('source', 'scope', 'question', 'claim', 'correction') ORDER BY seq"""


def is_large(db: Database) -> bool:
    """Say whether the ledger is settled part by part. Once large, it stays so: nothing is deleted."""
    counted = (
        f"(SELECT count(*) FROM (SELECT 1 FROM {noun} LIMIT {LARGEST_WHOLE + 1}))"  # noqa: S608 - names, no input
        for noun in _NOUNS
    )
    return bool(db.execute(f"SELECT {' + '.join(counted)} > {LARGEST_WHOLE}").fetchone()[0])


def last_entry(db: Database) -> int:
    """Return the number of the last entry of the audit trail."""
    return int(db.execute("SELECT coalesce(max(seq), 0) FROM audit").fetchone()[0])


def entries_since(db: Database, entry: int) -> list[digests.Entry]:
    """Return what was recorded after an entry of the audit trail, oldest first."""
    return [tuple(row) for row in db.execute(_SINCE, [entry])]


def n_pending(db: Database) -> int:
    """Return how many writes the last fit of the whole ledger has not seen."""
    sql = (
        "SELECT count(*) FROM audit WHERE seq > coalesce("
        "(SELECT CASE generation WHEN 0 THEN audited ELSE refitted END FROM fits), 0) "
        "AND +subject_kind IN ('source', 'scope', 'question', 'claim', 'correction')"
    )
    return int(db.execute(sql).fetchone()[0])


def solved(db: Database, questions: Collection[str], sources: Collection[str] = ()) -> Scores:
    """Fit some questions, with what the rest of the ledger tells of their sources."""
    from models.scoring import Scores  # noqa: PLC0415 - scikit-learn takes a second to import

    record = load_part(db, questions, sources)
    return Scores(record, sums.elsewhere(db, record, sums.learned(db)))


def solved_for(db: Database, kind: str, subject_id: str) -> Scores:
    """Fit what one score of the present is read from."""
    from models.scoring import Scores  # noqa: PLC0415 - scikit-learn takes a second to import

    questions = own_questions(db, kind, subject_id, READ_QUESTIONS)
    known = sums.learned(db)
    kin = families.kin_of(db, [subject_id], known.generation) if kind == "source" else {}
    speakers = [subject_id] if kind == "source" else []
    # Its reasons name the nearest of its family.
    speakers += [found[0].source for found in kin.values()]
    record = load_part(db, questions, speakers)
    named = {subject_id} if kind == "source" else {c.source for c in record.claims if c.id == subject_id}
    reasons = {source: sums.reasons(db, source, questions, known) for source in named}
    return Scores(record, replace(sums.elsewhere(db, record, known), reasons=reasons))


def settle(
    db: Database,
    questions: Collection[str],
    sources: Collection[str] = (),
    *,
    news: Sequence[News] = (),
    entry: int | None = None,
) -> None:
    """Solve some questions anew and store what they tell, inside the caller's transaction.

    Parameters
    ----------
    news : sequence of News
        What was recorded since the last settlement; of what is on other questions nothing is told here.
    entry : int or None
        The last entry of the audit trail that is settled with them; None for the last there is.
    """
    if not questions and not sources:
        return
    scores = solved(db, questions, sources)
    generation = sums.learned(db).generation
    shares = scores.model.shares()
    sums.forget_questions(db, questions, generation)
    sums.write_questions(db, sums.question_rows(scores.model, shares, generation))
    sums.write_nodes(db, sums.node_rows(scores.model, shares, generation))
    moved = moves.keep(db, stored(scores))
    here = [each for each in news if each.question is None or each.question in questions]
    entry = last_entry(db) if entry is None else entry
    deliveries.tell(db, Told(scores.record), moved, here, entry=entry)


def forget_voided(db: Database, entries: Iterable[digests.Entry]) -> None:
    """Delete the scores of claims that were voided."""
    voided = [subject_id for action, _, subject_id in entries if action == "void"]
    db.execute(
        "DELETE FROM scores WHERE kind = 'claim' AND id IN (SELECT value FROM json_each(?))",
        [to_json(voided)],
    )


def touched(db: Database, entries: Iterable[digests.Entry]) -> tuple[set[str], set[str]]:
    """Return the questions and the sources that some writes are about.

    What a changed source said is settled on its latest questions, and what a changed scope
    moves nowhere: the refit does the rest, and what is read is always solved anew.
    """
    questions, sources, claims = set(), set(), set()
    for action, kind, subject_id in entries:
        if kind == "question":
            questions.add(subject_id)
        elif kind == "source":
            sources.add(subject_id)
            if action == "change":
                questions.update(own_questions(db, "source", subject_id, SETTLED_QUESTIONS))
        elif kind == "claim":
            claims.add(subject_id)
        elif kind == "correction":
            sql = "SELECT claim FROM corrections WHERE id = ?"
            claims.add(db.execute(sql, [subject_id]).fetchone()[0])
    of_claims = "SELECT DISTINCT question FROM claims WHERE id IN (SELECT value FROM json_each(?))"
    questions.update(question for (question,) in db.execute(of_claims, [to_json(sorted(claims))]))
    return questions, sources


def stored(scores: Scores) -> Iterator[moves.Figures]:
    """Give what lists filter and sort by; the scores themselves are made when they are read."""
    for kind, subject_id, score, low, high, detail in scores.figures():
        yield kind, subject_id, score, low, high, moves.cell(kind, detail), None
