"""Questions."""

from marshmallow import fields, validate

from api.schemas.document import Document, Scored
from api.schemas.fields import LONGEST_NAME, AnswerForm, Id, Items, NewId, Number, ScopePath, Text
from api.schemas.query import ListQuery, ScoreRange
from models.answer import Quantity
from models.record import Question, Stake

EXPECTED = "What is expected before anyone has spoken; a claim may lie beyond it."


class QuantitySchema(Document):
    """The axis of a question about a number."""

    makes = Quantity

    unit = Text(LONGEST_NAME, required=True)
    scale = fields.String(load_default="linear", validate=validate.OneOf(["linear", "log"]))
    low = Number(load_default=None, allow_none=True, metadata={"description": EXPECTED})
    high = Number(load_default=None, allow_none=True, metadata={"description": EXPECTED})


class StakeSchema(Document):
    """What a source stands to gain: the answers that favour it."""

    makes = Stake

    source = Id(required=True)
    favours = Items(AnswerForm(), fewest=1, required=True)


class QuestionSchema(Document):
    """One disputed matter: a closed list of exclusive `answers`, or a `quantity`."""

    makes = Question
    in_address = "id"

    id = NewId("question")
    text = Text(required=True)
    scope = ScopePath(required=True)
    answers = Items(
        Text(LONGEST_NAME), load_default=(), metadata={"description": "At least two, or a quantity."}
    )
    quantity = fields.Nested(QuantitySchema, load_default=None, allow_none=True)
    stakes = Items(fields.Nested(StakeSchema), load_default=())


class QuestionItem(Scored, QuestionSchema):
    """A question in a list; its score is its leading answer's credence."""


class QuestionPage(Document):
    """A page of questions."""

    items = fields.List(fields.Nested(QuestionItem))


class QuestionQuery(ListQuery, ScoreRange):
    """Which questions, and in which order."""

    scope = ScopePath(metadata={"description": "Inside this scope."})
    q = Text(LONGEST_NAME, metadata={"description": "A part of the text or of the id."})
    sort = fields.String(load_default="id", validate=validate.OneOf(["id", "score", "-score"]))
