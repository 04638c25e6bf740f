"""The history of a score: the moments that moved it, oldest first, page by page."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from factories import (
    make_claim,
    make_correction,
    make_question,
    make_resolution,
    make_scope,
    make_source,
    moment,
)
from ledgers import write
from sqlite_utils import Database

from data import history, scores
from data.database import open_database
from models.answer import Names
from models.record import CorrectionKind, Mandate, SourceKind, Vantage

WITHDRAWN = Names(("withdrawn",))
SECTORS = "kursk-front/sso-sectors"
QUESTION = ("question", "dprk-on-kursk-front")

# The walk-back in small: a claim, a relay of it, the narrowing, and a denial by somebody else.
WALK_BACK = (
    make_scope(SECTORS, share=0.25),
    make_source("sso", kind=SourceKind.ORGANISATION, mandates=(Mandate(SECTORS, Vantage.DIRECT),)),
    make_source("kindratenko", member_of="sso", mandates=()),
    make_source("budanov"),
    make_source("cnn", kind=SourceKind.OUTLET, mandates=()),
    make_question(),
    make_claim("kindratenko-cnn", source="kindratenko", answer=WITHDRAWN, certainty=0.675, via=("cnn",),
               stated_at=moment(31, 8)),
    make_claim("cnn-repeats", source="cnn", answer=WITHDRAWN, cites=("kindratenko",),
               stated_at=moment(31, 9)),
    make_correction("kindratenko-cnn", by="kindratenko", stated_at=moment(31, 16)),
    make_claim("budanov-twz", answer=Names(("fighting", "reduced")), stated_at=moment(31, 18)),
)  # fmt: skip


@pytest.fixture
def kursk(empty: Database) -> Database:
    write(empty, WALK_BACK)
    return empty


def whole(db: Database, kind: str, subject: str, **options: Any) -> list[dict[str, Any]]:
    items, following = history.history(db, kind, subject, limit=1000, **options)
    assert following is None
    return items


def paged(db: Database, kind: str, subject: str, limit: int) -> Iterator[dict[str, Any]]:
    after: int | None = 0
    while after is not None:
        items, after = history.history(db, kind, subject, limit=limit, after=after)
        yield from items


def told(items: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(item["event"]["type"], item["event"].get("claim", item["event"]["id"])) for item in items]


def test_the_walk_back_is_seen_on_the_claim(kursk: Database):
    items = whole(kursk, "claim", "kindratenko-cnn")
    assert told(items)[:2] == [("claim", "kindratenko-cnn"), ("correction", "kindratenko-cnn")]
    assert [item["standing"] for item in items][:2] == ["as_stated", "narrowed"]
    event = items[1]["event"]
    assert (event["kind"], event["by"], event["at"]) == ("narrow", "kindratenko", "2025-01-31T16:00:00Z")
    assert items[1]["as_of"] == event["at"]
    assert items[1]["score"] > items[0]["score"]


def test_the_walk_back_is_seen_on_its_author_wherever_he_speaks(kursk: Database):
    for scope in (None, "kursk-front", SECTORS):
        items = whole(kursk, "source", "kindratenko", scope=scope)
        scored = {event: item["score"] for event, item in zip(told(items), items, strict=True)}
        assert scored["correction", "kindratenko-cnn"] < scored["claim", "kindratenko-cnn"] - 0.02
        assert {item["subject"]["scope"] for item in items} == {scope}


def test_a_question_moves_with_what_is_said_and_not_with_what_is_repeated(kursk: Database):
    assert told(whole(kursk, *QUESTION)) == [
        ("claim", "kindratenko-cnn"),
        ("correction", "kindratenko-cnn"),
        ("claim", "budanov-twz"),
    ]


@pytest.mark.parametrize("subject", [QUESTION, ("claim", "kindratenko-cnn"), ("source", "kindratenko")])
def test_each_item_is_the_score_of_its_moment_and_the_last_one_the_present(kursk: Database, subject):
    items = whole(kursk, *subject)
    for item in items:
        event, also = item.pop("event"), item.pop("also")
        assert event["at"] == item["as_of"]
        assert also == []
    assert items == [
        scores.at(kursk, *subject, as_of=moment(31, int(item["as_of"][11:13]))) for item in items
    ]
    field = "answers" if subject is QUESTION else "score"
    assert items[-1][field] == scores.at(kursk, *subject)[field]


@pytest.mark.parametrize("limit", [1, 2, 3])
@pytest.mark.parametrize("subject", [QUESTION, ("claim", "kindratenko-cnn"), ("source", "kindratenko")])
def test_pages_of_any_size_hold_the_same_items(kursk: Database, subject, limit):
    assert list(paged(kursk, *subject, limit)) == whole(kursk, *subject)


def test_pages_of_any_size_hold_the_same_small_moves(empty: Database):
    hedged = [
        value
        for i in range(12)
        for value in (
            make_source(f"s{i}", mandates=()),
            make_claim(f"c{i}", source=f"s{i}", certainty=0.0022, stated_at=moment(1, i)),
        )
    ]
    write(empty, [make_question(), *hedged])
    pages = [list(paged(empty, *QUESTION, limit)) for limit in (1, 5, 100)]
    assert pages[0] == pages[1] == pages[2]


def test_what_is_said_in_one_moment_stands_together_with_the_subjects_own_first(kursk: Database):
    more = [
        make_claim("a-claim", source="cnn", answer=WITHDRAWN, stated_at=moment(31, 20)),
        make_claim("other-claim", source="budanov", answer=WITHDRAWN, stated_at=moment(31, 20)),
    ]
    write(kursk, more)
    last = whole(kursk, "source", "budanov")[-1]
    assert (last["event"]["id"], [event["id"] for event in last["also"]]) == ("other-claim", ["a-claim"])


def test_a_resolution_is_an_event(kursk: Database):
    write(kursk, [make_resolution()])
    assert told(whole(kursk, *QUESTION))[-1] == ("resolution", "dprk-on-kursk-front")
    assert told(whole(kursk, "claim", "kindratenko-cnn"))[-1] == ("resolution", "dprk-on-kursk-front")


def test_a_later_event_is_added_at_the_end_and_changes_nothing_before(kursk: Database):
    before = [{**item, "model": None} for item in whole(kursk, *QUESTION)]
    write(kursk, [make_claim("late", source="cnn", stated_at=moment(5, month=2))])
    after = [{**item, "model": None} for item in whole(kursk, *QUESTION)]
    assert after[: len(before)] == before
    assert told(after[len(before) :]) == [("claim", "late")]


def test_a_history_of_what_nobody_spoke_about_is_empty(kursk: Database):
    write(kursk, [make_source("silent"), make_question("silence", scope="sea")])
    assert whole(kursk, "question", "silence") == []
    assert whole(kursk, "source", "silent") == []


def test_a_body_moves_with_what_its_members_have_to_take_back():
    with closing(open_database(":memory:")) as db:
        body = make_source("body", kind=SourceKind.ORGANISATION)
        members = [make_source("m", member_of="body"), make_source("fellow", member_of="body")]
        claim = make_claim("said", source="m")
        retraction = make_correction("said", by="m", kind=CorrectionKind.RETRACT)
        write(db, [body, *members, make_question(), claim, retraction])
        for source in ("m", "body", "fellow"):
            items = whole(db, "source", source)
            assert told(items)[-1] == ("correction", "said")
            assert items[-1]["score"] == scores.at(db, "source", source)["score"]


def test_a_correction_of_a_claim_of_unknown_hour_counts_from_the_claim_on(empty: Database):
    write(empty, [
        make_source(), make_scope(), make_question(),
        make_claim(stated_at=moment(31, 23, 59), stated_precision="day"),
        make_correction(stated_at=moment(31, 16)),
    ])  # fmt: skip
    items = whole(empty, *QUESTION)
    assert [item["as_of"] for item in items] == ["2025-01-31T23:59:00Z"]
    assert {event["type"] for event in (items[0]["event"], *items[0]["also"])} == {"claim", "correction"}
