"""Scores in pages of other people: cards, the script that draws them, a page for frames, a badge.

What any page may show is public: where reading needs a key, all that is said here is that it does.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Response, current_app, json, render_template
from flask.views import MethodView
from marshmallow import ValidationError
from werkzeug.exceptions import NotFound

from api import badge, examples
from api.address import home, service_url
from api.body import JSON_TYPE, PROBLEM_TYPE
from api.cards import KINDS, Card, card, subject_document, unknown
from api.conditional import keep
from api.contract import Blueprint
from api.errors import problem_document
from api.ledger import ledger
from api.schemas.card import CardsQuery, CardsSchema, EmbedQuery, FrameQuery
from api.schemas.problem import ProblemSchema
from api.script import files, script, sheets
from api.settings import Settings
from api.settler import await_settled
from api.slow import serving
from data import claims
from data.errors import BusyError, UnknownIdError
from data.scores import takes_long
from data.subjects import Scored, Subject, scored

blueprint = Blueprint("embeds", "Scores in pages of other people: cards, a script, frames, badges.")

# A minute: a correction shows about as soon as it is read of elsewhere, and a page with a million readers
# asks once. While a cache asks anew it may go on for five more, and for a day when the service is away.
SHOWN_FOR = {"Cache-Control": "public, max-age=60, stale-while-revalidate=300, stale-if-error=86400"}
# A digest stands in the address: what it names never changes. A year is the longest that is understood.
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
# The script of the moment: an hour after an upgrade all have the new one.
FOR_AN_HOUR = {"Cache-Control": "public, max-age=3600"}
HTML = "text/html; charset=utf-8"
SVG = "image/svg+xml"
# Anyone may frame it; it runs nothing and fetches nothing but its stylesheets.
FRAME_POLICY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
    )
}
# The guide shows what it tells of: the script, a frame and a badge of this service.
GUIDE_POLICY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; "
        "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}
# Opened by itself a picture is a document too, and this one has a style of its own.
BADGE_POLICY = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}

PRIVATE = "This Credence service does not show its scores to the public."
UNSETTLED = "This score is being worked out: ask again in a moment."


def in_words(content_type: str) -> dict[str, Any]:
    """Return how answers without a score are documented: in the form that was asked for."""
    content = {content_type: {"schema": {"type": "string"}}, PROBLEM_TYPE: {"schema": ProblemSchema}}
    return {
        str(status): {"description": "Why no score is shown, in words.", "content": content}
        for status in (401, 404, 503)
    }


@dataclass(frozen=True)
class Shown:
    """What is shown of a subject: its card, or a sentence in its place, and the status that goes with it."""

    card: Card | None
    sentence: str
    status: HTTPStatus

    @property
    def headers(self) -> dict[str, str]:
        """What caches are told: a card may be kept, and why there is none has to be asked each time."""
        return SHOWN_FOR if self.status == HTTPStatus.OK else {}


def is_public() -> bool:
    """Say whether reading needs no key."""
    settings: Settings = current_app.extensions["credence"]["settings"]
    return settings.open_reading


def shown(subject: Subject, as_of: datetime | None) -> Shown:
    """Return what anyone may be shown of a subject."""
    if not is_public():
        return Shown(None, PRIVATE, HTTPStatus.UNAUTHORIZED)
    (found,) = scored_in_time([subject], as_of)
    if isinstance(found, UnknownIdError):
        return Shown(None, unknown(subject, as_of=as_of), HTTPStatus.NOT_FOUND)
    if isinstance(found, BusyError):
        return Shown(None, UNSETTLED, HTTPStatus.SERVICE_UNAVAILABLE)
    made = card(found, as_of=as_of)
    return Shown(made, made.label, HTTPStatus.OK)


def scored_in_time(
    subjects: Sequence[Subject], as_of: datetime | None
) -> list[Scored | UnknownIdError | BusyError]:
    """Return subjects with their scores: at once of one, on few claims; slowly of many, or what is fitted."""
    if as_of is None:
        await_settled("event")
        (first, *others) = subjects
        if not others and first.scope is None and not takes_long(ledger(), first.kind, first.id):
            return scored(ledger(), subjects)
    return serving().do(lambda: scored(ledger(), subjects, as_of=as_of))


def etag_of(body: str) -> str:
    """Return an ETag of what is answered: it stays as long as that does, whatever is written elsewhere."""
    return hashlib.sha256(body.encode()).hexdigest()[:32]


def answer(found: Shown, body: str, content_type: str, policy: dict[str, str]) -> Response:
    """Answer with what is shown, kept for who asks next where it is a card."""
    if found.card is not None:
        keep(etag_of(body))
    return Response(body, found.status, content_type=content_type, headers={**policy, **found.headers})


def named(noun: str, subject_id: str, scope: str | None) -> Subject:
    """Return the subject that an address names; a scope is for sources alone.

    Raises
    ------
    NotFound
        When the noun has no scores.
    ValidationError
        When a scope is given to another than a source.
    """
    if noun not in KINDS:
        raise NotFound
    if scope is not None and noun != "sources":
        raise ValidationError({"scope": ["is for sources alone"]})
    return Subject(KINDS[noun], subject_id, scope)


@blueprint.route("/v1/cards")
class Cards(MethodView):
    """Many cards."""

    @blueprint.arguments(CardsQuery, location="query")
    @blueprint.response(200, CardsSchema, example=examples.CARDS)
    def get(self, query: dict[str, Any]) -> Response:
        """Show up to 200 subjects as a reader meets them: the score in words, the standing, the reasons.

        For each claim, then each question, then each source, in the order asked; one that is not there has
        a `problem` in place of its card. In a large ledger at most 20 may be of the past, or on a scope.
        """
        as_of = query.get("as_of")
        subjects = [
            Subject(kind, subject_id, scope)
            for noun, kind in KINDS.items()
            for subject_id, scope in query.get(noun, ())
        ]
        if not subjects:
            raise ValidationError({"claims": ["or questions or sources must be named"]})
        found = scored_in_time(subjects, as_of)
        items = [_item(each, subject, as_of) for each, subject in zip(found, subjects, strict=True)]
        body = json.dumps({"items": items})
        if any(isinstance(each, BusyError) for each in found):
            return Response(body, content_type=JSON_TYPE)
        keep(etag_of(body))
        # What was read with a key is nobody else's.
        return Response(body, content_type=JSON_TYPE, headers=SHOWN_FOR if is_public() else {})


def _item(
    found: Scored | UnknownIdError | BusyError, subject: Subject, as_of: datetime | None
) -> dict[str, Any]:
    if isinstance(found, Scored):
        return card(found, as_of=as_of).document
    sentence = UNSETTLED if isinstance(found, BusyError) else unknown(subject, as_of=as_of)
    return {"subject": subject_document(subject), "sentence": sentence, "problem": problem_document(found)}


@blueprint.route("/embed")
class Guide(MethodView):
    """How to embed."""

    @blueprint.needs("open")
    @blueprint.response(200, {"type": "string"}, content_type="text/html", example="<!doctype html>")
    def get(self) -> Response:
        """Show how a score is put into a page, with the line to copy and its integrity hash."""
        page = render_template(
            "embed/guide.html",
            home=home(),
            address=service_url(),
            script=script(),
            sheets=sheets(),
            reserve=sheets()[-1].content.decode().strip(),
            is_public=is_public(),
            examples=_examples() if is_public() else None,
        )
        return Response(page, content_type=HTML, headers=GUIDE_POLICY)


def _examples() -> dict[str, str] | None:
    """Return the ids of a claim, its source and its question to show; None in an empty ledger."""
    page = claims.page(ledger(), sort="-stated_at", limit=1)
    if not page.items:
        return None
    claim, _ = page.items[0]
    return {"claim": claim.id, "source": claim.source, "question": claim.question}


@blueprint.route("/embed/credence-score.js")
class PresentScript(MethodView):
    """The script, as it is now."""

    @blueprint.needs("open")
    @blueprint.response(200, {"type": "string"}, content_type="text/javascript", example="const STYLE = …")
    def get(self) -> Response:
        """Serve the script of the present version: for pages that pin no hash."""
        found = script()
        return Response(found.content, content_type=found.content_type, headers=FOR_AN_HOUR)


@blueprint.route("/embed/files/<digest>/<name>")
class EmbedFile(MethodView):
    """A file of the embeds."""

    @blueprint.needs("open")
    @blueprint.response(200, {"type": "string"}, content_type="text/javascript", example="const STYLE = …")
    def get(self, digest: str, name: str) -> Response:
        """Serve the script or a stylesheet by its digest: the same bytes for ever."""
        found = files().get((digest, name))
        if found is None:
            raise NotFound
        return Response(found.content, content_type=found.content_type, headers=FOR_EVER)


@blueprint.route("/embed/<noun>/<subject_id>")
class Frame(MethodView):
    """One subject's card as a page."""

    @blueprint.needs("open")
    @blueprint.arguments(FrameQuery, location="query")
    @blueprint.response(200, {"type": "string"}, content_type="text/html", example="<!doctype html>")
    @blueprint.doc(responses=in_words("text/html"))
    def get(self, query: dict[str, Any], noun: str, subject_id: str) -> Response:
        """Show the card of one of `claims`, `questions` or `sources` as a page for a frame."""
        found = shown(named(noun, subject_id, query.get("scope")), query.get("as_of"))
        page = render_template(
            "embed/frame.html",
            card=found.card,
            sentence=found.sentence,
            title=f"Credence on {found.card.title}" if found.card else found.sentence,
            variant=query["variant"],
            theme=query.get("theme"),
            home=home(),
            sheets=sheets(),
        )
        return answer(found, page, HTML, FRAME_POLICY)


@blueprint.route("/embed/<noun>/<subject_id>.svg")
class Badge(MethodView):
    """One subject's badge."""

    @blueprint.needs("open")
    @blueprint.arguments(EmbedQuery, location="query")
    @blueprint.response(200, {"type": "string"}, content_type=SVG, example="<svg …")
    @blueprint.doc(responses=in_words(SVG))
    def get(self, query: dict[str, Any], noun: str, subject_id: str) -> Response:
        """Draw the score of one of `claims`, `questions` or `sources` as a picture."""
        found = shown(named(noun, subject_id, query.get("scope")), query.get("as_of"))
        picture = badge.draw(found.card, found.sentence)
        return answer(found, picture, SVG, BADGE_POLICY)
