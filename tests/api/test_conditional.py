"""Every GET has an ETag, and a client that holds the state is told so."""

from typing import Any

import pytest

PATHS = [
    "/v1/sources",
    "/v1/sources/kindratenko",
    "/v1/sources/kindratenko/score",
    "/v1/sources/kindratenko/score?scope=kursk-front",
    "/v1/sources/kindratenko/history",
    "/v1/scopes",
    "/v1/questions",
    "/v1/questions/dprk-on-kursk-front",
    "/v1/questions/dprk-on-kursk-front/score",
    "/v1/claims?limit=1",
    "/v1/claims/kindratenko-cnn",
    "/v1/claims/kindratenko-cnn/score",
    "/v1/claims/kindratenko-cnn/corrections",
    "/v1/corrections",
    "/v1/model",
    "/openapi.json",
    "/docs",
    "/livez",
]


@pytest.mark.parametrize("path", PATHS)
def test_weak_strong_and_listed_etags_and_the_star_give_304_without_a_body(kursk: Any, path: str) -> None:
    etag = kursk.get(path).headers["ETag"]
    for held in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        response = kursk.get(path, headers={"If-None-Match": held})
        assert (response.status_code, response.data) == (304, b"")
        assert response.headers["ETag"] == etag
    assert kursk.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("path", ["/v1/sources", "/v1/model", "/v1/claims/kindratenko-cnn/score"])
def test_a_write_that_moves_an_answer_moves_its_etag(
    kursk: Any, narrowing: dict[str, Any], path: str
) -> None:
    etag = kursk.get(path).headers["ETag"]
    kursk.post("/v1/claims/kindratenko-cnn/corrections", narrowing)
    assert kursk.get(path, headers={"If-None-Match": etag}).status_code == 200


def test_what_does_not_exist_is_never_unmodified(kursk: Any) -> None:
    for held in ("*", '"v1"'):
        for path in ("/v1/sources/nobody", "/v1/claims/none", "/v1/claims/none/corrections"):
            assert kursk.get(path, headers={"If-None-Match": held}).status_code == 404


def test_a_head_has_the_headers_of_its_get(kursk: Any) -> None:
    response = kursk("HEAD", "/v1/sources/kindratenko")
    assert (response.status_code, response.data) == (200, b"")
    assert response.headers["ETag"] == kursk.get("/v1/sources/kindratenko").headers["ETag"]
