from typing import Any

import pytest

LISTED = {"text": "Who?", "scope": "kursk-front", "answers": ["one", "other"]}
QUANTITY = {"text": "How many?", "scope": "kursk-front", "quantity": {"unit": "soldiers"}}


def test_a_question_is_a_list_of_answers_or_a_quantity(writer: Any) -> None:
    listed = writer.put("/v1/questions/who", LISTED).json
    counted = writer.put("/v1/questions/how-many", QUANTITY).json
    assert listed == {"id": "who", **LISTED, "quantity": None, "stakes": []}
    assert counted["quantity"] == {"unit": "soldiers", "scale": "linear", "low": None, "high": None}
    assert writer.put("/v1/questions/how-many", counted).headers["ETag"] == '"v1"'


def test_answers_are_added_to_and_never_removed(writer: Any) -> None:
    writer.put("/v1/questions/who", LISTED)
    assert (
        writer.put("/v1/questions/who", {**LISTED, "answers": ["one", "other", "third"]}).status_code == 200
    )
    assert writer.reason(writer.put("/v1/questions/who", LISTED), "answers")


def test_posting_an_id_that_is_used_is_409(writer: Any) -> None:
    assert writer.post("/v1/questions", {**LISTED, "id": "who"}).status_code == 201
    assert writer.reason(writer.post("/v1/questions", {**LISTED, "id": "who"}), "id", 409)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**LISTED, "quantity": {"unit": "x"}}, "answers"),
        ({**LISTED, "answers": ["one"]}, "answers"),
        ({**LISTED, "answers": ["one", "one"]}, "answers.1"),
        ({**QUANTITY, "quantity": {"unit": "x", "scale": "log", "low": 0}}, "quantity.low"),
        ({**QUANTITY, "quantity": {"unit": "x", "low": 2, "high": 1}}, "quantity.high"),
        ({**QUANTITY, "quantity": {"unit": "x", "high": 1e300}}, "quantity.high"),
        ({**LISTED, "stakes": [{"source": "nobody", "favours": ["one"]}]}, "stakes.0.source"),
        ({**LISTED, "stakes": [{"source": "sso", "favours": ["third"]}]}, "stakes.0.favours.0"),
        ({**LISTED, "stakes": [{"source": "sso", "favours": []}]}, "stakes.0.favours"),
    ],
)
def test_a_refused_question_names_the_field(kursk: Any, body: dict[str, Any], field: str) -> None:
    assert kursk.reason(kursk.put("/v1/questions/new", body), field)
    assert kursk.get("/v1/questions/new").status_code == 404


def test_questions_are_filtered_by_the_scope_that_they_lie_in(kursk: Any) -> None:
    kursk.put("/v1/questions/elsewhere", {**LISTED, "scope": "kursk-frontier"})
    kursk.put("/v1/questions/inside", {**LISTED, "scope": "kursk-front/sso-sectors"})
    found = [item["id"] for item in kursk.get("/v1/questions?scope=kursk-front&q=n").json["items"]]
    assert found == ["dprk-casualties", "dprk-on-kursk-front", "inside"]
