"""What the shipped record of the Kursk dispute must show, loaded as a new user loads it."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from factories import moment
from flask.testing import FlaskClient
from sqlite_utils import Database

from api.app import create_app
from api.corpus import load
from api.settings import Settings
from data import history, scores
from data.database import open_database

CORPUS = Path(__file__).parents[1] / "data" / "corpora" / "kursk-2025"
SECTORS = "kursk-front/sso-sectors"
BEFORE_WALK_BACK, AFTER_WALK_BACK = moment(31, 12), moment(31, 17)
QUESTION = "dprk-on-kursk-front"
ARTICLES = {
    "twz-2025-01-31",
    "kyiv-post-2025-02-01",
    "kyiv-independent-2025-02-04",
    "joongang-2025-02-05",
    "global-economic-times-2025-02-06",
}


def entries(noun: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (CORPUS / f"{noun}.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("kursk") / "kursk.db")


@pytest.fixture(scope="module")
def ledger(path: str) -> Iterator[Database]:
    db = open_database(path)
    added = load(db, CORPUS, at=datetime(2025, 3, 1, tzinfo=UTC))
    assert added == {
        noun: len(entries(noun)) for noun in ("scopes", "sources", "questions", "claims", "corrections")
    }
    yield db
    db.close()


@pytest.fixture(scope="module")
def client(ledger: Database, path: str) -> Iterator[FlaskClient]:
    app = create_app(Settings(database=path, log_level="error"))
    yield app.test_client()
    app.extensions["credence"]["handles"].open().close()


def question(db: Database, id_: str = QUESTION, at: datetime | None = None) -> dict[str, Any]:
    return scores.at(db, "question", id_, as_of=at)


def credences(score: dict[str, Any]) -> dict[str, float]:
    return {answer["answer"]: answer["credence"] for answer in score["answers"]}


def leading(score: dict[str, Any]) -> str:
    found = credences(score)
    return max(found, key=found.__getitem__)


def weights(score: dict[str, Any], *sources: str) -> dict[str, float]:
    return {
        share["claim"]: share["weight"]
        for share in score["evidence"]
        if not sources or share["source"] in sources
    }


def kindratenko(db: Database, scope: str, at: datetime) -> float:
    return float(scores.at(db, "source", "kindratenko", scope=scope, as_of=at)["score"])


def test_on_30_january_withdrawn_leads_and_nobody_contests_it(ledger: Database):
    score = question(ledger, at=moment(30, 23, 59))
    assert leading(score) == "withdrawn"
    assert not score["contested"]


def test_budanovs_answer_makes_the_question_contested(ledger: Database):
    before, after = question(ledger, at=moment(31, 17)), question(ledger, at=moment(31, 18))
    assert (before["contested"], after["contested"]) == (False, True)
    assert credences(after)["withdrawn"] < credences(before)["withdrawn"] - 0.08
    assert "contradict each other" in after["summary"]


def test_the_walk_back_leaves_the_claim_narrowed(ledger: Database):
    before, after = (
        scores.at(ledger, "claim", "kindratenko-cnn", as_of=at) for at in (BEFORE_WALK_BACK, AFTER_WALK_BACK)
    )
    assert (before["standing"], after["standing"]) == ("as_stated", "narrowed")
    assert after["score"] > before["score"]
    assert f"narrowed it to {SECTORS}" in str(after["factors"])
    shares = [
        next(share for share in question(ledger, at=at)["evidence"] if share["claim"] == "kindratenko-cnn")
        for at in (BEFORE_WALK_BACK, AFTER_WALK_BACK)
    ]
    assert shares[1]["log_odds"] < 0.7 * shares[0]["log_odds"]
    assert "speaks of 25% of the question's scope" in shares[1]["because"]


def test_the_walk_back_lowers_its_author_on_the_front_and_leaves_him_higher_on_his_sectors(ledger: Database):
    before, after = (kindratenko(ledger, "kursk-front", at) for at in (BEFORE_WALK_BACK, AFTER_WALK_BACK))
    assert after < before - 0.02
    sectors = kindratenko(ledger, SECTORS, AFTER_WALK_BACK)
    assert sectors >= after + 0.1
    for elsewhere in ("dprk-russia-aid", "peace-talks", "nowhere"):
        assert kindratenko(ledger, elsewhere, AFTER_WALK_BACK) < after < sectors


def test_the_record_of_its_author_names_the_overreach(ledger: Database):
    factors = {f["name"]: f for f in scores.at(ledger, "source", "kindratenko")["factors"]}
    assert factors["corrections"]["log_odds"] < 0
    assert "kindratenko-cnn was narrowed by Oleksandr Kindratenko" in factors["corrections"]["because"]
    assert "prompt" in factors["corrections"]["because"]


def test_the_history_of_the_claim_shows_the_walk_back(ledger: Database):
    items, _ = history.history(ledger, "claim", "kindratenko-cnn", limit=50)
    first = [(item["event"]["type"], item["event"]["at"], item["standing"]) for item in items[:2]]
    assert first == [
        ("claim", "2025-01-31T08:00:00Z", "as_stated"),
        ("correction", "2025-01-31T16:00:00Z", "narrowed"),
    ]


def test_the_sso_and_who_cites_it_are_far_fewer_than_five_origins(ledger: Database):
    found = weights(question(ledger), "sso", "kindratenko", "puls", "sso-spokesperson-ki", "podolyak")
    assert len(found) == 5
    assert 1 <= sum(found.values()) < 1.5
    assert found["podolyak-post"] == 0


def test_the_nis_in_three_versions_weighs_as_one_and_the_two_that_diverge_are_flagged(ledger: Database):
    score = question(ledger)
    found = weights(score, "nis")
    assert set(found) == {"nis-via-yonhap", "nis-via-get", "nis-via-joongang"}
    assert 0 < sum(found.values()) <= 1 + 1e-9
    flagged = {share["claim"] for share in score["evidence"] if "diverges" in share["because"]}
    assert flagged & set(found) == {"nis-via-get", "nis-via-joongang"}


@pytest.mark.parametrize("outlet", ["global-economic-times", "joongang"])
def test_a_version_that_diverges_is_charged_to_its_outlet_and_not_to_the_nis(ledger: Database, outlet: str):
    def corrections(source: str) -> dict[str, Any]:
        factors = scores.at(ledger, "source", source)["factors"]
        return next(factor for factor in factors if factor["name"] == "corrections")

    assert corrections(outlet)["log_odds"] < corrections("nyt")["log_odds"]
    assert "nis-via" in corrections(outlet)["because"]
    assert "nis-via" not in corrections("nis")["because"]
    assert corrections("nis")["log_odds"] == pytest.approx(0, abs=0.05)


def test_numbers_of_casualties_that_only_seem_to_clash_do_not_contradict_each_other(ledger: Database):
    score = question(ledger, "dprk-casualties")
    assert set(weights(score)) >= {"nis-over-3000", "budanov-4000", "western-officials-4000", "seoul-3000"}
    assert not score["contested"]
    assert 3000 < score["quantity"]["median"] < 5500


def test_the_reason_holds_losses_rotation_and_unknown_side_by_side(ledger: Database):
    found = credences(question(ledger, "reason-for-lull"))
    assert set(found) == {"losses", "rotation", "unknown"}
    assert all(0.1 < credence < 0.7 for credence in found.values())
    assert leading(question(ledger, "reason-for-lull")) == "losses"


def test_a_body_that_speaks_with_two_voices_is_told_so(ledger: Database):
    because = {share["claim"]: share["because"] for share in question(ledger)["evidence"]}
    assert "from the same body" in because["budanov-twz"]
    assert "from the same body" in because["gur-source-ki-pullback"]


def test_over_http_the_same_is_read(ledger: Database, client: FlaskClient):
    for at in ("2025-01-30T23:59:00Z", "2025-02-01T00:00:00Z"):
        answer = client.get(f"/v1/questions/{QUESTION}/score?as_of={at}")
        assert answer.status_code == 200
        assert answer.json == question(ledger, at=datetime.fromisoformat(at))
    answer = client.get(f"/v1/sources/kindratenko/score?scope={SECTORS}&as_of=2025-01-31T17:00:00Z")
    assert answer.json["score"] == kindratenko(ledger, SECTORS, AFTER_WALK_BACK)


def test_the_corpus_is_as_large_as_it_was_asked_to_be():
    questions = entries("questions")
    assert len(entries("sources")) >= 25
    assert len(questions) >= 10
    assert sum("quantity" in question for question in questions) >= 3
    assert len(entries("claims")) >= 60


def test_every_claim_names_who_carried_it_when_and_the_article_it_was_read_in():
    outlets = {source["id"] for source in entries("sources") if source["kind"] == "outlet"}
    for claim in entries("claims"):
        assert claim["read_in"] in ARTICLES, claim["id"]
        assert claim["via"] or claim["source"] in outlets, claim["id"]
        assert not claim["via"] or claim["via"][-1] in outlets, claim["id"]
        assert "2025-01-01" < claim["stated_at"] < "2025-02-07", claim["id"]
    assert {claim["read_in"] for claim in entries("claims")} == ARTICLES
    assert all(correction["read_in"] in ARTICLES for correction in entries("corrections"))


def test_every_text_is_a_note_of_ours_and_no_quotation():
    for entry in [*entries("claims"), *entries("corrections")]:
        assert 10 < len(entry["text"]) < 400
        assert not set(entry["text"]) & set('"“”«»')
    texts = Counter(entry["text"] for entry in entries("claims"))
    assert texts.most_common(1)[0][1] == 1


def test_every_source_is_described_and_every_question_asks():
    assert all(source["description"].endswith(".") for source in entries("sources"))
    assert all(question["text"].endswith("?") for question in entries("questions"))


def test_the_datasheet_counts_what_is_there():
    sheet = (CORPUS / "DATASHEET.md").read_text()
    kinds = Counter(source["kind"] for source in entries("sources"))
    assert f"| sources | {kinds.total()}: {kinds['outlet']} outlets, {kinds['organisation']} organ" in sheet
    quantities = sum("quantity" in question for question in entries("questions"))
    total = len(entries("questions"))
    assert (
        f"| questions | {total}: {total - quantities} with a list of answers, {quantities} quantities"
        in sheet
    )
    for noun in ("scopes", "claims", "corrections"):
        assert f"| {noun} | {len(entries(noun))}" in sheet
    assert all(f"`{article}`" in sheet for article in ARTICLES)
