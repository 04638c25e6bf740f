"""Scores as JSON-LD: reviews in schema.org's words, each with a rating from 0 to 1."""

from __future__ import annotations

from datetime import datetime
from textwrap import shorten
from urllib.parse import urlencode

from api.prose import CANNOT_BE_JUDGED
from api.representations.linked_data import (
    Node,
    claim_at,
    claim_document,
    known,
    question_document,
    source_at,
    source_document,
)
from data.instant import to_wire
from data.provenance import Provenance
from models.constants import Constants
from models.record import Claim, Question, Source
from models.scales import icd203
from models.wording import between, percent

SERVICE: Node = {"@type": "Organization", "name": "Credence"}
# As search engines show it, in characters.
LONGEST_SUMMARY = 75


def claim_review(score: Node, claim: Claim, provenance: Provenance, changed: datetime | None) -> Node:
    """Return a claim's score as a review of it, on a scale from 0 to 1.

    Parameters
    ----------
    score : dict
        The score as it is answered in JSON.
    changed : datetime or None
        When the ledger was last written to.
    """
    standing = provenance.standings[claim.id][-1]
    question = provenance.record.questions[claim.question]
    return {
        "@id": _score_at(claim_at(claim.id), score),
        "@type": ["ClaimReview", "prov:Entity"],
        "url": _score_at(claim_at(claim.id), score),
        "claimReviewed": shorten(f"{standing.answer}: {question.text}", LONGEST_SUMMARY, placeholder="…"),
        "itemReviewed": claim_document(claim, provenance),
        "reviewAspect": f"{score['standing'].replace('_', ' ')}, on {standing.scope}",
        **_judgement(score, changed, score["score"], score["interval"], score["grades"]["icd203"]),
    }


def source_review(score: Node, source: Source, changed: datetime | None) -> Node:
    """Return a source's score as a review of it, on a scale from 0 to 1."""
    scope = score["subject"]["scope"]
    return {
        "@id": _score_at(source_at(source.id), score),
        "@type": ["Review", "prov:Entity"],
        "url": _score_at(source_at(source.id), score),
        "itemReviewed": source_document(source),
        "reviewAspect": f"reliability, speaking on {scope or 'its own ground'}",
        **_judgement(score, changed, score["score"], score["interval"], score["grades"]["icd203"]),
    }


def question_review(score: Node, question: Question, changed: datetime | None) -> Node:
    """Return a question whose answers each have their credence as a review, on a scale from 0 to 1."""
    answers = [
        {
            "@type": "Answer",
            "text": each["answer"],
            "review": {
                "@type": ["Review", "prov:Entity"],
                **_judgement(score, changed, each["credence"], each, icd203(each["credence"])),
            },
        }
        for each in score.get("answers", ())
    ]
    quantity = score.get("quantity")
    if quantity is not None and quantity["median"] is not None:
        value = {"value": quantity["median"], "minValue": quantity["low"], "maxValue": quantity["high"]}
        amount = {"@type": "QuantitativeValue", **value, "unitText": quantity["unit"]}
        answers = [{"@type": "Answer", "text": score["summary"], "about": amount}]
    return known({**question_document(question), "suggestedAnswer": answers})


def interval_text(interval: Node) -> str:
    """Return an interval as people read it, ``90% interval: 22–63%.``."""
    level = percent(Constants().interval_level)
    return f"{level} interval: {between(interval['low'], interval['high'])}."


def _score_at(subject: str, score: Node) -> str:
    """Return the address of a score, with all that was asked of it."""
    record = score.get("record") or {}
    asked = {
        "scope": score["subject"].get("scope"),
        "as_of": score["as_of"],
        "known_at": score["known_at"],
        "since": record.get("since"),
        "half_life": record.get("half_life"),
        "record_scope": record.get("scope"),
    }
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    return f"{subject}/score" + (f"?{query}" if query else "")


def _judgement(
    score: Node, changed: datetime | None, value: float | None, interval: Node | None, word: str | None
) -> Node:
    """Return what all reviews say: the rating, by whom it is, and as of when."""
    rating: Node = {"@type": "Rating", "worstRating": 0, "bestRating": 1}
    rating["alternateName"] = CANNOT_BE_JUDGED if word is None else word
    if value is not None:
        rating["ratingValue"] = value
    reason = score["summary"]
    if interval is not None:
        reason += f" {interval_text(interval)}"
    published = score["as_of"] or (to_wire(changed) if changed else None)
    return known(
        {
            "reviewRating": {**rating, "ratingExplanation": reason},
            "author": SERVICE,
            "datePublished": published,
            "version": score["model"]["version"],
        }
    )
