"""Corrections."""

from typing import Any

from marshmallow import fields, validate

from api.schemas.document import Document
from api.schemas.fields import LONGEST_NAME, AnswerForm, Id, Instant, Items, ScopePath, Stated, Text, Url
from api.schemas.query import ListQuery
from models.record import Correction, CorrectionKind


class CorrectionSchema(Document):
    """A later notice about a claim."""

    makes = Correction
    in_address = "claim"

    id = Id(dump_only=True)
    claim = Id(metadata={"description": "Stands in the address; may be repeated in the body."})
    kind = fields.Enum(CorrectionKind, by_value=fields.String, required=True)
    by = Id(required=True, metadata={"description": "The source that corrects."})
    stated_at = Stated(required=True)
    stated_precision = fields.String(dump_only=True, metadata={"enum": ["instant", "day"]})
    scope = ScopePath(load_default=None, allow_none=True, metadata={"description": "Where `kind` is narrow."})
    answer = AnswerForm(
        load_default=None, allow_none=True, metadata={"description": "Where `kind` is amend."}
    )
    via = Items(Id(), load_default=(), metadata={"description": "The carriers, from speaker to reader."})
    url = Url(load_default=None, allow_none=True)
    text = Text(load_default=None, allow_none=True)
    read_in = Text(LONGEST_NAME, load_default=None, allow_none=True)
    recorded_at = Instant(dump_only=True)

    def parts(self, loaded: dict[str, Any]) -> dict[str, Any]:
        """Take the moment apart; the ledger makes the id."""
        stated_at, precision = loaded["stated_at"]
        return {**loaded, "id": "", "stated_at": stated_at, "stated_precision": precision}


class CorrectionPage(Document):
    """A page of corrections."""

    items = fields.List(fields.Nested(CorrectionSchema))


class ClaimCorrectionQuery(ListQuery):
    """Which corrections of a claim."""

    kind = fields.String(validate=validate.OneOf(list(CorrectionKind)))
    by = Id(metadata={"description": "The source that corrects."})


class CorrectionQuery(ClaimCorrectionQuery):
    """Which corrections."""

    claim = Id()
