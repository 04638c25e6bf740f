"""The domain's values, and the record: everything that a fit looks at.

All values are frozen and plain. Instants are aware datetimes in UTC. The words are
those of the glossary in docs/model.md.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from models.answer import Answer, Quantity


class Vantage(StrEnum):
    """How a source comes to know what it says."""

    DIRECT = "direct"
    OPERATIONAL = "operational"
    NATIONAL_INTELLIGENCE = "national_intelligence"
    RELAYED = "relayed"
    UNKNOWN = "unknown"


class SourceKind(StrEnum):
    """What manner of source it is; sources of one kind start from a common term."""

    PERSON = "person"
    ORGANISATION = "organisation"
    UNNAMED = "unnamed"
    OUTLET = "outlet"
    ACCOUNT = "account"


class CorrectionKind(StrEnum):
    """What a correction does to the claim."""

    NARROW = "narrow"
    AMEND = "amend"
    RETRACT = "retract"
    DENY = "deny"
    REAFFIRM = "reaffirm"


@dataclass(frozen=True)
class Mandate:
    """A scope in which a source has a vantage."""

    scope: str
    vantage: Vantage


@dataclass(frozen=True)
class Source:
    """Whoever can assert: a person, a body, an unnamed group, an outlet, an account."""

    id: str
    name: str
    kind: SourceKind
    member_of: str | None = None
    mandates: tuple[Mandate, ...] = ()
    aliases: tuple[str, ...] = ()
    description: str | None = None


@dataclass(frozen=True)
class Scope:
    """A part of the world, as a path; `share` is the part of its parent that it covers."""

    path: str
    name: str | None = None
    share: float | None = None


@dataclass(frozen=True)
class Stake:
    """What a source stands to gain: the answers that favour it."""

    source: str
    favours: tuple[Answer, ...]


@dataclass(frozen=True)
class Question:
    """One disputed matter: a closed list of exclusive `answers`, or a `quantity`."""

    id: str
    text: str
    scope: str
    answers: tuple[str, ...] = ()
    quantity: Quantity | None = None
    stakes: tuple[Stake, ...] = ()


@dataclass(frozen=True)
class Claim:
    """One source's assertion about one question.

    Parameters
    ----------
    stated_at : datetime
        When it was said. With `stated_precision` ``"day"`` only the day is known, and this
        is that day's last second.
    certainty : float
        How far the source commits itself, in (0, 1].
    certainty_word : str or None
        The estimative word that `certainty` was read from, where one was given.
    via : tuple of str
        The carriers, from the speaker to the reader.
    cites : tuple of str
        The sources whose information this claim repeats.
    read_in : str or None
        The document in which the claim was read.
    """

    id: str
    source: str
    question: str
    answer: Answer
    scope: str
    stated_at: datetime
    stated_precision: str = "instant"
    certainty: float = 1.0
    certainty_word: str | None = None
    vantage: Vantage | None = None
    vantage_because: str | None = None
    via: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    url: str | None = None
    text: str | None = None
    read_in: str | None = None
    recorded_at: datetime | None = None


@dataclass(frozen=True)
class Correction:
    """A later notice about a claim.

    `scope` is set for a narrowing, `answer` for an amendment.
    """

    id: str
    claim: str
    kind: CorrectionKind
    by: str
    stated_at: datetime
    stated_precision: str = "instant"
    scope: str | None = None
    answer: Answer | None = None
    via: tuple[str, ...] = ()
    url: str | None = None
    text: str | None = None
    read_in: str | None = None
    recorded_at: datetime | None = None


@dataclass(frozen=True)
class Resolution:
    """Which answer proved true, when, on whose word."""

    question: str
    answer: Answer
    resolved_at: datetime
    by: str
    text: str | None = None
    url: str | None = None
    recorded_at: datetime | None = None


@dataclass(frozen=True)
class Record:
    """Everything that a fit looks at: the ledger up to one moment, with its reference data.

    Every reference of a claim, correction or resolution is a key of its mapping; a scope may
    be used without being declared. At most one resolution a question: the one in force.
    """

    sources: Mapping[str, Source] = field(default_factory=dict)
    scopes: Mapping[str, Scope] = field(default_factory=dict)
    questions: Mapping[str, Question] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    corrections: tuple[Correction, ...] = ()
    resolutions: Mapping[str, Resolution] = field(default_factory=dict)

    def without(self, claims: Collection[str]) -> Record:
        """Return the record as if these claims, and so their corrections too, had never been made."""
        return replace(
            self,
            claims=tuple(claim for claim in self.claims if claim.id not in claims),
            corrections=tuple(each for each in self.corrections if each.claim not in claims),
        )
