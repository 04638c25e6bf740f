"""The moments at which a subject's score can have moved."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from data.instant import to_wire
from models.record import Claim, Correction, Record


@dataclass(frozen=True)
class Moment:
    """An instant and the events of it, each as ``{"type", "id", "at", …}``."""

    at: datetime
    events: tuple[dict[str, Any], ...]


def moments_of(record: Record, kind: str, subject_id: str) -> list[Moment]:
    """Return when something was said that bears on a subject, oldest first.

    On a question bear its claims, their corrections and its resolution; on a claim the same,
    from the claim on; on a source all this on the questions that it, or a body that it
    speaks for, made claims about or carried claims about.
    """
    claims = {claim.id: claim for claim in record.claims}
    questions = _questions(record, kind, subject_id)
    since = claims[subject_id].stated_at if kind == "claim" else None
    events: dict[datetime, list[dict[str, Any]]] = defaultdict(list)
    for claim in record.claims:
        if claim.question in questions:
            events[claim.stated_at].append(_claim_event(claim))
    for correction in record.corrections:
        if claims[correction.claim].question in questions:
            events[correction.stated_at].append(_correction_event(correction))
    for question, resolution in record.resolutions.items():
        if question in questions:
            moment = resolution.resolved_at
            events[moment].append({"type": "resolution", "id": question, "at": to_wire(moment)})
    return [
        Moment(moment, tuple(sorted(found, key=lambda event: not _concerns(event, subject_id))))
        for moment, found in sorted(events.items())
        if since is None or moment >= since
    ]


def _questions(record: Record, kind: str, subject_id: str) -> set[str]:
    if kind == "question":
        return {subject_id}
    if kind == "claim":
        return {claim.question for claim in record.claims if claim.id == subject_id}
    speakers = {subject_id}
    body = record.sources[subject_id].member_of
    while body is not None and body not in speakers:
        speakers.add(body)
        body = record.sources[body].member_of
    return {claim.question for claim in record.claims if speakers & {claim.source, *claim.via}}


def _claim_event(claim: Claim) -> dict[str, Any]:
    return {"type": "claim", "id": claim.id, "at": to_wire(claim.stated_at), "source": claim.source}


def _correction_event(correction: Correction) -> dict[str, Any]:
    return {
        "type": "correction",
        "id": correction.id,
        "at": to_wire(correction.stated_at),
        "kind": correction.kind.value,
        "claim": correction.claim,
        "by": correction.by,
    }


def _concerns(event: dict[str, Any], subject_id: str) -> bool:
    return subject_id in (event["id"], event.get("claim"), event.get("source"), event.get("by"))
