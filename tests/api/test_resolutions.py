from typing import Any

import pytest

PATH = "/v1/questions/dprk-on-kursk-front/resolution"
RESOLUTION = {"answer": "reduced", "resolved_at": "2025-03-01", "by": "budanov"}


def test_a_question_is_resolved_and_resolved_again(kursk: Any) -> None:
    assert kursk.get(PATH).status_code == 404
    assert kursk.put(PATH, RESOLUTION).status_code == 201
    again = kursk.put(PATH, {**RESOLUTION, "answer": "withdrawn"})
    assert again.status_code == 200
    assert kursk.get(PATH).json == again.json
    assert (again.json["answer"], again.json["value"]) == ("withdrawn", None)
    assert again.json["resolved_at"] == "2025-03-01T23:59:59Z"


def test_a_quantity_is_resolved_by_its_value(kursk: Any) -> None:
    body = {"value": 4000, "resolved_at": "2025-03-01", "by": "budanov"}
    shown = kursk.put("/v1/questions/dprk-casualties/resolution", body).json
    assert (shown["answer"], shown["value"]) == (None, 4000.0)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"answer": None}, "answer"),
        ({"value": 3}, "answer"),
        ({"answer": "martians"}, "answer"),
        ({"by": "nobody"}, "by"),
        ({"resolved_at": "2999-01-01"}, "resolved_at"),
        ({"question": "another"}, "question"),
    ],
)
def test_a_refused_resolution_names_the_field(kursk: Any, change: dict[str, Any], field: str) -> None:
    assert kursk.reason(kursk.put(PATH, {**RESOLUTION, **change}), field)
    assert kursk.get(PATH).status_code == 404


def test_no_question_has_no_resolution(kursk: Any) -> None:
    assert kursk.put("/v1/questions/none/resolution", RESOLUTION).status_code == 404
