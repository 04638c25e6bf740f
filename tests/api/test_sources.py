from typing import Any

import pytest

BUDANOV = {
    "name": "Kyrylo Budanov",
    "kind": "person",
    "member_of": None,
    "mandates": [{"scope": "kursk-front", "vantage": "operational"}],
    "aliases": ["Буданов"],
    "description": None,
}


def test_a_source_is_created_once_and_then_replaced(writer: Any) -> None:
    first = writer.put("/v1/sources/budanov", BUDANOV)
    again = writer.put("/v1/sources/budanov", {**BUDANOV, "description": "Heads the GUR."})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.headers["ETag"] != again.headers["ETag"]
    assert writer.get("/v1/sources/budanov").json == {
        "id": "budanov",
        **BUDANOV,
        "description": "Heads the GUR.",
    }


def test_what_is_shown_can_be_sent_back(writer: Any) -> None:
    shown = writer.put("/v1/sources/budanov", BUDANOV).json
    again = writer.put("/v1/sources/budanov", shown)
    assert (again.status_code, again.json, again.headers["ETag"]) == (200, shown, '"v1"')


def test_posting_makes_an_id_where_none_is_given(writer: Any) -> None:
    response = writer.post("/v1/sources", BUDANOV)
    assert response.status_code == 201
    assert response.headers["Location"] == f"/v1/sources/{response.json['id']}"
    assert writer.get(response.headers["Location"]).json == response.json


def test_posting_an_id_that_is_used_is_409_and_changes_nothing(kursk: Any) -> None:
    before = kursk.get("/v1/sources/budanov").json
    response = kursk.post("/v1/sources", {**BUDANOV, "id": "budanov"})
    assert "already" in kursk.reason(response, "id", 409)
    assert kursk.get("/v1/sources/budanov").json == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"kind": "robot"}, "kind"),
        ({"kind": []}, "kind"),
        ({"name": "a\0b"}, "name"),
        ({"member_of": "nobody"}, "member_of"),
        ({"member_of": "budanov"}, "member_of"),
        ({"mandates": [{"scope": "a", "vantage": "psychic"}]}, "mandates.0.vantage"),
        ({"aliases": ["x"] * 2}, "aliases.1"),
        ({"aliases": [str(n) for n in range(101)]}, "aliases"),
        ({"id": "someone-else"}, "id"),
    ],
)
def test_a_refused_source_names_the_field_and_is_not_written(
    writer: Any, change: dict[str, Any], field: str
) -> None:
    assert writer.reason(writer.put("/v1/sources/budanov", {**BUDANOV, **change}), field)
    assert writer.get("/v1/sources/budanov").status_code == 404


def test_a_cycle_of_membership_is_refused(kursk: Any) -> None:
    response = kursk.put(
        "/v1/sources/sso", {"name": "SSO", "kind": "organisation", "member_of": "kindratenko"}
    )
    assert "member of itself" in kursk.reason(response, "member_of")


def test_an_id_that_is_none_names_the_field(writer: Any) -> None:
    assert writer.reason(writer.put("/v1/sources/a b", BUDANOV), "id")


def test_sources_are_filtered_by_kind_body_and_part_of_a_name(kursk: Any) -> None:
    def found(query: str) -> list[str]:
        return [item["id"] for item in kursk.get(f"/v1/sources?{query}").json["items"]]

    assert found("kind=outlet") == ["cnn"]
    assert found("member_of=sso") == ["kindratenko"]
    assert found("q=BUDAN") == ["budanov"]
    assert found("q=%25") == []


def test_sources_sort_and_filter_by_their_stored_score(kursk: Any) -> None:
    items = kursk.get("/v1/sources?sort=-score").json["items"]
    scores = [item["score"] for item in items if item["score"] is not None]
    assert scores == sorted(scores, reverse=True)
    assert scores
    best = kursk.get(f"/v1/sources?min_score={scores[0]}").json["items"]
    assert sorted(item["id"] for item in best) == sorted(
        item["id"] for item in items if item["score"] == scores[0]
    )
    assert kursk.reason(kursk.get("/v1/sources?min_score=2"), "min_score")
    assert kursk.reason(kursk.get("/v1/sources?sort=name"), "sort")
