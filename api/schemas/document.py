"""What all JSON documents share."""

from typing import Any, ClassVar

from marshmallow import RAISE, Schema, fields, pre_dump


class Document(Schema):
    """A document whose unknown fields are refused.

    Attributes
    ----------
    in_address : str or None
        The field that the address of a request names: a body may leave it out or repeat it.
    """

    in_address: ClassVar[str | None] = None

    class Meta:
        """Marshmallow's options."""

        unknown = RAISE


class Scored(Document):
    """What a list adds to each item: the stored current score."""

    score = fields.Float(
        dump_only=True,
        allow_none=True,
        metadata={"description": "The stored current score; null where it cannot be judged."},
    )

    @pre_dump
    def flatten(self, item: tuple[Any, float | None], **_: Any) -> dict[str, Any]:
        """Join a value and its score."""
        value, score = item
        return {**vars(value), "score": score}
