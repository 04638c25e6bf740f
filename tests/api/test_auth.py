"""Who may read and who may write."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from api.app import create_app
from api.settings import Settings

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
