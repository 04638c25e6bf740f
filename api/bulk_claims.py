"""Many claims in one request: a JSON object a line (NDJSON), and a result a line back."""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial, wraps
from typing import IO, Any, TypeVar

from flask import Response, request
from marshmallow import ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from api.body import LARGEST_BODY, LINES_TYPE, parse_json
from api.clock import now
from api.contract import Blueprint
from api.errors import MalformedBodyError, problem_document
from api.ledger import ledger
from api.request_context import writer
from api.schemas.claim import ClaimSchema
from api.schemas.match import QuestionMatchSchema
from data import claims
from data.errors import UnmatchedError
from data.matches import with_question
from models.matching import Match
from models.record import Claim

# What the results take in memory before they go to a file.
LARGEST_IN_MEMORY = 2**20
# Claims of a body that may leave their question out. Each is held against the texts of the whole ledger, some
# hundred milliseconds where that is large, and a worker answers nobody else meanwhile.
MOST_MATCHED = 50
# What of the results is sent at a time, in bytes.
CHUNK = 2**16

View = TypeVar("View", bound=Callable[..., Any])

RESULTS = (
    "A line for each claim: `line`, `status`, and its `id` or the `problem`; and `question_match` where it "
    f"named no question. A body may leave it out of {MOST_MATCHED} claims at most."
)


def or_lines(view: View) -> View:
    """Let a view that takes one claim take many, one a line."""

    @wraps(view)
    def either(*args: Any, **options: Any) -> Any:
        return record_lines() if request.mimetype == LINES_TYPE else view(*args, **options)

    text = {LINES_TYPE: {"schema": {"type": "string"}}}
    document = Blueprint.doc(
        requestBody={"content": text}, responses={"200": {"description": RESULTS, "content": text}}
    )
    return document(either)  # type: ignore[return-value]


def record_lines() -> Response:
    """Record the claims of the present request and answer with a result for each.

    The results are kept until the end, so that a reader, however slow, holds up no other writer.
    """
    with ExitStack() as files:
        results = files.enter_context(tempfile.SpooledTemporaryFile(LARGEST_IN_MEMORY))
        matches: dict[int, Match] = {}
        read = read_claims(request.stream, matches)
        for line, outcome in claims.add_many(ledger(), read, at=now(), by=writer()):
            document = result_document(line, outcome, matches.pop(line, None))
            results.write(json.dumps(document).encode() + b"\n")
        length = results.tell()
        results.seek(0)
        response = Response(iter(partial(results.read, CHUNK), b""), content_type=LINES_TYPE)
        response.content_length = length
        response.call_on_close(files.pop_all().close)
    return response


def read_claims(body: IO[bytes], matches: dict[int, Match]) -> Iterator[tuple[int, Claim | Exception]]:
    """Read each line that is not empty, with its number from 1: a claim, or why it is none.

    Those that name no question are matched to what was recorded before their batch; by which
    match stands in `matches`. Past `MOST_MATCHED` they are refused.
    """
    schema, n_unasked = ClaimSchema(), 0
    for number, content in enumerate(_bounded_lines(body), 1):
        if content.strip():
            try:
                claim = _read_claim(schema, content)
                n_unasked += not claim.question
                claim, match = _asked(claim, n_unasked)
            except (MalformedBodyError, ValidationError, UnmatchedError, RequestEntityTooLarge) as refusal:
                yield number, refusal
                continue
            if match is not None:
                matches[number] = match
            yield number, claim


def result_document(line: int, outcome: Claim | Exception, match: Match | None = None) -> dict[str, Any]:
    """Return what became of a line, and by which match where it named no question."""
    if isinstance(outcome, Claim):
        done = {"line": line, "status": 201, "id": outcome.id}
        return done if match is None else {**done, "question_match": QuestionMatchSchema().dump(match)}
    problem = problem_document(outcome)
    return {"line": line, "status": problem["status"], "problem": problem}


def _bounded_lines(body: IO[bytes]) -> Iterator[bytes]:
    """Read the lines; of one that is longer than the limit, only that it is."""
    while content := body.readline(LARGEST_BODY + 1):
        yield content
        while len(content) > LARGEST_BODY and not content.endswith(b"\n"):
            content = body.readline(LARGEST_BODY + 1)


def _read_claim(schema: ClaimSchema, content: bytes) -> Claim:
    if len(content) > LARGEST_BODY:
        raise RequestEntityTooLarge(f"A line must not be larger than {LARGEST_BODY // 2**20} MiB.")
    claim: Claim = schema.load(parse_json(content))
    return claim


def _asked(claim: Claim, n_unasked: int) -> tuple[Claim, Match | None]:
    """Return a claim with its question; `n_unasked` of the body's claims so far have named none."""
    if not claim.question and n_unasked > MOST_MATCHED:
        left_out = f"is missing: a body may leave it out of {MOST_MATCHED} claims at most"
        raise ValidationError({"question": [f"{left_out}; name it, or send this line in another body"]})
    return with_question(ledger(), claim)
