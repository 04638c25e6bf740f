"""Cards: scores in the words in which a reader meets them elsewhere."""

import re
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from api.schemas.document import Document
from api.schemas.fields import (
    LONGEST_URL,
    SEGMENT,
    AsOf,
    Instant,
    QueryInteger,
    ScopePath,
    Text,
)
from api.schemas.problem import ProblemSchema
from api.schemas.score import MOST_SUBJECTS, Open, SubjectSchema, number

VARIANTS = ("compact", "full", "badge")
THEMES = ("light", "dark")
_SCOPED = f"{SEGMENT}(@{SEGMENT}(/{SEGMENT})*)?"


class Names(fields.Field[list[tuple[str, str | None]]]):
    """Ids with commas between, each once; loads as pairs of an id and, for a source, its scope.

    Parameters
    ----------
    scoped : bool
        Whether an id may be followed by ``@`` and a scope.
    """

    def __init__(self, description: str, *, scoped: bool = False) -> None:
        self._one = re.compile(_SCOPED if scoped else SEGMENT)
        form = self._one.pattern
        super().__init__(
            metadata={"type": "string", "pattern": f"^{form}(,{form})*$", "description": description}
        )

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> list[tuple[str, str | None]]:
        found: dict[tuple[str, str | None], None] = {}
        for name in str(value).split(","):
            if not self._one.fullmatch(name):
                raise ValidationError("must be ids with commas between")
            subject_id, _at, scope = name.partition("@")
            found[subject_id, scope or None] = None
        return list(found)


class CardsQuery(Document):
    """Which subjects, and as of when; 200 subjects at most."""

    claims = Names("Ids of claims, with commas between.")
    questions = Names("Ids of questions, with commas between.")
    sources = Names(
        "Ids of sources, with commas between; each may be followed by `@` and the scope that it speaks on.",
        scoped=True,
    )
    as_of = AsOf()

    @validates_schema
    def check_number(self, query: dict[str, Any], **_: Any) -> None:
        """Refuse more subjects than are answered at once."""
        asked = sum(len(query.get(noun, ())) for noun in ("claims", "questions", "sources"))
        if asked > MOST_SUBJECTS:
            raise ValidationError(f"at most {MOST_SUBJECTS} subjects are answered at once, not {asked}")


class EmbedQuery(Document):
    """How a subject is shown."""

    scope = ScopePath(metadata={"description": "The scope that a source speaks on."})
    as_of = AsOf()


class FrameQuery(EmbedQuery):
    """How a subject is shown in a frame."""

    variant = fields.String(load_default="full", validate=validate.OneOf(VARIANTS))
    theme = fields.String(
        validate=validate.OneOf(THEMES),
        metadata={"description": "As the reader's system has it, unless given."},
    )


class OembedQuery(Document):
    """What an oEmbed consumer asks; what else it sends is passed over."""

    url = Text(
        LONGEST_URL, metadata={"description": "The address of a page of this service about a subject."}
    )
    maxwidth = QueryInteger(validate=validate.Range(min=1), metadata={"description": "In pixels."})
    maxheight = QueryInteger(validate=validate.Range(min=1), metadata={"description": "In pixels."})
    format = Text(load_default="json", metadata={"description": "`json` or `xml`."})


class OembedSchema(Open):
    """A frame to put into a page, as oEmbed 1.0 has it."""

    version = fields.String()
    type = fields.String()
    provider_name = fields.String()
    provider_url = fields.String()
    title = fields.String()
    html = fields.String()
    width = fields.Integer()
    height = fields.Integer()
    cache_age = fields.Integer(metadata={"description": "In seconds."})


class CardReasonSchema(Open):
    """One factor of a score: what it does to it, and why."""

    factor = fields.String()
    effect = fields.String(metadata={"enum": ["raises", "lowers", "none"]})
    because = fields.String()


class CardAnswerSchema(Open):
    """One answer of a question."""

    answer = fields.String()
    credence = number()
    low = number()
    high = number()
    figure = fields.String()
    range = fields.String()


class CardStandingSchema(Open):
    """What became of a claim or a question."""

    kind = fields.String()
    sentence = fields.String()


class CardSubjectSchema(SubjectSchema):
    """What the card is about."""

    scope = fields.String(allow_none=True, metadata={"description": "Of a source: what it speaks on."})


class CardSchema(Open):
    """A score in words, or in its place why none is shown: `sentence` and `problem`."""

    subject = fields.Nested(CardSubjectSchema)
    path = fields.String(metadata={"description": "The address of the evidence, without its host."})
    title = fields.String()
    context = fields.String()
    lead = fields.String(allow_none=True, metadata={"description": "A question's leading answer."})
    figure = fields.String(metadata={"description": "The score in words."})
    score = number("A probability; of a question its leading answer's; null of a number.")
    low = number()
    high = number()
    range = fields.String(allow_none=True, metadata={"description": "The interval in words."})
    grade = fields.String(allow_none=True, metadata={"description": "The grade in words."})
    admiralty = fields.String(allow_none=True)
    standing = fields.Nested(CardStandingSchema, allow_none=True)
    state = fields.String(
        allow_none=True, metadata={"description": "The standing as a word, where it is worth one."}
    )
    answers = fields.List(fields.Nested(CardAnswerSchema))
    summary = fields.String()
    reasons = fields.List(fields.Nested(CardReasonSchema))
    as_of = Instant(allow_none=True)
    moment = fields.String(allow_none=True, metadata={"description": "`as_of` in words."})
    label = fields.String(metadata={"description": "The card as one sentence."})
    sentence = fields.String()
    problem = fields.Nested(ProblemSchema)


class CardsSchema(Document):
    """The cards: those of claims, then of questions, then of sources, each in the order asked."""

    items = fields.List(fields.Nested(CardSchema))
