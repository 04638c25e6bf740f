import base64
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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


CRAFTED = [
    '["id", NaN, "cnn"]',
    '["id", Infinity, "cnn"]',
    '["id", 1e999, "cnn"]',
    f'["id", {"9" * 5000}, "cnn"]',
    f'["id", {"9" * 400}, "cnn"]',
    '["id", null, "cnn"]',
    '["id", true, "cnn"]',
    '["id", ["cnn"], "cnn"]',
    '["id", "cnn", 5]',
    '["id", "cnn"]',
    '["id", "cnn", "cnn", "cnn"]',
    '["name", "cnn", "cnn"]',
    '[["id"], "cnn", "cnn"]',
    '["id", "\\ud800", "cnn"]',
    "[" * 2000,
    "{}",
    "NaN",
]


@pytest.mark.parametrize("text", CRAFTED)
@pytest.mark.parametrize("sort", ["id", "score", "-score"])
def test_a_forged_cursor_is_refused_whatever_it_holds(kursk: Any, text: str, sort: str) -> None:
    cursor = base64.urlsafe_b64encode(text.replace('"id"', f'"{sort}"').encode()).decode()
    response = kursk.get("/v1/sources", query_string={"sort": sort, "cursor": cursor})
    assert kursk.reason(response, "cursor")


def test_a_cursor_whose_key_is_none_of_its_orders_is_refused(kursk: Any) -> None:
    for sort, key in (("id", 0.5), ("score", "cnn")):
        cursor = base64.urlsafe_b64encode(json.dumps([sort, key, "cnn"]).encode()).decode()
        response = kursk.get("/v1/sources", query_string={"sort": sort, "cursor": cursor})
        assert kursk.reason(response, "cursor")


@pytest.mark.parametrize("key", ["", "\x00", "'; DROP TABLE sources; --", "zzz" * 30, "é\U0010ffff"])
def test_a_cursor_of_ones_own_making_only_moves_where_the_page_starts(kursk: Any, key: str) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(["id", key, key]).encode()).decode()
    response = kursk.get("/v1/sources", query_string={"cursor": cursor})
    ids = [item["id"] for item in kursk.get("/v1/sources").json["items"]]
    assert [item["id"] for item in response.json["items"]] == [id_ for id_ in ids if id_ > key]


@pytest.mark.parametrize(
    "subject", ["claims/kindratenko-cnn", "questions/dprk-on-kursk-front", "sources/cnn"]
)
@pytest.mark.parametrize("offset", [2, 54, 2**63 - 1])
def test_a_history_has_nothing_after_its_end(kursk: Any, subject: str, offset: int) -> None:
    response = kursk.get(f"/v1/{subject}/history", query_string={"cursor": offset_text(offset)})
    assert (response.status_code, response.json) == (200, {"items": []})
    assert "Link" not in response.headers


@given(
    st.text(max_size=200)
    | st.binary(max_size=200).map(lambda raw: base64.urlsafe_b64encode(raw).decode())
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    ).map(lambda document: base64.urlsafe_b64encode(json.dumps(document).encode()).decode())
)
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
def test_no_cursor_at_all_does_any_harm(anyone: Any, cursor: str) -> None:
    for path, sort in (("/v1/sources", "score"), ("/v1/sources", "id"), ("/v1/claims", "stated_at")):
        response = anyone.get(path, query_string={"cursor": cursor, "sort": sort})
        assert response.status_code in (200, 422)
    with pytest.raises(RefusedError):
        offset_of("x" + cursor)


def test_a_historys_cursor_is_read_back() -> None:
    assert offset_of(offset_text(120)) == 120
    assert offset_of(None) == 0
    assert offset_text(None) is None


@pytest.mark.parametrize("cursor", ["x", "é", base64.urlsafe_b64encode(b"-1").decode(), offset_text(2**63)])
def test_a_historys_cursor_that_was_not_given_out_is_refused(cursor: str) -> None:
    with pytest.raises(RefusedError):
        offset_of(cursor)
