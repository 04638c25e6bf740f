import base64
from typing import Any

import pytest

from api.paging import offset_of, offset_text
from data.errors import RefusedError


def walk(caller: Any, path: str) -> list[str]:
    ids: list[str] = []
    while True:
        page = caller.get(path)
        ids += [item["id"] for item in page.json["items"]]
        if "Link" not in page.headers:
            return ids
        assert page.headers["Link"].endswith('>; rel="next"')
        path = page.headers["Link"].split("<")[1].split(">")[0]


@pytest.mark.parametrize(("limit", "query"), [(1, ""), (3, "sort=-score"), (3, "sort=score"), (2, "q=o")])
def test_following_the_links_shows_each_item_once(kursk: Any, limit: int, query: str) -> None:
    whole = kursk.get(f"/v1/sources?{query}").json["items"]
    assert walk(kursk, f"/v1/sources?limit={limit}&{query}") == [item["id"] for item in whole]


@pytest.mark.parametrize("limit", ["0", "201", "-1", "many", "5.9", "1" * 40])
def test_a_limit_outside_its_range_is_refused(anyone: Any, limit: str) -> None:
    assert anyone.reason(anyone.get(f"/v1/sources?limit={limit}"), "limit")


@pytest.mark.parametrize(
    "path", ["/v1/sources", "/v1/scopes", "/v1/questions", "/v1/claims", "/v1/corrections"]
)
def test_a_cursor_that_no_list_gave_out_is_refused(anyone: Any, path: str) -> None:
    for cursor in ("!!", "e30", base64.urlsafe_b64encode(b'["a"]').decode(), "é"):
        assert anyone.reason(anyone.get(path, query_string={"cursor": cursor}), "cursor")


def test_a_historys_cursor_is_read_back() -> None:
    assert offset_of(offset_text(120)) == 120
    assert offset_of(None) == 0
    assert offset_text(None) is None


@pytest.mark.parametrize("cursor", ["x", "é", base64.urlsafe_b64encode(b"-1").decode(), offset_text(2**63)])
def test_a_historys_cursor_that_was_not_given_out_is_refused(cursor: str) -> None:
    with pytest.raises(RefusedError):
        offset_of(cursor)
