"""The events over HTTP: by cursor, as Atom, as a stream."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin
from uuid import UUID
from xml.etree import ElementTree

import pytest

from api.representations.atom import NAMESPACE, atom
from data.events import Event

ATOM = f"{{{NAMESPACE}}}"
CLAIM = "/v1/claims/kindratenko-cnn"


@pytest.fixture
def told(kursk: Any, narrowing: dict[str, Any]) -> Any:
    """The dispute in small, in which the claim was narrowed."""
    assert kursk.post(f"{CLAIM}/corrections", narrowing).status_code == 201
    return kursk


def items(caller: Any, query: str = "") -> list[dict[str, Any]]:
    response = caller.get(f"/v1/events{query}")
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json["items"]
    return found


def test_a_correction_is_told_at_once_with_a_sentence_and_links(told: Any) -> None:
    (event,) = items(told, "?type=correction.recorded")
    assert event["subject"] == {"type": "claim", "id": "kindratenko-cnn"}
    assert (
        "was narrowed to kursk-front/sso-sectors by its author (31 January 2025, 16:00 UTC)"
        in event["because"]
    )
    score = told.get(event["links"]["score"]).json
    assert event["after"]["score"] == score["score"]
    UUID(event["id"])


def test_the_cursor_of_the_last_page_goes_on_with_what_is_told_later(
    told: Any, claim: dict[str, Any]
) -> None:
    first = told.get("/v1/events?limit=1")
    assert len(first.json["items"]) == 1
    (following,) = re.findall(r'<(.+)>; rel="next"', first.headers["Link"])
    rest = told.get(following.replace("limit=1", "limit=200"))
    assert "Link" not in rest.headers
    cursor = rest.json["cursor"]
    assert items(told, f"?cursor={cursor}") == []
    told.post("/v1/claims", {**claim, "answer": "fighting", "source": "budanov"})
    later = items(told, f"?cursor={cursor}")
    assert "another-claim" in {change["id"] for event in later for change in event["changes"]}
    seen = [event["id"] for event in first.json["items"] + rest.json["items"] + later]
    assert len(set(seen)) == len(seen)


def test_events_are_found_by_what_they_are_about(told: Any) -> None:
    for kind, subject in (
        ("claim", "kindratenko-cnn"),
        ("source", "kindratenko"),
        ("question", "dprk-on-kursk-front"),
    ):
        assert "correction.recorded" in {e["type"] for e in items(told, f"?kind={kind}&subject={subject}")}
    assert items(told, "?kind=source&subject=budanov&type=correction.recorded") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("kind=claim", "subject"),
        ("subject=x", "kind"),
        ("type=other", "type"),
        ("cursor=x", "cursor"),
        ("limit=0", "limit"),
    ],
)
def test_a_query_that_cannot_be_answered_names_its_field(told: Any, query: str, field: str) -> None:
    assert told.reason(told.get(f"/v1/events?{query}"), field)


def test_what_a_client_holds_is_not_sent_again_until_there_is_more(told: Any, claim: dict[str, Any]) -> None:
    etag = told.get("/v1/events").headers["ETag"]
    assert told.get("/v1/events", headers={"If-None-Match": etag}).status_code == 304
    told.post("/v1/claims", {**claim, "answer": "fighting", "source": "budanov"})
    assert told.get("/v1/events", headers={"If-None-Match": etag}).status_code == 200


def test_the_atom_feed_holds_what_a_feed_must_and_the_newest_first(told: Any) -> None:
    response = told.get("/v1/events.atom")
    assert response.content_type == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(response.data)  # noqa: S314 - our own
    assert feed.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated"):
        assert len(feed.findall(f"{ATOM}{name}")) == 1
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Credence"
    assert [link.get("href") for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"] == [
        "/v1/events.atom"
    ]
    entries = feed.findall(f"{ATOM}entry")
    assert [f"urn:uuid:{event['id']}" for event in reversed(items(told))] == [
        entry.findtext(f"{ATOM}id") for entry in entries
    ]
    for entry in entries:
        assert all(len(entry.findall(f"{ATOM}{name}")) == 1 for name in ("id", "title", "updated", "content"))
        assert re.fullmatch(
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", entry.findtext(f"{ATOM}updated") or ""
        )
        assert (entry.find(f"{ATOM}content").get("type"), entry.findtext(f"{ATOM}content")) != ("text", "")  # type: ignore[union-attr]


def test_the_atom_feeds_titles_say_whose_claim_it_is_and_on_which_question(told: Any) -> None:
    feed = ElementTree.fromstring(told.get("/v1/events.atom?type=correction.recorded").data)  # noqa: S314 - our own
    assert feed.findtext(f"{ATOM}entry/{ATOM}title") == (
        "Corrected: Oleksandr Kindratenko's claim – "
        "Are North Korean troops still fighting on the Kursk front?"
    )


def test_links_lead_to_the_address_that_readers_know(told: Any) -> None:
    etag = told.get("/v1/events?limit=199").headers["ETag"]
    credence = told.client.application.extensions["credence"]
    credence["settings"] = replace(credence["settings"], public_url="https://desk.example/credence")
    (event,) = items(told, "?type=correction.recorded")
    assert event["links"] == {
        "score": f"https://desk.example/credence{CLAIM}/score",
        "page": "https://desk.example/credence/claims/kindratenko-cnn",
    }
    feed = ElementTree.fromstring(told.get("/v1/events.atom?limit=1").data)  # noqa: S314 - our own
    links = [link.get("href") or "" for link in feed.iter(f"{ATOM}link")]
    assert len(links) == 3
    assert all(link.startswith("https://desk.example/credence/") for link in links)
    # What a client holds with other links is not the same.
    assert told.get("/v1/events?limit=200").headers["ETag"] != etag


def test_the_atom_feed_pages_to_older_entries_and_keeps_its_id(told: Any) -> None:
    found: list[str] = []
    address: str | None = "/v1/events.atom?limit=1"
    ids = set()
    while address:
        feed = ElementTree.fromstring(told.get(address).data)  # noqa: S314 - our own
        ids.add(feed.findtext(f"{ATOM}id"))
        found += [entry.findtext(f"{ATOM}id") or "" for entry in feed.findall(f"{ATOM}entry")]
        links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
        assert links["self"] == address
        address = None if links.get("next") is None else urljoin(address, links["next"] or "")
    assert found == [f"urn:uuid:{event['id']}" for event in reversed(items(told))]
    assert len(ids) == 1


def test_what_xml_cannot_hold_is_replaced_in_the_feed() -> None:
    document = {"title": "Moved: c", "because": "a\x00b\x0bc\ud800d <&> e"}
    at = datetime(2026, 1, 1, tzinfo=UTC)
    event = Event(1, "0b9dc1a5-7c0e-5f43-9b54-4c3e8f0d2a61", "score.moved", "claim", "c", at, document)
    feed = ElementTree.fromstring(atom("x", [event], home="", address="/", following=None))  # noqa: S314 - our own
    assert feed.findtext(f"{ATOM}entry/{ATOM}content") == "a\ufffdb\ufffdc\ufffdd <&> e"


@pytest.mark.parametrize(
    ("path", "accept"),
    [("/v1/events.atom", "application/atom+xml"), ("/v1/events/stream", "text/event-stream")],
)
def test_feed_readers_and_browsers_may_ask_for_what_they_take(told: Any, path: str, accept: str) -> None:
    response = told.get(path, headers={"Accept": accept})
    assert (response.status_code, response.mimetype) == (200, accept)


def test_an_empty_feed_is_a_feed(anyone: Any) -> None:
    feed = ElementTree.fromstring(anyone.get("/v1/events.atom").data)  # noqa: S314 - our own
    assert feed.findtext(f"{ATOM}updated") == "1970-01-01T00:00:00Z"
    assert anyone.get("/v1/events").json["items"] == []


def blocks(text: str) -> list[dict[str, str]]:
    """The blocks of a stream, as a browser's EventSource reads their fields."""
    return [
        dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
        for block in text.split("\n\n")
        if block
    ]


def test_a_stream_goes_on_after_the_last_event_that_was_received(told: Any) -> None:
    response = told.get("/v1/events/stream?cursor=MA==")
    assert response.content_type == "text/event-stream"
    first, *sent, end = blocks(response.text)
    assert first == {"retry": "1000"}
    assert [json.loads(block["data"]) for block in sent] == items(told)
    assert [block["event"] for block in sent] == [event["type"] for event in items(told)]
    assert "data" not in end
    assert end["id"] == sent[-1]["id"]
    resumed = blocks(told.get("/v1/events/stream", headers={"Last-Event-ID": sent[0]["id"]}).text)
    assert [block["id"] for block in resumed[1:-1]] == [block["id"] for block in sent[1:]]


def test_a_stream_begins_with_what_comes_next(told: Any, claim: dict[str, Any]) -> None:
    _, begun = blocks(told.get("/v1/events/stream").text)
    told.post("/v1/claims", {**claim, "answer": "fighting", "source": "budanov"})
    _, *sent, _ = blocks(told.get("/v1/events/stream", headers={"Last-Event-ID": begun["id"]}).text)
    assert sent
    assert all("another-claim" in block["data"] for block in sent)


def test_a_stream_of_one_subject_passes_over_what_is_about_others(told: Any) -> None:
    _, *sent, end = blocks(told.get("/v1/events/stream?cursor=MA==&kind=source&subject=cnn").text)
    assert len(sent) < len(items(told))
    assert end["id"] == blocks(told.get("/v1/events/stream").text)[-1]["id"]


def test_an_address_that_is_none_names_its_field(kursk: Any) -> None:
    assert kursk.reason(kursk.get("/v1/events?kind=article&subject=http://["), "subject")
