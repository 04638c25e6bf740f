"""The moments at which a subject's score can have moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from data import record as records
from data.instant import to_wire
from data.rows import to_json
from data.sources import members
from models.proximity import body_of
from models.record import Claim, Correction, Record

# Questions whose events one history tells, at most: the latest.
MOST_QUESTIONS = 200


@dataclass(frozen=True)
class Moment:
    """An instant and the events of it, each as ``{"type", "id", "at", …}``."""

    at: datetime
    events: tuple[dict[str, Any], ...]


def moments_of(db: Database, kind: str, subject_id: str, *, until: datetime | None = None) -> list[Moment]:
    """Return when something was said that bears on a subject, oldest first, inside the caller's transaction.

    That is every event on the subject's own questions, and on those that anyone of a body
    which spoke or carried there has spoken on too: the record of such a body is shared. The
    first is the claim's own, or the first on a question of the subject's own; what names the
    subject stands first among the events of a moment. A correction counts once its claim has
    been made. Of many questions the latest are looked at, the subject's own first.

    Parameters
    ----------
    until : datetime or None
        The last moment that is looked at.
    """
    own = own_questions(db, kind, subject_id)
    record = records.load_part(db, own, as_of=until)
    heard = {source for claim in record.claims for source in (claim.source, *claim.via)}
    bodies = {body_of(source, record) for source in heard}
    bearing = [id_ for id_ in _spoken_on(db, members(db, bodies)) if id_ not in own]
    record = records.load_part(db, [*own, *bearing][:MOST_QUESTIONS], as_of=until)
    return _moments(record, kind, subject_id, set(own))


def own_questions(db: Database, kind: str, subject_id: str) -> list[str]:
    """Return the question of a claim, a question itself, or the latest on which a source's body was heard."""
    if kind == "question":
        return [subject_id]
    if kind == "claim":
        return sorted(records.questions_of(db, [subject_id]))
    body = records.with_bodies(db, [subject_id])
    outermost = {id_ for id_, source in body.items() if source.member_of not in body}
    return _spoken_on(db, members(db, outermost))


def _spoken_on(db: Database, sources: Collection[str]) -> list[str]:
    sql = """
        SELECT question FROM (
            SELECT question, stated_at FROM claims WHERE source IN (SELECT value FROM json_each(:sources))
            UNION ALL SELECT question, stated_at FROM claim_carriers JOIN claims ON id = claim
                WHERE claim_carriers.source IN (SELECT value FROM json_each(:sources))
        ) GROUP BY question ORDER BY max(stated_at) DESC, question LIMIT :n"""
    asked = {"sources": to_json(sorted(sources)), "n": MOST_QUESTIONS}
    return [question for (question,) in db.execute(sql, asked)]


def _moments(record: Record, kind: str, subject_id: str, own: set[str]) -> list[Moment]:
    claims = {claim.id: claim for claim in record.claims}
    events: dict[datetime, list[dict[str, Any]]] = defaultdict(list)
    for claim in record.claims:
        events[claim.stated_at].append(_claim_event(claim))
    for correction in record.corrections:
        claim = claims[correction.claim]
        events[max(correction.stated_at, claim.stated_at)].append(_correction_event(correction, claim))
    for question, resolution in record.resolutions.items():
        moment = resolution.resolved_at
        event = {"type": "resolution", "id": question, "at": to_wire(moment), "question": question}
        events[moment].append(event)
    begun = [moment for moment, found in events.items() if any(event["question"] in own for event in found)]
    since = claims[subject_id].stated_at if kind == "claim" else min(begun, default=None)
    return [
        Moment(moment, tuple(sorted(found, key=lambda event: _distance(event, subject_id, own))))
        for moment, found in sorted(events.items())
        if since is not None and moment >= since
    ]


def _claim_event(claim: Claim) -> dict[str, Any]:
    return {
        "type": "claim",
        "id": claim.id,
        "at": to_wire(claim.stated_at),
        "question": claim.question,
        "source": claim.source,
    }


def _correction_event(correction: Correction, claim: Claim) -> dict[str, Any]:
    return {
        "type": "correction",
        "id": correction.id,
        "at": to_wire(correction.stated_at),
        "question": claim.question,
        "kind": correction.kind.value,
        "claim": correction.claim,
        "by": correction.by,
    }


def _distance(event: dict[str, Any], subject_id: str, own: set[str]) -> int:
    """Put what names the subject first, then what is about its own questions."""
    named = subject_id in (event["id"], event.get("claim"), event.get("source"), event.get("by"))
    return 0 if named else 1 if event["question"] in own else 2
