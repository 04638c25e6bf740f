"""Events as they go over the wire: in feeds, in streams, and to webhooks."""

from typing import Any

from data.deliveries import Delivery
from data.events import Event
from data.instant import to_wire
from data.rows import to_json
from data.webhooks import Webhook


def event_document(event: Event, home: str) -> dict[str, Any]:
    """Return the JSON form of an event, with `home` before its links; see `api.address.home`."""
    return {
        "id": event.id,
        "type": event.type,
        "timestamp": to_wire(event.recorded_at),
        "subject": {"type": event.kind, "id": event.subject},
        **event.document,
        "links": {
            "score": f"{home}/v1/{event.kind}s/{event.subject}/score",
            "page": f"{home}/{event.kind}s/{event.subject}",
        },
    }


def payload(webhook: Webhook, delivery: Delivery, home: str) -> str:
    """Return what a webhook is sent: the same text at every attempt."""
    document = event_document(delivery.event, home)
    envelope = {name: document.pop(name) for name in ("type", "timestamp")}
    subscription = {"webhook": webhook.id, webhook.kind: webhook.subject, "because": delivery.because}
    return to_json({**envelope, "data": {**document, "subscription": subscription}})
