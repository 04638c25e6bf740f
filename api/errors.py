"""What can go wrong at the edge, and the one table from an error to its answer.

ApiError
├── SettingsError        a setting is unknown or malformed
├── MalformedBodyError   a body is not JSON
├── NotAcceptableError   an answer is asked for in a form that it does not come in
├── EncodedBodyError     a body is compressed, or encoded otherwise
├── MissingKeyError      a key is missing or wrong
├── ForbiddenError       a key's scope does not reach
├── RateLimitedError     a key or an address asks too often
├── MalformedIdempotencyKeyError, ReusedIdempotencyKeyError, AnsweringError
│                        an Idempotency-Key is none, stands for something else, or is in use
├── OverloadedError      too much slow work waits
├── RefusedAddressError  a webhook's address may not be called
├── ReceiverError        a webhook's receiver cannot be reached, or does not answer
├── CorpusError          a corpus cannot be loaded
├── StartError           the service cannot start
└── UnsoundError         a ledger does not hold together
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from gunicorn.http.errors import ParseException
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from api.schemas.match import CandidateSchema, ProposalSchema
from data.errors import (
    BoundKeyError,
    BusyError,
    DatabaseError,
    FullDiskError,
    RefusedError,
    TakenIdError,
    UnknownAddressError,
    UnknownIdError,
    UnknownReferenceError,
    UnmatchedError,
)
from models.errors import InvalidValueError
from models.matching import SURE_ABOVE

# When to try again after a 503, in seconds: what waits then is worked off or refused by then.
RETRY_AFTER_S = 5
# A problem names the first few fields in its one-line detail; all of them stand in `errors`.
FIELDS_IN_DETAIL = 3
# Of the questions that a text may be about, those that a refusal names.
CANDIDATES_TOLD = 5


class ApiError(Exception):
    """Root of the errors raised by `api`.

    Attributes
    ----------
    field : str or None
        What of the request is to blame, where a part of it is.
    reason : str
        What is wrong: with a field a clause that follows its name, else a sentence.
    """

    field: str | None = None
    reason = ""

    def __init__(self, reason: str = "") -> None:
        self.reason = reason or self.reason
        super().__init__(f"{self.field}: {self.reason}" if self.field else self.reason)


class SettingsError(ApiError, ValueError):
    """A setting is unknown or malformed."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name} {reason}.")


class MalformedBodyError(ApiError, ValueError):
    """A body is not JSON in UTF-8, or is nested too deep."""

    field = "body"


class EncodedBodyError(ApiError, ValueError):
    """A body is compressed, or encoded otherwise, by this `header`."""

    def __init__(self, header: str, encoding: str) -> None:
        self.field = header
        super().__init__(f"must not be {encoding!r}: a body is read as it is sent")


class NotAcceptableError(ApiError, ValueError):
    """An answer is asked for in a form other than those that it comes in: the media types `offered`."""

    field = "Accept"

    def __init__(self, offered: tuple[str, ...]) -> None:
        self.offered = offered
        super().__init__(f"must allow {' or '.join(offered)}")


class MissingKeyError(ApiError, PermissionError):
    """A key is missing or wrong."""


class ForbiddenError(ApiError, PermissionError):
    """A key's scope does not reach."""

    def __init__(self, needed: str, held: str) -> None:
        super().__init__(f"This needs a key of scope {needed}; this key's scope is {held}.")
        self.needed = needed


class RateLimitedError(ApiError):
    """A key or an address has used up its requests; more are free in `retry_after_s` seconds."""

    def __init__(self, limit: int, retry_after_s: int) -> None:
        super().__init__(f"More than {limit} requests a minute: ask again in {retry_after_s} s.")
        self.retry_after_s = retry_after_s


class MalformedIdempotencyKeyError(ApiError, ValueError):
    """An Idempotency-Key is none."""

    field = "Idempotency-Key"


class ReusedIdempotencyKeyError(ApiError, ValueError):
    """An Idempotency-Key has come with another request already."""

    field = "Idempotency-Key"
    reason = "has come with another request already: each request needs a key of its own"


class AnsweringError(ApiError):
    """The first request with this Idempotency-Key is still being answered."""

    field = "Idempotency-Key"
    reason = "is that of a request that is still being answered"
    retry_after_s = 1


class OverloadedError(ApiError):
    """Too much slow work waits already, or its turn did not come in time."""

    def __init__(self) -> None:
        super().__init__("The service has more to do than it can: try again.")


class RefusedAddressError(ApiError, ValueError):
    """A webhook's address may not be called."""

    field = "url"


class ReceiverError(ApiError, RuntimeError):
    """A webhook's receiver cannot be reached, or does not answer; the reason is a clause."""


class CorpusError(ApiError, ValueError):
    """A corpus cannot be loaded, or copied."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")


class StartError(ApiError, OSError):
    """The service cannot start."""


class UnsoundError(ApiError, ValueError):
    """A ledger does not hold together."""

    def __init__(self, database: str) -> None:
        super().__init__(f"{database} does not hold together: see the checks above.")


@dataclass(frozen=True)
class Problem:
    """A row of the table: the status, and the problem's name and title."""

    status: int
    name: str
    title: str


TABLE: dict[type[Exception], Problem] = {
    MalformedBodyError: Problem(400, "malformed-body", "The body cannot be read"),
    # What the server's reader finds wrong with the chunks of a body.
    ParseException: Problem(400, "malformed-body", "The body cannot be read"),
    NotAcceptableError: Problem(406, "not-acceptable", "It does not come in that form"),
    EncodedBodyError: Problem(415, "encoded-body", "The body is encoded"),
    MissingKeyError: Problem(401, "missing-key", "A key is missing or wrong"),
    ForbiddenError: Problem(403, "forbidden", "The key's scope does not reach"),
    BoundKeyError: Problem(403, "bound-key", "The key is bound to other sources"),
    UnknownIdError: Problem(404, "unknown-id", "There is no such thing here"),
    UnknownAddressError: Problem(404, "unknown-address", "Nothing is recorded under the address"),
    TakenIdError: Problem(409, "taken-id", "The id is already used"),
    MalformedIdempotencyKeyError: Problem(
        400, "malformed-idempotency-key", "The Idempotency-Key cannot be read"
    ),
    AnsweringError: Problem(409, "still-answering", "The first such request is still being answered"),
    ReusedIdempotencyKeyError: Problem(
        422, "reused-idempotency-key", "The Idempotency-Key is another request's"
    ),
    RateLimitedError: Problem(429, "rate-limited", "Too many requests"),
    OverloadedError: Problem(503, "overloaded", "The service is overloaded"),
    ValidationError: Problem(422, "invalid-field", "A field is invalid"),
    InvalidValueError: Problem(422, "invalid-field", "A field is invalid"),
    UnmatchedError: Problem(422, "unmatched-question", "The text is surely about no question"),
    UnknownReferenceError: Problem(422, "unknown-reference", "A field refers to nothing known"),
    RefusedError: Problem(422, "refused", "The write breaks a rule of the ledger"),
    RefusedAddressError: Problem(422, "refused-address", "The address may not be called"),
    DatabaseError: Problem(503, "database-unavailable", "The database cannot be used"),
    BusyError: Problem(503, "database-busy", "The database is busy"),
    # Not 503, which clients repeat by themselves: somebody has to make space first.
    FullDiskError: Problem(507, "disk-full", "The disk is full"),
}


def row_of(error: Exception) -> Problem | None:
    """Return the table's row for an error, or None where the table has none."""
    return next((TABLE[kind] for kind in type(error).__mro__ if kind in TABLE), None)


def problem_document(error: Exception) -> dict[str, Any]:
    """Return the problem document (RFC 9457) of an error, with its status in `status`.

    An HTTP error of the framework answers under its own name; anything else that the table
    does not hold is a defect of the service, of which nothing is told outside.
    """
    row = row_of(error)
    if row is None:
        status = error.code if isinstance(error, HTTPException) and error.code else 500
        is_defect = status == HTTPStatus.INTERNAL_SERVER_ERROR
        detail = "The service failed; its log says why." if is_defect else getattr(error, "description", "")
        return status_document(status, str(detail))
    found = [{"field": field, "reason": reason} for field, reason in _reasons(error)]
    shown = "; ".join(f"{each['field']}: {each['reason']}" for each in found[:FIELDS_IN_DETAIL])
    detail = shown or str(error)
    type_ = f"/docs#{row.name}"
    document = {"type": type_, "title": row.title, "status": row.status, "detail": detail, "errors": found}
    return {**document, **_extension(error)}


def status_document(status: int, detail: str) -> dict[str, Any]:
    """Return the problem document of a status that says all there is to say."""
    title = HTTP_STATUS_CODES.get(status, "Error")
    field = {413: "body", 415: "Content-Type"}.get(status)
    found = [{"field": field, "reason": detail}] if field else []
    return {"type": "about:blank", "title": title, "status": int(status), "detail": detail, "errors": found}


def _extension(error: Exception) -> dict[str, Any]:
    """Return what a problem tells besides, for a program to go on with."""
    if not isinstance(error, UnmatchedError):
        return {}
    near, proposed = error.matching.matches[:CANDIDATES_TOLD], error.matching.proposed
    return {
        "threshold": SURE_ABOVE,
        "candidates": CandidateSchema(many=True).dump(near),
        "proposed": None if proposed is None else ProposalSchema().dump(proposed),
    }


def _reasons(error: Exception) -> Iterator[tuple[str, str]]:
    if isinstance(error, ValidationError):
        yield from _flat(error.messages, "")
    elif getattr(error, "field", None) is not None:
        yield error.field, error.reason  # type: ignore[attr-defined]


def _flat(messages: Any, path: str) -> Iterator[tuple[str, str]]:
    """Flatten marshmallow's nested messages to ``mandates.0.scope`` and a reason."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            yield from _flat(inner, path if key == "_schema" else f"{path}.{key}".lstrip("."))
    elif isinstance(messages, list):
        for inner in messages:
            yield from _flat(inner, path)
    else:
        yield path or "body", str(messages)
