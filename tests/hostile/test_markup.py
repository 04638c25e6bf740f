"""Text that a browser or a spreadsheet could run: it is kept as it is, and answered as data."""

import csv
import io
import json
from typing import Any

import pytest
from hostile.service import Service

HTML = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'--><svg/onload=alert(1)>{{7*7}}${7*7}"
FORMULAS = ('=HYPERLINK("http://evil.example")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "=1+1")

# Columns of numbers, which may be below zero.
NUMBERS = ("score", "credence", "median", "low", "high", "interval_low", "interval_high")


def make(service: Service, number: str, text: str) -> list[str]:
    """Store a text wherever the service takes text, and return the addresses that show it."""
    source = {
        "id": f"markup-{number}",
        "name": text,
        "kind": "person",
        "aliases": [text],
        "description": text,
    }
    question = {"id": f"markup-{number}", "text": text, "scope": "markup", "answers": [text, "other"]}
    claim = {
        "id": f"markup-{number}",
        "source": source["id"],
        "question": question["id"],
        "answer": text,
        "stated_at": "2025-01-31T08:00:00Z",
        "text": text,
        "read_in": text,
        "vantage": "direct",
        "vantage_because": text,
    }
    correction = {"kind": "reaffirm", "by": source["id"], "stated_at": "2025-02-01T08:00:00Z", "text": text}
    resolution = {"answer": text, "resolved_at": "2025-02-02T08:00:00Z", "by": source["id"], "text": text}
    for method, address, body in (
        ("PUT", f"/v1/scopes/markup/{number}", {"name": text}),
        ("POST", "/v1/sources", source),
        ("POST", "/v1/questions", question),
        ("POST", "/v1/claims", claim),
        ("POST", f"/v1/claims/{claim['id']}/corrections", correction),
        ("PUT", f"/v1/questions/{question['id']}/resolution", resolution),
    ):
        assert service.call(method, address, body).status == 201, (address, text)
    nouns = [f"/v1/{noun}/markup-{number}" for noun in ("sources", "questions", "claims")]
    return [
        *nouns,
        *(f"{noun}/score" for noun in nouns),
        *(f"{noun}/history" for noun in nouns),
        f"{nouns[1]}/resolution",
        f"{nouns[2]}/corrections",
        f"/v1/scopes/markup/{number}",
        "/v1/sources?limit=200",
        "/v1/corrections?limit=200",
    ]


def test_html_is_answered_as_json_that_no_browser_sniffs(service: Service) -> None:
    shown = 0
    for address in make(service, "html", HTML):
        answer = service.call("GET", address)
        assert answer.status == 200, address
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        shown += HTML in texts(answer.json)
    assert shown >= 8


def texts(document: Any) -> list[str]:
    if isinstance(document, dict):
        return [text for each in document.values() for text in texts(each)]
    if isinstance(document, list):
        return [text for each in document for text in texts(each)]
    return [document] if isinstance(document, str) else []


@pytest.mark.parametrize("place", ["address", "field", "query"])
def test_a_refusal_shows_html_as_data(service: Service, place: str) -> None:
    if place == "address":
        answer = service.call("GET", "/v1/sources/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    elif place == "field":
        answer = service.call("POST", "/v1/sources", {"<script>": HTML})
    else:
        answer = service.call("GET", "/v1/sources?%3Cscript%3E=1")
    assert answer.status in (404, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_page_of_the_docs_runs_no_script_and_shows_nothing_that_was_stored(service: Service) -> None:
    make(service, "docs", HTML.replace("7*7", "6*6"))
    page = service.call("GET", "/docs?", scope=None)
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src" not in page.headers["content-security-policy"]
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert b"alert(1)" not in page.body
    assert b"<script" not in page.body.lower()


@pytest.mark.parametrize(("number", "formula"), list(enumerate(FORMULAS)))
def test_a_formula_is_kept_as_text_and_no_cell_of_a_table_begins_as_one(
    service: Service, number: int, formula: str
) -> None:
    addresses = make(service, f"formula-{number}", formula)
    assert service.call("GET", f"/v1/claims/markup-formula-{number}").json["text"] == formula
    shown = 0
    for address in addresses:
        answer = service.call("GET", address, Accept="text/csv")
        if answer.status == 406:
            continue
        assert (answer.status, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8"), address
        header, *rows = csv.reader(io.StringIO(answer.body.decode(), newline=""))
        for row in rows:
            for name, cell in zip(header, row, strict=True):
                is_number = name in NUMBERS and not cell.startswith(("=", "+", "@"))
                assert is_number or not cell.lstrip().startswith(("=", "+", "-", "@")), (address, name, cell)
                assert cell[:1] not in ("\t", "\r", "\n")
            shown += f"'{formula}" in row
    assert shown >= 6


def test_linked_data_holds_nothing_that_would_end_a_script(service: Service) -> None:
    for address in make(service, "linked", HTML.replace("7*7", "5*5")):
        answer = service.call("GET", address, Accept="application/ld+json")
        if answer.status != 406:
            assert (answer.status, answer.headers["content-type"]) == (200, "application/ld+json"), address
            assert not set(answer.body) & set(b"<>&"), address
            json.loads(answer.body)
