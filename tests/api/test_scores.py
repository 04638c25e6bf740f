from typing import Any

import pytest

PATHS = [
    "/v1/sources/kindratenko/score",
    "/v1/claims/kindratenko-cnn/score",
    "/v1/questions/dprk-on-kursk-front/score",
]


@pytest.mark.parametrize("path", PATHS)
def test_the_stored_score_is_the_score_at_a_later_moment(kursk: Any, path: str) -> None:
    stored = kursk.get(path).json
    later = kursk.get(path, query_string={"as_of": "2026-01-01"}).json
    assert later.pop("as_of") == "2026-01-01T23:59:59Z"
    assert stored.pop("as_of") is None
    assert stored == later


def test_a_write_is_in_the_score_that_is_read_next(kursk: Any, narrowing: dict[str, Any]) -> None:
    path = "/v1/claims/kindratenko-cnn/score"
    before = kursk.get(path)
    kursk.post("/v1/claims/kindratenko-cnn/corrections", narrowing)
    after = kursk.get(path)
    assert before.headers["ETag"] != after.headers["ETag"]
    assert (before.json["standing"], after.json["standing"]) == ("as_stated", "narrowed")
    past = kursk.get(path, query_string={"as_of": "2025-01-31T12:00:00Z"}).json
    assert past["score"] == before.json["score"]


def test_a_source_is_scored_on_the_scope_that_is_asked(kursk: Any) -> None:
    own, far = (
        kursk.get("/v1/sources/kindratenko/score", query_string={"scope": scope}).json["score"]
        for scope in ("kursk-front/sso-sectors", "pyongyang")
    )
    assert own > far


def test_a_subject_that_was_unknown_then_is_404(kursk: Any) -> None:
    for path in (*PATHS, "/v1/claims/kindratenko-cnn/history"):
        assert kursk.get(path.replace("kindratenko", "nobody").replace("dprk", "nothing")).status_code == 404
    assert kursk.get(PATHS[1], query_string={"as_of": "2025-01-01"}).status_code == 404
    assert kursk.get(PATHS[1], query_string={"known_at": "2025-01-01"}).status_code == 404


@pytest.mark.parametrize("query", ["as_of=yesterday", "as_of=2025-01-31T08:00:00", "known_at=", "colour=red"])
def test_a_malformed_moment_is_refused(kursk: Any, query: str) -> None:
    for path in PATHS:
        assert kursk.reason(kursk.get(f"{path}?{query}"), query.partition("=")[0])


def test_only_a_source_is_scored_on_a_scope(kursk: Any) -> None:
    assert kursk.reason(kursk.get(f"{PATHS[1]}?scope=kursk-front"), "scope")


def test_a_history_pages_through_each_event_that_moved_the_score(
    kursk: Any, narrowing: dict[str, Any]
) -> None:
    kursk.post("/v1/claims/kindratenko-cnn/corrections", narrowing)
    whole = kursk.get("/v1/claims/kindratenko-cnn/history").json["items"]
    assert [item["standing"] for item in whole] == ["as_stated", "narrowed"]
    page, items = kursk.get("/v1/claims/kindratenko-cnn/history?limit=1"), []
    while "Link" in page.headers:
        items += page.json["items"]
        page = kursk.get(page.headers["Link"].split("<")[1].split(">")[0])
    assert items + page.json["items"] == whole
    assert kursk.reason(kursk.get("/v1/claims/kindratenko-cnn/history?cursor=!!"), "cursor")


def test_many_scores_come_in_one_answer_in_the_order_asked(kursk: Any) -> None:
    body = {
        "sources": ["budanov", {"id": "kindratenko", "scope": "kursk-front/sso-sectors"}, "kindratenko"],
        "claims": ["kindratenko-cnn"],
        "questions": ["dprk-casualties"],
    }
    scores = kursk.post("/v1/scores", body).json
    assert [score["subject"]["id"] for score in scores["sources"]] == [
        "budanov",
        "kindratenko",
        "kindratenko",
    ]
    assert scores["claims"] == [kursk.get("/v1/claims/kindratenko-cnn/score").json]
    assert scores["questions"] == [kursk.get("/v1/questions/dprk-casualties/score").json]
    past = kursk.post("/v1/scores", {"claims": ["kindratenko-cnn"], "as_of": "2025-02-01"}).json
    assert past["claims"][0]["as_of"] == "2025-02-01T23:59:59Z"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"claims": ["kindratenko-cnn", "none"]}, "claims.1"),
        ({"sources": [{"scope": "a"}]}, "sources.0.id"),
        ({"sources": [7]}, "sources.0.id"),
        ({"questions": [{"id": "dprk-casualties"}]}, "questions.0"),
        ({"sources": ["budanov"] * 201}, "body"),
        ({"as_of": "now"}, "as_of"),
    ],
)
def test_refused_subjects_are_named_by_their_place(kursk: Any, body: dict[str, Any], field: str) -> None:
    assert kursk.reason(kursk.post("/v1/scores", body), field)


def test_the_model_shows_its_version_and_its_constants(kursk: Any) -> None:
    model = kursk.get("/v1/model").json
    assert model["version"] == kursk.get("/v1/claims/kindratenko-cnn/score").json["model"]["version"]
    assert model["constants"]


def test_a_refused_list_of_subjects_leaves_the_ledger_free_to_write(kursk: Any) -> None:
    assert kursk.post("/v1/scores", {"claims": ["kindratenko-cnn", "nobody"]}).status_code == 422
    assert kursk.put("/v1/sources/afterwards", {"name": "Afterwards", "kind": "outlet"}).status_code == 201


RECORD_PATH = "/v1/sources/kindratenko/score"


def test_a_source_is_scored_by_a_part_of_its_record(kursk: Any, narrowing: dict[str, Any]) -> None:
    kursk.post("/v1/claims/kindratenko-cnn/corrections", narrowing)
    plain = kursk.get(RECORD_PATH).json
    asked = {
        "since": "2025-01-31",
        "half_life": "365.5",
        "record_scope": "kursk-front",
        "as_of": "2025-03-01",
    }
    part = kursk.get(RECORD_PATH, query_string=asked).json
    assert part["record"] == {"since": "2025-01-31T00:00:00Z", "half_life": 365.5, "scope": "kursk-front"}
    assert "record" not in plain
    assert part["model"]["version"] == plain["model"]["version"]
    because = {factor["name"]: factor["because"] for factor in part["factors"]}["track_record"]
    assert "(1 of 1 claims count: since 2025-01-31, halved every 365.5 days, on kursk-front)" in because


def test_what_was_said_before_the_period_is_no_longer_held_against_a_source(
    kursk: Any, narrowing: dict[str, Any]
) -> None:
    kursk.post("/v1/claims/kindratenko-cnn/corrections", narrowing)
    before, after = (
        {f["name"]: f["log_odds"] for f in kursk.get(f"{RECORD_PATH}?since={since}").json["factors"]}
        for since in ("2025-01-31", "2025-02-01")
    )
    assert before["corrections"] < 0
    assert after["corrections"] == after["track_record"] == 0


def test_each_part_of_a_record_has_its_own_etag_and_inputs(kursk: Any) -> None:
    asked = ["", "?since=2025-01-01", "?half_life=365", "?half_life=366", "?record_scope=kursk-front"]
    asked += ["?half_life=365&as_of=2026-01-01", "?half_life=365&as_of=2026-01-02"]
    answers = [kursk.get(f"{RECORD_PATH}{query}") for query in asked]
    assert len({answer.headers["ETag"] for answer in answers}) == len(asked)
    assert len({answer.json["model"]["inputs"] for answer in answers}) == len(asked)
    for query, answer in zip(asked, answers, strict=True):
        held = {"If-None-Match": answer.headers["ETag"]}
        # The hour may end between the two calls where ages are counted back from now.
        assert kursk.get(f"{RECORD_PATH}{query}", headers=held).status_code == 304 or query[1:5] == "half"


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("half_life=29.9", "30 days or more"),
        ("half_life=0", "30 days or more"),
        ("half_life=-400", "30 days or more"),
        ("half_life=nan", ""),
        ("half_life=inf", ""),
        ("half_life=long", ""),
        ("since=2025-01-31T08:00:00", "offset"),
        ("since=lately", ""),
        ("record_scope=/sea", ""),
        ("period=2025", ""),
    ],
)
def test_a_malformed_part_of_a_record_is_refused(kursk: Any, query: str, reason: str) -> None:
    assert reason in kursk.reason(kursk.get(f"{RECORD_PATH}?{query}"), query.partition("=")[0])


@pytest.mark.parametrize("path", [*PATHS[1:], "/v1/sources/kindratenko/history"])
def test_only_a_sources_score_is_asked_by_a_part_of_its_record(kursk: Any, path: str) -> None:
    for query in ("since=2025-01-01", "half_life=365", "record_scope=kursk-front"):
        assert kursk.reason(kursk.get(f"{path}?{query}"), query.partition("=")[0])
