"""Claims."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from api.schemas.document import Document, Scored
from api.schemas.fields import (
    LONGEST_NAME,
    AnswerForm,
    Certainty,
    DayStart,
    Id,
    Instant,
    Items,
    NewId,
    ScopePath,
    Stated,
    Text,
    Url,
)
from api.schemas.match import QuestionMatchSchema
from api.schemas.query import ListQuery, ScoreRange
from models.record import Claim, Vantage


class ClaimSchema(Document):
    """One source's assertion about one question."""

    makes = Claim

    id = NewId("claim")
    source = Id(required=True)
    question = Id(
        load_default=lambda: "",
        metadata={"description": "May be left out where `text` is given: it is then matched, or refused."},
    )
    answer = AnswerForm(required=True)
    scope = ScopePath(
        load_default=None, allow_none=True, metadata={"description": "The question's, unless given."}
    )
    stated_at = Stated(required=True)
    stated_precision = fields.String(dump_only=True, metadata={"enum": ["instant", "day"]})
    certainty = Certainty(load_default=(1.0, None))
    vantage = fields.Enum(
        Vantage,
        by_value=fields.String,
        load_default=None,
        allow_none=True,
        metadata={"description": "Overrides what the mandate would say, for this claim only."},
    )
    vantage_because = Text(load_default=None, allow_none=True)
    via = Items(Id(), load_default=(), metadata={"description": "The carriers, from speaker to reader."})
    cites = Items(Id(), load_default=(), metadata={"description": "Sources whose information this repeats."})
    url = Url(load_default=None, allow_none=True)
    text = Text(load_default=None, allow_none=True)
    read_in = Text(LONGEST_NAME, load_default=None, allow_none=True)
    recorded_at = Instant(dump_only=True)

    @validates_schema
    def check_question(self, claim: dict[str, Any], **_: Any) -> None:
        """Refuse a claim that names no question and has no text to find one by."""
        if not claim.get("question") and claim.get("text") is None:
            raise ValidationError("is missing: without it, `text` is needed to find one by", "question")

    @validates_schema
    def check_vantage(self, claim: dict[str, Any], **_: Any) -> None:
        """Refuse a vantage without its reason, and a reason without its vantage."""
        if (claim.get("vantage") is None) != (claim.get("vantage_because") is None):
            missing = "vantage" if claim.get("vantage") is None else "vantage_because"
            raise ValidationError("is missing: vantage and vantage_because go together", missing)

    def parts(self, loaded: dict[str, Any]) -> dict[str, Any]:
        """Take the moment and the certainty apart."""
        stated_at, precision = loaded["stated_at"]
        certainty, word = loaded["certainty"]
        moment = {"stated_at": stated_at, "stated_precision": precision}
        certain = {"certainty": certainty, "certainty_word": word}
        return {**loaded, **moment, **certain, "scope": loaded["scope"] or ""}


class RecordedClaimSchema(ClaimSchema):
    """A claim, as it was recorded just now."""

    question_match = fields.Nested(
        QuestionMatchSchema,
        dump_only=True,
        metadata={"description": "There only where no question was named: which was taken, and how surely."},
    )


class ClaimItem(Scored, ClaimSchema):
    """A claim in a list."""


class ClaimPage(Document):
    """A page of claims."""

    items = fields.List(fields.Nested(ClaimItem))


class ClaimQuery(ListQuery, ScoreRange):
    """Which claims, and in which order."""

    source = Id()
    question = Id()
    scope = ScopePath(metadata={"description": "Inside this scope."})
    url = Url()
    since = DayStart(metadata={"description": "Said then or later; a date counts from its beginning (UTC)."})
    until = DayStart(metadata={"description": "Said before then; a date counts from its beginning (UTC)."})
    sort = fields.String(
        load_default="stated_at", validate=validate.OneOf(["stated_at", "-stated_at", "score", "-score"])
    )


class VoidSchema(Document):
    """Why a claim is void: a slip of the person typing."""

    in_address = "claim"

    claim = Id(metadata={"description": "Stands in the address; may be repeated in the body."})
    because = Text(required=True)
    recorded_at = Instant(dump_only=True)
