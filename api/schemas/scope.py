"""Scopes."""

from marshmallow import fields, validate

from api.schemas.document import Document
from api.schemas.fields import LONGEST_NAME, Number, ScopePath, Text
from models.record import Scope


class ScopeSchema(Document):
    """A part of the world; any path may also be used without being declared."""

    makes = Scope
    in_address = "path"

    path = ScopePath(metadata={"description": "Stands in the address; may be repeated in the body."})
    name = Text(LONGEST_NAME, load_default=None, allow_none=True)
    share = Number(
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=0, min_inclusive=False, max=1),
        metadata={
            "description": "The share of its parent that it covers; `GET /v1/model` shows the default."
        },
    )


class ScopePage(Document):
    """A page of scopes."""

    items = fields.List(fields.Nested(ScopeSchema))
