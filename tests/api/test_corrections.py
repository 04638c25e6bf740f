from typing import Any

import pytest

PATH = "/v1/claims/kindratenko-cnn/corrections"


def test_a_walk_back_narrows_the_claim(kursk: Any, narrowing: dict[str, Any]) -> None:
    response = kursk.post(PATH, narrowing)
    assert response.status_code == 201
    assert response.headers["Location"] == PATH
    assert kursk.get(PATH).json == {"items": [response.json]}
    assert kursk.get("/v1/claims/kindratenko-cnn/score").json["standing"] == "narrowed"
    assert kursk.get("/v1/claims/kindratenko-cnn").json["scope"] == "kursk-front"


def test_the_same_correction_twice_is_409(kursk: Any, narrowing: dict[str, Any]) -> None:
    kursk.post(PATH, narrowing)
    assert kursk.reason(kursk.post(PATH, narrowing), "id", 409)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"stated_at": "2025-01-31T07:00:00Z"}, "stated_at"),
        ({"scope": None}, "scope"),
        ({"scope": "kursk-front"}, "scope"),
        ({"scope": "pyongyang"}, "scope"),
        ({"answer": "reduced"}, "answer"),
        ({"kind": "amend", "scope": None}, "answer"),
        ({"kind": "amend", "scope": None, "answer": "martians"}, "answer"),
        ({"kind": "regret"}, "kind"),
        ({"by": "nobody"}, "by"),
        ({"via": ["nobody"]}, "via.0"),
        ({"claim": "another"}, "claim"),
        ({"id": "mine"}, "id"),
    ],
)
def test_a_refused_correction_names_the_field(
    kursk: Any, narrowing: dict[str, Any], change: dict[str, Any], field: str
) -> None:
    assert kursk.reason(kursk.post(PATH, {**narrowing, **change}), field)
    assert kursk.get(PATH).json == {"items": []}


def test_corrections_of_no_claim_are_404(kursk: Any, narrowing: dict[str, Any]) -> None:
    assert kursk.get("/v1/claims/none/corrections").status_code == 404
    assert kursk.post("/v1/claims/none/corrections", narrowing).status_code == 404


def test_all_corrections_are_listed_by_claim_kind_and_corrector(
    kursk: Any, narrowing: dict[str, Any]
) -> None:
    kursk.post(PATH, narrowing)
    retraction = {"kind": "retract", "by": "cnn", "stated_at": "2025-02-01"}
    kursk.post(PATH, retraction)

    def kinds(query: str) -> list[str]:
        return [item["kind"] for item in kursk.get(f"/v1/corrections?{query}").json["items"]]

    assert kinds("") == kinds("claim=kindratenko-cnn") == ["narrow", "retract"]
    assert kinds("kind=retract") == kinds("by=cnn") == ["retract"]
    assert kinds("claim=another") == []
