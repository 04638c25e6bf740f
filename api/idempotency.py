"""Requests that are not done twice: the header ``Idempotency-Key``.

After draft-ietf-httpapi-idempotency-key-header-07. What was answered is kept in the very
transaction of what was written, so that it is there whenever the write is, and only then.
"""

import hashlib
import io
import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Response, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from api.body import LINES_TYPE
from api.clock import now
from api.errors import AnsweringError, MalformedIdempotencyKeyError, ReusedIdempotencyKeyError
from api.ledger import ledger
from api.request_context import present, writer
from data import replies
from data.claims import BATCH_SIZE
from data.database import writing
from data.replies import Reply

# Why fewer lines are taken with a key than without, and what to do.
ONE_CHANGE = "With Idempotency-Key all lines are one change: send fewer, or give each claim an id instead."
KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
# Room for any UUID or digest with a prefix; bounds what is kept and shown.
LONGEST_KEY = 255
# A string of structured fields (RFC 9651), or bare, as most clients send it.
QUOTED = re.compile(r'"(?:[ !#-\[\]-~]|\\["\\])+"')
BARE = re.compile(r"[A-Za-z0-9._~:/+=@|-]+")
KEY_PATTERN = f"^(?:{QUOTED.pattern}|{BARE.pattern})$"
# What a view says beside its body; all else is about the one exchange.
KEPT_HEADERS = ("Content-Type", "ETag", "Location")

View = TypeVar("View", bound=Callable[..., Any])


def once(view: View) -> View:
    """Let a view that writes answer a request again that it has already answered under one key.

    Only what was done is kept. A refusal changed nothing, so that it may be answered anew, and
    by then otherwise: what it lacked may be there.
    """

    @wraps(view)
    def answer(*args: Any, **options: Any) -> Any:
        sent = request.headers.get(KEY_HEADER)
        if sent is None:
            return view(*args, **options)
        key, caller, at, asked = read_key(sent), writer().name, now(), _digest()
        kept = replies.find(ledger(), caller, key, at=at)
        if kept is None:
            with replies.answering(ledger(), caller, key) as is_first:
                if not is_first:
                    raise AnsweringError
                with writing(ledger()):
                    # Again, since another process may have been done meanwhile.
                    kept = replies.find(ledger(), caller, key, at=at)
                    if kept is None:
                        response = current_app.make_response(view(*args, **options))
                        replies.store(ledger(), caller, key, _reply(asked, response), at=at)
                        return response
        if kept.request != asked:
            raise ReusedIdempotencyKeyError
        return Response(kept.body, kept.status, {**kept.headers, REPLAYED_HEADER: "true"})

    return answer  # type: ignore[return-value]


def read_key(sent: str) -> str:
    """Return the key that a header carries; quoted or bare, it is the same.

    Raises
    ------
    MalformedIdempotencyKeyError
        When it is empty, too long, or neither a quoted string nor a bare key.
    """
    sent = sent.strip()
    key = re.sub(r"\\(.)", r"\1", sent[1:-1]) if QUOTED.fullmatch(sent) else sent
    if (key == sent and not BARE.fullmatch(sent)) or len(key) > LONGEST_KEY:
        raise MalformedIdempotencyKeyError(
            f"must be one string in double quotes, of 1 to {LONGEST_KEY} characters of ASCII"
        )
    return key


def _digest() -> str:
    """Return the digest of what the present request asks for; its body stays to be read."""
    content = request.get_data()
    if request.mimetype == LINES_TYPE:
        if sum(1 for line in content.split(b"\n") if line.strip()) > BATCH_SIZE:
            raise RequestEntityTooLarge(f"There must not be more than {BATCH_SIZE} lines. {ONE_CHANGE}")
        request.stream = io.BytesIO(content)
    asked = [request.method, request.path, request.query_string.decode("latin-1"), request.content_type]
    return hashlib.sha256(json.dumps(asked).encode() + b"\n" + content).hexdigest()


def _reply(asked: str, response: Response) -> Reply:
    if etag := present.get().etag:
        response.set_etag(etag)
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    return Reply(asked, response.status_code, headers, response.get_data())
