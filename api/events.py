"""Events: ``/v1/events`` by cursor, as Atom, and as a stream."""

import json
from collections.abc import Iterator
from contextlib import suppress
from time import monotonic
from typing import Any
from urllib.parse import urlencode

from flask import Response, request, stream_with_context
from flask.views import MethodView

from api import examples
from api.address import home
from api.body import JSON_TYPE
from api.conditional import keep
from api.contract import Blueprint
from api.event_document import event_document
from api.ledger import ledger
from api.paging import LINK, listed, offset_of, offset_text
from api.representations.atom import ATOM_TYPE, atom
from api.schemas.event import EventFeed, EventQuery, StreamQuery
from api.settler import await_settled
from api.slow import serving
from data import events
from data.database import SqliteError
from data.errors import DatabaseError

blueprint = Blueprint("events", "Corrections, resolutions, and scores that moved by 0.01 or more.")

STREAM_TYPE = "text/event-stream"
# How long a browser waits before it asks again where a stream has ended, in milliseconds.
RETRY_MS = 1000
# Events that a stream sends at a time: as many as a page.
MOST_AT_ONCE = 200
# How often a stream looks for events, in seconds: soon enough for whoever waits for one.
LOOK_S = 0.25
# How long a stream is silent at most, in seconds: shorter than proxies and clients wait, commonly thirty; and
# where the client is gone, this finds out.
SILENT_S = 15.0
LAST_EVENT_ID = {
    "in": "header",
    "name": "Last-Event-ID",
    "description": "The `id` of the last event that was received: the stream goes on after it.",
    "schema": {"type": "string"},
}


@blueprint.route("/v1/events")
class EventList(MethodView):
    """The events, by cursor."""

    @blueprint.arguments(EventQuery, location="query")
    @blueprint.response(200, EventFeed, headers=LINK, example={"items": [examples.EVENT], "cursor": "NDI="})
    def get(self, query: dict[str, Any]) -> Response:
        """List events, oldest first; the cursor of the last page goes on from there later."""
        await_settled("event")
        keep(f"e{events.version(ledger())}{home()}")
        page = _page(query, _after(query))
        cursor = offset_text(page.following)
        found = [event_document(each, home()) for each in page.items]
        body, headers = listed(found, cursor if page.is_more else None)
        text = json.dumps({**body, "cursor": cursor}, ensure_ascii=False)
        return Response(text, headers=dict(headers), content_type=JSON_TYPE)


@blueprint.route("/v1/events.atom")
class EventAtom(MethodView):
    """The events, for feed readers."""

    @blueprint.answers_as_documented()
    @blueprint.arguments(EventQuery, location="query")
    @blueprint.response(200, {"type": "string"}, content_type=ATOM_TYPE, example="<feed/>")
    def get(self, query: dict[str, Any]) -> Response:
        """Show events as Atom, the newest first."""
        await_settled("event")
        keep(f"e{events.version(ledger())}{home()}")
        page = _page(query, _after(query), is_newest_first=True)
        feed_id = events.feed_id(ledger(), query.get("type"), query.get("kind"), query.get("subject"))
        older = urlencode({**request.args.to_dict(), "cursor": offset_text(page.following)})
        asked = f"?{urlencode(request.args.to_dict())}" if request.args else ""
        content = atom(
            feed_id,
            page.items,
            home=home(),
            address=f"{request.path}{asked}",
            following=f"{request.path}?{older}" if page.is_more else None,
        )
        return Response(content, content_type=f"{ATOM_TYPE}; charset=utf-8")


@blueprint.route("/v1/events/stream")
class EventStream(MethodView):
    """The events, as they come."""

    @blueprint.answers_as_documented()
    @blueprint.arguments(StreamQuery, location="query")
    @blueprint.doc(parameters=[LAST_EVENT_ID])
    @blueprint.response(200, {"type": "string"}, content_type=STREAM_TYPE, example="retry: 1000\n\n")
    def get(self, query: dict[str, Any]) -> Response:
        """Send events as server-sent events: those that there are, and then each as it comes.

        It begins with what comes next where neither `Last-Event-ID` nor `cursor` is sent. Where a stream
        ends, since the service restarts or holds too many, an EventSource of a browser asks again by itself,
        and goes on where it was.
        """
        sent = request.headers.get("Last-Event-ID") or query.get("cursor")
        after = events.last(ledger()) if sent is None else offset_of(sent)
        return Response(stream_with_context(_stream(query, after)), content_type=STREAM_TYPE)


def _stream(query: dict[str, Any], after: int) -> Iterator[str]:
    """Give the events after one, in the text of a stream, while it may stay open."""
    yield f"retry: {RETRY_MS}\n\n"
    with serving().streaming() as may_stay_open, suppress(DatabaseError, SqliteError):
        while True:
            page = _page(query, after)
            after = page.following
            yield "".join(
                f"id: {offset_text(each.seq)}\nevent: {each.type}\n"
                f"data: {json.dumps(event_document(each, home()), ensure_ascii=False)}\n\n"
                for each in page.items
            )
            if page.is_more:
                continue
            # Without data it is no event, and still what the next request goes on after.
            yield f": all there is\nid: {offset_text(after)}\n\n"
            silent_until = monotonic() + SILENT_S
            while may_stay_open() and events.last(ledger()) <= after and monotonic() < silent_until:
                serving().wait(LOOK_S)
            if not may_stay_open():
                return


def _page(query: dict[str, Any], after: int | None, *, is_newest_first: bool = False) -> events.Page:
    return events.page(
        ledger(),
        type_=query.get("type"),
        kind=query.get("kind"),
        subject=query.get("subject"),
        is_newest_first=is_newest_first,
        limit=query.get("limit", MOST_AT_ONCE),
        after=after,
    )


def _after(query: dict[str, Any]) -> int | None:
    cursor = query.get("cursor")
    return None if cursor is None else offset_of(cursor)
