"""Resolutions."""

from typing import Any

from marshmallow import ValidationError, pre_dump, validates_schema

from api.schemas.document import Document
from api.schemas.fields import AnswerForm, Id, Instant, Number, Stated, Text, Url
from models.answer import Values
from models.record import Resolution


class ResolutionSchema(Document):
    """Which answer proved true, when, on whose word."""

    makes = Resolution
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

    def parts(self, loaded: dict[str, Any]) -> dict[str, Any]:
        """Take a number as an answer, and the moment without its precision."""
        number = loaded.pop("value", None)
        if number is not None:
            loaded["answer"] = Values("value", (number,))
        return {**loaded, "resolved_at": loaded["resolved_at"][0]}

    @pre_dump
    def flatten(self, resolution: Resolution, **_: Any) -> dict[str, Any]:
        """Show a single number as `value`, anything else as `answer`."""
        answer = resolution.answer
        if isinstance(answer, Values) and answer.bound == "value":
            return {**vars(resolution), "answer": None, "value": answer.values[0]}
        return {**vars(resolution), "value": None}
