"""What the model tells of itself over HTTP, before and after outcomes are known."""

from typing import Any

import pytest


def resolve_disputes(kursk: Any, *, n: int) -> None:
    """Let two sources contradict each other on `n` questions, all of which one of them has right."""
    for k in range(n):
        question = f"dispute-{k}"
        body = {"text": "?", "scope": "kursk-front", "answers": ["yes", "no"]}
        assert kursk.put(f"/v1/questions/{question}", body).status_code == 201
        for source, answer in (("budanov", "no"), ("kindratenko", "yes")):
            claim = {
                "source": source,
                "question": question,
                "answer": answer,
                "stated_at": "2025-02-01T08:00:00Z",
            }
            assert kursk.post("/v1/claims", claim).status_code == 201
        outcome = {"answer": "yes", "resolved_at": "2025-03-01", "by": "cnn"}
        assert kursk.put(f"/v1/questions/{question}/resolution", outcome).status_code == 201


def test_without_resolutions_the_model_shows_the_elicited_values_and_no_table(kursk: Any) -> None:
    model = kursk.get("/v1/model").json
    assert model["calibration"] == []
    for constant in model["constants"]:
        if "elicited" in constant:
            assert constant["elicited"] == {"value": constant["value"], "width": constant["width"]}


def test_resolutions_move_the_coefficients_and_fill_the_table(kursk: Any) -> None:
    version = kursk.get("/v1/model").json["version"]
    resolve_disputes(kursk, n=6)
    model = kursk.get("/v1/model").json
    assert model["version"] == version
    constants = {constant["name"]: constant for constant in model["constants"]}
    learned = constants["vantage_operational"]
    assert learned["elicited"] == {"value": 0.7, "width": 0.5}
    assert learned["value"] < 0.7
    assert learned["width"] < 0.5
    assert "elicited" not in constants["evidence_temper"]
    table = model["calibration"]
    assert len(table) == 10
    assert sum(one["n"] for one in table) == 12
    assert all({"low", "high", "n", "mean_credence", "frequency"} == set(one) for one in table)
    score = kursk.get("/v1/sources/budanov/score?scope=kursk-front").json
    shown = {factor["name"]: factor["log_odds"] for factor in score["factors"]}
    assert shown["proximity"] == pytest.approx(learned["value"], abs=1e-9)
    before = kursk.get("/v1/sources/budanov/score?scope=kursk-front&as_of=2025-02-28").json
    assert {factor["name"]: factor["log_odds"] for factor in before["factors"]}["proximity"] == 0.7
