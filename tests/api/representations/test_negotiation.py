"""Which form an answer comes in, and what keeps one form from being taken for another."""

from typing import Any

import pytest

from api.errors import NotAcceptableError
from api.representations.negotiation import CSV, JSON, LINKED_DATA, STIX, chosen

OFFERED = (JSON, CSV, LINKED_DATA, STIX)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
FORMS = ["application/json", "text/csv", "application/ld+json", "application/stix+json;version=2.1"]
CLAIM = "/v1/claims/kindratenko-cnn"
SUBJECTS = ["sources/kindratenko", "claims/kindratenko-cnn", "questions/dprk-on-kursk-front"]


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/json", JSON),
        (BROWSER, JSON),
        ("application/*", JSON),
        ("text/csv", CSV),
        ("TEXT/CSV", CSV),
        ("text/csv; charset=utf-8; header=present", CSV),
        ("text/*", CSV),
        ("text/csv, */*", CSV),
        ("text/csv, */*;q=0.1", CSV),
        ("text/csv;q=0.1, */*", JSON),
        ("application/json, text/csv", JSON),
        ("text/csv, application/json", JSON),
        ("application/json;q=0.5, text/csv;q=0.6", CSV),
        ("application/json;q=0, */*", CSV),
        ("application/ld+json", LINKED_DATA),
        ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', LINKED_DATA),
        ("text/html, application/ld+json;q=0.9", LINKED_DATA),
        ("application/stix+json;version=2.1", STIX),
        ("application/stix+json; version=2.1", STIX),
        ("application/stix+json", STIX),
        ("application/stix+json;version=2.0, application/json;q=0.1", JSON),
        ("nothing", JSON),
        (";;;,", JSON),
    ],
)
def test_the_form_that_is_wished_for_most_is_chosen(accept: str, form: Any) -> None:
    assert chosen(accept, OFFERED) is form


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "application/xml",
        "application/stix+json;version=2.0",
        "text/csv;q=0",
        "*/*;q=0",
        "image/*",
    ],
)
def test_what_is_not_offered_is_refused_with_what_is(accept: str) -> None:
    with pytest.raises(NotAcceptableError) as refused:
        chosen(accept, OFFERED)
    assert refused.value.offered == tuple(FORMS)


def test_a_refusal_names_the_header_and_what_it_must_allow(kursk: Any) -> None:
    refused = kursk.get(f"{CLAIM}/history", headers={"Accept": "application/ld+json"})
    assert kursk.reason(refused, "Accept", 406) == "must allow application/json or text/csv"
    assert refused.json["type"] == "/docs#not-acceptable"
    assert refused.headers["Vary"] == "Accept"


def test_what_comes_as_json_alone_says_so(kursk: Any) -> None:
    for path in ("/v1/model", "/v1/scopes/kursk-front/sso-sectors"):
        refused = kursk.get(path, headers={"Accept": "text/csv"})
        assert kursk.reason(refused, "Accept", 406) == "must allow application/json"


def test_pages_and_probes_are_not_negotiated(anyone: Any) -> None:
    for path in ("/docs", "/openapi.json", "/livez"):
        answer = anyone.get(path, headers={"Accept": "text/csv"})
        assert answer.status_code == 200
        assert "Vary" not in answer.headers


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("path", ["", "/score"])
def test_each_form_has_an_etag_of_its_own_and_honours_it(kursk: Any, subject: str, path: str) -> None:
    answers = {
        form: kursk.get(f"/v1/{subject}{path}", headers={"Accept": form})
        for form in FORMS
        if "stix" not in form or "question" not in subject or path
    }
    assert len({answer.headers["ETag"] for answer in answers.values()}) == len(answers)
    assert {answer.headers["Vary"] for answer in answers.values()} == {"Accept"}
    for form, answer in answers.items():
        assert answer.headers["Content-Type"].startswith(form)
        for other in answers:
            held = {"Accept": other, "If-None-Match": answer.headers["ETag"]}
            again = kursk.get(f"/v1/{subject}{path}", headers=held)
            assert (again.status_code, again.headers["Vary"]) == (304 if other == form else 200, "Accept")


def test_a_form_that_is_kept_is_not_answered_for_another(kursk: Any) -> None:
    first = {form: kursk.get(f"{CLAIM}/score", headers={"Accept": form}).data for form in FORMS}
    again = {form: kursk.get(f"{CLAIM}/score", headers={"Accept": form}) for form in FORMS}
    assert len(set(first.values())) == len(FORMS)
    for form, answer in again.items():
        assert answer.data == first[form]
        assert answer.headers["Vary"] == "Accept"


def test_a_correction_is_a_new_state_of_every_form_that_tells_of_it(
    kursk: Any, narrowing: dict[str, Any]
) -> None:
    before = {form: kursk.get(CLAIM, headers={"Accept": form}).headers["ETag"] for form in FORMS}
    kursk.post(f"{CLAIM}/corrections", narrowing)
    after = {form: kursk.get(CLAIM, headers={"Accept": form}).headers["ETag"] for form in FORMS}
    assert after["application/json"] == before["application/json"]
    assert after["application/ld+json"] != before["application/ld+json"]
    assert after[FORMS[3]] != before[FORMS[3]]


def test_a_head_request_is_told_what_a_get_would_be(kursk: Any) -> None:
    for form in FORMS:
        got, head = (kursk(method, f"{CLAIM}/score", headers={"Accept": form}) for method in ("GET", "HEAD"))
        for name in ("ETag", "Content-Type", "Vary"):
            assert head.headers[name] == got.headers[name]


@pytest.mark.parametrize("form", FORMS)
def test_errors_are_problems_whatever_was_asked_for(kursk: Any, form: str) -> None:
    for path, field in (("/v1/claims/nothing", "id"), ("/v1/claims/nothing/score", "id")):
        assert kursk.reason(kursk.get(path, headers={"Accept": form}), field, 404)
    assert kursk.reason(kursk.get("/v1/claims?limit=0", headers={"Accept": form}), "limit")


@pytest.mark.parametrize("form", FORMS[1:])
def test_writing_is_answered_in_json(kursk: Any, claim: dict[str, Any], form: str) -> None:
    written = kursk.post("/v1/claims", claim, headers={"Accept": form})
    assert (written.status_code, written.content_type) == (201, "application/json")
