"""What all JSON documents share."""

from collections.abc import Callable
from typing import Any, ClassVar

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, pre_dump


class Document(Schema):
    """A document whose unknown fields are refused.

    Attributes
    ----------
    in_address : str or None
        The field that the address of a request names: a body may leave it out or repeat it.
    makes : type or None
        The domain value that a document of this form loads to.
    """

    in_address: ClassVar[str | None] = None
    makes: ClassVar[Callable[..., Any] | None] = None

    class Meta:
        """Marshmallow's options."""

        unknown = RAISE

    @post_load
    def to_value(self, loaded: dict[str, Any], **_: Any) -> Any:
        """Return the domain value, or what was loaded where there is none."""
        makes = type(self).makes
        if makes is None:
            return loaded
        if self.in_address is not None and self.in_address not in loaded:
            raise ValidationError("is missing", self.in_address)
        return makes(**self.parts(loaded))

    def parts(self, loaded: dict[str, Any]) -> dict[str, Any]:
        """Return what the domain value is made of, where the document has it in another form."""
        return loaded


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
