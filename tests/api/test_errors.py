"""Every error has the one shape of a problem document."""

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from api.app import create_app
from api.settings import Settings
from data import keys
from data.database import open_database, writing


def test_a_problem_document_has_all_its_members(anyone: Any) -> None:
    response = anyone.get("/v1/sources/nobody", headers={"X-Request-Id": "try-1"})
    assert response.status_code == 404
    assert response.json == {
        "type": "/docs#unknown-id",
        "title": "There is no such thing here",
        "status": 404,
        "detail": "id: there is no source 'nobody'",
        "errors": [{"field": "id", "reason": "there is no source 'nobody'"}],
        "request_id": "try-1",
    }


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/v1/sources/", 404),
        ("GET", "/v1//sources", 404),
        ("DELETE", "/v1/sources/sso", 405),
        ("PATCH", "/v1/claims?a=b", 405),
        ("TRACE", "/v1/model?a=b", 405),
    ],
)
def test_the_frameworks_own_errors_are_problem_documents(
    anyone: Any, method: str, path: str, status: int
) -> None:
    response = anyone(method, path)
    assert (response.status_code, response.content_type) == (status, "application/problem+json")
    assert response.json["status"] == status


def test_a_nested_field_is_named_by_its_path(writer: Any) -> None:
    body = {
        "name": "A",
        "kind": "person",
        "mandates": [{"scope": "a", "vantage": "direct"}, {"scope": "a b"}],
    }
    response = writer.post("/v1/sources", body)
    assert "ids joined by slashes" in writer.reason(response, "mandates.1.scope")
    assert writer.reason(response, "mandates.1.vantage") == "Missing data for required field."


@pytest.mark.parametrize("body", [[], "text", 5, None])
def test_a_body_that_is_no_object_is_refused(writer: Any, body: Any) -> None:
    headers = {"Content-Type": "application/json"}
    response = writer("POST", "/v1/sources", data=json.dumps(body), headers=headers)
    assert writer.reason(response, "body")


@pytest.mark.parametrize("raw", [b"[" * 100_000, b'{"name":', b"", b"\xff", b'{"name": NaN}'])
def test_a_body_that_is_not_json_is_400(writer: Any, raw: bytes) -> None:
    response = writer("POST", "/v1/sources", data=raw, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json["type"]) == (400, "/docs#malformed-body")


@pytest.mark.parametrize("type_", ["text/plain", "application/xml", "application/x-ndjson", ""])
def test_a_body_of_another_type_is_415(writer: Any, type_: str) -> None:
    response = writer("POST", "/v1/sources", data=b"{}", headers={"Content-Type": type_})
    assert (response.status_code, response.content_type) == (415, "application/problem+json")


def test_a_body_over_the_limit_is_413_and_changes_nothing(writer: Any) -> None:
    response = writer.post(
        "/v1/sources", {"id": "big", "name": "A", "kind": "person", "description": "x" * 2**20}
    )
    assert response.status_code == 413
    assert writer.get("/v1/sources/big").status_code == 404


def test_a_refusal_shows_half_a_surrogate_pair_without_harm(writer: Any) -> None:
    raw = b'{"\\ud800": 1, "name": "A", "kind": "person"}'
    response = writer("POST", "/v1/sources", data=raw, headers={"Content-Type": "application/json"})
    assert response.status_code == 422
    assert writer.reason(response, "\ud800") == "Unknown field."


def test_a_query_key_that_is_unknown_or_stands_twice_is_refused(kursk: Any) -> None:
    assert kursk.reason(kursk.get("/v1/sources?colour=red"), "colour") == "Unknown field."
    assert kursk.reason(kursk.get("/v1/sources/sso?colour=red"), "colour") == "Unknown field."
    assert kursk.reason(kursk.get("/v1/sources?limit=1&limit=2"), "limit") == "must be given once"
    assert kursk.reason(kursk.post("/v1/claims?dry=1", {}), "dry") == "Unknown field."


def test_a_database_that_is_gone_is_503_for_the_reader_of_the_log(app: Flask, anyone: Any) -> None:
    handles = app.extensions["credence"]["handles"]
    handles.open().close()
    handles.database, handles.url = None, "/nowhere/at/all.db"
    response = anyone.get("/readyz")
    assert (response.status_code, response.json["type"]) == (503, "/docs#database-unavailable")
    handles.database = open_database(":memory:")


def test_a_defect_is_500_and_tells_nothing(app: Flask, anyone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr("api.sources.sources.page", fail)
    response = anyone.get("/v1/sources")
    assert (response.status_code, response.content_type) == (500, "application/problem+json")
    assert "secret" not in response.text


def test_a_full_disk_is_507_and_reading_goes_on(app: Flask, kursk: Any, claim: dict[str, Any]) -> None:
    ledger = app.extensions["credence"]["handles"].open()
    (n_pages,) = ledger.execute("PRAGMA page_count").fetchone()
    ledger.execute(f"PRAGMA max_page_count = {n_pages}")
    refused = [kursk.post("/v1/claims", {**claim, "id": f"claim-{number}"}) for number in range(40)][-1]
    assert (refused.status_code, refused.content_type) == (507, "application/problem+json")
    assert refused.json["type"] == "/docs#disk-full"
    assert kursk.get("/v1/claims/kindratenko-cnn").status_code == 200
    ledger.execute("PRAGMA max_page_count = 1000000")
    assert kursk.post("/v1/claims", claim).status_code == 201


def test_a_ledger_that_others_keep_is_503_and_says_when_to_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.database.BUSY_TIMEOUT_S", 0.05)
    path = str(tmp_path / "credence.db")
    client = create_app(Settings(database=path, log_level="error")).test_client()
    with closing(open_database(path)) as other:
        key = keys.create(other, name="desk", scope="write", at=datetime.now(UTC))
        headers = {"Authorization": f"Bearer {key}"}
        body = {"name": "CNN", "kind": "outlet"}
        with writing(other):
            refused = client.put("/v1/sources/cnn", json=body, headers=headers)
            assert (refused.status_code, refused.json["type"]) == (503, "/docs#database-busy")
            assert int(refused.headers["Retry-After"]) > 0
        assert client.put("/v1/sources/cnn", json=body, headers=headers).status_code == 201


def test_a_ledger_that_was_replaced_under_the_service_is_503(tmp_path: Path) -> None:
    path = tmp_path / "credence.db"
    client = create_app(Settings(database=str(path), log_level="error")).test_client()
    assert client.get("/readyz").status_code == 200
    path.rename(tmp_path / "moved.db")
    assert "moved or replaced" in client.get("/readyz").json["detail"]
    (tmp_path / "moved.db").rename(path)
    assert client.get("/readyz").status_code == 200
