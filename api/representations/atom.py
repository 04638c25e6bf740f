"""Events as Atom (RFC 4287), for feed readers."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from api.prose import for_xml
from data.events import Event
from data.instant import to_wire

ATOM_TYPE = "application/atom+xml"
NAMESPACE = "http://www.w3.org/2005/Atom"
# Of a feed without an entry: nothing was told yet.
NEVER = "1970-01-01T00:00:00Z"

register_namespace("", NAMESPACE)


def atom(feed_id: str, events: Sequence[Event], *, home: str, address: str, following: str | None) -> bytes:
    """Write a feed.

    Parameters
    ----------
    feed_id : str
        A UUID that stays the feed's.
    events : sequence of Event
        The newest first.
    home : str
        What stands before each link; see `api.address.home`.
    address : str
        Of this very document, from the service's root on.
    following : str or None
        Of the one with older events, where there are any.
    """
    feed = Element(f"{{{NAMESPACE}}}feed")
    _add(feed, "id", f"urn:uuid:{feed_id}")
    _add(feed, "title", "Credence: corrections, resolutions and scores that moved")
    _add(feed, "updated", to_wire(events[0].recorded_at) if events else NEVER)
    _add(_add(feed, "author"), "name", "Credence")
    _add(feed, "link", rel="self", href=f"{home}{address}", type=ATOM_TYPE)
    if following is not None:
        _add(feed, "link", rel="next", href=f"{home}{following}", type=ATOM_TYPE)
    for event in events:
        entry = _add(feed, "entry")
        _add(entry, "id", f"urn:uuid:{event.id}")
        _add(entry, "title", event.document["title"])
        _add(entry, "updated", to_wire(event.recorded_at))
        _add(entry, "published", to_wire(event.recorded_at))
        page = f"{home}/{event.kind}s/{event.subject}"
        _add(entry, "link", rel="alternate", href=page, type="text/html")
        _add(entry, "category", term=event.type)
        _add(entry, "content", event.document["because"], type="text")
    return bytes(tostring(feed, encoding="utf-8", xml_declaration=True))


def _add(parent: Element, name: str, text: str | None = None, **attributes: str) -> Element:
    element = SubElement(parent, f"{{{NAMESPACE}}}{name}", attributes)
    element.text = None if text is None else for_xml(text)
    return element
