"""Domain values with the defaults of one dispute; each test names only what it is about."""

from datetime import UTC, datetime
from typing import Any

from models.answer import Names, Quantity
from models.record import (
    Claim,
    Correction,
    CorrectionKind,
    Mandate,
    Question,
    Record,
    Resolution,
    Scope,
    Source,
    SourceKind,
    Vantage,
)


def moment(day: int, hour: int = 0, minute: int = 0, *, month: int = 1) -> datetime:
    """Return an instant of early 2025, in UTC."""
    return datetime(2025, month, day, hour, minute, tzinfo=UTC)


def make_source(id: str = "budanov", **fields: Any) -> Source:  # noqa: A002
    defaults: dict[str, Any] = {
        "name": id.replace("-", " ").title(),
        "kind": SourceKind.PERSON,
        "mandates": (Mandate("kursk-front", Vantage.OPERATIONAL),),
    }
    return Source(id=id, **{**defaults, **fields})


def make_scope(path: str = "kursk-front/sso-sectors", **fields: Any) -> Scope:
    return Scope(path=path, **{"share": 0.3, **fields})


def make_question(id: str = "dprk-on-kursk-front", **fields: Any) -> Question:  # noqa: A002
    defaults: dict[str, Any] = {
        "text": "Are North Korean troops still fighting on the Kursk front?",
        "scope": "kursk-front",
        "answers": ("fighting", "reduced", "withdrawn"),
    }
    return Question(id=id, **{**defaults, **fields})


def make_quantity_question(id: str = "dprk-casualties", **fields: Any) -> Question:  # noqa: A002
    defaults: dict[str, Any] = {
        "text": "How many North Korean soldiers were killed or hurt?",
        "answers": (),
        "quantity": Quantity("soldiers", "log", 100.0, 12_000.0),
    }
    return make_question(id, **{**defaults, **fields})


def make_claim(id: str = "budanov-fighting", **fields: Any) -> Claim:  # noqa: A002
    defaults: dict[str, Any] = {
        "source": "budanov",
        "question": "dprk-on-kursk-front",
        "answer": Names(("fighting",)),
        "scope": "kursk-front",
        "stated_at": moment(31, 8),
    }
    return Claim(id=id, **{**defaults, **fields})


def make_correction(claim: str = "budanov-fighting", **fields: Any) -> Correction:
    """Make a narrowing, unless another `kind` is given."""
    defaults: dict[str, Any] = {
        "id": "",
        "kind": CorrectionKind.NARROW,
        "by": "budanov",
        "stated_at": moment(31, 16),
    }
    fields = {**defaults, **fields}
    if fields["kind"] is CorrectionKind.NARROW:
        fields.setdefault("scope", "kursk-front/sso-sectors")
    if fields["kind"] is CorrectionKind.AMEND:
        fields.setdefault("answer", Names(("reduced",)))
    return Correction(claim=claim, **fields)


def make_resolution(question: str = "dprk-on-kursk-front", **fields: Any) -> Resolution:
    defaults: dict[str, Any] = {
        "answer": Names(("reduced",)),
        "resolved_at": moment(1, month=3),
        "by": "budanov",
    }
    return Resolution(question=question, **{**defaults, **fields})


def make_record(*values: Any) -> Record:
    """Make a record of sources, scopes, questions and events, given in any order."""

    def of(kind: type) -> list[Any]:
        return [value for value in values if isinstance(value, kind)]

    return Record(
        sources={source.id: source for source in of(Source)},
        scopes={scope.path: scope for scope in of(Scope)},
        questions={question.id: question for question in of(Question)},
        claims=tuple(of(Claim)),
        corrections=tuple(of(Correction)),
        resolutions={resolution.question: resolution for resolution in of(Resolution)},
    )
