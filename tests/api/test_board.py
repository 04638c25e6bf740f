"""The pages for people, as a browser without scripts gets them."""

import itertools
import json
import re
from typing import Any

import pytest
from reader import BROWSER, page

from api import prose

BUDANOV = {
    "id": "budanov-twz",
    "source": "budanov",
    "question": "dprk-on-kursk-front",
    "answer": "reduced",
    "stated_at": "2025-01-31T18:00:00Z",
}
QUESTION = "/questions/dprk-on-kursk-front"
HOSTILE = '<script>alert("1")</script>'


@pytest.fixture
def disputed(kursk: Any, narrowing: Any) -> Any:
    """The dispute in small, with a denial and a walk-back."""
    assert kursk.post("/v1/claims", BUDANOV).status_code == 201
    assert kursk.post("/v1/claims/kindratenko-cnn/corrections", narrowing).status_code == 201
    return kursk


def test_the_board_lists_every_question_with_its_leading_answer(disputed: Any) -> None:
    told = page(disputed, "/").text
    score = disputed.get("/v1/questions/dprk-on-kursk-front/score").json
    leading = max(score["answers"], key=lambda each: each["credence"])
    assert f"{leading['answer']}, {leading['credence']:.0%}" in told
    assert "How many casualties?" in told
    assert "cannot be judged: nobody stands by an answer" in told


def test_the_board_says_what_moved_in_the_week_before_the_day_that_is_asked_about(disputed: Any) -> None:
    assert "First spoken of in that week." in page(disputed, "/?as_of=2025-02-01").text
    told = page(disputed, "/").text
    assert "Nothing moved in that week. The last claim" in told
    assert "is of 31 January 2025, 18:00 UTC" in told
    links = [attributes.get("href") for tag, attributes in page(disputed, "/").elements if tag == "a"]
    assert "/?as_of=2025-01-31" in links


def test_an_empty_ledger_says_so(anyone: Any) -> None:
    assert "No question has been recorded yet." in page(anyone, "/").text


def test_a_question_is_found_by_its_words(disputed: Any) -> None:
    told = page(disputed, "/?q=casualt&as_of=").text
    assert "How many casualties?" in told
    assert "Are North Korean troops" not in told


def test_a_questions_page_tells_what_the_score_tells(disputed: Any) -> None:
    told = page(disputed, QUESTION).text
    score = disputed.get("/v1/questions/dprk-on-kursk-front/score").json
    for answer in score["answers"]:
        assert f"{answer['answer']} {answer['credence']:.0%}" in told
        assert f"{answer['low']:.0%}–{answer['high']:.0%}".replace("%–", "–") in told
    assert prose.quoted(score["summary"]) in told


def test_every_moment_stands_in_the_table_and_a_mark_leads_to_it(disputed: Any) -> None:
    elements = page(disputed, QUESTION).elements
    rows = [attributes["id"] for tag, attributes in elements if tag == "tr" and "data-x" in attributes]
    marks = {
        attributes["href"]: attributes["aria-label"]
        for tag, attributes in elements
        if tag == "a" and "#moment" in str(attributes.get("href"))
    }
    history = disputed.get("/v1/questions/dprk-on-kursk-front/history").json["items"]
    assert len(rows) == len(history) == 3
    assert marks
    assert marks.keys() <= {f"#{row}" for row in rows}
    title = str(marks["#moment-1"])
    assert title.startswith("31 January 2025, 08:00 UTC: Oleksandr Kindratenko")
    assert "Oleksandr Kindratenko’s claim narrowed by Oleksandr Kindratenko" in "".join(
        map(str, marks.values())
    )


def test_the_picture_shows_the_last_moment_and_says_what_the_table_says_of_it(disputed: Any) -> None:
    shown = page(disputed, QUESTION)
    rows = [attributes for tag, attributes in shown.elements if tag == "tr" and "data-x" in attributes]
    (cursor,) = (attributes for tag, attributes in shown.elements if attributes.get("class") == "cursor")
    assert cursor["x"] == f"{rows[-1]['data-x']}%"
    cells = [
        attributes["data-y"] for tag, attributes in shown.elements if tag == "td" and "data-y" in attributes
    ]
    dots = [attributes["cy"] for tag, attributes in shown.elements if tag == "circle" and "cy" in attributes]
    assert dots == cells[-3:]
    told = [
        f"{each['answer']} {each['credence']:.0%}"
        for each in disputed.get(f"/v1{QUESTION}/score").json["answers"]
    ]
    read = f"31 January 2025, 18:00 UTC: {', '.join(told)}. Kyrylo Budanov"
    assert read in shown.text


def test_claims_of_one_body_stand_together_with_what_they_count_for(disputed: Any) -> None:
    claim = {**BUDANOV, "id": "sso-says", "source": "sso", "answer": "withdrawn"}
    assert disputed.post("/v1/claims", claim).status_code == 201
    told = page(disputed, QUESTION).text
    assert re.search(r"Special Operations Forces – 2 voices in 2 claims, counted as 1\.\d origins", told)
    assert "narrowed to kursk-front/sso-sectors by Oleksandr Kindratenko , 31 January 2025, 16:00 UTC" in told


@pytest.mark.parametrize("sort", ["weight", "-weight", "time", "-time", "effect", "-effect"])
def test_the_evidence_sorts_without_a_script_and_says_by_what(disputed: Any, sort: str) -> None:
    elements = page(disputed, f"{QUESTION}?sort={sort}").elements
    sorted_by = [attributes["aria-sort"] for _, attributes in elements if "aria-sort" in attributes]
    assert sorted_by == ["ascending" if sort in ("-weight", "time", "-effect") else "descending"]
    rows = [
        attributes["id"]
        for tag, attributes in elements
        if tag == "tr" and "speaks" in str(attributes.get("class"))
    ]
    assert set(rows) == {"kindratenko-cnn", "budanov-twz"}
    if sort.endswith("time"):
        assert rows == sorted(rows, reverse=sort == "time")


def test_what_if_a_claim_had_not_been_made_is_what_the_api_says(disputed: Any) -> None:
    told = page(disputed, f"{QUESTION}?without=budanov-twz&as_of=").text
    score = disputed.get("/v1/questions/dprk-on-kursk-front/score?without=budanov-twz").json
    assert score["without"] == ["budanov-twz"]
    reduced = next(each["credence"] for each in score["answers"] if each["answer"] == "reduced")
    assert "Without Kyrylo Budanov’s claim “reduced” of 31 January 2025, 18:00 UTC, “reduced”" in told
    assert f"would stand at {100 * reduced:.0f}%" in told
    as_it_is = disputed.get("/v1/questions/dprk-on-kursk-front/score").json["answers"]
    assert f"instead of {max(each['credence'] for each in as_it_is):.0%}" in told


def test_without_all_that_was_said_nothing_can_be_judged(disputed: Any) -> None:
    told = page(disputed, f"{QUESTION}?without=budanov-twz,kindratenko-cnn").text
    assert "nobody would stand by an answer: it could not be judged" in told


def test_a_question_about_a_number_shows_its_median(kursk: Any) -> None:
    claim = {
        "source": "budanov",
        "question": "dprk-casualties",
        "answer": {"about": 4000},
        "stated_at": "2025-01-31",
    }
    kursk.post("/v1/claims", {**claim, "id": "about-4000"})
    kursk.post("/v1/claims", {**claim, "id": "at-least", "source": "cnn", "answer": {"at_least": 3000}})
    median = kursk.get("/v1/questions/dprk-casualties/score").json["quantity"]["median"]
    assert f"{prose.number(median)} soldiers" in page(kursk, "/questions/dprk-casualties").text
    assert "it would be" in page(kursk, "/questions/dprk-casualties?without=about-4000").text
    assert "cannot be judged" in page(kursk, "/questions/dprk-casualties?as_of=2025-01-01").text


def test_a_resolved_question_says_what_proved_true_and_on_whose_word(disputed: Any) -> None:
    resolution = {"answer": "reduced", "resolved_at": "2025-03-01T00:00:00Z", "by": "cnn"}
    assert disputed.put("/v1/questions/dprk-on-kursk-front/resolution", resolution).status_code in (200, 201)
    assert (
        "Resolved as “reduced” on 1 March 2025, 00:00 UTC, on the word of CNN"
        in page(disputed, QUESTION).text
    )
    disputed.put("/v1/questions/dprk-on-kursk-front/resolution", {**resolution, "resolved_at": "2025-03-02"})
    assert "Resolved as “reduced” on 2 March 2025, on the word of CNN" in page(disputed, QUESTION).text
    assert "resolved: “reduced”" in page(disputed, "/sources/budanov").text


def test_a_sources_page_tells_its_reliability_on_each_scope_and_its_record(disputed: Any) -> None:
    told = page(disputed, "/sources/kindratenko").text
    for scope in ("kursk-front", "kursk-front/sso-sectors"):
        score = disputed.get(f"/v1/sources/kindratenko/score?scope={scope}").json["score"]
        assert f"{scope} {score:.0%}" in told
    assert "was narrowed to kursk-front/sso-sectors by Oleksandr Kindratenko" in told
    assert "8 hours later" in told
    assert "reliability cannot be judged: too few of its claims could be judged" in told
    assert "What it brought" in page(disputed, "/sources/cnn").text


def test_a_claims_page_tells_what_stands_of_it_and_why(disputed: Any) -> None:
    told = page(disputed, "/claims/kindratenko-cnn").text
    score = disputed.get("/v1/claims/kindratenko-cnn/score").json
    assert f"{score['score']:.0%}" in told
    assert "It was narrowed and now says “withdrawn” about kursk-front/sso-sectors" in told
    for factor in score["factors"]:
        assert prose.quoted(factor["because"]) in told
    assert "It stands as stated" in page(disputed, "/claims/kindratenko-cnn?as_of=2025-01-31T12:00:00Z").text


def test_what_was_written_is_what_is_read_next(disputed: Any) -> None:
    before = disputed.get(QUESTION, headers=BROWSER)
    assert before.headers["ETag"] == disputed.get(QUESTION, headers=BROWSER).headers["ETag"]
    disputed.post("/v1/claims", {**BUDANOV, "id": "sso-says", "source": "sso"})
    after = disputed.get(QUESTION, headers={**BROWSER, "If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert "sso-says" in after.text
    held = {**BROWSER, "If-None-Match": after.headers["ETag"]}
    assert disputed.get(QUESTION, headers=held).status_code == 304


@pytest.mark.parametrize("path", [QUESTION, "/sources/hostile", "/claims/hostile", "/", "/sources/budanov"])
def test_what_sources_are_called_and_say_is_text_and_no_markup(disputed: Any, path: str) -> None:
    source = {"name": HOSTILE, "kind": "account", "description": HOSTILE, "aliases": [HOSTILE]}
    question = {"text": HOSTILE, "scope": "kursk-front", "answers": [HOSTILE, "no"]}
    disputed.put("/v1/sources/hostile", source)
    disputed.put("/v1/questions/hostile", question)
    disputed.post("/v1/claims", {**BUDANOV, "id": "hostile", "source": "hostile", "text": HOSTILE})
    disputed.post(
        "/v1/claims/hostile/corrections",
        {"kind": "retract", "by": "hostile", "stated_at": "2025-02-01", "text": HOSTILE},
    )
    shown = page(disputed, path)
    scripts = [attributes for tag, attributes in shown.elements if tag == "script"]
    assert all("src" in each or each == {"type": "application/ld+json"} for each in scripts)
    assert "<script>" not in disputed.get(path, headers=BROWSER).text
    assert path == "/sources/budanov" or HOSTILE in shown.text


@pytest.mark.parametrize(
    "path", ["/", QUESTION, "/sources/kindratenko", "/claims/kindratenko-cnn", "/questions/none"]
)
def test_a_page_needs_nothing_that_its_policy_forbids(disputed: Any, path: str) -> None:
    response = disputed.get(path, headers=BROWSER)
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    assert response.headers.getlist("Content-Security-Policy") == [
        response.headers["Content-Security-Policy"]
    ]
    assert not re.search(r"<iframe|<base|\sstyle=|\son\w+=|<style|url\(", response.text)
    links = re.findall(r'(?:src|href|action)="([^"]*)"', response.text)
    assert all(link.startswith(("/", "#", "?")) for link in links), links


def test_a_browser_is_told_in_a_page_what_is_not_there_and_a_program_in_a_problem(disputed: Any) -> None:
    assert "there is no question 'none'" in page(disputed, "/questions/none", 404).text
    response = disputed.get("/questions/none")
    assert (response.status_code, response.mimetype) == (404, "application/problem+json")
    assert "there is no claim 'none'" in page(disputed, f"{QUESTION}?without=none", 422).text
    assert "must be a time" in page(disputed, f"{QUESTION}?as_of=yesterday", 422).text
    assert page(disputed, "/claims/kindratenko-cnn?as_of=2025-01-01", 404)
    assert page(disputed, "/sources/none", 404)


def test_where_reading_needs_a_key_a_page_says_so(tmp_path: Any) -> None:
    from api.app import create_app  # noqa: PLC0415
    from api.settings import Settings  # noqa: PLC0415

    app = create_app(Settings(database=":memory:", open_reading=False, log_level="error"))
    response = app.test_client().get("/", headers=BROWSER)
    assert (response.status_code, response.mimetype) == (401, "text/html")
    assert "Reading needs a key here, and a browser cannot send one." in response.text
    app.extensions["credence"]["handles"].open().close()


def test_a_page_has_a_title_a_description_and_headings_in_order(disputed: Any) -> None:
    for path in ("/", QUESTION, "/sources/kindratenko", "/claims/kindratenko-cnn"):
        elements = page(disputed, path).elements
        levels = [int(tag[1]) for tag, _ in elements if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
        assert ("html", {"lang": "en"}) in elements
        named = {
            attributes.get("name"): attributes.get("content") for tag, attributes in elements if tag == "meta"
        }
        assert named["description"]
        links = {
            attributes.get("rel"): attributes.get("href") for tag, attributes in elements if tag == "link"
        }
        assert links["canonical"] == path


def test_a_page_with_a_chart_runs_one_script_of_ours_and_its_sheet_fetches_nothing(disputed: Any) -> None:
    scripts = [
        attributes["src"] for tag, attributes in page(disputed, QUESTION).elements if "src" in attributes
    ]
    assert scripts == ["/static/board.js"]
    with disputed.get(scripts[0]) as script:
        assert script.mimetype == "text/javascript"
    with disputed.get("/static/board.css") as sheet:
        assert "url(" not in sheet.text
        assert "@import" not in sheet.text


def test_a_page_tells_machines_what_it_is_about_and_how_it_is_embedded(disputed: Any) -> None:
    for path, kind in (
        (QUESTION, "Question"),
        ("/claims/kindratenko-cnn", "ClaimReview"),
        ("/sources/cnn", "Review"),
    ):
        text = disputed.get(path, headers=BROWSER).text
        document = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', text)[0])
        assert kind in document["@type"]
        links = [attributes for tag, attributes in page(disputed, path).elements if tag == "link"]
        embeds = [each["href"] for each in links if "oembed" in str(each.get("type"))]
        assert [disputed.get(address).status_code for address in embeds] == [200, 200]


def test_behind_a_proxy_every_link_stays_under_its_path() -> None:
    from api.app import create_app  # noqa: PLC0415
    from api.settings import Settings  # noqa: PLC0415

    app = create_app(
        Settings(database=":memory:", public_url="https://example.org/credence", log_level="error")
    )
    text = app.test_client().get("/", headers=BROWSER).text
    links = re.findall(r'(?:src|href|action)="(/[^"]*|https?:[^"]*)"', text)
    assert all(link.startswith(("/credence/", "https://example.org/credence/")) for link in links), links
    app.extensions["credence"]["handles"].open().close()


def test_the_pages_numbers_are_json_too(disputed: Any) -> None:
    links = [attributes["href"] for tag, attributes in page(disputed, QUESTION).elements if tag == "a"]
    score = next(link for link in links if str(link).endswith("/score"))
    assert json.loads(disputed.get(score).text)["subject"]["id"] == "dprk-on-kursk-front"


@pytest.mark.parametrize("expected", [{}, {"low": 100, "high": 12_000}], ids=["unbounded", "bounded"])
def test_a_number_that_nobody_ever_stood_by_has_a_page_without_a_chart(
    kursk: Any, expected: dict[str, int]
) -> None:
    question = {"text": "How many?", "scope": "kursk-front"}
    quantity = {"unit": "soldiers", "scale": "log", **expected}
    assert kursk.put("/v1/questions/how-many", {**question, "quantity": quantity}).status_code == 201
    claim = {
        "id": "about-4000",
        "source": "budanov",
        "question": "how-many",
        "answer": {"about": 4000},
        "stated_at": "2025-01-31",
    }
    kursk.post("/v1/claims", claim)
    retraction = {"kind": "retract", "by": "budanov", "stated_at": "2025-01-31"}
    assert kursk.post("/v1/claims/about-4000/corrections", retraction).status_code == 201
    told = page(kursk, "/questions/how-many").text
    assert "cannot be judged" in told
    assert "The number over time" not in told


def test_the_board_is_shown_as_of_the_first_day_of_the_calendar(disputed: Any) -> None:
    assert page(disputed, "/?as_of=0001-01-01").text


@pytest.mark.parametrize("path", [QUESTION, "/claims/kindratenko-cnn", "/sources/kindratenko"])
def test_the_level_of_an_interval_is_the_models(
    disputed: Any, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    assert "90%" in page(disputed, path).text
    monkeypatch.setitem(prose.WORDS, "LEVEL", "80%")
    # What is kept ready is asked for in other words.
    told = page(disputed, f"{path}?as_of=2025-03-01").text
    assert "80%" in told


def test_another_address_of_the_service_is_another_page() -> None:
    from api.app import create_app  # noqa: PLC0415
    from api.settings import Settings  # noqa: PLC0415

    tags = set()
    for address in (None, "https://example.org", "https://example.org/credence"):
        app = create_app(Settings(database=":memory:", public_url=address, log_level="error"))
        tags.add(app.test_client().get("/", headers=BROWSER).headers["ETag"])
        app.extensions["credence"]["handles"].open().close()
    assert len(tags) == 3
