"""What can go wrong with the ledger.

LedgerError
├── UnknownIdError          the thing that was asked for does not exist
├── UnknownAddressError     nothing is recorded under the address that was asked for
├── UnknownReferenceError   a value refers to something that does not exist
├── TakenIdError            the id is used already
├── RefusedError            a write or a question breaks a rule of the ledger
├── UnmatchedError          a claim names no question, and its text is surely about none
├── BoundKeyError           the writer's key is bound to other sources
└── DatabaseError           the database cannot be used; one sentence for the operator
    ├── BusyError           another process has kept it from being written for too long
    └── FullDiskError       it cannot grow
"""

from models.matching import Matching


class LedgerError(Exception):
    """Root of the errors raised by `data`."""


class UnknownIdError(LedgerError, LookupError):
    """There is no `kind` (``"source"``, ``"claim"``, …) with this `id`."""

    field = "id"

    def __init__(self, kind: str, subject_id: str) -> None:
        self.reason = f"there is no {kind} {subject_id!r}"
        super().__init__(self.reason)
        self.kind = kind
        self.id = subject_id


class UnknownAddressError(LedgerError, LookupError):
    """Nothing is recorded under the address of this `url`."""

    field = "url"
    reason = "has neither a claim nor a correction recorded under its address"

    def __init__(self, url: str) -> None:
        super().__init__(f"{url} {self.reason}")
        self.url = url


class UnknownReferenceError(LedgerError, LookupError):
    """`field` of a value refers to a `kind` with an `id` that does not exist."""

    def __init__(self, field: str, kind: str, subject_id: str) -> None:
        self.reason = f"there is no {kind} {subject_id!r}"
        super().__init__(f"{field}: {self.reason}")
        self.field = field
        self.kind = kind
        self.id = subject_id


class TakenIdError(LedgerError, ValueError):
    """There is a `kind` with this `id` already."""

    field = "id"

    def __init__(self, kind: str, subject_id: str) -> None:
        self.reason = f"there is a {kind} {subject_id!r} already"
        super().__init__(self.reason)
        self.kind = kind
        self.id = subject_id


class RefusedError(LedgerError, ValueError):
    """`field` breaks a rule of the ledger; `reason` is one clause that follows its name."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class UnmatchedError(LedgerError, LookupError):
    """A claim names no question, and its text is surely about none; `matching` says which come near."""

    field = "question"
    reason = (
        "is missing, and the text is surely about none that is known: name one of the candidates, or add one"
    )

    def __init__(self, matching: Matching) -> None:
        super().__init__(f"{self.field}: {self.reason}")
        self.matching = matching


class BoundKeyError(LedgerError, PermissionError):
    """`field` is what the writer's key is not bound to; `reason` is one clause that names the source."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class DatabaseError(LedgerError, OSError):
    """The database cannot be used; `reason` is one sentence for the operator."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BusyError(DatabaseError):
    """Another process has kept the database from being written for too long; the write may be sent again."""


class FullDiskError(DatabaseError):
    """The database cannot grow until space is made; nothing was written."""
