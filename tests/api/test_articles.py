from urllib.parse import quote

import pytest

URL = "https://www.example.org/kursk"


def ask(caller, url: str = URL, **query):
    asked = "".join(f"&{name}={quote(str(value))}" for name, value in query.items())
    return caller.get(f"/v1/articles?url={quote(url, safe='')}{asked}")


@pytest.fixture
def article(kursk):
    """An article that reports what CNN had from Kindratenko."""
    report = {
        "id": "report",
        "source": "cnn",
        "question": "dprk-on-kursk-front",
        "answer": "withdrawn",
        "stated_at": "2025-01-31T09:00:00Z",
        "cites": ["kindratenko"],
        "url": f"{URL}/?utm_source=mail",
    }
    assert kursk.post("/v1/claims", report).status_code == 201
    return kursk


def test_an_article_shows_what_it_carries_directly_and_by_relay(article, anyone):
    answer = ask(anyone, "http://example.org/kursk#top")
    assert answer.status_code == 200
    found = answer.json
    assert (found["url"], found["address"]) == ("http://example.org/kursk#top", "example.org/kursk")
    assert [(each["claim"], each["carried"], each["through"]) for each in found["claims"]] == [
        ("report", "directly", []),
        ("kindratenko-cnn", "by_relay", ["report"]),
    ]
    assert (found["published_at"], found["is_dated"]) == ("2025-01-31T09:00:00Z", False)


def test_each_claim_has_the_score_that_it_has_by_itself_then_and_now(article, anyone, narrowing):
    article.post("/v1/claims/kindratenko-cnn/corrections", narrowing)
    for claim in ask(anyone).json["claims"]:
        address = f"/v1/claims/{claim['claim']}/score"
        for reading, query in (
            (claim["score_now"], ""),
            (claim["score_at_publication"], "?as_of=2025-01-31T09:00:00Z"),
        ):
            score = anyone.get(address + query).json
            assert reading["score"] == pytest.approx(score["score"], abs=1e-6)
            assert reading["standing"] == score["standing"]
            assert reading["model"] == score["model"]


def test_a_correction_since_is_listed_and_told_in_the_summary(article, anyone, narrowing):
    assert ask(anyone).json["claims"][1]["corrected_since"] == []
    article.post("/v1/claims/kindratenko-cnn/corrections", narrowing)
    found = ask(anyone).json
    (correction,) = found["claims"][1]["corrected_since"]
    assert (correction["kind"], correction["by"], correction["scope"]) == (
        "narrow",
        "kindratenko",
        "kursk-front/sso-sectors",
    )
    assert found["claims"][1]["score_now"]["standing"] == "narrowed"
    assert found["summary"].startswith(
        "1 of the 2 claims in this article has been corrected since it appeared: Oleksandr Kindratenko's "
        "“withdrawn”, carried by relay, was narrowed to “kursk-front/sso-sectors” by its own source on "
        "31 January 2025 ("
    )
    assert "\n" not in found["summary"]


def test_what_was_corrected_before_it_appeared_is_told_apart(article, anyone, narrowing):
    article.post("/v1/claims/kindratenko-cnn/corrections", narrowing)
    found = ask(anyone, published_at="2025-02-01T00:00:00Z").json
    assert (found["published_at"], found["is_dated"]) == ("2025-02-01T00:00:00Z", True)
    claim = found["claims"][1]
    assert (len(claim["corrected_before"]), claim["corrected_since"]) == (1, [])
    assert "had been corrected by the time it appeared" in found["summary"]
    assert claim["score_now"]["score"] == claim["score_at_publication"]["score"]


def test_a_claim_made_after_it_appeared_has_no_score_of_then(article, anyone):
    claims = ask(anyone, published_at="2025-01-31T08:30:00Z").json["claims"]
    assert [each["score_at_publication"] is None for each in claims] == [True, False]


def test_as_of_shows_the_article_as_it_was(article, anyone, narrowing):
    article.post("/v1/claims/kindratenko-cnn/corrections", narrowing)
    found = ask(anyone, as_of="2025-01-31T12:00:00Z").json
    assert found["as_of"] == "2025-01-31T12:00:00Z"
    assert found["claims"][1]["corrected_since"] == []
    assert ask(anyone, as_of="2025-01-30").status_code == 404


def test_an_address_that_carries_a_correction_alone_says_so(article, anyone, narrowing):
    notice = {**narrowing, "url": "https://example.org/notice"}
    article.post("/v1/claims/kindratenko-cnn/corrections", notice)
    found = ask(anyone, "https://example.org/notice").json
    assert (found["claims"], found["published_at"]) == ([], None)
    assert [each["claim"] for each in found["corrections"]] == ["kindratenko-cnn"]
    assert found["summary"] == "This article carries no claim, but the correction of 1 claim itself."


def test_an_address_under_which_nothing_is_recorded_is_not_found(kursk, anyone):
    answer = ask(anyone, "https://example.org/unknown")
    assert answer.json["type"] == "/docs#unknown-address"
    reason = anyone.reason(answer, "url", 404)
    assert reason == "has neither a claim nor a correction recorded under its address"


@pytest.mark.parametrize(
    "query", ["", "?url=kursk", "?url=ftp://example.org/", "?url=https://a.org&known_at=x"]
)
def test_what_is_no_question_about_an_article_is_refused(anyone, query: str):
    assert anyone.get(f"/v1/articles{query}").status_code == 422


def test_a_long_article_comes_in_pages(article, anyone, claim):
    for number in range(3):
        body = {**claim, "id": f"more-{number}", "url": URL, "stated_at": "2025-02-01"}
        assert article.post("/v1/claims", body).status_code == 201
    whole = [each["claim"] for each in ask(anyone).json["claims"]]
    found, answer = [], ask(anyone, limit=2)
    while True:
        assert answer.json["n_claims"] == len(whole) == 5
        found += [each["claim"] for each in answer.json["claims"]]
        if "Link" not in answer.headers:
            break
        answer = anyone.get(answer.headers["Link"].partition(">")[0][1:])
    assert found == whole


def test_the_questions_show_what_led_then_and_leads_now(article, anyone):
    article.put(
        "/v1/questions/dprk-on-kursk-front/resolution",
        {"answer": "reduced", "resolved_at": "2025-03-01T00:00:00Z", "by": "budanov"},
    )
    found = ask(anyone).json
    (question,) = found["questions"]
    assert question["leading_at_publication"]["answer"] == "withdrawn"
    assert question["leading_now"]["answer"] == "reduced"
    assert question["resolution"]["answer"] == "reduced"
    assert "2 proved wrong" in found["summary"]


def test_an_article_that_the_client_holds_is_not_sent_again(article, anyone, narrowing):
    etag = ask(anyone).headers["ETag"]
    path = f"/v1/articles?url={quote(URL, safe='')}"
    assert anyone.get(path, headers={"If-None-Match": etag}).status_code == 304
    article.post("/v1/claims/kindratenko-cnn/corrections", narrowing)
    assert anyone.get(path, headers={"If-None-Match": etag}).status_code == 200
