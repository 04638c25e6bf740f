"""Articles: what an address carries, and what has become of it."""

from typing import Any

from marshmallow import fields, pre_dump

from api.schemas.correction import CorrectionSchema
from api.schemas.fields import AnswerForm, AsOf, Instant, QueryInstant, Url
from api.schemas.query import ListQuery
from api.schemas.resolution import ResolutionSchema
from api.schemas.score import (
    STANDINGS,
    IntervalSchema,
    ModelStampSchema,
    Open,
    QuantityCredenceSchema,
    number,
)
from models.article import Article
from models.sentences.articles import article_summary


class ArticleQuery(ListQuery):
    """Which article, when it appeared, and as of when it is asked about."""

    url = Url(
        required=True,
        metadata={
            "description": "Its address, in any way of writing it: the scheme, `www.`, a slash at the end, "
            "the fragment and what follows readers around (`utm_…`, `fbclid`, `gclid`) make no other article."
        },
    )
    published_at = QueryInstant(
        metadata={
            "description": "When it appeared. Unless given, the latest statement that it carries itself."
        }
    )
    as_of = AsOf()


class ReadingSchema(Open):
    """A claim's score at a moment, without its reasons."""

    score = number("The credence of the claim as it stood then.")
    interval = fields.Nested(IntervalSchema, allow_none=True)
    standing = fields.String(metadata={"enum": STANDINGS})
    model = fields.Nested(ModelStampSchema)


class CarriedClaimSchema(Open):
    """A claim that the article carries, then and now."""

    claim = fields.String(attribute="claim.id")
    source = fields.String(attribute="claim.source")
    question = fields.String(attribute="claim.question")
    answer = AnswerForm(attribute="claim.answer")
    scope = fields.String(attribute="claim.scope")
    text = fields.String(attribute="claim.text", allow_none=True)
    stated_at = Instant(attribute="claim.stated_at")
    stated_precision = fields.String(
        attribute="claim.stated_precision", metadata={"enum": ["instant", "day"]}
    )
    carried = fields.Function(
        lambda carried: "by_relay" if carried.through else "directly",
        metadata={"type": "string", "enum": ["directly", "by_relay"]},
    )
    through = fields.List(
        fields.String(), metadata={"description": "The article's own claims that bring it by relay."}
    )
    score_at_publication = fields.Nested(
        ReadingSchema,
        attribute="then",
        allow_none=True,
        metadata={"description": "Null where it had not been made by then."},
    )
    score_now = fields.Nested(ReadingSchema, attribute="now")
    moved = fields.String(
        allow_none=True,
        metadata={
            "enum": ["stronger", "weaker", "steady", None],
            "description": "Where its score went since, by five points in a hundred or more. A claim that "
            "was narrowed says less, and may so be stronger.",
        },
    )
    corrected_before = fields.List(
        fields.Nested(CorrectionSchema),
        metadata={"description": "Its corrections up to when the article appeared."},
    )
    corrected_since = fields.List(
        fields.Nested(CorrectionSchema),
        metadata={"description": "Its corrections after the article appeared."},
    )


class LeadingSchema(Open):
    """The answer that leads with its credence, or the number."""

    answer = fields.String(allow_none=True)
    credence = number()
    quantity = fields.Nested(QuantityCredenceSchema, allow_none=True)


class QuestionNowSchema(Open):
    """A question that the article speaks about, then and now."""

    question = fields.String(attribute="question.id")
    text = fields.String(attribute="question.text")
    leading_at_publication = fields.Nested(LeadingSchema, attribute="then", allow_none=True)
    leading_now = fields.Nested(LeadingSchema, attribute="now")
    resolution = fields.Nested(ResolutionSchema, allow_none=True)


class ArticleSchema(Open):
    """What an address carries, with the scores of now beside those of when it appeared."""

    url = fields.String(metadata={"description": "As it was asked."})
    address = fields.String(metadata={"description": "What the URLs of this article have in common."})
    published_at = Instant(allow_none=True)
    is_dated = fields.Boolean(
        metadata={
            "description": "Whether `published_at` was given. Otherwise it is the latest statement that the "
            "article carries itself: it cannot have appeared before that."
        }
    )
    as_of = Instant(allow_none=True)
    summary = fields.String(metadata={"description": "What its editor has to know, in one line."})
    n_claims = fields.Integer(metadata={"description": "How many it carries, on this page and others."})
    claims = fields.List(fields.Nested(CarriedClaimSchema))
    questions = fields.List(fields.Nested(QuestionNowSchema))
    corrections = fields.List(
        fields.Nested(CorrectionSchema), metadata={"description": "Those that it carries itself."}
    )

    @pre_dump
    def flatten(self, answered: tuple[Article, dict[str, Any]], **_: Any) -> dict[str, Any]:
        """Join an article and what was asked about it."""
        found, asked = answered
        return {**vars(found), **asked, "summary": article_summary(found)}
