import json
import logging
import re
from typing import Any
from urllib.parse import unquote

import pytest

from api.app import create_app
from api.logs import configure_logs
from api.settings import Settings


def lines(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capfd.readouterr().err.splitlines()]


def test_a_sane_request_id_is_kept_and_another_replaced(anyone: Any) -> None:
    def answered(sent: str) -> str:
        return str(anyone.get("/livez", headers={"X-Request-Id": sent}).headers["X-Request-Id"])

    assert answered("trace-1.a") == "trace-1.a"
    assert answered("a b") != "a b"
    assert len(answered("x" * 65)) == 16


def test_each_request_is_one_json_line_with_its_id(capfd: pytest.CaptureFixture[str]) -> None:
    client = create_app(Settings(":memory:")).test_client()
    client.get("/livez", headers={"X-Request-Id": "try-1"})
    (line,) = lines(capfd)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line.pop("timestamp"))
    assert 0 < line.pop("milliseconds") < 10_000
    assert line == {
        "event": "request",
        "level": "info",
        "method": "GET",
        "path": "/livez",
        "status": 200,
        "key": None,
        "request_id": "try-1",
    }


@pytest.mark.parametrize(
    "path", ['/v1/sources/"}', "/v1/sources/a\\b", "/v1/sources/new%0Aline", "/v1/sources/бюджет"]
)
def test_what_a_client_sends_does_not_break_its_line(capfd: pytest.CaptureFixture[str], path: str) -> None:
    create_app(Settings(":memory:")).test_client().open(path, method='G"T')
    (line,) = lines(capfd)
    assert (line["path"], line["method"]) == (unquote(path), 'G"T')


def test_the_keys_name_is_in_the_line_and_the_key_is_not(
    capfd: pytest.CaptureFixture[str], writer: Any
) -> None:
    capfd.readouterr()
    client = create_app(Settings(":memory:")).test_client()
    client.application.extensions["credence"]["handles"] = writer.client.application.extensions["credence"][
        "handles"
    ]
    client.put(
        "/v1/sources/cnn",
        json={"name": "CNN", "kind": "outlet"},
        headers={"Authorization": f"Bearer {writer.key}"},
    )
    told = capfd.readouterr().err
    assert writer.key not in told
    assert json.loads(told.splitlines()[-1])["key"] == "write-key"


@pytest.mark.parametrize("level", ["warning", "error"])
def test_only_failures_are_told_where_the_level_is_higher(
    capfd: pytest.CaptureFixture[str], level: str, tmp_path: Any
) -> None:
    (tmp_path / "credence.db").write_text("not a database, and long enough to be taken for one\n" * 100)
    client = create_app(Settings(str(tmp_path / "credence.db"), log_level=level)).test_client()
    client.get("/livez")
    # What is not there in that form is no failure.
    assert client.get("/oembed?format=yaml").status_code == 501
    assert client.get("/readyz").status_code == 503
    assert [(line["event"], line["level"]) for line in lines(capfd)] == [
        ("database", "error"),
        ("request", "error"),
    ]


def test_a_form_that_is_not_made_is_a_refusal_and_no_failure(capfd: pytest.CaptureFixture[str]) -> None:
    for level, told in (("info", ["info"]), ("warning", [])):
        client = create_app(Settings(":memory:", log_level=level)).test_client()
        page = {"url": "http://localhost/claims/any", "format": "yaml"}
        assert client.get("/oembed", query_string=page).status_code == 501
        assert [line["level"] for line in lines(capfd)] == told


def test_what_happens_in_a_request_bears_its_id_and_what_happens_outside_does_not(
    capfd: pytest.CaptureFixture[str],
) -> None:
    app = create_app(Settings(":memory:"))
    app.add_url_rule("/odd", view_func=lambda: 1 // 0)
    assert app.test_client().get("/odd", headers={"X-Request-Id": "odd-1"}).status_code == 500
    defect, request = lines(capfd)
    assert (defect["request_id"], request["request_id"]) == ("odd-1", "odd-1")
    assert "ZeroDivisionError" in defect["exception"]
    configure_logs("info")
    logging.getLogger("elsewhere").warning("Something")
    (line,) = lines(capfd)
    assert (line["event"], line.get("request_id")) == ("Something", None)
