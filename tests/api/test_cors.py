"""Which web pages of other origins may call."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.app import create_app
from api.errors import SettingsError
from api.settings import Settings, read_settings
from data import keys

DESK = "https://desk.example"
EXPOSED = ("ETag", "Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id")


def serving(*origins: str, **settings: Any) -> Flask:
    return create_app(Settings(database=":memory:", log_level="error", cors_origins=origins, **settings))


def preflight(client: FlaskClient, path: str, origin: str = DESK, method: str = "PUT") -> Any:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return client.options(path, headers=headers)


def words(response: Any, name: str) -> set[str]:
    return set(response.headers[name].lower().split(", "))


def test_a_listed_origin_may_read_and_sees_the_headers_that_it_needs() -> None:
    response = (
        serving(DESK, "http://localhost:3000").test_client().get("/v1/sources", headers={"Origin": DESK})
    )
    assert response.headers["Access-Control-Allow-Origin"] == DESK
    assert {name.lower() for name in EXPOSED} <= words(response, "Access-Control-Expose-Headers")
    assert "Origin" in response.vary
    assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://desk.example.evil.example", "*"])
def test_another_origin_is_told_nothing_and_caches_are_told_apart(origin: str) -> None:
    client = serving(DESK).test_client()
    for response in (
        client.get("/v1/sources", headers={"Origin": origin}),
        preflight(client, "/v1/sources", origin),
    ):
        assert not [name for name, _ in response.headers if name.startswith("Access-Control-")]
        assert "Origin" in response.vary


def test_a_listed_origin_may_write_with_a_key() -> None:
    app = serving(DESK)
    key = keys.create(
        app.extensions["credence"]["handles"].open(), name="page", scope="write", at=datetime.now(UTC)
    )
    client = app.test_client()
    asked = preflight(client, "/v1/sources/cnn")
    assert asked.status_code == 200
    assert asked.headers["Access-Control-Allow-Origin"] == DESK
    assert "put" in words(asked, "Access-Control-Allow-Methods")
    assert {"authorization", "content-type", "idempotency-key"} <= words(
        asked, "Access-Control-Allow-Headers"
    )
    headers = {"Origin": DESK, "Authorization": f"Bearer {key}"}
    response = client.put("/v1/sources/cnn", json={"name": "CNN", "kind": "outlet"}, headers=headers)
    assert (response.status_code, response.headers["Access-Control-Allow-Origin"]) == (201, DESK)


def test_a_preflight_is_answered_with_the_query_of_what_follows_and_without_a_key() -> None:
    client = serving(DESK, open_reading=False).test_client()
    assert preflight(client, "/v1/sources?limit=5", method="GET").status_code == 200


def test_any_origin_may_read_without_a_key_where_all_are_let_in() -> None:
    client = serving("*").test_client()
    response = client.get("/v1/sources", headers={"Origin": DESK})
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "authorization" not in words(preflight(client, "/v1/sources"), "Access-Control-Allow-Headers")


def test_a_page_sees_its_refusals_too() -> None:
    client = serving(DESK, rate_limit=1).test_client()
    for status in (404, 429):
        response = client.get("/nowhere", headers={"Origin": DESK})
        assert (response.status_code, response.headers["Access-Control-Allow-Origin"]) == (status, DESK)


def test_by_default_no_other_origin_is_let_in(anyone: Any) -> None:
    response = anyone.get("/v1/sources", headers={"Origin": DESK})
    assert not [name for name, _ in response.headers if name.startswith("Access-Control-")]
    assert "Origin" not in response.vary


@pytest.mark.parametrize(
    "text",
    [
        "desk.example",
        "https://desk.example/",
        "https://Desk.example",
        "https://desk.example:443",
        "http://desk.example:80",
        "https://*.example",
        "null",
        "*,https://desk.example",
        "https://desk.example,",
        "https://desk.example https://wire.example",
        "ftp://desk.example",
        "https://user@desk.example",
    ],
)
def test_a_malformed_origin_stops_the_start_with_a_sentence(text: str) -> None:
    with pytest.raises(SettingsError, match=r"^CREDENCE_CORS_ORIGINS must be .*\.$"):
        read_settings({"CREDENCE_CORS_ORIGINS": text})


def test_origins_are_listed_with_commas() -> None:
    text = "https://desk.example, http://localhost:3000,http://[::1]:8080"
    assert read_settings({"CREDENCE_CORS_ORIGINS": text}).cors_origins == (
        DESK,
        "http://localhost:3000",
        "http://[::1]:8080",
    )
    assert read_settings({"CREDENCE_CORS_ORIGINS": "*"}).cors_origins == ("*",)
    assert read_settings({"CREDENCE_CORS_ORIGINS": " "}).cors_origins == ()
