"""What is kept is answered again without being made again, and never once it might be another."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from api import kept_answers
from api.app import create_app
from api.settings import Settings
from data import keys, scores
from data.database import open_database, writing

SCORE = "/v1/claims/kindratenko-cnn/score"
CNN = "/v1/sources/cnn"
CNN_SCORE = f"{CNN}/score"
OWN = {"X-Request-Id", "RateLimit"}


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The subjects whose scores were read from the ledger since."""
    found: list[str] = []
    stored = scores.stored

    def noted(db: Any, kind: str, subject_id: str) -> Any:
        found.append(subject_id)
        return stored(db, kind, subject_id)

    monkeypatch.setattr(scores, "stored", noted)
    return found


def serving(database: str, **settings: Any) -> tuple[FlaskClient, dict[str, str]]:
    """Return a client of a new service, and the header of a key that may write."""
    app = create_app(Settings(database, log_level="error", **settings))
    handle = app.extensions["credence"]["handles"].open()
    key = keys.create(handle, name="desk", scope="write", at=datetime.now(UTC))
    return app.test_client(), {"Authorization": f"Bearer {key}"}


def shown(response: Any) -> tuple[int, bytes, list[tuple[str, str]]]:
    headers = sorted((name, value) for name, value in response.headers if name not in OWN)
    return response.status_code, response.data, headers


def test_a_score_is_read_once_and_answered_alike(kursk: Any, read: list[str]) -> None:
    first, again = kursk.get(SCORE), kursk.get(SCORE)
    assert shown(again) == shown(first)
    assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    assert read == ["kindratenko-cnn"]


def test_one_who_holds_it_is_told_so_as_flask_would(kursk: Any, read: list[str]) -> None:
    held = {"If-None-Match": kursk.get(SCORE).headers["ETag"]}
    kept, made = kursk.get(SCORE, headers=held), kursk.get(f"{SCORE}?", headers=held)
    assert shown(kept) == shown(made)
    assert (kept.status_code, kept.data) == (304, b"")
    stale = kursk.get(SCORE, headers={"If-None-Match": f'"other", {held["If-None-Match"]}'})
    assert stale.status_code == 304
    assert kursk.get(SCORE, headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_first_who_holds_it_has_it_kept_for_all(kursk: Any, read: list[str]) -> None:
    etag = kursk("HEAD", SCORE).headers["ETag"]
    del read[:]
    assert kursk.get(SCORE, headers={"If-None-Match": etag}).status_code == 304
    assert kursk.get(SCORE).status_code == 200
    assert read == ["kindratenko-cnn"]


def test_a_write_here_makes_it_anew(kursk: Any, narrowing: dict[str, Any]) -> None:
    before = kursk.get(SCORE).json
    kursk.post("/v1/claims/kindratenko-cnn/corrections", narrowing)
    after = kursk.get(SCORE).json
    assert after["standing"] == "narrowed"
    assert after["score"] > before["score"]


def test_a_write_of_another_process_makes_it_anew(tmp_path: Path) -> None:
    database = str(tmp_path / "credence.db")
    client, sent = serving(database)
    client.put(CNN, json={"name": "CNN", "kind": "outlet"}, headers=sent)
    assert client.get(CNN_SCORE).status_code == client.get(CNN_SCORE).status_code == 200
    other = open_database(database)
    with writing(other):
        other.execute("UPDATE terms SET track = 1 WHERE node = 'cnn'")
    factors = {factor["name"]: factor["log_odds"] for factor in client.get(CNN_SCORE).json["factors"]}
    assert factors["track_record"] == 1
    other.close()


def test_what_one_key_may_read_is_not_shown_to_another() -> None:
    client, sent = serving(":memory:", open_reading=False)
    client.put(CNN, json={"name": "CNN", "kind": "outlet"}, headers=sent)
    for _ in range(2):
        assert client.get(CNN_SCORE, headers=sent).status_code == 200
    assert client.get(CNN_SCORE).status_code == 401
    keys.revoke(client.application.extensions["credence"]["handles"].open(), "desk", at=datetime.now(UTC))
    assert client.get(CNN_SCORE, headers=sent).status_code == 401


@pytest.mark.parametrize(
    ("path", "options"),
    [
        (f"{SCORE}?as_of=2025-01-31T12:00:00Z", {}),
        (f"{SCORE}?stray=1", {}),
        (SCORE, {"data": b"a" * (2**20 + 1)}),
        ("/v1/claims/nothing/score", {}),
    ],
)
def test_nothing_else_is_taken_for_it(kursk: Any, path: str, options: dict[str, Any]) -> None:
    made = shown(kursk.get(path, **options))
    assert kursk.get(SCORE).status_code == 200
    assert shown(kursk.get(path, **options))[0] == made[0]
    assert made[1] != kursk.get(SCORE).data


def test_what_is_kept_is_counted_and_told_like_any_other(kursk: Any) -> None:
    count = 'credence_requests_total{method="GET",rule="/v1/claims/<claim_id>/score",status="200"}'

    def counted() -> float:
        lines = kursk.get("/metrics").text.splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(count))

    before = counted()
    for _ in range(3):
        kursk.get(SCORE)
    assert counted() == before + 3


def test_no_more_is_kept_than_there_is_room_for(
    kursk: Any, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(kursk.get("/v1/sources/cnn/score").data)
    monkeypatch.setattr(kept_answers, "MOST_BYTES", 2 * size)
    for _ in range(3):
        for source in ("cnn", "sso", "kindratenko", "budanov"):
            assert kursk.get(f"/v1/sources/{source}/score").status_code == 200
    assert len(read) > 4
