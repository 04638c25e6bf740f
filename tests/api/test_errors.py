"""Every error has the one shape of a problem document."""

import json
from typing import Any

import pytest
from flask import Flask

from data.database import open_database


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
