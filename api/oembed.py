"""oEmbed 1.0: what editors and feeds ask to put a score into a page, https://oembed.com."""

import re
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree import ElementTree

from flask import Response, json
from flask.views import MethodView
from markupsafe import Markup
from marshmallow import EXCLUDE, ValidationError
from werkzeug import exceptions
from werkzeug.exceptions import NotFound, ServiceUnavailable

from api import examples
from api.address import home, service_url
from api.body import JSON_TYPE
from api.cards import NOUNS, Card
from api.contract import Blueprint, response_name
from api.embeds import SHOWN_FOR, named, shown
from api.errors import MissingKeyError
from api.prose import for_xml
from api.schemas.card import EmbedQuery, OembedQuery, OembedSchema
from data.subjects import Subject

blueprint = Blueprint("oembed", "How an editor puts a score into a page.")

PAGE = re.compile(r"(?:/embed)?/(claims|questions|sources)/([^/]+)")
# In pixels, as api/static/embed/card.css has them at its usual size: of each variant the height that it
# needs, by kind where that differs, the largest first.
WIDTH = 480
HEIGHTS = {
    "full": {"claim": 270, "question": 300, "source": 210},
    "compact": dict.fromkeys(NOUNS, 162),
    "badge": dict.fromkeys(NOUNS, 28),
}
# How long a consumer may keep the answer, in seconds: the frame says for itself how old a score may be.
CACHE_AGE_S = 86_400
FRAME = Markup(
    '<iframe src="{}" width="{}" height="{}" title="{}" loading="lazy" '
    'sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'
)


@blueprint.route("/oembed")
class Oembed(MethodView):
    """The endpoint."""

    @blueprint.needs("open")
    @blueprint.arguments(OembedQuery, location="query", unknown=EXCLUDE)
    @blueprint.response(200, OembedSchema, example=examples.OEMBED)
    @blueprint.doc(responses={str(status): response_name(status) for status in (401, 404, 501)})
    def get(self, query: dict[str, Any]) -> Response:
        """Show how the page of a claim, a question or a source is put into another page: as a frame."""
        if query["format"] not in ("json", "xml"):
            raise exceptions.NotImplemented("The formats are json and xml.")
        if "url" not in query:
            raise ValidationError({"url": ["is missing"]})
        subject, asked = _asked(query["url"])
        found = shown(subject, asked.get("as_of"))
        if found.status == HTTPStatus.UNAUTHORIZED:
            raise MissingKeyError(found.sentence)
        if found.status == HTTPStatus.NOT_FOUND:
            raise NotFound(found.sentence)
        if found.card is None:
            raise ServiceUnavailable(found.sentence)
        answer = _answer(found.card, subject, query.get("maxwidth"), query.get("maxheight"))
        # Where the address was not set it is as the request has it, which no cache may give to another.
        headers = SHOWN_FOR if home() else {}
        if query["format"] == "xml":
            return Response(_xml(answer), content_type="text/xml; charset=utf-8", headers=headers)
        return Response(json.dumps(answer), content_type=JSON_TYPE, headers=headers)


def _asked(url: str) -> tuple[Subject, dict[str, Any]]:
    """Return the subject of a page of this service, and what else its address asks.

    Raises
    ------
    NotFound
        When it is no page of this service about a subject.
    """
    own = urlsplit(service_url())
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    # Readers may have it with another scheme than the proxy passes on.
    is_own = not parts.netloc or parts.netloc == own.netloc
    page = PAGE.fullmatch(parts.path.removeprefix(own.path))
    if not is_own or page is None:
        raise NotFound("This is no page of this service about a claim, a question or a source.")
    known = {name: value for name, value in parse_qsl(parts.query) if name in ("scope", "as_of")}
    asked: dict[str, Any] = EmbedQuery().load(known)
    return named(page[1], page[2].removesuffix(".svg"), asked.get("scope")), asked


def _answer(card: Card, subject: Subject, most_width: int | None, most_height: int | None) -> dict[str, Any]:
    """Return the largest variant that fits."""
    sizes = [(variant, heights[subject.kind]) for variant, heights in HEIGHTS.items()]
    variant, height = next(
        (each for each in sizes if most_height is None or each[1] <= most_height), sizes[-1]
    )
    width, height = min(WIDTH, most_width or WIDTH), min(height, most_height or height)
    asked = {"variant": variant, "scope": subject.scope, "as_of": card.as_of}
    query = urlencode({name: value for name, value in asked.items() if value is not None}, safe="/:")
    address = f"{service_url()}/embed/{NOUNS[subject.kind]}/{subject.id}?{query}"
    # Without the figures, which an editor that keeps this would go on showing.
    title = f"Credence on {card.title}"
    return {
        "version": "1.0",
        "type": "rich",
        "provider_name": "Credence",
        "provider_url": service_url(),
        "title": title,
        "html": str(FRAME.format(address, width, height, title)),
        "width": width,
        "height": height,
        "cache_age": CACHE_AGE_S,
    }


def _xml(answer: dict[str, Any]) -> bytes:
    root = ElementTree.Element("oembed")
    for name, value in answer.items():
        ElementTree.SubElement(root, name).text = for_xml(str(value))
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content
