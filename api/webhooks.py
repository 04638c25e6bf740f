"""Webhooks: ``/v1/webhooks``, and what they were sent."""

from typing import Any

from flask import current_app
from flask.views import MethodView

from api import examples
from api.clock import now
from api.contract import LOCATION, Blueprint
from api.ledger import ledger
from api.paging import LINK, Listed, listed, offset_of, offset_text
from api.receivers import receiver_of
from api.request_context import present, writer
from api.schemas.webhook import (
    DeliveryPage,
    DeliveryQuery,
    DeliverySchema,
    NewWebhookSchema,
    WebhookPage,
    WebhookQuery,
    WebhookSchema,
)
from data import deliveries, webhooks
from data.deliveries import Delivery
from data.webhooks import Webhook

blueprint = Blueprint(
    "webhooks", "Where events are sent, as Standard Webhooks. A key sees those that it made."
)


@blueprint.route("/v1/webhooks")
class WebhookList(MethodView):
    """All webhooks of a key."""

    @blueprint.needs("write")
    @blueprint.arguments(WebhookQuery, location="query")
    @blueprint.response(200, WebhookPage, headers=LINK, example={"items": [examples.WEBHOOK]})
    def get(self, query: dict[str, Any]) -> Listed:
        """List webhooks, without their secrets; a key to `admin` sees those of all keys."""
        state = query.pop("state", None)
        page = webhooks.page(
            ledger(), owner=owner(), is_open=None if state is None else state == "open", **query
        )
        return listed(page.items, page.next)

    @blueprint.arguments(WebhookSchema, example=examples.WEBHOOK_BODY)
    @blueprint.response(
        201, NewWebhookSchema, headers=LOCATION, example={**examples.WEBHOOK, "secret": examples.SECRET}
    )
    def post(self, webhook: Webhook) -> tuple[tuple[Webhook, str], dict[str, str]]:
        """Subscribe to a source, a question, a claim or an article; the secret is shown this once."""
        receiver_of(webhook.url, is_private=current_app.extensions["credence"]["settings"].webhook_private)
        made, secret = webhooks.create(ledger(), webhook, at=now(), by=writer())
        return (made, secret), {"Location": f"/v1/webhooks/{made.id}"}


@blueprint.route("/v1/webhooks/<webhook_id>")
class OneWebhook(MethodView):
    """One webhook."""

    @blueprint.needs("write")
    @blueprint.response(200, WebhookSchema, example=examples.WEBHOOK)
    def get(self, webhook_id: str) -> Webhook:
        """Show a webhook, without its secret."""
        return webhooks.get(ledger(), webhook_id, owner=owner())

    @blueprint.response(200, WebhookSchema, example={**examples.WEBHOOK, **examples.ENDED})
    def delete(self, webhook_id: str) -> Webhook:
        """End a webhook: nothing more is sent to it; what was sent can still be looked up."""
        webhooks.get(ledger(), webhook_id, owner=owner())
        return webhooks.end(ledger(), webhook_id, at=now(), by=writer())


@blueprint.route("/v1/webhooks/<webhook_id>/deliveries")
class DeliveryList(MethodView):
    """What a webhook was sent."""

    @blueprint.needs("write")
    @blueprint.arguments(DeliveryQuery, location="query")
    @blueprint.response(200, DeliveryPage, headers=LINK, example={"items": [examples.DELIVERY]})
    def get(self, query: dict[str, Any], webhook_id: str) -> Listed:
        """List what was or will be sent to a webhook, the latest first; `state=dead` is what was given up."""
        webhooks.get(ledger(), webhook_id, owner=owner())
        cursor = query.pop("cursor", None)
        after = None if cursor is None else offset_of(cursor)
        found, following = deliveries.page(ledger(), webhook_id, after=after, **query)
        return listed(found, offset_text(following))


@blueprint.route("/v1/webhooks/<webhook_id>/deliveries/<event_id>/replay")
class Replay(MethodView):
    """A delivery once more."""

    @blueprint.response(200, DeliverySchema, example=examples.DELIVERY)
    def post(self, webhook_id: str, event_id: str) -> Delivery:
        """Send an event again, under the same id: at once, and on from there by the schedule."""
        webhook = webhooks.get(ledger(), webhook_id, owner=owner())
        return deliveries.replay(ledger(), webhook, event_id, at=now())


def owner() -> str | None:
    """Return whose webhooks the present call's key sees: None where it sees those of all."""
    key = present.get().key
    return None if key is None or key.allows("admin") else key.name
