import json
from typing import Any

import pytest


def test_the_probes_answer(anyone: Any) -> None:
    assert anyone.get("/livez").json == {"status": "live"}
    assert anyone.get("/readyz").json == {"status": "ready"}


def test_requests_are_counted_under_their_rule_and_not_their_path(anyone: Any) -> None:
    anyone.get("/v1/sources/nobody")
    anyone("BREW", "/v1/sources/nobody")
    text = anyone.get("/metrics").text
    assert 'credence_requests_total{method="GET",rule="/v1/sources/<source_id>",status="404"} 1.0' in text
    assert 'method="other"' in text
    assert "nobody" not in text


def test_a_sane_request_id_is_kept_and_another_replaced(anyone: Any) -> None:
    def answered(sent: str) -> str:
        return str(anyone.get("/livez", headers={"X-Request-Id": sent}).headers["X-Request-Id"])

    assert answered("trace-1.a") == "trace-1.a"
    assert answered("a b") != "a b"
    assert len(answered("x" * 65)) == 16


def test_each_request_is_one_json_line_with_its_id(capfd: pytest.CaptureFixture[str]) -> None:
    from api.app import create_app  # noqa: PLC0415 - after standard error is captured
    from api.settings import Settings  # noqa: PLC0415

    create_app(Settings(":memory:")).test_client().get("/livez", headers={"X-Request-Id": "try-1"})
    events = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [(each["event"], each["request_id"], each["status"]) for each in events] == [
        ("request", "try-1", 200)
    ]
