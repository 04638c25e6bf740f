from typing import Any

import pytest


def test_a_claim_is_recorded_with_its_defaults(kursk: Any, claim: dict[str, Any]) -> None:
    response = kursk.post("/v1/claims", claim)
    assert response.status_code == 201
    assert response.headers["Location"] == "/v1/claims/another-claim"
    shown = kursk.get("/v1/claims/another-claim").json
    assert shown == response.json
    recorded_at = shown.pop("recorded_at")
    assert recorded_at.endswith("Z")
    assert shown == {
        **claim,
        "scope": "kursk-front",
        "stated_precision": "instant",
        "vantage": None,
        "vantage_because": None,
        "cites": [],
        "url": None,
        "text": None,
        "read_in": None,
    }


def test_a_date_alone_counts_from_its_end_and_says_so(kursk: Any, claim: dict[str, Any]) -> None:
    shown = kursk.post("/v1/claims", {**claim, "stated_at": "2025-01-30"}).json
    assert (shown["stated_at"], shown["stated_precision"]) == ("2025-01-30T23:59:59Z", "day")


def test_a_claim_without_an_id_gets_one(kursk: Any, claim: dict[str, Any]) -> None:
    del claim["id"]
    first, second = (kursk.post("/v1/claims", claim).json["id"] for _ in range(2))
    assert first != second


def test_a_quantity_is_claimed_as_an_interval(kursk: Any, claim: dict[str, Any]) -> None:
    body = {**claim, "question": "dprk-casualties", "answer": {"at_least": 3000}, "certainty": 1}
    shown = kursk.post("/v1/claims", body).json
    assert (shown["answer"], shown["certainty"]) == ({"at_least": 3000.0}, 1.0)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"nonsense": 1}, "nonsense"),
        ({"source": "nobody"}, "source"),
        ({"question": "nothing"}, "question"),
        ({"answer": "martians"}, "answer"),
        ({"answer": {"about": 3}}, "answer"),
        ({"answer": {"between": [2, 1]}}, "answer.between"),
        ({"stated_at": "2025-01-31T08:00:00"}, "stated_at"),
        ({"stated_at": "2999-01-01"}, "stated_at"),
        ({"certainty": 0}, "certainty"),
        ({"certainty": "surely"}, "certainty"),
        ({"via": ["nobody"]}, "via.0"),
        ({"via": ["cnn", "cnn"]}, "via.1"),
        ({"cites": ["nobody"]}, "cites.0"),
        ({"cites": ["kindratenko"]}, "cites.0"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"text": "a\0b"}, "text"),
        ({"scope": "kursk front"}, "scope"),
        ({"vantage": "direct"}, "vantage_because"),
        ({"vantage_because": "he was there"}, "vantage"),
        ({"recorded_at": "2025-01-31T08:00:00Z"}, "recorded_at"),
    ],
)
def test_a_refused_claim_names_the_field_and_is_not_written(
    kursk: Any, claim: dict[str, Any], change: dict[str, Any], field: str
) -> None:
    assert kursk.reason(kursk.post("/v1/claims", {**claim, **change}), field)
    assert kursk.get("/v1/claims/another-claim").status_code == 404


def test_an_id_that_is_used_is_409(kursk: Any, claim: dict[str, Any]) -> None:
    assert kursk.reason(kursk.post("/v1/claims", {**claim, "id": "kindratenko-cnn"}), "id", 409)


def test_a_cycle_of_citations_is_refused(kursk: Any, claim: dict[str, Any]) -> None:
    assert kursk.post("/v1/claims", {**claim, "cites": ["budanov"]}).status_code == 201
    back = {**claim, "id": "back", "source": "budanov", "cites": ["kindratenko"]}
    assert "cite itself" in kursk.reason(kursk.post("/v1/claims", back), "cites.0")


def test_claims_are_filtered(kursk: Any, claim: dict[str, Any]) -> None:
    url = "https://example.org/a?b=c"
    kursk.post("/v1/claims", {**claim, "source": "budanov", "url": url, "scope": "kursk-front/north"})

    def found(**query: str) -> list[str]:
        return [item["id"] for item in kursk.get("/v1/claims", query_string=query).json["items"]]

    assert found() == ["kindratenko-cnn", "another-claim"]
    assert found(sort="-stated_at") == ["another-claim", "kindratenko-cnn"]
    assert found(source="budanov") == found(url=url) == found(scope="kursk-front/north") == ["another-claim"]
    assert found(scope="kursk-front", question="dprk-on-kursk-front") == ["kindratenko-cnn", "another-claim"]
    assert found(since="2025-02-01") == ["another-claim"]
    assert found(until="2025-02-01") == ["kindratenko-cnn"]
    assert found(since="2025-02-01T10:00:00+02:00") == ["another-claim"]
    assert found(until="2025-02-01T08:00:00Z") == ["kindratenko-cnn"]


def test_a_slip_is_voided_by_an_administrator_and_its_id_stays_taken(
    kursk: Any, admin: Any, claim: dict[str, Any]
) -> None:
    kursk.post("/v1/claims", claim)
    response = admin.post("/v1/claims/another-claim/void", {"because": "Typed twice."})
    assert (response.status_code, response.json["because"]) == (201, "Typed twice.")
    assert kursk.get("/v1/claims/another-claim").status_code == 404
    assert kursk.get("/v1/claims/another-claim/score").status_code == 404
    assert kursk.post("/v1/claims", claim).status_code == 409
    assert admin.post("/v1/claims/another-claim/void", {"because": "Again."}).status_code == 404
