import re
from typing import Any


def test_the_page_shows_every_operation_and_problem(anyone: Any) -> None:
    page = anyone.get("/docs").text
    document = anyone.get("/openapi.json").json
    for item in document["paths"].values():
        for method in {"get", "put", "post"} & set(item):
            assert f'id="{item[method]["operationId"]}"' in page
    assert 'id="unknown-id"' in page


def test_the_page_fetches_nothing_from_elsewhere_and_runs_no_script(anyone: Any) -> None:
    response = anyone.get("/docs")
    assert "<script" not in response.text
    assert all(link.startswith(("/", "#")) for link in re.findall(r'(?:href|src)="([^"]*)"', response.text))
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_the_stylesheet_comes_from_the_package(anyone: Any) -> None:
    with anyone.get("/static/docs.css") as response:
        assert (response.status_code, response.mimetype) == (200, "text/css")
