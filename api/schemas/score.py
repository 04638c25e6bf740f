"""Scores: documents that the ledger keeps ready; these schemas describe them and dump nothing."""

from typing import Any

from marshmallow import INCLUDE, Schema, ValidationError, fields, validates_schema

from api.schemas.document import Document
from api.schemas.fields import AnswerForm, Id, Instant, ScopePath
from models.standing import StandingKind

# Scoring a past moment takes a fit; what is asked at once has to end within a client's patience.
MOST_SUBJECTS = 200
STANDINGS = [kind.value for kind in StandingKind]


class Open(Schema):
    """A document to which fields may be added."""

    class Meta:
        """Marshmallow's options."""

        unknown = INCLUDE


def number(description: str = "") -> fields.Float:
    """Return a number that is null where it cannot be judged."""
    return fields.Float(allow_none=True, metadata={"description": description} if description else {})


class SubjectSchema(Open):
    """What is scored."""

    type = fields.String(metadata={"enum": ["source", "claim", "question"]})
    id = fields.String()


class IntervalSchema(Open):
    """A credible interval."""

    level = number()
    low = number()
    high = number()


class GradesSchema(Open):
    """The score on the scales of the trade."""

    admiralty = fields.String(allow_none=True)
    icd203 = fields.String(allow_none=True)
    stix_confidence = fields.Integer(allow_none=True)
    proximity_3x5x2 = fields.String(allow_none=True)


class FactorSchema(Open):
    """One term of the score's log-odds, with its reason."""

    name = fields.String()
    log_odds = fields.Float()
    because = fields.String()


class OriginsSchema(Open):
    """How many claims there are, and how many origins they are worth."""

    claims = fields.Integer()
    effective = fields.Float()
    independence = fields.String(
        allow_none=True, metadata={"enum": ["independent", "not_established", "single_origin", None]}
    )


class AnswerCredenceSchema(Open):
    """The credence of one answer."""

    answer = fields.String()
    credence = number()
    low = number()
    high = number()


class QuantityCredenceSchema(Open):
    """What the number is believed to be."""

    median = number()
    low = number()
    high = number()
    unit = fields.String()


class EvidenceSchema(Open):
    """What one claim adds to a question."""

    claim = fields.String()
    source = fields.String()
    answer = AnswerForm()
    weight = fields.Float()
    log_odds = fields.Float()
    because = fields.String()


class ModelStampSchema(Open):
    """Which model made the score, out of what."""

    version = fields.String()
    inputs = fields.String()


class AnyScoreSchema(Open):
    """What all scores share; what cannot be judged is null."""

    subject = fields.Nested(SubjectSchema)
    as_of = Instant(allow_none=True)
    known_at = Instant(allow_none=True)
    effective_n = number("The effective number of independent pieces of evidence.")
    grades = fields.Nested(GradesSchema)
    factors = fields.List(fields.Nested(FactorSchema))
    summary = fields.String()
    without = fields.List(
        fields.String(),
        metadata={"description": "The claims that do not count; there only where `without` was asked."},
    )
    model = fields.Nested(ModelStampSchema)


class SourceScoreSchema(AnyScoreSchema):
    """A source's reliability, speaking on a scope."""

    score = number("The probability that it knows and says what is right.")
    interval = fields.Nested(IntervalSchema, allow_none=True)


class ExcerptSchema(Open):
    """The part of a source's record that counts, as it was asked for."""

    since = Instant(allow_none=True)
    half_life = number("In days.")
    scope = fields.String(allow_none=True)


class AskedSourceScoreSchema(SourceScoreSchema):
    """A source's reliability, speaking on a scope, by its record or a part of it."""

    record = fields.Nested(
        ExcerptSchema,
        metadata={"description": "There only where `since`, `half_life` or `record_scope` was asked."},
    )


class ClaimScoreSchema(SourceScoreSchema):
    """A claim's credence, as it stands."""

    standing = fields.String(metadata={"enum": STANDINGS})
    origins = fields.Nested(OriginsSchema)


class QuestionScoreSchema(AnyScoreSchema):
    """The credence of a question's answers, or of its number."""

    answers = fields.List(fields.Nested(AnswerCredenceSchema))
    quantity = fields.Nested(QuantityCredenceSchema)
    origins = fields.Nested(OriginsSchema)
    contested = fields.Boolean(allow_none=True)
    evidence = fields.List(fields.Nested(EvidenceSchema))


class EventSchema(Open):
    """A claim, a correction or a resolution, as what moved a score."""

    type = fields.String()
    id = fields.String()
    at = Instant()
    question = fields.String()


class HistoryItemSchema(Open):
    """A score as of a moment, with the first event of that moment and the others."""

    event = fields.Nested(EventSchema)
    also = fields.List(fields.Nested(EventSchema))


class HistoryPage(Document):
    """A page of a history, oldest first."""

    items = fields.List(fields.Nested(HistoryItemSchema))


class ScopedSourceSchema(Document):
    """A source, speaking on a scope."""

    id = Id(required=True)
    scope = ScopePath(load_default=None, allow_none=True)


class SourceForm(fields.Field[tuple[str, str | None]]):
    """A source's id, or its id and the scope that it speaks on; loads as the two."""

    def __init__(self, **options: Any) -> None:
        forms = [
            {"type": "string"},
            {"type": "object", "properties": {"id": {}, "scope": {}}, "required": ["id"]},
        ]
        super().__init__(metadata={"oneOf": forms}, **options)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[str, str | None]:
        document = ScopedSourceSchema().load(value if isinstance(value, dict) else {"id": value})
        return document["id"], document["scope"]


class SubjectId(Id):
    """An id that loads as a subject: the id, and no scope."""

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **options: Any) -> Any:
        """Load the id."""
        return super().deserialize(value, attr, data, **options), None


class ScoresBody(Document):
    """Which subjects to score, and as of when; 200 subjects at most."""

    sources = fields.List(SourceForm(), load_default=list)
    claims = fields.List(SubjectId(), load_default=list)
    questions = fields.List(SubjectId(), load_default=list)
    as_of = Instant(load_default=None)

    @validates_schema
    def check_number(self, body: dict[str, Any], **_: Any) -> None:
        """Refuse more subjects than are scored at once."""
        asked = sum(len(body.get(noun, ())) for noun in ("sources", "claims", "questions"))
        if asked > MOST_SUBJECTS:
            raise ValidationError(f"at most {MOST_SUBJECTS} subjects are scored at once, not {asked}")


class ScoresSchema(Document):
    """The scores, in the order asked."""

    sources = fields.List(fields.Nested(SourceScoreSchema))
    claims = fields.List(fields.Nested(ClaimScoreSchema))
    questions = fields.List(fields.Nested(QuestionScoreSchema))
