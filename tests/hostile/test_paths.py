"""Addresses that try to leave the folder, the id, or the service."""

import pytest
from hostile.service import Service

SOURCE = "kindratenko"


@pytest.mark.parametrize(
    "target",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e%2fapp.py",
        "/static/%252e%252e%252fapp.py",
        "/static/....//app.py",
        "/static/..%5capp.py",
        "/static/..%c0%afapp.py",
        "/static/%c0%ae%c0%ae/app.py",
        "/static//etc/passwd",
        "/static/%2fetc/passwd",
        "/static/docs.css%00.py",
        "/static/docs.css/../../app.py",
        "/static/",
        "/templates/docs.html",
        "/api/app.py",
        "/.git/config",
        "/openapi.yaml",
    ],
)
def test_no_address_reaches_a_file_but_the_stylesheet(service: Service, target: str) -> None:
    answer = service.call("GET", target, scope=None)
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "written",
    [
        f"{SOURCE}/",
        f"{SOURCE}%2F",
        f"../sources/{SOURCE}",
        f"%2e%2e/sources/{SOURCE}",
        f"./{SOURCE}",
        f"{SOURCE};x=1",
        f"{SOURCE}%3Bx=1",
        f"{SOURCE}%00",
        f"{SOURCE}%0a",
        f"{SOURCE}%20",
        f"{SOURCE}%09",
        f"{SOURCE}.json",
        f"{SOURCE.upper()}",
        f"{SOURCE}%C0%80",
        "%6b%69%6e%64%72%61%74%65%6e%6b%6f%FF",
        "%25kindratenko",
        "*",
        "%27%20OR%20%271%27=%271",
        "a" * 4000,
    ],
)
def test_an_id_is_found_under_its_own_name_alone(service: Service, written: str) -> None:
    answer = service.call("GET", f"/v1/sources/{written}")
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    [
        "a/../b",
        "a%2F..%2Fb",
        "../b",
        "a//b",
        "a/",
        "/a",
        "a/./b",
        "a%00",
        "a%0Ab",
        "a;b",
        "a%5Cb",
        "é",
        "%ff",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_scope_has_no_dot_segments(service: Service, method: str, path: str) -> None:
    written = path.replace("é", "%C3%A9")
    answer = service.call(method, f"/v1/scopes/{written}", {} if method == "PUT" else None)
    assert answer.status in (404, 422)
    assert ".." not in str(service.call("GET", "/v1/scopes?limit=200").json)


@pytest.mark.parametrize(
    "id_", ["../x", "a/b", "a b", ".hidden", "-x", "é", "a\n", "a\0", "a" * 129, "", "<b>", "%2e"]
)
def test_an_id_that_would_not_stand_in_an_address_is_never_stored(service: Service, id_: str) -> None:
    answer = service.call("POST", "/v1/sources", {"id": id_, "name": "x", "kind": "outlet"})
    assert answer.status == 422
    assert answer.json["errors"][0]["field"] == "id"


def test_an_encoded_slash_is_a_slash_and_needs_the_same_key(service: Service) -> None:
    assert service.call("GET", f"/v1/sources/{SOURCE}%2Fscore", scope=None).status == 200
    void = "/v1/claims/kindratenko-cnn%2Fvoid"
    assert service.call("POST", void, {"because": "a slip"}, scope=None).status == 401
    assert service.call("POST", void, {"because": "a slip"}, scope="write").status == 403
