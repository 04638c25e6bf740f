"""Sources."""

from marshmallow import fields, validate

from api.schemas.document import Document, Scored
from api.schemas.fields import LONGEST_NAME, Id, Items, NewId, ScopePath, Text
from api.schemas.query import ListQuery, ScoreRange
from models.record import Mandate, Source, SourceKind, Vantage


class MandateSchema(Document):
    """A scope in which a source has a vantage."""

    makes = Mandate

    scope = ScopePath(required=True)
    vantage = fields.Enum(Vantage, by_value=fields.String, required=True)


class SourceSchema(Document):
    """Whoever can assert: a person, a body, an unnamed group, an outlet, an account."""

    makes = Source
    in_address = "id"

    id = NewId("source")
    name = Text(LONGEST_NAME, required=True)
    kind = fields.Enum(SourceKind, by_value=fields.String, required=True)
    member_of = Id(
        load_default=None, allow_none=True, metadata={"description": "The body that it speaks for."}
    )
    mandates = Items(fields.Nested(MandateSchema), load_default=())
    aliases = Items(Text(LONGEST_NAME), load_default=())
    description = Text(load_default=None, allow_none=True)


class SourceItem(Scored, SourceSchema):
    """A source in a list."""


class SourcePage(Document):
    """A page of sources."""

    items = fields.List(fields.Nested(SourceItem))


class SourceQuery(ListQuery, ScoreRange):
    """Which sources, and in which order."""

    kind = fields.String(validate=validate.OneOf(list(SourceKind)))
    member_of = Id()
    q = Text(LONGEST_NAME, metadata={"description": "A part of the name, of an alias or of the id."})
    sort = fields.String(load_default="id", validate=validate.OneOf(["id", "score", "-score"]))
