"""Scopes."""

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from api.schemas.document import Document
from api.schemas.fields import LONGEST_NAME, Number, ScopePath, Text
from models.record import Scope


class ScopeSchema(Document):
    """A part of the world; any path may also be used without being declared."""

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

    @post_load
    def value(self, scope: dict[str, Any], **_: Any) -> Scope:
        """Return the domain value."""
        if "path" not in scope:
            raise ValidationError("is missing", "path")
        return Scope(**scope)


class ScopePage(Document):
    """A page of scopes."""

    items = fields.List(fields.Nested(ScopeSchema))
