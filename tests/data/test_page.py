import base64
import json

import pytest
from factories import make_claim, make_source, moment
from sqlite_utils import Database

from data import claims, scopes, sources
from data.database import writing
from data.page import Page
from models.errors import InvalidValueError

# Ties, and none at all, at both ends of a page of two.
SCORES = {"a": 0.5, "b": None, "c": 0.5, "d": 0.0, "e": 1.0, "f": None, "g": 0.1 + 0.2}


@pytest.fixture
def scored(empty: Database) -> Database:
    """A ledger of seven sources, two without a score."""
    with writing(empty):
        for name, score in SCORES.items():
            sources.put(empty, make_source(name), at=moment(1))
            empty.table("scores").insert({"kind": "source", "id": name, "score": score}, replace=True)
    return empty


def walk(db: Database, *, limit: int, **query: object) -> list[str]:
    """Return the ids of all pages, in order."""
    found, cursor = [], None
    while True:
        page: Page = sources.page(db, limit=limit, cursor=cursor, **query)
        assert len(page.items) <= limit
        found += [source.id for source, _ in page.items]
        cursor = page.next
        if cursor is None:
            return found


@pytest.mark.parametrize("limit", range(1, 9))
@pytest.mark.parametrize(("sort", "order"), [("id", "abcdefg"), ("score", "dgacebf"), ("-score", "ecagdfb")])
def test_paging_shows_each_item_once_and_those_without_a_score_last(
    scored: Database, sort: str, order: str, limit: int
):
    assert "".join(walk(scored, sort=sort, limit=limit)) == order


def test_an_item_carries_its_score(scored: Database):
    page = sources.page(scored, limit=200)
    assert {source.id: score for source, score in page.items} == SCORES


def test_the_last_page_has_no_cursor_even_when_it_is_full(scored: Database):
    assert sources.page(scored, limit=7).next is None
    assert sources.page(scored, limit=6).next is not None


def test_a_filter_by_score_includes_its_ends_and_leaves_out_what_has_none(scored: Database):
    assert walk(scored, min_score=0.5, max_score=1.0, limit=2) == ["a", "c", "e"]
    assert walk(scored, min_score=0.0, limit=2) == ["a", "c", "d", "e", "g"]


def test_an_item_that_is_added_meanwhile_moves_no_other(scored: Database):
    first = sources.page(scored, limit=3)
    sources.put(scored, make_source("aa"), at=moment(2), by=None)
    second = sources.page(scored, limit=9, cursor=first.next)
    assert [source.id for source, _ in second.items] == ["d", "e", "f", "g"]


def encoded(document: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!",
        "é",
        "a",
        "bm90IGpzb24",
        encoded(None),
        encoded([]),
        encoded(["id", "a"]),
        encoded(["id", ["a"], "a"]),
        encoded(["id", 10**30, "a"]),
        encoded(["id", True, "a"]),
        encoded(["id", "a", "\ud800"]),
        encoded(["score", 0.5, "a"]),
        base64.urlsafe_b64encode(b"[" * 50_000).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
def test_a_cursor_that_this_list_did_not_give_out_is_refused(scored: Database, cursor: str):
    with pytest.raises(InvalidValueError) as caught:
        sources.page(scored, sort="id", limit=2, cursor=cursor)
    assert caught.value.field == "cursor"


@pytest.mark.parametrize("sort", ["stated_at", "-stated_at"])
def test_claims_of_one_moment_are_each_shown_once(db: Database, sort: str):
    with writing(db):
        for i, hour in enumerate([3, 3, 1, 3, 2, 3]):
            claims.add(db, make_claim(f"c{i}", stated_at=moment(2, hour)), at=moment(3))
    found, cursor = [], None
    for _ in range(3):
        page = claims.page(db, sort=sort, limit=2, cursor=cursor)
        found += [claim.id for claim, _ in page.items]
        cursor = page.next
    order = ["c2", "c4", "c0", "c1", "c3", "c5"]
    assert cursor is None
    assert found == (order if sort == "stated_at" else order[::-1])


def test_an_empty_list_is_one_empty_page(empty: Database):
    assert scopes.page(empty, limit=50) == Page((), None)
