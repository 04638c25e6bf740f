"""Which questions bear on a subject of a large ledger, as of a moment.

A pure function of the ledger as it was then, of a bounded size: the subject's own questions,
then for everyone heard there the latest questions on which it had spoken elsewhere, so that each
is known by a piece of its record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlite_utils import Database

from data.instant import to_text
from data.rows import to_json

# Claims that a fit for a moment looks at, about: a fit of as many takes a third of a second. With half as
# many, credences lay 0.04 from those of the whole ledger on average, with these 0.03, half more did little.
LARGEST_NEIGHBOURHOOD = 800
# The latest questions by which a source itself is judged; with ten claims each, half of the above.
OWN_QUESTIONS = 40
# The latest questions elsewhere by which each source that is heard there is judged.
QUESTIONS_ELSEWHERE = 8
# The latest questions whose events a source's history on a large ledger tells.
HISTORY_QUESTIONS = 200

_FOREVER = "~"
_ON = "question IN (SELECT value FROM json_each(:questions))"
_SAID = """stated_at <= :as_of AND recorded_at <= :known_at
AND NOT EXISTS (SELECT 1 FROM voids WHERE claim = claims.id AND recorded_at <= :known_at)"""
# With a slash behind both, a path lies inside another where it begins with it.
_INSIDE = """(instr(claims.scope || '/', :scope || '/') = 1
OR instr((SELECT scope FROM questions WHERE id = question) || '/', :scope || '/') = 1)"""


def own_questions(
    db: Database,
    kind: str,
    subject_id: str,
    n_questions: int = OWN_QUESTIONS,
    *,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    scope: str | None = None,
) -> list[str]:
    """Return the question of a claim, a question itself, or the latest on which a source had spoken.

    With a scope, only those on which the source had spoken inside it.
    """
    if kind == "question":
        return [subject_id]
    if kind == "claim":
        found = db.execute("SELECT question FROM claims WHERE id = ?", [subject_id]).fetchone()
        return [found[0]] if found else []
    return _spoken_on(db, subject_id, n_questions, _moment(as_of, known_at), scope)


def neighbourhood(
    db: Database,
    kind: str,
    subject_id: str,
    as_of: datetime | None,
    known_at: datetime | None,
    *,
    scope: str | None = None,
) -> list[str]:
    """Return the ids of the questions that bear on a subject at a moment.

    Where no more than `LARGEST_NEIGHBOURHOOD` claims had been made by then, all on which there
    was one. With a scope, a source's own are those inside it.
    """
    moment = _moment(as_of, known_at)
    own = own_questions(db, kind, subject_id, as_of=as_of, known_at=known_at, scope=scope)
    everything = f"SELECT question FROM claims WHERE {_SAID} LIMIT {LARGEST_NEIGHBOURHOOD + 1}"  # noqa: S608
    said = [question for (question,) in db.execute(everything, moment)]
    if len(said) <= LARGEST_NEIGHBOURHOOD:
        return sorted({*own, *said})
    speakers = [subject_id] if kind == "source" else []
    speakers += [source for source in _speakers(db, own, moment) if source != subject_id]
    found = dict.fromkeys(own)
    left = LARGEST_NEIGHBOURHOOD - _n_claims(db, own, moment)
    elsewhere = [_spoken_on(db, source, QUESTIONS_ELSEWHERE + len(own), moment) for source in speakers]
    elsewhere = [[q for q in questions if q not in found][:QUESTIONS_ELSEWHERE] for questions in elsewhere]
    # The latest of everyone before the second latest of anyone.
    for rank in range(QUESTIONS_ELSEWHERE):
        for questions in elsewhere:
            if len(questions) > rank and questions[rank] not in found:
                left -= _n_claims(db, [questions[rank]], moment)
                if left < 0:
                    return sorted(found)
                found[questions[rank]] = None
    return sorted(found)


def _moment(as_of: datetime | None, known_at: datetime | None) -> dict[str, str]:
    return {
        "as_of": _FOREVER if as_of is None else to_text(as_of),
        "known_at": _FOREVER if known_at is None else to_text(known_at),
    }


def _spoken_on(
    db: Database, source: str, n_questions: int, moment: dict[str, str], scope: str | None = None
) -> list[str]:
    """Return the latest questions on which a source had spoken (inside a scope), the latest first."""
    where = f"source = :source AND {_SAID}" + ("" if scope is None else f" AND {_INSIDE}")
    sql = f"SELECT question FROM claims WHERE {where} ORDER BY stated_at DESC, id DESC"  # noqa: S608
    found: dict[str, None] = {}
    for (question,) in db.execute(sql, {**moment, "source": source, "scope": scope}):
        found[question] = None
        if len(found) == n_questions:
            break
    return list(found)


def _speakers(db: Database, questions: Iterable[str], moment: dict[str, str]) -> list[str]:
    sql = f"SELECT DISTINCT source FROM claims WHERE {_ON} AND {_SAID} ORDER BY source"  # noqa: S608
    return [source for (source,) in db.execute(sql, {**moment, "questions": to_json(list(questions))})]


def _n_claims(db: Database, questions: Collection[str], moment: dict[str, str]) -> int:
    sql = f"SELECT count(*) FROM claims WHERE {_ON} AND {_SAID}"  # noqa: S608
    return int(db.execute(sql, {**moment, "questions": to_json(list(questions))}).fetchone()[0])
