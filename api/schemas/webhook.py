"""Webhooks and their deliveries."""

from typing import Any

from marshmallow import ValidationError, fields, pre_dump, validate

from api.address import home
from api.event_document import event_document
from api.schemas.document import Document
from api.schemas.event import ToldEventSchema
from api.schemas.fields import LONGEST_NAME, Id, Instant, Items, Number, Url
from api.schemas.fields import Text as TextField
from api.schemas.query import ListQuery
from data.deliveries import STATES, Delivery
from data.webhooks import Webhook
from models.event import TYPES, Wish

SUBJECTS = ("source", "question", "claim", "article")
THRESHOLD = (
    "Send moves of scores only where they cross this, in either direction: the score itself, or the credence "
    "of any answer of a question."
)
MOVED_BY = (
    "Send moves of scores only once they add up to this since the last delivery; for a quantity, the share "
    "by which its median has moved."
)


class WebhookSchema(Document):
    """Who is to be told of what, and where."""

    makes = Webhook

    id = Id(dump_only=True)
    url = Url(
        required=True,
        metadata={
            "description": "Where deliveries are posted: https, in the public network.",
            "pattern": "^https?://",
        },
    )
    source = Id(
        allow_none=True,
        metadata={"description": "Its score on its own ground, and what is corrected of its claims."},
    )
    question = Id(
        allow_none=True,
        metadata={"description": "Its answers, its resolution, and what is corrected of its claims."},
    )
    claim = Id(allow_none=True, metadata={"description": "Its score, and its corrections."})
    article = Url(
        allow_none=True,
        metadata={"description": "An address: the scores and the corrections of the claims that it carries."},
    )
    events = Items(
        fields.String(validate=validate.OneOf(TYPES)),
        fewest=1,
        load_default=TYPES,
        metadata={"description": "Which types to send; all by default."},
    )
    threshold = Number(
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=0, max=1),
        metadata={"description": THRESHOLD},
    )
    moved_by = Number(
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=0, min_inclusive=False, max=1),
        metadata={"description": MOVED_BY},
    )
    name = TextField(LONGEST_NAME, load_default=None, allow_none=True)
    recorded_at = Instant(dump_only=True)
    recorded_by = fields.String(
        dump_only=True, allow_none=True, metadata={"description": "The name of the key that made it."}
    )
    ended_at = Instant(dump_only=True, allow_none=True)
    ended_because = fields.String(
        dump_only=True,
        allow_none=True,
        metadata={
            "enum": ["asked", "gone", None],
            "description": "`gone` where the receiver answered 410.",
        },
    )

    def parts(self, loaded: dict[str, Any]) -> dict[str, Any]:
        """Join what is subscribed to, and when it is worth telling; the ledger makes the id."""
        webhook = dict(loaded)
        subjects = {kind: webhook.pop(kind, None) for kind in SUBJECTS}
        given = [(kind, subject) for kind, subject in subjects.items() if subject is not None]
        if len(given) != 1:
            raise ValidationError(f"exactly one of {', '.join(SUBJECTS)} must be given", "source")
        ((kind, subject),) = given
        wish = Wish(webhook.pop("threshold"), webhook.pop("moved_by"))
        types = webhook.pop("events")
        return {**webhook, "id": "", "kind": kind, "subject": subject, "types": types, "wish": wish}

    @pre_dump
    def flatten(self, webhook: Webhook | tuple[Webhook, str], **_: Any) -> dict[str, Any]:
        """Name the subject by its kind, and add the secret where it is shown."""
        shown, secret = webhook if isinstance(webhook, tuple) else (webhook, None)
        return {
            **vars(shown),
            **dict.fromkeys(SUBJECTS),
            shown.kind: shown.subject,
            "events": list(shown.types),
            "threshold": shown.wish.threshold,
            "moved_by": shown.wish.moved_by,
            **({} if secret is None else {"secret": secret}),
        }


class NewWebhookSchema(WebhookSchema):
    """A webhook that was just made, with its secret."""

    secret = fields.String(
        dump_only=True,
        metadata={"description": "What its deliveries are signed with, shown this once: `whsec_…`."},
    )


class WebhookPage(Document):
    """A page of webhooks."""

    items = fields.List(fields.Nested(WebhookSchema))


class WebhookQuery(ListQuery):
    """Which webhooks."""

    state = fields.String(validate=validate.OneOf(["open", "ended"]))


class AsItIs(fields.Nested):
    """A document that the ledger keeps: described by its schema, and shown as it is."""

    def _serialize(self, nested_obj: Any, *_: Any, **__: Any) -> Any:  # type: ignore[override]
        return nested_obj


class DeliverySchema(Document):
    """An event on its way to a webhook."""

    id = fields.String(metadata={"description": "The event's id, which is sent as `webhook-id`."})
    state = fields.String(metadata={"enum": list(STATES)})
    because = fields.String(metadata={"description": "Why this webhook is sent it."})
    attempts = fields.Integer(metadata={"description": "How often it was tried, since the last replay."})
    next_at = Instant(
        allow_none=True, metadata={"description": "When it is tried next, where it is pending."}
    )
    attempted_at = Instant(allow_none=True)
    status = fields.Integer(
        allow_none=True, metadata={"description": "What was answered to the last attempt; null for nothing."}
    )
    error = fields.String(allow_none=True, metadata={"description": "What went wrong with it, in words."})
    event = AsItIs(ToldEventSchema)

    @pre_dump
    def flatten(self, delivery: Delivery, **_: Any) -> dict[str, Any]:
        """Name it by its event."""
        event = event_document(delivery.event, home())
        return {**vars(delivery), "id": event["id"], "attempts": delivery.n_attempts, "event": event}


class DeliveryPage(Document):
    """A page of deliveries."""

    items = fields.List(fields.Nested(DeliverySchema))


class DeliveryQuery(ListQuery):
    """Which deliveries."""

    state = fields.String(validate=validate.OneOf(STATES))
