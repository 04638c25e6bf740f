"""JSON-LD of scores: reviews, each with a rating from 0 to 1."""

import re
from typing import Any

import pytest
from expansion import BASE, PROV, SCHEMA, expanded, the

from api.representations.reviews import interval_text
from models.wording import percent

ACCEPT = {"Accept": "application/ld+json"}
CLAIM = "/v1/claims/kindratenko-cnn"
RETRACTION = {"kind": "retract", "by": "kindratenko", "stated_at": "2025-02-01T10:00:00Z"}


def test_a_claims_score_is_a_review_with_what_search_engines_ask_for(record: Any) -> None:
    path = f"{CLAIM}/score"
    score, (review,) = record(path).json, expanded(record(path, "application/ld+json"))
    assert f"{SCHEMA}ClaimReview" in review["@type"]
    rating = the(review, f"{SCHEMA}reviewRating")
    assert the(rating, f"{SCHEMA}ratingValue") == pytest.approx(score["score"], abs=1e-12)
    assert (the(rating, f"{SCHEMA}worstRating"), the(rating, f"{SCHEMA}bestRating")) == (0, 1)
    assert the(rating, f"{SCHEMA}alternateName") == score["grades"]["icd203"]
    assert re.search(r" 90% interval: \d+–\d+%\.$", the(rating, f"{SCHEMA}ratingExplanation"))
    assert len(the(review, f"{SCHEMA}claimReviewed")) <= 75
    assert the(review, f"{SCHEMA}url")["@id"] == f"{BASE}{path}"
    assert the(the(review, f"{SCHEMA}author"), f"{SCHEMA}name") == "Credence"
    assert the(review, f"{SCHEMA}itemReviewed")["@id"] == f"{BASE}{CLAIM}"
    assert the(review, f"{SCHEMA}reviewAspect") == "narrowed, on kursk-front/sso-sectors"


def test_a_score_of_the_past_reviews_the_claim_of_that_moment(record: Any) -> None:
    moment = "2025-01-31T12:00:00Z"
    (review,) = expanded(record(f"{CLAIM}/score?as_of={moment}", "application/ld+json"))
    assert review["@id"] == f"{BASE}{CLAIM}/score?as_of=2025-01-31T12%3A00%3A00Z"
    assert the(review, f"{SCHEMA}datePublished") == moment
    assert the(review, f"{SCHEMA}reviewAspect") == "as stated, on kursk-front"
    assert f"{SCHEMA}correction" not in the(review, f"{SCHEMA}itemReviewed")


def test_what_cannot_be_judged_is_said_in_words_and_has_no_value(kursk: Any) -> None:
    kursk.post(f"{CLAIM}/corrections", RETRACTION)
    (review,) = expanded(kursk.get(f"{CLAIM}/score", headers=ACCEPT))
    rating = the(review, f"{SCHEMA}reviewRating")
    assert the(rating, f"{SCHEMA}alternateName") == "cannot be judged"
    assert f"{SCHEMA}ratingValue" not in rating


def test_a_question_lists_its_answers_and_its_score_reviews_each(record: Any) -> None:
    path = "/v1/questions/dprk-on-kursk-front"
    score = record(f"{path}/score").json
    (plain,) = expanded(record(path, "application/ld+json"))
    (judged,) = expanded(record(f"{path}/score", "application/ld+json"))
    assert [the(each, f"{SCHEMA}text") for each in plain[f"{SCHEMA}suggestedAnswer"]] == [
        each["answer"] for each in score["answers"]
    ]
    for shown, each in zip(judged[f"{SCHEMA}suggestedAnswer"], score["answers"], strict=True):
        rating = the(the(shown, f"{SCHEMA}review"), f"{SCHEMA}reviewRating")
        assert the(shown, f"{SCHEMA}text") == each["answer"]
        assert the(rating, f"{SCHEMA}ratingValue") == pytest.approx(each["credence"], abs=1e-12)


def test_a_questions_number_has_its_unit_and_its_interval(record: Any) -> None:
    path = "/v1/questions/dprk-casualties/score"
    quantity, (judged,) = record(path).json["quantity"], expanded(record(path, "application/ld+json"))
    value = the(the(judged, f"{SCHEMA}suggestedAnswer"), f"{SCHEMA}about")
    assert value["@type"] == [f"{SCHEMA}QuantitativeValue"]
    assert the(value, f"{SCHEMA}minValue") == pytest.approx(quantity["low"], rel=1e-12)
    assert the(value, f"{SCHEMA}unitText") == "persons"


def test_a_source_speaks_for_its_body_and_its_score_is_a_review(record: Any) -> None:
    (source,) = expanded(record("/v1/sources/kindratenko", "application/ld+json"))
    assert the(source, f"{PROV}actedOnBehalfOf")["@id"] == f"{BASE}/v1/sources/sso"
    path = "/v1/sources/kindratenko/score?scope=kursk-front"
    (review,) = expanded(record(path, "application/ld+json"))
    assert the(review, f"{SCHEMA}itemReviewed")["@id"] == source["@id"]
    assert the(review, f"{SCHEMA}reviewAspect") == "reliability, speaking on kursk-front"


def test_nothing_is_told_as_certain() -> None:
    assert [percent(value) for value in (0.0, 0.004, 0.57, 0.999, 1.0)] == [
        "under 1%",
        "under 1%",
        "57%",
        "over 99%",
        "over 99%",
    ]
    assert interval_text({"low": 0.001, "high": 0.999}) == "90% interval: 1–99%."
