"""Which forms each answer comes in besides JSON: the one table from a resource to its representations.

A form takes what the view answers: a value, the page of a list, or the document of a score.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from api.ledger import ledger
from api.representations import comma_separated, linked_data, reviews, stix
from api.representations.linked_data import Node, question_document, script_text, source_document
from api.representations.negotiation import CSV, LINKED_DATA, STIX, Form, Medium
from data import claims, questions, sources
from data.audit import changed_at, ledger_identity
from data.errors import UnknownIdError
from data.instant import from_text
from data.provenance import Provenance, load
from models.record import Claim

Page = Mapping[str, Sequence[Any]]
Forms = Mapping[Medium, Form]
CLOCKS = ("as_of", "known_at")


def claim_alone(claim: Claim) -> str:
    """Write a claim as JSON-LD."""
    return script_text(linked_data.claim_document(claim, _provenance([claim])))


def claim_graph(page: Page) -> str:
    """Write a page of claims as JSON-LD."""
    found = [claim for claim, _ in page["items"]]
    provenance = _provenance(found)
    return _graph(linked_data.claim_document(claim, provenance) for claim in found)


def correction_graph(page: Page) -> str:
    """Write a page of corrections as JSON-LD."""
    found = claims.several(ledger(), {correction.claim for correction in page["items"]})
    provenance = _provenance(found)
    documents = {
        document["@id"]: document
        for claim in found
        for document in linked_data.correction_documents(provenance.standings[claim.id], provenance)
    }
    addresses = (linked_data.correction_at(correction) for correction in page["items"])
    # One whose claim was voided in between is no correction any more.
    return _graph(documents[address] for address in addresses if address in documents)


def claim_review(score: Node) -> str:
    """Write a claim's score, as it is answered in JSON, as JSON-LD."""
    claim = _scored(score)
    changed = changed_at(ledger())
    return script_text(reviews.claim_review(score, claim, _provenance([claim], score), changed))


def source_review(score: Node) -> str:
    """Write a source's score, as it is answered in JSON, as JSON-LD."""
    source = sources.get(ledger(), score["subject"]["id"])
    return script_text(reviews.source_review(score, source, changed_at(ledger())))


def question_review(score: Node) -> str:
    """Write a question's score, as it is answered in JSON, as JSON-LD."""
    question = questions.get(ledger(), score["subject"]["id"])
    return script_text(reviews.question_review(score, question, changed_at(ledger())))


def claim_bundle(page: Page) -> str:
    """Write a page of claims as a STIX bundle: their reports, and the identities that these name."""
    found = [claim for claim, _ in page["items"]]
    writer = _writer()
    return writer.bundle(writer.said(found, _provenance(found)))


def source_bundle(page: Page) -> str:
    """Write a page of sources as a STIX bundle of identities."""
    found = [source for source, _ in page["items"]]
    writer, provenance = _writer(), _provenance(source_ids=[each.id for each in found])
    return writer.bundle(writer.identity(each, provenance) for each in found)


def claim_opinion(score: Node) -> str:
    """Write a claim's score as a STIX bundle: our opinion on its report, and all that these name."""
    claim = _scored(score)
    provenance, writer = _provenance([claim], score), _writer()
    said = writer.said([claim], provenance)
    return writer.bundle([writer.service(), *said, writer.opinion(score, claim, provenance)])


def source_opinion(score: Node) -> str:
    """Write a source's score as a STIX bundle: our note on its identity."""
    source = sources.get(ledger(), score["subject"]["id"])
    writer, provenance = _writer(), _provenance(score=score, source_ids=[source.id])
    judged = [writer.identity(source, provenance), writer.source_note(score, source, provenance)]
    return writer.bundle([writer.service(), *judged])


def question_opinion(score: Node) -> str:
    """Write a question's score as a STIX bundle: our note on the reports that it rests on, and these."""
    question = questions.get(ledger(), score["subject"]["id"])
    spoken = [share["claim"] for share in score["evidence"]]
    found = claims.several(ledger(), spoken, known_at=_clocks(score)[1])
    writer, provenance = _writer(), _provenance(found, score, question_ids=[question.id])
    note = writer.question_note(score, question, found, provenance)
    return writer.bundle([writer.service(), *writer.said(found, provenance), note])


def _graph(documents: Iterable[Node]) -> str:
    return script_text({"@graph": [*documents]})


def _provenance(
    found: Sequence[Claim] = (),
    score: Node | None = None,
    *,
    source_ids: Sequence[str] = (),
    question_ids: Sequence[str] = (),
) -> Provenance:
    """Return the provenance of claims; as of a score's moment, where one is given."""
    as_of, known_at = (None, None) if score is None else _clocks(score)
    return load(
        ledger(), found, source_ids=source_ids, question_ids=question_ids, as_of=as_of, known_at=known_at
    )


def _clocks(score: Node) -> tuple[datetime | None, datetime | None]:
    """Return the moment of a score, by both clocks."""
    as_of, known_at = (from_text(score[clock]) if score[clock] else None for clock in CLOCKS)
    return as_of, known_at


def _scored(score: Node) -> Claim:
    """Return the claim of a score: also one that was voided since, where the score is of before that."""
    claim_id: str = score["subject"]["id"]
    found = claims.several(ledger(), [claim_id], known_at=_clocks(score)[1])
    if not found:
        raise UnknownIdError("claim", claim_id)
    return found[0]


def _writer() -> stix.Writer:
    # Where nothing was ever written there is nothing to date either.
    changed = changed_at(ledger()) or datetime.min.replace(tzinfo=UTC)
    return stix.Writer(ledger_identity(ledger()), changed)


def _one(document: Callable[[Any], Node]) -> Form:
    """Return what writes one item as JSON-LD."""
    return lambda item: script_text(document(item))


def _many(document: Callable[[Any], Node]) -> Form:
    """Return what writes the page of a list as JSON-LD."""
    return lambda page: _graph(document(item) for item, _ in page["items"])


def _alone(write: Callable[[Page], str]) -> Form:
    """Return what writes one item as a page that holds it alone."""
    return lambda item: write({"items": [(item, None)]})


CLAIM: Forms = {CSV: comma_separated.claim, LINKED_DATA: claim_alone, STIX: _alone(claim_bundle)}
CLAIMS: Forms = {CSV: comma_separated.claims, LINKED_DATA: claim_graph, STIX: claim_bundle}
CLAIM_SCORE: Forms = {CSV: comma_separated.score, LINKED_DATA: claim_review, STIX: claim_opinion}
SOURCE: Forms = {CSV: comma_separated.source, LINKED_DATA: _one(source_document), STIX: _alone(source_bundle)}
SOURCES: Forms = {CSV: comma_separated.sources, LINKED_DATA: _many(source_document), STIX: source_bundle}
SOURCE_SCORE: Forms = {CSV: comma_separated.score, LINKED_DATA: source_review, STIX: source_opinion}
# STIX has no object for a question by itself: its claims are reports, and its score is a note on them.
QUESTION: Forms = {CSV: comma_separated.question, LINKED_DATA: _one(question_document)}
QUESTIONS: Forms = {CSV: comma_separated.questions, LINKED_DATA: _many(question_document)}
QUESTION_SCORE: Forms = {
    CSV: comma_separated.question_score,
    LINKED_DATA: question_review,
    STIX: question_opinion,
}
# In STIX a correction is a new version of its claim's report.
CORRECTIONS: Forms = {CSV: comma_separated.corrections, LINKED_DATA: correction_graph}
# What a chart is made from; neither schema.org nor STIX has a word for it.
HISTORY: Forms = {CSV: comma_separated.history}
QUESTION_HISTORY: Forms = {CSV: comma_separated.question_history}
