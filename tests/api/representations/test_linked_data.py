"""JSON-LD: expanded by a processor that may fetch nothing, so that each term is what it should be."""

import json
import re
from typing import Any, NoReturn

import pytest
from pyld import jsonld

SCHEMA = "https://schema.org/"
PROV = "http://www.w3.org/ns/prov#"
BASE = "https://credence.example"
ACCEPT = {"Accept": "application/ld+json"}
CLAIM = "/v1/claims/kindratenko-cnn"
RETRACTION = {"kind": "retract", "by": "kindratenko", "stated_at": "2025-02-01T10:00:00Z"}


def refuse(url: str, _: Any) -> NoReturn:
    raise AssertionError(f"{url} was to be fetched")


def expanded(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    options = {"base": f"{BASE}/", "documentLoader": refuse}
    nodes: list[dict[str, Any]] = jsonld.expand(json.loads(answer.data), options)
    return nodes


def the(node: dict[str, Any], term: str) -> Any:
    """Return the only value of a property: its id, its literal, or the node."""
    (value,) = node[term]
    return value.get("@value", value)


def test_a_claim_is_schema_orgs_claim_and_an_entity_of_its_source(kursk: Any) -> None:
    (claim,) = expanded(kursk.get(CLAIM, headers=ACCEPT))
    assert claim["@id"] == f"{BASE}{CLAIM}"
    assert claim["@type"] == [f"{SCHEMA}Claim", f"{PROV}Entity"]
    assert the(claim, f"{PROV}wasAttributedTo")["@id"] == f"{BASE}/v1/sources/kindratenko"
    author = the(claim, f"{SCHEMA}author")
    assert f"{SCHEMA}Person" in author["@type"]
    assert the(author, f"{SCHEMA}name") == "Oleksandr Kindratenko"
    assert claim[f"{PROV}generatedAtTime"] == [
        {"@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": "2025-01-31T08:00:00Z"}
    ]
    assert claim[f"{SCHEMA}datePublished"][0]["@type"] == f"{SCHEMA}DateTime"
    question, scope = claim[f"{SCHEMA}about"]
    assert question["@type"] == [f"{SCHEMA}Question"]
    assert scope["@id"] == f"{BASE}/v1/scopes/kursk-front"


def test_each_carrier_is_quoted_from_the_one_before(kursk: Any, claim: dict[str, Any]) -> None:
    kursk.put("/v1/sources/twz", {"name": "The War Zone", "kind": "outlet"})
    url = "https://example.org/article?id=1"
    kursk.post("/v1/claims", {**claim, "via": ["cnn", "twz"], "url": url, "cites": ["budanov"]})
    (said,) = expanded(kursk.get("/v1/claims/another-claim", headers=ACCEPT))
    last = the(said, f"{PROV}wasQuotedFrom")
    first = the(last, f"{PROV}wasQuotedFrom")
    assert the(last, f"{PROV}wasAttributedTo")["@id"] == f"{BASE}/v1/sources/twz"
    assert the(first, f"{PROV}wasAttributedTo")["@id"] == f"{BASE}/v1/sources/cnn"
    assert the(last, f"{SCHEMA}url")["@id"] == url
    assert the(said, f"{SCHEMA}appearance")["@id"] == last["@id"]
    assert the(said, f"{SCHEMA}firstAppearance")["@id"] == first["@id"]
    cited = the(said, f"{PROV}hadPrimarySource")
    assert the(cited, f"{PROV}wasAttributedTo")["@id"] == f"{BASE}/v1/sources/budanov"


def test_of_a_day_alone_no_hour_is_told(kursk: Any, claim: dict[str, Any]) -> None:
    kursk.post("/v1/claims", {**claim, "stated_at": "2025-02-01"})
    (said,) = expanded(kursk.get("/v1/claims/another-claim", headers=ACCEPT))
    assert said[f"{SCHEMA}datePublished"] == [{"@type": f"{SCHEMA}Date", "@value": "2025-02-01"}]
    assert f"{PROV}generatedAtTime" not in said


def test_what_narrows_or_amends_a_claim_makes_a_revision_of_what_it_was(
    kursk: Any, narrowing: dict[str, Any]
) -> None:
    kursk.post(f"{CLAIM}/corrections", narrowing)
    amendment = {**RETRACTION, "kind": "amend", "answer": "reduced"}
    kursk.post(f"{CLAIM}/corrections", amendment)
    (claim,) = expanded(kursk.get(CLAIM, headers=ACCEPT))
    first, second = (the(each, f"{PROV}generated") for each in claim[f"{SCHEMA}correction"])
    assert the(first, f"{PROV}wasRevisionOf")["@id"] == claim["@id"]
    assert the(second, f"{PROV}wasRevisionOf")["@id"] == first["@id"]
    assert {"@id": f"{BASE}/v1/scopes/kursk-front/sso-sectors"}.items() <= first[f"{SCHEMA}about"][1].items()
    assert the(second, f"{SCHEMA}name") == "Oleksandr Kindratenko: reduced"
    assert f"{PROV}wasInvalidatedBy" not in claim


def test_a_retraction_invalidates_a_claim_until_it_is_stood_by_again(kursk: Any) -> None:
    kursk.post(f"{CLAIM}/corrections", RETRACTION)
    (claim,) = expanded(kursk.get(CLAIM, headers=ACCEPT))
    correction = the(claim, f"{SCHEMA}correction")
    assert the(claim, f"{PROV}wasInvalidatedBy")["@id"] == correction["@id"]
    assert the(claim, f"{PROV}invalidatedAtTime") == "2025-02-01T10:00:00Z"
    assert the(correction, f"{PROV}invalidated")["@id"] == claim["@id"]
    again = {**RETRACTION, "kind": "reaffirm", "stated_at": "2025-02-02T10:00:00Z"}
    kursk.post(f"{CLAIM}/corrections", again)
    (claim,) = expanded(kursk.get(CLAIM, headers=ACCEPT))
    assert f"{PROV}wasInvalidatedBy" not in claim


def test_nobody_else_invalidates_or_revises_a_claim(kursk: Any, narrowing: dict[str, Any]) -> None:
    for correction in (RETRACTION, narrowing):
        kursk.post(f"{CLAIM}/corrections", {**correction, "by": "budanov"})
    (claim,) = expanded(kursk.get(CLAIM, headers=ACCEPT))
    assert f"{PROV}wasInvalidatedBy" not in claim
    assert len(claim[f"{SCHEMA}correction"]) == 2
    for correction in claim[f"{SCHEMA}correction"]:
        assert not {f"{PROV}generated", f"{PROV}invalidated"} & set(correction)


def test_a_list_of_corrections_tells_of_each_what_its_claim_does(
    kursk: Any, narrowing: dict[str, Any]
) -> None:
    kursk.post(f"{CLAIM}/corrections", narrowing)
    kursk.post(f"{CLAIM}/corrections", RETRACTION)
    (claim,) = expanded(kursk.get(CLAIM, headers=ACCEPT))
    for path in ("/v1/corrections", f"{CLAIM}/corrections"):
        assert expanded(kursk.get(path, headers=ACCEPT)) == claim[f"{SCHEMA}correction"]


def test_a_claims_score_is_a_review_with_what_search_engines_ask_for(record: Any) -> None:
    path = f"{CLAIM}/score"
    score, (review,) = record(path).json, expanded(record(path, "application/ld+json"))
    assert f"{SCHEMA}ClaimReview" in review["@type"]
    rating = the(review, f"{SCHEMA}reviewRating")
    assert the(rating, f"{SCHEMA}ratingValue") == pytest.approx(score["score"], abs=1e-12)
    assert (the(rating, f"{SCHEMA}worstRating"), the(rating, f"{SCHEMA}bestRating")) == (0, 1)
    assert the(rating, f"{SCHEMA}alternateName") == score["grades"]["icd203"]
    assert re.search(r" 90 % interval: \d+–\d+ %\.$", the(rating, f"{SCHEMA}ratingExplanation"))
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


def test_every_claim_source_and_question_of_the_record_expands(record: Any) -> None:
    for noun in ("claims", "sources", "questions", "corrections"):
        path = f"/v1/{noun}?limit=200"
        items = record(path).json["items"]
        nodes = expanded(record(path, "application/ld+json"))
        assert len(nodes) == len(items) > 1
        for node, item in zip(nodes, items, strict=True):
            assert node["@id"].endswith(item["id"])
            assert all(term.startswith((SCHEMA, PROV, "@")) for term in node)


def test_a_document_can_stand_in_a_page_whatever_was_said(kursk: Any, claim: dict[str, Any]) -> None:
    said = "</script><script>alert('1')</script><!-- & \u2028"
    kursk.post("/v1/claims", {**claim, "text": said})
    answer = kursk.get("/v1/claims/another-claim", headers=ACCEPT)
    assert not set("<>&'\u2028") & set(answer.get_data(as_text=True))
    (node,) = expanded(answer)
    assert the(node, f"{SCHEMA}text") == said
