"""Events: what feeds show; the ledger keeps them as documents, which these schemas describe."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from api.schemas.document import Document
from api.schemas.fields import LONGEST_URL, Instant, Text, Url
from api.schemas.query import LONGEST_CURSOR, ListQuery
from api.schemas.score import Open, SubjectSchema
from data.events import TOPICS
from models.event import TYPES

KIND = "What the events are about: with `subject`, its id, or the address of an article."


class StateSchema(Open):
    """What a score said: `score` with its interval, or a question's `answers` or `quantity`."""


class ChangeSchema(Open):
    """Something that was recorded."""

    action = fields.String(metadata={"enum": ["create", "change", "resolve", "void"]})
    type = fields.String(metadata={"enum": ["source", "scope", "question", "claim", "correction"]})
    id = fields.String()


class LinksSchema(Open):
    """Where there is more; without a host where the service was told no public address."""

    score = fields.String()
    page = fields.String()


class ToldEventSchema(Open):
    """A correction that was recorded, a question that was resolved, or a score that moved."""

    id = fields.String(metadata={"description": "A UUID, the same in feeds and deliveries."})
    type = fields.String(metadata={"enum": list(TYPES)})
    timestamp = Instant(metadata={"description": "When the last write that it takes in was recorded."})
    subject = fields.Nested(SubjectSchema)
    before = fields.Nested(
        StateSchema,
        allow_none=True,
        metadata={"description": "What was last reported of it; null where nothing was."},
    )
    after = fields.Nested(StateSchema)
    title = fields.String(metadata={"description": "What it is about, in a few words."})
    because = fields.String(metadata={"description": "One sentence that an editor can act on."})
    cause = fields.String(
        metadata={
            "enum": ["ledger", "model", "refit"],
            "description": "What moved the score: something that was recorded, another version of the model, "
            "or a fit of the whole of a large ledger.",
        }
    )
    changes = fields.List(
        fields.Nested(ChangeSchema), metadata={"description": "What was recorded before it, the last 20."}
    )
    links = fields.Nested(LinksSchema)


class EventFeed(Document):
    """Some events, oldest first."""

    items = fields.List(fields.Nested(ToldEventSchema))
    cursor = fields.String(
        metadata={"description": "Where the list goes on, even where nothing more has happened yet."}
    )


class TopicQuery(Document):
    """Which events."""

    type = fields.String(validate=validate.OneOf(TYPES))
    kind = fields.String(validate=validate.OneOf(TOPICS), metadata={"description": KIND})
    subject = Text(LONGEST_URL)

    @validates_schema
    def check_subject(self, query: dict[str, Any], **_: Any) -> None:
        """Refuse a kind without its subject, and a subject without its kind."""
        if ("kind" in query) != ("subject" in query):
            missing = "subject" if "kind" in query else "kind"
            raise ValidationError("must be given too: kind and subject go together", missing)
        if query.get("kind") == "article":
            try:
                Url().deserialize(query["subject"])
            except ValidationError as error:
                raise ValidationError(error.messages, "subject") from error


class EventQuery(TopicQuery, ListQuery):
    """Which events, and a page of them."""


class StreamQuery(TopicQuery):
    """Which events, and where to go on."""

    cursor = Text(LONGEST_CURSOR, metadata={"description": "As `Last-Event-ID`, which comes before it."})
