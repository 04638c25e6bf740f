"""What every answer carries, and which methods every address has."""

import re
from typing import Any

import pytest
from flask import Flask

from api.headers import SECURITY_HEADERS

METHODS = {"GET", "HEAD", "POST", "PUT"}


def addresses(app: Flask) -> list[tuple[str, set[str]]]:
    """Every address of the app, its names filled in, with the methods that it has."""
    found: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<path:filename>", "docs.css")
        path = re.sub(r"<[^>]*>", "kindratenko", path)
        found.setdefault(path, set()).update(rule.methods or ())
    return sorted(found.items())


def assert_secured(response: Any) -> None:
    for name, value in SECURITY_HEADERS.items():
        assert response.headers.getlist(name) == [value], (name, response.headers)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/sources", 200),
        ("GET", "/docs", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/static/docs.css", 200),
        ("GET", "/static/none.css", 404),
        ("GET", "/metrics", 200),
        ("GET", "/nowhere", 404),
        ("GET", "/v1/sources?limit=0", 422),
        ("GET", "/v1/sources/nobody", 404),
        ("PUT", "/v1/sources/cnn", 401),
        ("DELETE", "/v1/sources", 405),
        ("OPTIONS", "/v1/sources", 200),
        ("HEAD", "/v1/sources", 200),
    ],
)
def test_every_answer_has_the_security_headers_once(anyone: Any, method: str, path: str, status: int) -> None:
    with anyone(method, path) as response:
        assert response.status_code == status
        assert_secured(response)


def test_an_answer_that_nothing_has_changed_has_them_too(anyone: Any) -> None:
    tag = anyone.get("/v1/sources").headers["ETag"]
    response = anyone.get("/v1/sources", headers={"If-None-Match": tag})
    assert response.status_code == 304
    assert_secured(response)


def test_a_defect_has_them_too(anyone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("api.sources.sources.page", fail)
    response = anyone.get("/v1/sources")
    assert response.status_code == 500
    assert_secured(response)


def test_the_page_needs_nothing_that_its_policy_forbids(anyone: Any) -> None:
    page = anyone.get("/docs").text
    assert not re.search(r"<script|<img|<iframe|<form|<base|\sstyle=|\son\w+=|<style|url\(", page)
    with anyone.get("/static/docs.css") as sheet:
        assert "@import" not in sheet.text
        assert "url(" not in sheet.text


def test_options_tells_the_methods_of_every_address_without_a_key(app: Flask, anyone: Any) -> None:
    for path, methods in addresses(app):
        response = anyone("OPTIONS", path)
        assert (response.status_code, response.data) == (200, b""), path
        assert set(response.headers["Allow"].split(", ")) == methods
        assert anyone("OPTIONS", f"{path}?limit=1").status_code == 200


def test_head_answers_as_get_does_without_its_body(app: Flask, kursk: Any) -> None:
    for path, methods in addresses(app):
        if "GET" not in methods:
            continue
        with kursk("GET", path) as got, kursk("HEAD", path) as head:
            assert (head.status_code, head.data) == (got.status_code, b""), path
            # The counters move, a stream has no length, and each refusal names its own request.
            if got.status_code == 200 and path not in ("/metrics", "/v1/events/stream"):
                assert head.headers["Content-Length"] == got.headers["Content-Length"], path
                assert head.headers.get("ETag") == got.headers.get("ETag"), path


def test_a_method_that_an_address_has_not_is_405_with_those_that_it_has(app: Flask, admin: Any) -> None:
    for path, methods in addresses(app):
        for method in sorted((METHODS | {"DELETE", "PATCH", "TRACE", "BREW"}) - methods):
            response = admin(method, path)
            assert response.status_code == 405, (method, path)
            assert response.content_type == "application/problem+json"
            assert set(response.headers["Allow"].split(", ")) == methods
            assert_secured(response)
