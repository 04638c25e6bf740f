"""Who may read and who may write."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from api.app import create_app
from api.settings import Settings
from data import keys

NARROWING = {
    "kind": "narrow",
    "by": "kindratenko",
    "stated_at": "2025-01-31T16:00:00Z",
    "scope": "kursk-front/sso-sectors",
}
QUESTION = {
    "text": "Are they there?",
    "scope": "kursk-front",
    "answers": ["fighting", "reduced", "withdrawn"],
}
SOURCE = {"name": "CNN", "kind": "outlet"}


def test_reading_is_open_by_default(anyone: Any) -> None:
    assert anyone.get("/v1/sources").status_code == 200
    assert anyone.post("/v1/scores", {}).status_code == 200


def test_writing_without_a_key_or_with_a_wrong_one_is_401(anyone: Any) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "x"},
    ):
        response = anyone.put("/v1/sources/cnn", SOURCE, headers=headers)
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
        assert response.json["type"] == "/docs#missing-key"


def test_a_key_without_the_scope_is_403(reader: Any, writer: Any) -> None:
    assert reader.put("/v1/sources/cnn", SOURCE).status_code == 403
    response = writer.post("/v1/claims/any/void", {"because": "a slip"})
    assert response.status_code == 403
    assert 'scope="admin"' in response.headers["WWW-Authenticate"]


def test_the_key_is_looked_at_before_the_body(anyone: Any, reader: Any) -> None:
    broken = {"data": b'{"name":', "headers": {"Content-Type": "text/plain"}}
    assert anyone("PUT", "/v1/sources/cnn", **broken).status_code == 401
    assert reader("PUT", "/v1/sources/cnn", **broken).status_code == 403


def test_a_key_to_correct_corrects_and_writes_nothing_else(kursk: Any, corrector: Any) -> None:
    assert corrector.post("/v1/claims/kindratenko-cnn/corrections", NARROWING).status_code == 201
    response = corrector.put("/v1/sources/cnn", SOURCE)
    assert response.status_code == 403
    assert 'scope="write"' in response.headers["WWW-Authenticate"]


def test_a_bound_key_writes_what_its_sources_say_or_carry(bound: Any, claim: Any) -> None:
    assert bound.post("/v1/claims", claim).status_code == 201
    carried = {**claim, "id": "carried", "source": "budanov", "via": ["cnn"]}
    assert bound.post("/v1/claims", carried).status_code == 201
    other = {**claim, "id": "other", "source": "budanov", "via": []}
    response = bound.post("/v1/claims", other)
    assert bound.reason(response, "source", status=403) == (
        "is 'budanov', and nobody carries it, but this key is bound to kindratenko, cnn"
    )
    assert response.json["type"] == "/docs#bound-key"


def test_a_bound_key_corrects_for_its_sources_alone(bound: Any, narrowing: Any) -> None:
    assert bound.post("/v1/claims/kindratenko-cnn/corrections", narrowing).status_code == 201
    denial = {"kind": "deny", "by": "budanov", "stated_at": "2025-02-01T08:00:00Z"}
    response = bound.post("/v1/claims/kindratenko-cnn/corrections", denial)
    assert "'budanov'" in bound.reason(response, "by", status=403)


def test_a_bound_key_writes_nothing_but_claims_and_corrections(bound: Any) -> None:
    resolution = {"answer": "reduced", "resolved_at": "2025-03-01", "by": "cnn"}
    for path, body in (
        ("/v1/sources/cnn", SOURCE),
        ("/v1/scopes/kursk-front", {"name": "The Kursk front"}),
        ("/v1/questions/dprk-on-kursk-front", QUESTION),
        ("/v1/questions/dprk-on-kursk-front/resolution", resolution),
    ):
        reason = bound.reason(bound.put(path, body), "Authorization", status=403)
        assert "bound to kindratenko, cnn" in reason


def test_each_line_of_a_bound_key_is_refused_by_itself(bound: Any, claim: Any) -> None:
    lines = [
        {**claim, "id": "own"},
        {**claim, "id": "anothers", "source": "budanov", "via": []},
        {**claim, "id": "carried", "source": "budanov"},
    ]
    body = "\n".join(json.dumps(line) for line in lines)
    headers = {"Content-Type": "application/x-ndjson"}
    with bound("POST", "/v1/claims", data=body, headers=headers) as response:
        results = [json.loads(line) for line in response.text.splitlines()]
    assert [result["status"] for result in results] == [201, 403, 201]
    assert "'budanov'" in results[1]["problem"]["detail"]


def test_a_key_that_ended_is_401(app: Flask, writer: Any) -> None:
    assert writer.put("/v1/sources/cnn", SOURCE).status_code == 201
    keys.revoke(app.extensions["credence"]["handles"].open(), "write-key", at=datetime.now(UTC))
    response = writer.put("/v1/sources/cnn", SOURCE)
    assert response.status_code == 401
    assert "has ended" in response.json["detail"]


def test_the_last_use_is_kept_once_the_answer_is_sent(app: Flask, writer: Any) -> None:
    ledger = app.extensions["credence"]["handles"].open()
    response = writer.put("/v1/sources/cnn", SOURCE)
    assert keys.every(ledger)[0].used_at is None
    response.close()
    used_at = keys.every(ledger)[0].used_at
    assert used_at is not None
    assert (datetime.now(UTC) - used_at).total_seconds() < 60


@pytest.fixture
def closed() -> Iterator[Flask]:
    app = create_app(Settings(database=":memory:", open_reading=False, log_level="error"))
    yield app
    app.extensions["credence"]["handles"].open().close()


def test_reading_can_be_closed_but_the_probes_stay_open(closed: Flask) -> None:
    client = closed.test_client()
    assert client.get("/v1/sources").status_code == 401
    assert client.post("/v1/scores", json={}).status_code == 401
    for path in ("/livez", "/readyz", "/metrics", "/openapi.json", "/docs"):
        assert client.get(path).status_code == 200
