"""Answers as JSON-LD: claims, reviews and questions in schema.org's words, their provenance in PROV's.

The context stands in each document, so that nothing is fetched to read it. Ids are addresses of this
service, relative to its root. `script_text` may stand in a ``<script type="application/ld+json">``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from data.instant import to_wire
from data.provenance import Provenance
from models.record import Claim, Correction, Question, Source, SourceKind
from models.standing import Standing

Node = dict[str, Any]

CONTEXT: Node = {
    "@vocab": "https://schema.org/",
    "prov": "http://www.w3.org/ns/prov#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "url": {"@type": "@id"},
    "datePublished": {"@type": "DateTime"},
    "sdDatePublished": {"@type": "DateTime"},
    "prov:generatedAtTime": {"@type": "xsd:dateTime"},
    "prov:invalidatedAtTime": {"@type": "xsd:dateTime"},
    "prov:endedAtTime": {"@type": "xsd:dateTime"},
}
# What cannot be told for certain, such as who is behind an account, is some agent.
TYPES = {
    SourceKind.PERSON: ["Person", "prov:Person"],
    SourceKind.ORGANISATION: ["Organization", "prov:Organization"],
    SourceKind.OUTLET: ["NewsMediaOrganization", "prov:Organization"],
    SourceKind.UNNAMED: ["Thing", "prov:Agent"],
    SourceKind.ACCOUNT: ["Thing", "prov:Agent"],
}


def script_text(document: Node) -> Markup:
    """Write a document as JSON that no page takes for the end of its script."""
    written = json.dumps({"@context": CONTEXT, **document}, ensure_ascii=False)
    escapes = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&'\u2028\u2029"}
    return Markup(written.translate(escapes))  # noqa: S704 - every sign of markup is escaped


def source_document(source: Source) -> Node:
    """Return a source as a person, an organisation, or an agent of another sort."""
    body = [] if source.member_of is None else [{"@id": source_at(source.member_of)}]
    return known(
        {
            **_named(source),
            "identifier": source.id,
            "alternateName": [*source.aliases],
            "description": source.description,
            "memberOf": body,
            "prov:actedOnBehalfOf": body,
            "knowsAbout": [_scope(mandate.scope) for mandate in source.mandates],
        }
    )


def question_document(question: Question) -> Node:
    """Return a question with the answers that it has."""
    return known(
        {
            **_asked(question),
            "identifier": question.id,
            "about": [_scope(question.scope)],
            "suggestedAnswer": [{"@type": "Answer", "text": answer} for answer in question.answers],
        }
    )


def claim_document(claim: Claim, provenance: Provenance) -> Node:
    """Return a claim, as it was first said, with its relays, its citations and its corrections."""
    source = provenance.record.sources[claim.source]
    corrections = correction_documents(provenance.standings[claim.id], provenance)
    ending = [each for each in corrections if "prov:invalidated" in each]
    ended: Node = {}
    if not provenance.standings[claim.id][-1].is_standing:
        ended = {
            "prov:wasInvalidatedBy": {"@id": ending[-1]["@id"]},
            "prov:invalidatedAtTime": ending[-1]["prov:endedAtTime"],
        }
    return known(
        {
            "@id": claim_at(claim.id),
            "@type": ["Claim", "prov:Entity"],
            "identifier": claim.id,
            "name": f"{source.name}: {claim.answer}",
            "text": claim.text,
            "about": [_asked(provenance.record.questions[claim.question]), _scope(claim.scope)],
            "author": _named(source),
            "prov:wasAttributedTo": {"@id": source_at(source.id)},
            "prov:generatedAtTime": to_wire(claim.stated_at) if claim.stated_precision != "day" else None,
            "datePublished": _day_or_instant(claim),
            "sdDatePublished": None if claim.recorded_at is None else to_wire(claim.recorded_at),
            **_appearance(claim, provenance),
            "prov:hadPrimarySource": [
                {"@type": "prov:Entity", "prov:wasAttributedTo": _named(provenance.record.sources[cited])}
                for cited in claim.cites
            ],
            "correction": corrections,
            **ended,
        }
    )


def known(node: Node) -> Node:
    """Leave out what is not known: in JSON-LD nothing is said by null."""
    return {name: value for name, value in node.items() if value not in (None, [])}


def claim_at(claim_id: str) -> str:
    """Return the address of a claim."""
    return f"/v1/claims/{claim_id}"


def source_at(source_id: str) -> str:
    """Return the address of a source."""
    return f"/v1/sources/{source_id}"


def correction_at(correction: Correction) -> str:
    """Return the address of a correction."""
    return f"{claim_at(correction.claim)}/corrections#{correction.id}"


def _named(source: Source) -> Node:
    return {"@id": source_at(source.id), "@type": TYPES[source.kind], "name": source.name}


def _scope(path: str) -> Node:
    return {"@id": f"/v1/scopes/{path}", "@type": "Thing", "name": path}


def _asked(question: Question) -> Node:
    return {"@id": f"/v1/questions/{question.id}", "@type": "Question", "name": question.text}


def _day_or_instant(event: Claim | Correction) -> Any:
    """Return when it was said; of a day alone no hour is known."""
    if event.stated_precision == "day":
        return {"@type": "Date", "@value": event.stated_at.date().isoformat()}
    return to_wire(event.stated_at)


def _appearance(claim: Claim, provenance: Provenance) -> Node:
    """Return where a claim was read: each carrier's work was quoted from that of the one before."""
    if not claim.via:
        work = {"@type": "CreativeWork", "url": claim.url}
        return {} if claim.url is None else {"appearance": work}
    quoted: Node = {}
    for position, carrier in enumerate(claim.via, start=1):
        quoted = {
            "@id": f"{claim_at(claim.id)}#carried-{position}",
            "@type": ["CreativeWork", "prov:Entity"],
            "publisher": _named(provenance.record.sources[carrier]),
            "prov:wasAttributedTo": {"@id": source_at(carrier)},
            **({"prov:wasQuotedFrom": quoted} if quoted else {}),
        }
    if claim.url is not None:
        quoted["url"] = claim.url
    return {
        "firstAppearance": {"@id": f"{claim_at(claim.id)}#carried-1"},
        "appearance": {"@id": quoted["@id"]},
        "prov:wasQuotedFrom": quoted,
    }


def correction_documents(standings: Sequence[Standing], provenance: Provenance) -> list[Node]:
    """Return a claim's corrections, each with the revision that it made, or what it ended."""
    present = claim_at(standings[0].claim.id)
    documents = []
    for before, after in pairwise(standings):
        correction = after.consequences[-1].correction
        by = provenance.record.sources[correction.by]
        document: Node = {
            "@id": correction_at(correction),
            "@type": ["CorrectionComment", "prov:Activity"],
            "name": correction.kind.value,
            "text": correction.text,
            "url": correction.url,
            "about": {"@id": claim_at(correction.claim)},
            "author": _named(by),
            "publisher": [_named(provenance.record.sources[carrier]) for carrier in correction.via],
            "prov:wasAssociatedWith": {"@id": source_at(by.id)},
            "datePublished": _day_or_instant(correction),
            "prov:endedAtTime": to_wire(correction.stated_at),
        }
        if before.is_standing and not after.is_standing:
            document["prov:invalidated"] = {"@id": present}
        elif (before.answer, before.scope) != (after.answer, after.scope):
            author = provenance.record.sources[after.claim.source]
            document["prov:generated"] = {
                "@id": f"{claim_at(correction.claim)}#{correction.id}",
                "@type": ["Claim", "prov:Entity"],
                "name": f"{author.name}: {after.answer}",
                "about": [{"@id": f"/v1/questions/{after.claim.question}"}, _scope(after.scope)],
                "prov:wasAttributedTo": {"@id": source_at(author.id)},
                "prov:wasRevisionOf": {"@id": present},
            }
            present = document["prov:generated"]["@id"]
        documents.append(known(document))
    return documents
