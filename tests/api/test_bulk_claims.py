"""Many claims in one request."""

import io
import json
from typing import Any

import pytest

from api import body, bulk_claims, limits

LINES = {"Content-Type": "application/x-ndjson"}


def send(caller: Any, content: bytes) -> list[dict[str, Any]]:
    response = caller("POST", "/v1/claims", data=content, headers=LINES, buffered=True)
    assert (response.status_code, response.content_type) == (200, "application/x-ndjson")
    return [json.loads(line) for line in response.text.splitlines()]


def test_good_lines_are_kept_and_bad_ones_refused_each_with_its_result(
    kursk: Any, claim: dict[str, Any]
) -> None:
    content = [
        json.dumps({**claim, "id": "good"}),
        "",
        json.dumps({**claim, "id": "good"}),
        json.dumps({**claim, "id": "bad", "answer": "martians"}),
        json.dumps({**claim, "id": "worse", "certainty": 7}),
        '{"id":',
        "[]",
        json.dumps({**claim, "id": "lost", "question": "nothing", "scope": None}),
        json.dumps({**claim, "id": "last"}),
    ]
    results = send(kursk, "\n".join(content).encode())
    statuses = [(result["line"], result["status"]) for result in results]
    assert statuses == [(1, 201), (3, 409), (4, 422), (5, 422), (6, 400), (7, 422), (8, 422), (9, 201)]
    assert results[0] == {"line": 1, "status": 201, "id": "good"}
    assert results[2]["problem"]["errors"][0]["field"] == "answer"
    kept = [kursk.get(f"/v1/claims/{id_}").status_code for id_ in ("good", "bad", "worse", "lost", "last")]
    assert kept == [200, 404, 404, 404, 200]


def test_an_empty_body_has_no_results(kursk: Any) -> None:
    assert send(kursk, b"\n\n") == []


def test_a_line_over_the_limit_is_refused_alone(
    kursk: Any, claim: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_claims, "LARGEST_BODY", 400)
    long = json.dumps({**claim, "id": "long", "text": "x" * 1000})
    results = send(kursk, f"{long}\n{json.dumps(claim)}\n".encode())
    assert [(result["line"], result["status"]) for result in results] == [(1, 413), (2, 201)]


@pytest.mark.parametrize("length", ["declared", "chunked"])
def test_a_body_over_the_limit_is_413_and_changes_nothing(
    kursk: Any, claim: dict[str, Any], monkeypatch: pytest.MonkeyPatch, length: str
) -> None:
    monkeypatch.setattr(limits, "LARGEST_LINES_BODY", 1000)
    content = (json.dumps(claim) + "\n").encode() * 10
    stream: dict[str, Any] = {
        "input_stream": io.BytesIO(content),
        "environ_overrides": {"wsgi.input_terminated": True},
    }
    if length == "declared":
        stream["content_length"] = len(content)
    response = kursk("POST", "/v1/claims", headers=LINES, **stream)
    assert response.status_code == 413
    assert kursk.get("/v1/claims/another-claim").status_code == 404


def test_many_lines_need_a_key_too(anyone: Any) -> None:
    assert anyone("POST", "/v1/claims", data=b"{}", headers=LINES).status_code == 401


def test_the_limits_are_those_of_the_contract() -> None:
    assert (body.LARGEST_BODY, body.LARGEST_LINES_BODY) == (2**20, 64 * 2**20)
