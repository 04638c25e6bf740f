"""Query strings: forged cursors, huge pages, and text that SQL could take for more than text."""

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
from hostile.service import Service

LISTS = ("sources", "questions", "claims")
INJECTIONS = (
    "' OR '1'='1",
    "'; DROP TABLE claims; --",
    '" OR ""="',
    "x' UNION SELECT hash, name, scope FROM keys --",
    "1) OR (1=1",
    "id; SELECT randomblob(1000000000)",
    "score DESC, (SELECT hash FROM keys)",
    "%",
    "_%",
    "\\",
    "*",
    "[a-z]*",
)
FILTERS = {
    "sources": ("kind", "member_of", "q", "sort", "min_score", "max_score", "limit", "cursor"),
    "questions": ("scope", "q", "sort", "min_score", "max_score", "limit", "cursor"),
    "claims": ("source", "question", "scope", "url", "since", "until", "sort", "limit", "cursor"),
    "scopes": ("limit", "cursor"),
    "corrections": ("kind", "by", "claim", "limit", "cursor"),
}


def token(document: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


FORGED = (
    "x",
    "%00",
    "=",
    "====",
    "a" * 513,
    "ä",
    *map(
        token,
        (
            [],
            {},
            None,
            ["id"],
            ["id", None, "a"],
            ["id", ["a"], "a"],
            ["id", "a", 1],
            ["score", "a", "a"],
            ["id", 10**400, "a"],
            ["sort", "a", "a"],
            ["id", "\ud800", "a"],
            [["id"], "a", "a"],
        ),
    ),
    base64.urlsafe_b64encode(b'["id", NaN, "a"]' + b" " * 20).decode(),
    base64.urlsafe_b64encode(b'["id", Infinity, "\\u0000"]').decode(),
    base64.urlsafe_b64encode(b"[" * 300).decode(),
    base64.urlsafe_b64encode(b"\xff\xfe").decode(),
)


@pytest.mark.parametrize("cursor", FORGED)
def test_a_forged_cursor_is_refused_or_starts_a_page_and_never_fails(service: Service, cursor: str) -> None:
    for noun in LISTS:
        answer = service.call("GET", f"/v1/{noun}?cursor={quote(cursor)}")
        assert answer.status in (200, 422), answer
        answer = service.call("GET", f"/v1/{noun}?sort=score&cursor={quote(cursor)}")
        assert answer.status in (200, 422), answer
    for history in ("sources/kindratenko", "claims/kindratenko-cnn"):
        assert service.call("GET", f"/v1/{history}/history?cursor={quote(cursor)}").status in (200, 422)


@pytest.mark.parametrize("score", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "123456789e300"])
def test_a_cursor_beyond_all_scores_never_fails(service: Service, score: str) -> None:
    cursor = base64.urlsafe_b64encode(f'["score", {score}, "a"]'.encode()).decode()
    for noun in LISTS:
        assert service.call("GET", f"/v1/{noun}?sort=score&cursor={quote(cursor)}").status in (200, 422)


@pytest.mark.parametrize("offset", ["-1", "9" * 19, "9" * 400, "0x10", "١", " 1", "1_0", "1.5", "NaN"])
def test_a_forged_place_in_a_history_never_fails(service: Service, offset: str) -> None:
    cursor = quote(base64.urlsafe_b64encode(offset.encode()).decode())
    answer = service.call("GET", f"/v1/claims/kindratenko-cnn/history?cursor={cursor}")
    assert answer.status in (200, 422)
    if answer.status == 200:
        assert answer.json == {"items": []}


@pytest.mark.parametrize(
    "limit",
    [
        "0",
        "-1",
        "201",
        "1e2",
        "0x10",
        "1_0",
        "%D9%A5",
        "9" * 5000,
        "1.0",
        "NaN",
        "",
        "+5",
        "5%20",
        "5&limit=6",
    ],
)
def test_a_page_is_never_larger_than_two_hundred(service: Service, limit: str) -> None:
    for noun in (*LISTS, "scopes", "corrections"):
        answer = service.call("GET", f"/v1/{noun}?limit={limit}")
        assert answer.status == 422, (noun, limit, answer.body[:200])


@pytest.mark.parametrize("number", ["NaN", "inf", "-inf", "1e400", "0_1", "%D9%A0", "0x1", ""])
def test_a_range_of_scores_is_of_plain_numbers(service: Service, number: str) -> None:
    for noun in LISTS:
        assert service.call("GET", f"/v1/{noun}?min_score={number}").status == 422


@pytest.mark.parametrize(("noun", "key"), [(noun, key) for noun, keys in FILTERS.items() for key in keys])
def test_sql_in_a_query_is_text_and_nothing_more(service: Service, noun: str, key: str) -> None:
    for text in INJECTIONS:
        answer = service.call("GET", f"/v1/{noun}?{key}={quote(text)}")
        assert answer.status in (200, 422)
        assert b"hostile-admin" not in answer.body
        found = answer.json["items"] if answer.status == 200 else []
        assert all(text in each for item in found for each in [str(list(item.values()))]), (text, found)


def test_every_filter_that_the_document_names_is_attacked(service: Service) -> None:
    paths = service.call("GET", "/openapi.json").json["paths"]
    for noun, keys in FILTERS.items():
        named = {
            each["name"] for each in paths[f"/v1/{noun}"]["get"]["parameters"] if each.get("in") == "query"
        }
        assert named - {"min_score", "max_score"} == set(keys) - {"min_score", "max_score"}


@pytest.mark.parametrize("text", INJECTIONS)
def test_sql_in_a_stored_text_is_kept_as_it_is(service: Service, text: str) -> None:
    body = {"name": text, "kind": "outlet", "description": text, "aliases": [text]}
    made = service.call("POST", "/v1/sources", body)
    assert made.status == 201
    kept = service.call("GET", f"/v1/sources/{made.json['id']}").json
    assert (kept["name"], kept["description"], kept["aliases"]) == (text, text, [text])
    found = service.call("GET", f"/v1/sources?limit=200&q={quote(text)}").json["items"]
    assert made.json["id"] in [item["id"] for item in found]
