"""The record: the ledger up to a moment, with its reference data."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import accumulate
from types import MappingProxyType

from sqlite_utils import Database

from data import reference, rows
from data.database import reading
from data.instant import from_text, until
from data.reference import QUESTIONS, SCOPES, SOURCES
from models.record import Claim, Correction, Question, Record, Resolution, Scope, Source

# Which claims, as a condition, stands in the braces.
_CLAIMS = """
SELECT * FROM claim_rows c
WHERE {chosen} AND stated_at <= :as_of AND recorded_at <= :known_at
AND NOT EXISTS (SELECT 1 FROM voids WHERE claim = c.id AND recorded_at <= :known_at)
ORDER BY stated_at, id"""
_ON_QUESTIONS = "question IN (SELECT value FROM json_each(:questions))"
_BY_ID = "id IN (SELECT value FROM json_each(:ids))"
_SAID_BY = """(source IN (SELECT value FROM json_each(:sources)) OR id IN (
    SELECT claim FROM claim_carriers WHERE source IN (SELECT value FROM json_each(:sources))))"""

_CORRECTIONS = """
SELECT * FROM correction_rows
WHERE stated_at <= :as_of AND recorded_at <= :known_at
AND claim NOT IN (SELECT claim FROM voids WHERE recorded_at <= :known_at)
AND claim IN (SELECT id FROM claims WHERE stated_at <= :as_of)
ORDER BY stated_at, claim, id"""

# In the order of writing: what is read last of a question is in force.
_RESOLUTIONS = """
SELECT * FROM resolutions
WHERE resolved_at <= :as_of AND recorded_at <= :known_at
ORDER BY question, seq"""


def load(db: Database, as_of: datetime | None = None, known_at: datetime | None = None) -> Record:
    """Read everything that a fit looks at, as one state of the ledger.

    Parameters
    ----------
    as_of : datetime or None
        Keep only what had been said by then: claims, corrections and resolutions.
    known_at : datetime or None
        Keep only what had been recorded here by then, reference data and voids included.
        Without it, reference data is today's.

    Returns
    -------
    Record
        Claims by (stated_at, id), corrections by (stated_at, claim, id), mappings by id. Claims
        that were voided are left out, and their corrections with them.
    """
    moment = _moment(as_of, known_at)
    with reading(db):
        return Record(
            sources=reference.known(db, SOURCES, known_at),
            scopes=reference.known(db, SCOPES, known_at),
            questions=reference.known(db, QUESTIONS, known_at),
            claims=rows.events(db, Claim, _CLAIMS.format(chosen="TRUE"), moment),
            corrections=rows.events(db, Correction, _CORRECTIONS, moment),
            resolutions=_in_force(rows.events(db, Resolution, _RESOLUTIONS, moment)),
        )


_CORRECTIONS_OF = """
SELECT * FROM correction_rows
WHERE claim IN (SELECT value FROM json_each(:claims))
AND stated_at <= :as_of AND recorded_at <= :known_at
ORDER BY stated_at, claim, id"""

_RESOLUTIONS_OF = """
SELECT * FROM resolutions
WHERE question IN (SELECT value FROM json_each(:questions))
AND resolved_at <= :as_of AND recorded_at <= :known_at
ORDER BY question, seq"""


def load_part(
    db: Database,
    question_ids: Collection[str],
    source_ids: Collection[str] = (),
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> Record:
    """Read what a fit of some questions looks at, in time that does not grow with the ledger.

    Returns
    -------
    Record
        As of `load`, with these questions alone, and with the sources that are named there, those
        of `source_ids`, and the bodies of all of them.
    """
    moment = _moment(as_of, known_at, questions=sorted(question_ids))
    with reading(db):
        questions = reference.known(db, QUESTIONS, known_at, question_ids)
        resolutions = _in_force(rows.events(db, Resolution, _RESOLUTIONS_OF, moment))
        record = Record(
            questions=questions,
            claims=rows.events(db, Claim, _CLAIMS.format(chosen=_ON_QUESTIONS), moment),
            resolutions=resolutions,
        )
        named = {*source_ids, *_staked(questions), *(each.by for each in resolutions.values())}
        return _around(db, record, as_of, known_at, named)


def said_by(
    db: Database,
    source_ids: Collection[str],
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> Record:
    """Read what some sources have said or carried, with its questions and these sources; see `load`."""
    moment = _moment(as_of, known_at, sources=sorted(source_ids))
    with reading(db):
        claims = rows.events(db, Claim, _CLAIMS.format(chosen=_SAID_BY), moment)
        return Record(
            sources=with_bodies(db, source_ids, known_at),
            questions=reference.known(db, QUESTIONS, known_at, {claim.question for claim in claims}),
            claims=claims,
        )


def load_claims(
    db: Database,
    claim_ids: Collection[str],
    source_ids: Collection[str] = (),
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> Record:
    """Read some claims with their corrections, some sources, and all that both name; see `load`."""
    moment = _moment(as_of, known_at, ids=sorted(claim_ids))
    with reading(db):
        claims = rows.events(db, Claim, _CLAIMS.format(chosen=_BY_ID), moment)
        questions = reference.known(db, QUESTIONS, known_at, {claim.question for claim in claims})
        record = Record(questions=questions, claims=claims)
        return _around(db, record, as_of, known_at, {*source_ids, *_staked(questions)})


def load_around(
    db: Database,
    claims: Collection[Claim],
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> Record:
    """Read what some claims name, and the corrections of them; see `load` for the two clocks.

    Returns
    -------
    Record
        These claims with their questions and corrections, the sources that are named there with their
        bodies, and the scopes; without resolutions, so that nothing is to be fitted to it.
    """
    with reading(db):
        questions = reference.known(db, QUESTIONS, known_at, {claim.question for claim in claims})
        return _around(db, Record(questions=questions, claims=tuple(claims)), as_of, known_at)


def _around(
    db: Database,
    record: Record,
    as_of: datetime | None,
    known_at: datetime | None,
    named: Collection[str] = (),
) -> Record:
    """Return a record with the corrections of its claims, the sources of both, and all scopes on the way."""
    moment = _moment(as_of, known_at, claims=[claim.id for claim in record.claims])
    corrections = rows.events(db, Correction, _CORRECTIONS_OF, moment)
    named = {
        *named,
        *(source for claim in record.claims for source in (claim.source, *claim.via, *claim.cites)),
        *(source for correction in corrections for source in (correction.by, *correction.via)),
    }
    record = replace(record, corrections=corrections, sources=with_bodies(db, named, known_at))
    return replace(record, scopes=_scopes(db, record, known_at))


def _scopes(db: Database, record: Record, known_at: datetime | None) -> dict[str, Scope]:
    """Return the scopes on the way to all that some events and the mandates of their sources name."""
    paths = {
        *(question.scope for question in record.questions.values()),
        *(claim.scope for claim in record.claims),
        *(correction.scope for correction in record.corrections if correction.scope is not None),
        *(mandate.scope for source in record.sources.values() for mandate in source.mandates),
    }
    above = {prefix for path in paths for prefix in accumulate(path.split("/"), "{}/{}".format)}
    return reference.known(db, SCOPES, known_at, above)


def _moment(as_of: datetime | None, known_at: datetime | None, **ids: Sequence[str]) -> dict[str, str]:
    """Return the values of a query: how far it looks on either clock, and the ids that it asks about."""
    asked = {name: rows.to_json(some) for name, some in ids.items()}
    return {"as_of": until(as_of), "known_at": until(known_at), **asked}


def _in_force(resolutions: Iterable[Resolution]) -> dict[str, Resolution]:
    """Return by question the last of its resolutions."""
    return {resolution.question: resolution for resolution in resolutions}


def _staked(questions: Mapping[str, Question]) -> list[str]:
    return [stake.source for question in questions.values() for stake in question.stakes]


def with_bodies(
    db: Database,
    named: Collection[str],
    known_at: datetime | None = None,
    at_hand: Mapping[str, Source] = MappingProxyType({}),
) -> dict[str, Source]:
    """Return the sources that are named and the bodies that they are members of, by id.

    Parameters
    ----------
    at_hand : mapping of str to Source
        What was read already, with all bodies: it is returned too.
    """
    sources = dict(at_hand)
    while missing := set(named) - sources.keys():
        read = reference.known(db, SOURCES, known_at, missing)
        sources |= read
        named = {source.member_of for source in read.values() if source.member_of}
    return dict(sorted(sources.items()))


def questions_of(db: Database, claims: Collection[str]) -> set[str]:
    """Return the questions that some claims are about."""
    sql = "SELECT DISTINCT question FROM claims WHERE id IN (SELECT value FROM json_each(?))"
    return {question for (question,) in db.execute(sql, [rows.to_json(sorted(claims))])}


def first_resolved(db: Database, question_ids: Collection[str]) -> dict[str, datetime]:
    """Return when each of some questions was resolved first, by whatever resolution, in force or not."""
    sql = (
        "SELECT question, min(resolved_at) FROM resolutions "
        "WHERE question IN (SELECT value FROM json_each(?)) GROUP BY question"
    )
    found = db.execute(sql, [rows.to_json(sorted(question_ids))])
    return {question: from_text(at) for question, at in found}
