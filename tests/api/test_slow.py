"""What is slow is decided by what is done, and not by how its address is spelled."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest
from flask import Flask

from api.errors import OverloadedError
from api.slow import Serving
from data import scores

T = TypeVar("T")
BODY = {"name": "CNN", "kind": "outlet"}


class Noted(Serving):
    """Notes whether anything was slow."""

    n_slow = 0

    def do(self, work: Callable[[], T]) -> T:
        self.n_slow += 1
        return work()


class Full(Serving):
    """Has too much to do already."""

    def do(self, work: Callable[[], T]) -> T:
        raise OverloadedError


@contextmanager
def served(app: Flask, serving: Serving) -> Iterator[None]:
    before = app.extensions["credence"]["serving"]
    app.extensions["credence"]["serving"] = serving
    yield
    app.extensions["credence"]["serving"] = before


QUICK = [
    "/v1/sources/cnn",
    "/v1/sources?q=cnn",
    "/v1/sources/cnn/score",
    "/v1/sources/cnn/score?",
    "/v1/claims?since=2025-01-01T00:00:00Z",
    "/docs",
    "/livez",
    "/metrics",
    "/v1/cards?claims=kindratenko-cnn",
    "/v1/cards?%63laims=kindratenko-cnn",
    "/embed/claims/kindratenko-cnn",
    "/embed/claims/kindratenko-cnn?variant=full&theme=dark",
    "/oembed?url=http%3A%2F%2Flocalhost%2Fclaims%2Fkindratenko-cnn",
    "/nothing/history",
]
SLOW = [
    "/v1/sources/cnn/score?as_of=2025-01-31",
    "/v1/sources/cnn/score?as%5Fof=2025-01-31",
    "/v1/sources/cnn/score?scope=kursk-front",
    "/v1/sources/cnn/history",
    "/v1/sources/cnn/%68istory",
    "/v1/claims/kindratenko-cnn/history?limit=1",
    "/v1/questions/dprk-on-kursk-front/history",
    "/v1/articles?url=https://example.org/",
    "/",
    "/?q=troops",
    "/claims/kindratenko-cnn",
    "/questions/dprk-on-kursk-front",
    "/sources/cnn",
    "/articles?url=https://example.org/",
    "/v1/cards?claims=kindratenko-cnn&sources=cnn",
    "/v1/cards?claims=kindratenko-cnn&as_of=2025-01-31",
    "/v1/cards?claims=kindratenko-cnn&as%5fof=2025-01-31",
    "/v1/cards?sources=cnn%40kursk-front",
    "/embed/claims/kindratenko-cnn.svg?as_of=2025-01-31",
    "/embed/sources/cnn?scope=kursk-front",
    "/oembed?url=http%3A%2F%2Flocalhost%2Fclaims%2Fkindratenko-cnn%3Fas_of%3D2025-01-31",
]


@pytest.mark.parametrize("path", QUICK)
def test_what_is_stored_or_refused_is_quick(app: Flask, kursk: Any, path: str) -> None:
    with served(app, serving := Noted()):
        assert kursk.get(path).status_code in (200, 404)
    assert serving.n_slow == 0


@pytest.mark.parametrize("path", SLOW)
def test_what_is_fitted_or_told_of_many_is_slow(app: Flask, kursk: Any, path: str) -> None:
    with served(app, serving := Noted()):
        assert kursk.get(path).status_code in (200, 404)
    assert serving.n_slow == 1


@pytest.mark.parametrize(
    ("path", "n_slow"),
    [
        ("/v1/questions/dprk-on-kursk-front/score", 1),
        ("/v1/claims/kindratenko-cnn/score", 1),
        ("/v1/cards?claims=kindratenko-cnn", 1),
        ("/v1/sources/cnn/score", 0),
    ],
)
def test_a_score_that_rests_on_many_claims_is_slow(
    app: Flask, kursk: Any, monkeypatch: pytest.MonkeyPatch, path: str, n_slow: int
) -> None:
    monkeypatch.setattr(scores, "FEW_CLAIMS", 0)
    with served(app, serving := Noted()):
        assert kursk.get(path).status_code == 200
    assert serving.n_slow == n_slow


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/v1/sources/cnn"),
        ("POST", "/v1/sources"),
        ("POST", "/v1/claims"),
        ("POST", "/v1/questions:match"),
        ("POST", "/v1/scores"),
        ("DELETE", "/v1/webhooks/none"),
    ],
)
def test_what_is_written_or_asked_in_a_body_is_slow(app: Flask, kursk: Any, method: str, path: str) -> None:
    with served(app, serving := Noted()):
        kursk(method, path, BODY)
    assert serving.n_slow == 1


@pytest.mark.parametrize("path", SLOW)
def test_too_much_that_is_slow_is_503_with_a_word_when_to_try_again(
    app: Flask, kursk: Any, path: str
) -> None:
    with served(app, Full()):
        response = kursk.get(path)
        assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
        assert kursk.put("/v1/sources/cnn", BODY).status_code == 503
        assert all(kursk.get(quick).status_code in (200, 404) for quick in QUICK[:3])


def test_a_write_that_is_refused_for_its_key_waits_for_no_turn(app: Flask, kursk: Any, anyone: Any) -> None:
    with served(app, Full()):
        assert anyone.put("/v1/sources/cnn", BODY).status_code == 401
