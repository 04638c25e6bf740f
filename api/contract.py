"""The contract: how requests are parsed, and how operations and their refusals are documented."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from threading import Lock
from typing import Any, TypeVar

import flask_smorest
import structlog
from apispec import BasePlugin
from flask import Flask, Request, Response, request
from marshmallow import RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.http import HTTP_STATUS_CODES

from api.body import JSON_TYPE, LARGEST_BODY, PROBLEM_TYPE, parse_json
from api.errors import (
    RETRY_AFTER_S,
    TABLE,
    AnsweringError,
    ForbiddenError,
    MissingKeyError,
    RateLimitedError,
    problem_document,
)
from api.idempotency import KEY_HEADER, KEY_PATTERN, LONGEST_KEY, REPLAYED_HEADER, once
from api.representations.negotiation import Form, Medium, negotiated
from api.request_context import present
from api.schemas.problem import ProblemSchema
from api.settler import settled
from api.slow import slow
from data.database import SqliteError, explanation
from data.errors import DatabaseError

# The version of the contract, not of the distribution: it moves when the document does.
CONTRACT_VERSION = "1.0.0"
KEY_SCOPE = "x-key-scope"
# Where an operation's other forms stand until its answer is documented.
FORMS = "x-forms"
# Below it every answer is JSON, unless another form is asked for; above it pages and files are as they are.
CONTRACT_ROOT = "/v1/"
CHALLENGE = 'Bearer realm="credence"'

View = TypeVar("View", bound=Callable[..., Any])

DESCRIPTION = """\
Credence takes who said what, through whom, about which part of the world, and when, and every later
correction, and answers how far a source is to be believed, how well a claim stands, and which answer to
a disputed question is how likely: at any moment, past or present, and always showing why.

JSON in UTF-8; times are RFC 3339 in UTC. Errors are application/problem+json (RFC 9457). Unknown fields
and unknown query keys are refused. Lists page by the Link header. Every GET has an ETag and honours
If-None-Match. Fields may be added, never renamed. Where an operation lists other media types, an answer
comes in the one that Accept asks for; JSON is the default, and errors are always JSON.

A write that carries an Idempotency-Key can be sent again without being done twice. RateLimit-Policy and
RateLimit say how many requests a minute a key, or an address without one, has, and how many are left.
"""

# What any operation may answer besides its result; and what reading, writing and an address with a name add.
ANY_REFUSALS = (400, 408, 414, 422, 431, 500, 503, 507)
KEY_REFUSALS = (401, 403)
READ_REFUSALS = (304,)
FORM_REFUSALS = (406,)
RATE_REFUSALS = (429,)
WRITE_REFUSALS = (409, 413, 415)
NAMED_REFUSALS = (404,)

# Whoever runs the service asks these often, and must be answered just when it is busy.
UNCOUNTED = frozenset(("/livez", "/readyz", "/metrics"))
WRITING_METHODS = ("post", "put", "delete")

# What a key opens; where reading is open, it needs none.
SECURITY: dict[str, list[dict[str, list[str]]]] = {"open": [], "read": [{}, {"key": []}]}

IF_NONE_MATCH = {
    "in": "header",
    "name": "If-None-Match",
    "description": "ETags that the client holds, weak or strong.",
    "schema": {"type": "string"},
}
IDEMPOTENCY_KEY = {
    "in": "header",
    "name": KEY_HEADER,
    "description": (
        "A string in double quotes that is this request's own, such as a UUID. Within 24 hours the same "
        "request with the same key is not done again: it is answered as the first time."
    ),
    "schema": {"type": "string", "pattern": KEY_PATTERN, "maxLength": LONGEST_KEY},
    "example": '"5f3c2c86-1d2b-4f0e-9d43-3a5b8a4f7c11"',
}
REPLAYED = {
    "description": "`true` where this was answered before, under the same Idempotency-Key.",
    "schema": {"type": "string", "enum": ["true"]},
}
RETRY_AFTER = {"description": "Seconds until it may be asked again.", "schema": {"type": "integer"}}
ETAG = {"description": "Names the present state of what is answered.", "schema": {"type": "string"}}
LOCATION = {"Location": {"description": "The address of what was made.", "schema": {"type": "string"}}}


class Parser(FlaskParser):
    """Parses requests strictly: content types, unknown and repeated keys, and names in the address."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {"json": None, "query": RAISE}  # noqa: RUF012 - webargs' own

    def _raw_load_json(self, req: Request) -> Any:
        if req.mimetype != JSON_TYPE:
            raise UnsupportedMediaType(f"The body must be {JSON_TYPE}.")
        content = req.get_data()
        if len(content) > LARGEST_BODY:
            raise RequestEntityTooLarge(f"The body must not be larger than {LARGEST_BODY // 2**20} MiB.")
        return parse_json(content)

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """Return the query's values; a key that stands twice is refused."""
        repeated = [key for key, values in req.args.lists() if len(values) > 1]
        if repeated:
            raise ValidationError({key: ["must be given once"] for key in repeated})
        return super().load_querystring(req, schema)

    def pre_load(self, location_data: Any, *, schema: Schema, req: Request, location: str) -> Any:
        """Add to a body what the address names; the body may repeat it, not contradict it."""
        field = getattr(schema, "in_address", None)
        if location != "json" or not isinstance(location_data, dict) or not field or not req.view_args:
            return location_data
        (named,) = req.view_args.values()
        if location_data.get(field, named) != named:
            raise ValidationError({field: ["is not what the address says"]})
        return {**location_data, field: named}

    def handle_error(self, error: ValidationError, *_: Any, **__: Any) -> Any:
        """Raise the error as it is, without the location: the table of errors does the rest."""
        raise ValidationError(next(iter(error.messages_dict.values()))) from error


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """A noun's operations, documented with all their refusals."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, name: str, description: str) -> None:
        super().__init__(name, __name__, description=description)

    def route(self, rule: str, **options: Any) -> Callable[[type], type]:
        """Serve and document a MethodView at an address."""
        decorator: Callable[[type], type] = super().route(rule, **options)

        def serve(view: type) -> type:
            for method in WRITING_METHODS:
                operation = getattr(view, method, None)
                if operation is not None:
                    is_write = writes(method, operation._apidoc.get("manual_doc", {}))
                    setattr(view, method, slow(settled(once(operation)) if is_write else operation))
            reading = getattr(view, "get", None)
            if reading is not None and rule.startswith(CONTRACT_ROOT) and not has_forms(reading):
                setattr(view, "get", negotiated(reading, {}))  # noqa: B010 - a type has no such attribute
            return decorator(view)

        return serve

    def arguments(self, schema: type[Schema], **options: Any) -> Callable[[View], View]:
        """Parse the request by a schema, and pass what it loads to the view."""
        # One instance for all requests: making one takes longer than most loads.
        loads = schema()
        decorator: Callable[[View], View] = super().arguments(loads, **options)
        # What has to be asked for cannot be left out.
        may_be_empty = not any(field.required for field in loads.fields.values())
        is_query = options.get("location") == "query"
        return or_nothing(loads, decorator) if is_query and may_be_empty else decorator

    def response(self, status_code: int, schema: Any = None, **options: Any) -> Callable[[View], View]:
        """Dump what the view returns by a schema."""
        decorator: Callable[[View], View] = super().response(status_code, schema, **options)
        return decorator

    def alt_response(self, status_code: int, **options: Any) -> Callable[[View], View]:
        """Document another answer."""
        decorator: Callable[[View], View] = super().alt_response(status_code, **options)
        return decorator

    @staticmethod
    def doc(**options: Any) -> Callable[[View], View]:
        """Add to the operation's documentation."""
        decorator: Callable[[View], View] = flask_smorest.Blueprint.doc(**options)
        return decorator

    @staticmethod
    def offers(forms: Mapping[Medium, Form]) -> Callable[[View], View]:
        """Answer a GET in these forms besides JSON, by the content of what the view answers."""

        def decorate(view: View) -> View:
            return Blueprint.doc(**{FORMS: tuple(forms)})(negotiated(view, forms))  # type: ignore[return-value]

        return decorate

    @staticmethod
    def answers_as_documented() -> Callable[[View], View]:
        """Answer a GET in the one form that is documented, which is not JSON, whatever Accept asks for."""
        return Blueprint.doc(**{FORMS: ()})

    @staticmethod
    def needs(scope: str) -> Callable[[View], View]:
        """Ask for another key than one to `read` for a GET and one to `write` for anything else.

        `scope` is one of a key's scopes, or ``"open"`` where none is ever needed.
        """
        return Blueprint.doc(**{KEY_SCOPE: scope})


def or_nothing(schema: Schema, decorator: Callable[[View], View]) -> Callable[[View], View]:
    """Let a view that is to parse a query take what the schema loads from none, where there is none."""

    def decorate(view: View) -> View:
        parsing = decorator(view)
        defaults: Mapping[str, Any] = schema.load({})

        @wraps(parsing)
        def either(*args: Any, **named: Any) -> Any:
            return parsing(*args, **named) if request.query_string else view(*args, dict(defaults), **named)

        return either  # type: ignore[return-value]

    return decorate


def key_scope(method: str, documented: Mapping[str, Any]) -> str:
    """Return the scope that an operation's key needs."""
    needed: str = documented.get(KEY_SCOPE, "read" if method in ("get", "head") else "write")
    return needed


def writes(method: str, documented: Mapping[str, Any]) -> bool:
    """Say whether an operation changes anything."""
    return key_scope(method, documented) not in SECURITY


def has_forms(operation: Any) -> bool:
    """Say whether other forms than JSON were documented about an operation."""
    return FORMS in operation._apidoc.get("manual_doc", {})


def response_name(status: int) -> str:
    """Return the name of a status in the document; Python's own names differ from version to version."""
    return f"Status{int(status)}"


class Operations(BasePlugin):
    """Completes each operation: its id, its key, its refusals, and the headers of conditional requests."""

    def operation_helper(self, path: str | None = None, operations: Any = None, **options: Any) -> None:
        """Complete the operations of one path."""
        noun = re.sub(r"(?<!^)([A-Z])", r"_\1", options["rule"].endpoint.rpartition(".")[2]).lower()
        for method, operation in operations.items():
            needed = key_scope(method, operation)
            operation["operationId"] = f"{method}_{noun}"
            operation[KEY_SCOPE] = needed
            content = operation["responses"].get(200, {}).get("content", {})
            for medium in operation.pop(FORMS, ()):
                content[medium.name_in_full] = {"schema": {"type": "string" if medium.is_text else "object"}}
            operation["security"] = SECURITY.get(needed, [{"key": []}])
            statuses = ANY_REFUSALS + (() if needed == "open" else KEY_REFUSALS)
            statuses += () if path in UNCOUNTED else RATE_REFUSALS
            statuses += READ_REFUSALS if method == "get" else WRITE_REFUSALS
            statuses += FORM_REFUSALS if method == "get" and (path or "").startswith(CONTRACT_ROOT) else ()
            for status in statuses + (NAMED_REFUSALS if "{" in (path or "") else ()):
                operation["responses"].setdefault(str(status), "")
            operation["responses"] = {
                status: response_name(int(status)) if isinstance(response, str) else response
                for status, response in sorted(operation["responses"].items(), key=lambda each: str(each[0]))
            }
            if method == "get":
                operation.setdefault("parameters", []).append(IF_NONE_MATCH)
                operation["responses"][200]["headers"] = {
                    "ETag": ETAG,
                    **operation["responses"][200].get("headers", {}),
                }
            if method in WRITING_METHODS and writes(method, operation):
                operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
                for response in operation["responses"].values():
                    if isinstance(response, dict):
                        response["headers"] = {**response.get("headers", {}), REPLAYED_HEADER: REPLAYED}


class Contract(flask_smorest.Api):  # type: ignore[misc]
    """The OpenAPI document, and every error as a problem document."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def __init__(self, app: Flask, **options: Any) -> None:
        self._undocumented: list[Blueprint] = []
        self._documenting = Lock()
        super().__init__(app, **options)

    def register_blueprint(self, blueprint: Blueprint) -> None:
        """Let a blueprint answer; its operations are documented once somebody asks for the document.

        Documenting them takes longer than all else in the making of an app.
        """
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blueprint.name] = self
        self._app.register_blueprint(blueprint)
        self._undocumented.append(blueprint)

    def document(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        with self._documenting:
            for blueprint in self._undocumented:
                blueprint.register_views_in_doc(
                    self, self._app, self.spec, name=blueprint.name, parameters=None
                )
                self.spec.tag({"name": blueprint.name, "description": blueprint.description})
            self._undocumented.clear()
            found: dict[str, Any] = self.spec.to_dict()
            return found

    def _register_error_handlers(self) -> None:
        for kind in (*TABLE, HTTPException):
            self._app.register_error_handler(kind, answer_problem)
        for kind in (SqliteError, OSError):
            self._app.register_error_handler(kind, answer_failure)

    def _register_responses(self) -> None:
        for status in HTTPStatus:
            response: dict[str, Any] = {"description": HTTP_STATUS_CODES.get(status, status.phrase)}
            if status >= HTTPStatus.BAD_REQUEST:
                response["content"] = {PROBLEM_TYPE: {"schema": ProblemSchema}}
            if status == HTTPStatus.TOO_MANY_REQUESTS:
                response["headers"] = {"Retry-After": RETRY_AFTER}
            self.spec.components.response(response_name(status), response, lazy=True)


def answer_failure(error: Exception) -> Response:
    """Return the problem document of what SQLite or the disk raised by itself; a defect is raised again."""
    explained = explanation(error)
    if explained is None:
        raise error
    return answer_problem(explained)


def answer_problem(error: Exception) -> Response:
    """Return the problem document of an error, with its status."""
    if isinstance(error, HTTPException) and (error.code is None or error.code < HTTPStatus.BAD_REQUEST):
        return Response(status=error.code, headers=error.get_headers(), response=error.get_body())
    document = {**problem_document(error), "request_id": present.get().id}
    # ASCII, since a reason may show the half of a surrogate pair that it refuses.
    response = Response(json.dumps(document), status=document["status"], content_type=PROBLEM_TYPE)
    if isinstance(error, HTTPException):
        response.headers.extend(
            (name, value) for name, value in error.get_headers() if name != "Content-Type"
        )
    if isinstance(error, DatabaseError):
        structlog.get_logger().error("database", reason=str(error))
    if document["status"] == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    if isinstance(error, RateLimitedError | AnsweringError):
        response.headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, MissingKeyError):
        response.headers["WWW-Authenticate"] = CHALLENGE
    if isinstance(error, ForbiddenError):
        needed = f'error="insufficient_scope", scope="{error.needed}"'
        response.headers["WWW-Authenticate"] = f"{CHALLENGE}, {needed}"
    return response


def documented(view: Any, method: str) -> Mapping[str, Any]:
    """Return what was documented by decorators about the method of a view."""
    name = "get" if method == "HEAD" else method.lower()
    info: Mapping[str, Any] = getattr(getattr(getattr(view, "view_class", None), name, None), "_apidoc", {})
    return info


def refuse_stray_keys(asked: Request, view: Any) -> None:
    """Refuse a query string where the view takes none: what takes one has a schema for it."""
    # Browsers ask with OPTIONS whether they may send what follows, its query included.
    if not asked.query_string or asked.method == "OPTIONS":
        return
    info = documented(view, asked.method)
    if asked.args and not any(
        each["in"] == "query" for each in info.get("arguments", {}).get("parameters", ())
    ):
        raise ValidationError({key: ["Unknown field."] for key in asked.args})
