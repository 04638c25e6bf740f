"""Events: ``/v1/events`` by cursor, as Atom, and as a stream."""

import json
from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from flask.views import MethodView

from api import examples
from api.address import home
from api.atom import ATOM_TYPE, atom
from api.body import JSON_TYPE
from api.conditional import keep
from api.contract import Blueprint
from api.event_document import event_document
from api.ledger import ledger
from api.paging import LINK, listed, offset_of, offset_text
from api.schemas.event import EventFeed, EventQuery, StreamQuery
from data import events

blueprint = Blueprint("events", "Corrections, resolutions, and scores that moved by 0.01 or more.")

STREAM_TYPE = "text/event-stream"
# How long a browser waits before it asks again, in milliseconds: an answer ends with what there is.
RETRY_MS = 1000
# Events in one answer of a stream: as many as a page.
MOST_STREAMED = 200
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
        keep(f"e{events.version(ledger())}{home()}")
        page = _page(query, is_newest_first=False)
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
        keep(f"e{events.version(ledger())}{home()}")
        page = _page(query, is_newest_first=True)
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
        """Send events as server-sent events: at once where there are any, or as soon as there is one.

        An answer ends with the events that there are, or with none after 25 seconds; an EventSource of a
        browser asks again by itself, and goes on where it was. It begins with what comes next where neither
        `Last-Event-ID` nor `cursor` is sent.
        """
        sent = request.headers.get("Last-Event-ID") or query.get("cursor")
        text = [f"retry: {RETRY_MS}\n\n"]
        if sent is None:
            following = events.last(ledger())
        else:
            page = _page({**query, "cursor": sent, "limit": MOST_STREAMED}, is_newest_first=False)
            following = page.following
            text += [
                f"id: {offset_text(each.seq)}\nevent: {each.type}\n"
                f"data: {json.dumps(event_document(each, home()), ensure_ascii=False)}\n\n"
                for each in page.items
            ]
        # Without data it is no event, and still what the next request goes on after.
        text.append(f": all there is\nid: {offset_text(following)}\n\n")
        return Response("".join(text), content_type=STREAM_TYPE)


def _page(query: dict[str, Any], *, is_newest_first: bool) -> events.Page:
    cursor = query.get("cursor")
    return events.page(
        ledger(),
        type_=query.get("type"),
        kind=query.get("kind"),
        subject=query.get("subject"),
        is_newest_first=is_newest_first,
        limit=query["limit"],
        after=None if cursor is None else offset_of(cursor),
    )
