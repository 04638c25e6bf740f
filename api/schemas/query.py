"""Query strings."""

from marshmallow import validate

from api.paging import DEFAULT_LIMIT, LARGEST_LIMIT
from api.schemas.document import Document
from api.schemas.fields import AsOf, DayStart, Ids, QueryFloat, QueryInstant, QueryInteger, ScopePath, Text
from models.excerpt import SHORTEST_HALF_LIFE

# A cursor holds a sort key and an id.
LONGEST_CURSOR = 512


class ListQuery(Document):
    """What every list takes."""

    limit = QueryInteger(load_default=DEFAULT_LIMIT, validate=validate.Range(min=1, max=LARGEST_LIMIT))
    cursor = Text(LONGEST_CURSOR, metadata={"description": "Opaque, out of the Link of the page before."})


class ScoreRange(Document):
    """A range of the stored current score."""

    min_score = QueryFloat(validate=validate.Range(min=0, max=1))
    max_score = QueryFloat(validate=validate.Range(min=0, max=1))


class MomentQuery(Document):
    """The two clocks."""

    as_of = AsOf()
    known_at = QueryInstant(metadata={"description": "Use only what had been recorded here by then."})


class ScoreQuery(MomentQuery):
    """The two clocks, and claims that are not to count."""

    without = Ids(
        metadata={"description": "Leave out these claims, with commas between, and their corrections."}
    )


class ScopedMomentQuery(ScoreQuery):
    """What a score is asked for by, and the scope that a source speaks on."""

    scope = ScopePath()


class SourceScoreQuery(ScopedMomentQuery):
    """The two clocks, the scope that a source speaks on, and the part of its record that counts."""

    since = DayStart(
        metadata={
            "description": "Count only what was said since then, in its record and its body's. RFC 3339 "
            "with its offset; or a date alone, which counts from that day's beginning (UTC)."
        }
    )
    half_life = QueryFloat(
        validate=validate.Range(
            min=SHORTEST_HALF_LIFE,
            error="must be {min:g} days or more: in trials a half-life of half a year already made "
            "predictions from a source's record worse",
        ),
        metadata={"description": "In days: what was said one half-life before `as_of`, or now, counts half."},
    )
    record_scope = ScopePath(
        metadata={
            "description": "Count only those claims of its record that are on this scope: their own scope "
            "or their question's lies inside it."
        }
    )


class ScopedHistoryQuery(ListQuery):
    """A page of a source's history, speaking on a scope."""

    scope = ScopePath()
