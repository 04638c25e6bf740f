"""JSON-LD of what was said: claims, their relays and corrections, and who said them."""

from typing import Any

from expansion import BASE, PROV, SCHEMA, expanded, the

ACCEPT = {"Accept": "application/ld+json"}
CLAIM = "/v1/claims/kindratenko-cnn"
RETRACTION = {"kind": "retract", "by": "kindratenko", "stated_at": "2025-02-01T10:00:00Z"}


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
