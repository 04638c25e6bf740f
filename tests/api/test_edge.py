"""What every request gets, also where Flask never sees it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from api.app import create_app
from api.settings import Settings
from data import keys


def damaged(folder: Path, **settings: Any) -> Flask:
    """Return a service on a file that is no ledger."""
    database = folder / "credence.db"
    database.write_text("not a database, and long enough to be taken for one\n" * 100)
    return create_app(Settings(str(database), **settings))


def key_of_another_ledger() -> str:
    """Return what has the form of a key, so that it is looked up."""
    handles = create_app(Settings(":memory:", log_level="error")).extensions["credence"]["handles"]
    return keys.create(handles.open(), name="desk", scope="read", at=datetime.now(UTC))


def test_a_key_that_cannot_be_looked_up_is_503_with_all_that_an_answer_has(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sent = {"Authorization": f"Bearer {key_of_another_ledger()}", "X-Request-Id": "try-1"}
    response = damaged(tmp_path).test_client().get("/v1/sources", headers=sent)
    assert (response.status_code, response.content_type) == (503, "application/problem+json")
    assert response.json is not None
    assert response.json["request_id"] == response.headers["X-Request-Id"] == "try-1"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    told = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [(line["event"], line["request_id"]) for line in told] == [
        ("database", "try-1"),
        ("request", "try-1"),
    ]


def test_a_probe_looks_no_key_up(tmp_path: Path) -> None:
    sent = {"Authorization": f"Bearer {key_of_another_ledger()}"}
    client = damaged(tmp_path, log_level="error").test_client()
    assert client.get("/livez", headers=sent).status_code == 200


def test_a_request_over_the_rate_has_its_id_its_line_and_its_count(
    capfd: pytest.CaptureFixture[str],
) -> None:
    client = create_app(Settings(":memory:", rate_limit=1)).test_client()
    client.get("/v1/sources")
    refused = client.get("/v1/sources", headers={"X-Request-Id": "try-2"})
    assert refused.status_code == 429
    assert refused.json is not None
    assert refused.json["request_id"] == refused.headers["X-Request-Id"] == "try-2"
    line = json.loads(capfd.readouterr().err.splitlines()[-1])
    assert (line["path"], line["status"], line["request_id"]) == ("/v1/sources", 429, "try-2")
    counted = 'credence_requests_total{method="GET",rule="none",status="429"} 1.0'
    assert counted in client.get("/metrics").text


def test_what_escapes_flask_is_still_counted_and_told(
    app: Flask, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    client = app.test_client()
    with monkeypatch.context() as patched:
        patched.setattr(app.wsgi_app, "_flask", fail)
        with pytest.raises(ZeroDivisionError):
            client.get("/v1/sources", headers={"X-Request-Id": "try-3"})
    line = json.loads(capfd.readouterr().err.splitlines()[-1])
    assert (line["status"], line["level"], line["request_id"]) == (500, "error", "try-3")
    assert 'rule="none",status="500"} 1.0' in client.get("/metrics").text


def test_all_hosts_are_served_alike(anyone: Any) -> None:
    for host in ("credence.example", "..", "x" * 300):
        assert anyone.get("/v1/sources", headers={"Host": host}).status_code == 200
