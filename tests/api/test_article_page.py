"""The page of an article, as a browser without scripts gets it."""

import itertools
import re
from typing import Any
from urllib.parse import quote

import pytest
from reader import BROWSER, Reader, page

from api import prose

URL = "https://www.example.org/kursk"
REPORT = {
    "id": "report",
    "source": "cnn",
    "question": "dprk-on-kursk-front",
    "answer": "withdrawn",
    "stated_at": "2025-01-31T09:00:00Z",
    "cites": ["kindratenko"],
    "url": f"{URL}/?utm_source=mail",
}
HOSTILE = '<script>alert("1")</script>'


def path(url: str = URL, **query: Any) -> str:
    return f"/articles?url={quote(url, safe='')}" + "".join(
        f"&{name}={quote(str(value))}" for name, value in query.items()
    )


def told(caller: Any, url: str = URL, **query: Any) -> str:
    return re.sub(" (?=[.,;)])", "", page(caller, path(url, **query)).text)


def per_cent(probability: float) -> str:
    return prose.percent(probability)


@pytest.fixture
def article(kursk: Any) -> Any:
    """An article that reports what CNN had from Kindratenko."""
    assert kursk.post("/v1/claims", REPORT).status_code == 201
    return kursk


@pytest.fixture
def corrected(article: Any, narrowing: Any) -> Any:
    assert article.post("/v1/claims/kindratenko-cnn/corrections", narrowing).status_code == 201
    return article


def test_without_an_address_there_is_a_form_and_what_it_is_for(anyone: Any) -> None:
    for asked in ("/articles", "/articles?url=&published_at=&as_of="):
        shown = page(anyone, asked)
        assert "every claim that is recorded under it or that such a claim rests on" in shown.text
        assert "What it carries" not in shown.text
        named = [attributes.get("name") for tag, attributes in shown.elements if tag == "input"]
        assert named == ["url", "published_at", "as_of"]


def test_every_page_leads_to_it(anyone: Any) -> None:
    assert "/articles" in page(anyone, "/").links


def test_the_line_for_the_editor_comes_first(corrected: Any) -> None:
    summary = corrected.get("/v1" + path()).json["summary"]
    shown = told(corrected)
    assert summary in shown
    assert shown.index(summary) < shown.index("What it carries")


def test_each_claim_stands_with_what_was_and_what_is(corrected: Any) -> None:
    found = corrected.get("/v1" + path()).json
    shown = told(corrected)
    for claim in found["claims"]:
        for reading in (claim["score_at_publication"], claim["score_now"]):
            ends = prose.between(reading["interval"]["low"], reading["interval"]["high"])
            word = prose.likelihood(reading["score"])
            assert f"{per_cent(reading['score'])} ({ends}) {word}" in shown
    assert "directly" in shown
    assert "by relay, through CNN’s claim" in shown
    assert "narrowed" in shown


def test_the_answer_that_led_and_the_one_that_leads_are_named(corrected: Any) -> None:
    (question,) = corrected.get("/v1" + path()).json["questions"]
    shown = told(corrected)
    for words, leading in (
        ("When the article appeared", question["leading_at_publication"]),
        ("Now", question["leading_now"]),
    ):
        assert f"{words}: “{leading['answer']}” leads, {per_cent(leading['credence'])}" in shown


def test_what_nobody_had_spoken_of_by_then_is_not_judged(article: Any) -> None:
    shown = told(article, published_at="2025-01-30")
    assert "When the article appeared: nobody stood by an answer, so it cannot be judged." in shown
    assert "not said yet" in shown


def test_corrections_before_and_since_are_told_apart_with_their_times(corrected: Any) -> None:
    notice = "narrowed to kursk-front/sso-sectors by Oleksandr Kindratenko, 31 January 2025, 16:00 UTC"
    assert f"since it appeared: {notice}" in told(corrected)
    later = told(corrected, published_at="2025-02-01")
    assert f"before it appeared: {notice}" in later
    assert "appeared 1 February 2025" in later


def test_as_of_shows_the_article_as_it_was_and_every_link_keeps_the_day(corrected: Any) -> None:
    shown = page(corrected, path(as_of="2025-01-31T12:00:00Z"))
    assert "since it appeared: narrowed" not in shown.text
    assert "as of 31 January 2025, 12:00 UTC" in shown.text
    for link in ("/claims/report", "/questions/dprk-on-kursk-front", "/sources/cnn"):
        assert f"{link}?as_of=2025-01-31T12:00:00Z" in shown.links


def test_a_question_about_a_number_shows_its_median(article: Any) -> None:
    claim = {
        **REPORT,
        "id": "count",
        "question": "dprk-casualties",
        "answer": {"about": 4000},
        "cites": [],
    }
    assert article.post("/v1/claims", claim).status_code == 201
    questions = article.get("/v1" + path()).json["questions"]
    number = next(each["leading_now"]["quantity"] for each in questions if each["leading_now"]["quantity"])
    assert f"Now: {prose.number(number['median'])} soldiers" in told(article)


def test_a_resolution_is_told(article: Any) -> None:
    resolution = {"answer": "reduced", "resolved_at": "2025-03-01T00:00:00Z", "by": "budanov"}
    article.put("/v1/questions/dprk-on-kursk-front/resolution", resolution)
    assert "Resolved as “reduced” on 1 March 2025, 00:00 UTC" in told(article)


def test_an_article_of_corrections_alone_shows_those(article: Any, narrowing: Any) -> None:
    notice = {**narrowing, "url": "https://example.org/notice", "text": "Only our own sectors."}
    article.post("/v1/claims/kindratenko-cnn/corrections", notice)
    shown = told(article, "https://example.org/notice")
    assert "This article carries no claim, but the correction of 1 claim itself." in shown
    assert "Corrections that it carries itself" in shown
    assert "Only our own sectors." in shown
    assert "What it carries" not in shown


def test_a_long_article_is_read_page_by_page(article: Any, claim: Any) -> None:
    for number in range(3):
        body = {**claim, "id": f"more-{number}", "url": URL, "stated_at": "2025-02-01"}
        assert article.post("/v1/claims", body).status_code == 201
    address, seen = path(limit=2, as_of="2025-02-10"), []
    while address:
        shown = page(article, address)
        seen += [attributes["id"] for tag, attributes in shown.elements if tag == "tr" and "id" in attributes]
        following = [
            attributes["href"] for _, attributes in shown.elements if attributes.get("rel") == "next"
        ]
        address = str(following[0]) if following else ""
    whole = article.get("/v1" + path()).json["claims"]
    assert seen == [each["claim"] for each in whole]
    assert len(seen) == 5
    assert "/articles?url=" in next(link for link in shown.links if link.endswith("cursor="))


def test_the_same_is_there_as_json(corrected: Any) -> None:
    address = path(as_of="2025-02-10", published_at="")
    link = next(link for link in page(corrected, address).links if link.startswith("/v1/articles"))
    assert corrected.get(link).json == corrected.get("/v1" + path(as_of="2025-02-10")).json


def test_an_address_that_nobody_recorded_is_not_found_on_a_page(article: Any) -> None:
    shown = page(article, path("https://example.org/unknown"), 404)
    assert "has neither a claim nor a correction recorded under its address" in shown.text
    assert "/articles" in shown.links


@pytest.mark.parametrize("query", ["url=kursk", "url=javascript:alert(1)", "url=https://a.org&as_of=soon"])
def test_what_is_no_address_or_no_day_is_refused_in_a_sentence(anyone: Any, query: str) -> None:
    assert "must be a" in page(anyone, f"/articles?{query}", 422).text


def test_what_an_article_says_is_text_and_no_markup(article: Any) -> None:
    article.put("/v1/sources/hostile", {"name": HOSTILE, "kind": "account"})
    article.put(
        "/v1/questions/hostile", {"text": HOSTILE, "scope": "kursk-front", "answers": [HOSTILE, "no"]}
    )
    claim = {**REPORT, "id": "hostile", "source": "hostile", "question": "hostile", "answer": HOSTILE}
    assert article.post("/v1/claims", {**claim, "cites": []}).status_code == 201
    response = article.get(path(f'{URL}?fbclid="><script>1</script>'), headers=BROWSER)
    assert response.status_code == 200
    assert "<script" not in response.text
    assert HOSTILE in Reader(response.text).text


def test_the_page_needs_nothing_that_its_policy_forbids(corrected: Any) -> None:
    for address in (path(), "/articles", path("https://example.org/unknown")):
        response = corrected.get(address, headers=BROWSER)
        assert "form-action 'self'" in response.headers["Content-Security-Policy"]
        assert not re.search(r"<script|<iframe|<base|\sstyle=|\son\w+=|<style|url\(", response.text)
        elements = Reader(response.text).elements
        levels = [int(tag[1]) for tag, _ in elements if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_a_page_that_the_reader_holds_is_not_sent_again(article: Any, narrowing: Any) -> None:
    etag = article.get(path(), headers=BROWSER).headers["ETag"]
    held = {**BROWSER, "If-None-Match": etag}
    assert article.get(path(), headers=held).status_code == 304
    article.post("/v1/claims/kindratenko-cnn/corrections", narrowing)
    after = article.get(path(), headers=held)
    assert after.status_code == 200
    assert "since it appeared:" in after.text
