"""The moments at which a subject's score can have moved."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from data.instant import to_wire
from models.proximity import body_of
from models.record import Claim, Correction, Record


@dataclass(frozen=True)
class Moment:
    """An instant and the events of it, each as ``{"type", "id", "at", …}``."""

    at: datetime
    events: tuple[dict[str, Any], ...]


def moments_of(record: Record, kind: str, subject_id: str) -> list[Moment]:
    """Return when something was said that bears on a subject, oldest first.

    That is every event on the subject's own questions, and on those that anyone of a body
    which spoke or carried there has spoken on too: the record of such a body is shared. The
    first is the claim's own, or the first on a question of the subject's own; what names the
    subject stands first among the events of a moment. A correction counts once its claim has
    been made.
    """
    claims = {claim.id: claim for claim in record.claims}
    own = _own_questions(record, kind, subject_id)
    questions = _bearing(record, own)
    events: dict[datetime, list[dict[str, Any]]] = defaultdict(list)
    for claim in record.claims:
        if claim.question in questions:
            events[claim.stated_at].append(_claim_event(claim))
    for correction in record.corrections:
        claim = claims[correction.claim]
        if claim.question in questions:
            events[max(correction.stated_at, claim.stated_at)].append(_correction_event(correction, claim))
    for question, resolution in record.resolutions.items():
        if question in questions:
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


def _own_questions(record: Record, kind: str, subject_id: str) -> set[str]:
    if kind == "question":
        return {subject_id}
    if kind == "claim":
        return {claim.question for claim in record.claims if claim.id == subject_id}
    body = body_of(subject_id, record)
    return {
        claim.question
        for claim in record.claims
        if any(body_of(source, record) == body for source in (claim.source, *claim.via))
    }


def _bearing(record: Record, questions: set[str]) -> set[str]:
    body = {source: body_of(source, record) for source in record.sources}
    heard = {
        body[source]
        for claim in record.claims
        if claim.question in questions
        for source in (claim.source, *claim.via)
    }
    return questions | {
        claim.question
        for claim in record.claims
        if any(body[source] in heard for source in (claim.source, *claim.via))
    }


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
