"""Resolutions."""

from typing import Any

from marshmallow import ValidationError, post_load, pre_dump, validates_schema

from api.schemas.document import Document
from api.schemas.fields import AnswerForm, Id, Instant, Number, Stated, Text, Url
from models.answer import Values
from models.record import Resolution


class ResolutionSchema(Document):
    """Which answer proved true, when, on whose word."""

    in_address = "question"

    question = Id(metadata={"description": "Stands in the address; may be repeated in the body."})
    answer = AnswerForm(allow_none=True, metadata={"description": "This or `value`."})
    value = Number(allow_none=True, metadata={"description": "The number that proved true, for a quantity."})
    resolved_at = Stated(required=True)
    by = Id(required=True, metadata={"description": "The source on whose word."})
    text = Text(load_default=None, allow_none=True)
    url = Url(load_default=None, allow_none=True)
    recorded_at = Instant(dump_only=True)

    @validates_schema
    def check_form(self, resolution: dict[str, Any], **_: Any) -> None:
        """Refuse a resolution with both forms, or with neither."""
        if (resolution.get("answer") is None) == (resolution.get("value") is None):
            raise ValidationError("either an answer or a value must be given", "answer")

    @post_load
    def resolution(self, resolution: dict[str, Any], **_: Any) -> Resolution:
        """Return the domain value."""
        if "question" not in resolution:
            raise ValidationError("is missing", "question")
        number = resolution.pop("value", None)
        if number is not None:
            resolution["answer"] = Values("value", (number,))
        resolution["resolved_at"], _precision = resolution["resolved_at"]
        return Resolution(**resolution)

    @pre_dump
    def flatten(self, resolution: Resolution, **_: Any) -> dict[str, Any]:
        """Show a single number as `value`, anything else as `answer`."""
        answer = resolution.answer
        if isinstance(answer, Values) and answer.bound == "value":
            return {**vars(resolution), "answer": None, "value": answer.values[0]}
        return {**vars(resolution), "value": None}
