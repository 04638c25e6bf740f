"""Query strings of the pages: a form sends what was left empty too, and that asks for nothing."""

from typing import Any

from marshmallow import fields, pre_load, validate

from api.schemas.document import Document
from api.schemas.fields import AsOf, Ids, QueryInstant, Text, Url
from api.schemas.query import LONGEST_CURSOR, ListQuery

# What a reader types to find a question by.
LONGEST_SEARCH = 200
SORTS = ("weight", "-weight", "time", "-time", "effect", "-effect")


class DayQuery(Document):
    """A day, or a moment."""

    as_of = AsOf()

    @pre_load
    def drop_empty(self, query: Any, **_: Any) -> dict[str, Any]:
        """Leave out what was left empty."""
        return {name: query[name] for name in query if query[name] != ""}


class BoardQuery(DayQuery):
    """A day, a part of the questions' words, and a page of their list."""

    q = Text(LONGEST_SEARCH)
    cursor = Text(LONGEST_CURSOR, metadata={"description": "Opaque, out of the page before."})


class QuestionPageQuery(DayQuery):
    """A day, claims that are not to count, and the order of the evidence."""

    without = Ids(metadata={"description": "Show beside it what would hold without these claims."})
    sort = fields.String(load_default="weight", validate=validate.OneOf(SORTS))


class ArticlePageQuery(DayQuery, ListQuery):
    """Which article, if one is asked for; when it appeared, and a page of its claims."""

    url = Url(metadata={"description": "Its address, in any way of writing it. Without it, only the form."})
    published_at = QueryInstant(
        metadata={
            "description": "When it appeared. Unless given, the latest statement that it carries itself."
        }
    )
