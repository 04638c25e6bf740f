"""Query strings."""

from marshmallow import fields, validate

from api.paging import DEFAULT_LIMIT, LARGEST_LIMIT
from api.schemas.document import Document
from api.schemas.fields import QueryInstant, ScopePath, Text

# A cursor holds a sort key and an id.
LONGEST_CURSOR = 512


class ListQuery(Document):
    """What every list takes."""

    limit = fields.Integer(load_default=DEFAULT_LIMIT, validate=validate.Range(min=1, max=LARGEST_LIMIT))
    cursor = Text(LONGEST_CURSOR, metadata={"description": "Opaque, out of the Link of the page before."})


class ScoreRange(Document):
    """A range of the stored current score."""

    min_score = fields.Float(validate=validate.Range(min=0, max=1))
    max_score = fields.Float(validate=validate.Range(min=0, max=1))


class MomentQuery(Document):
    """The two clocks."""

    as_of = QueryInstant(metadata={"description": "Use only what had been said by then."})
    known_at = QueryInstant(metadata={"description": "Use only what had been recorded here by then."})


class ScopedMomentQuery(MomentQuery):
    """The two clocks, and the scope that a source speaks on."""

    scope = ScopePath()


class ScopedHistoryQuery(ListQuery):
    """A page of a source's history, speaking on a scope."""

    scope = ScopePath()
