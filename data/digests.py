"""The digest of what a fit looks at: the same whatever order things arrived in, and kept up with each write.

It is the sum, modulo 2^256, of the SHA-256 of each source, scope and question as it is now, and of each
claim, correction and resolution, without when it was recorded.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

from data import rows
from models.record import Claim, Correction, Record, Resolution, Scope, Source

MODULUS = 2**256


def of_record(record: Record) -> str:
    """Return the digest of all that a fit of a record looks at."""
    reference = of_reference(record.sources.values(), record.scopes.values())
    return text(reference + sum(by_question(record).values()))


def text(total: int) -> str:
    """Write a sum of digests."""
    return f"sha256:{total % MODULUS:064x}"


def of_reference(sources: Iterable[Source], scopes: Iterable[Scope]) -> int:
    """Return the sum of the digests of some sources and scopes."""
    return sum(_of("source", rows.source_document(source)) for source in sources) + sum(
        _of("scope", vars(scope)) for scope in scopes
    )


def of_questions(record: Record) -> dict[str, int]:
    """Return the digest of each question of a record by itself."""
    return {
        id_: _of("question", rows.question_document(question)) for id_, question in record.questions.items()
    }


def by_question(record: Record) -> dict[str, int]:
    """Return for each question of a record the sum of the digests of it and of all that is said on it."""
    found = of_questions(record)
    question_of = {claim.id: claim.question for claim in record.claims}
    for claim in record.claims:
        found[claim.question] += _said(claim)
    for correction in record.corrections:
        found[question_of[correction.claim]] += _said(correction)
    for resolution in record.resolutions.values():
        found[resolution.question] += _said(resolution)
    return found


def _said(event: Claim | Correction | Resolution) -> int:
    links = {name: getattr(event, name, ()) for name in ("via", "cites")}
    return _of(type(event).__name__.lower(), {**rows.event_row(event), **links, "recorded_at": None})


def _of(noun: str, document: dict[str, Any]) -> int:
    return int.from_bytes(hashlib.sha256(f"{noun} {rows.to_json(document)}".encode()).digest())
