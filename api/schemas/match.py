"""Matches: the question that a text is about."""

from marshmallow import fields, validate

from api.schemas.document import Document
from api.schemas.fields import ScopePath, Text
from api.schemas.question import QuestionSchema
from api.schemas.score import Open
from data.matches import MOST_CANDIDATES

# What an editor looks through.
USUAL_CANDIDATES = 5
SURENESS = "The probability that the text is about this question."


class MatchBody(Document):
    """A text, and the scope that it speaks of where that is known."""

    text = Text(required=True)
    scope = ScopePath(load_default=None, allow_none=True)
    limit = fields.Integer(
        strict=True,
        load_default=USUAL_CANDIDATES,
        validate=validate.Range(min=1, max=MOST_CANDIDATES),
        metadata={"description": "How many candidates are shown."},
    )


class CandidateSchema(Open):
    """A question that a text may be about."""

    question = fields.String(attribute="question.id")
    text = fields.String(attribute="question.text")
    probability = fields.Float(metadata={"description": SURENESS})
    similarity = fields.Float(metadata={"description": "What the two have in common, from 0 to 1."})


class ProposalSchema(Open):
    """A question to ask instead; nothing is written before it is sent."""

    text = fields.String()
    scope = fields.String(allow_none=True)
    answers = fields.List(fields.String())


class MatchSchema(Open):
    """Which question a text is about, and how sure that is."""

    matched = fields.Boolean(metadata={"description": "Whether one is surer than the threshold."})
    threshold = fields.Float(metadata={"description": "The probability below which none is taken."})
    question = fields.Nested(QuestionSchema, allow_none=True)
    probability = fields.Float(allow_none=True, metadata={"description": "That it is about `question`."})
    candidates = fields.List(fields.Nested(CandidateSchema))
    proposed = fields.Nested(ProposalSchema, allow_none=True)


class QuestionMatchSchema(Open):
    """To which question a claim was matched that named none."""

    question = fields.String(attribute="question.id")
    probability = fields.Float(metadata={"description": SURENESS})
