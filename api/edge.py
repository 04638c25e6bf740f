"""The edge: what every request gets, whatever it asks, in one layer around Flask.

In order: its id, the key that it came with, its rate, then the answer that is kept or else Flask's,
with the headers that all answers have, and at last its count, its line in the log, and its span.
"""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask, Response
from werkzeug.wsgi import ClosingIterator

from api.auth import known_key
from api.clock import now
from api.contract import UNCOUNTED, answer_problem
from api.cors import PUBLIC, PUBLIC_HEADERS, allow_origin
from api.errors import RateLimitedError
from api.headers import secure
from api.kept_answers import KeptAnswers
from api.ledger import Handles
from api.logs import TALKATIVE, StandardError, request_line
from api.metrics import Metrics
from api.rates import Rates, network
from api.request_context import Call, arrived, present
from api.settings import Settings
from api.tracing import Tracing
from data import keys
from data.errors import DatabaseError
from data.keys import Key


class Edge:
    """The layer, as a WSGI application.

    Parameters
    ----------
    rates : Rates or None
        None counts nobody's requests.
    tracing : Tracing or None
        None traces nothing.
    """

    def __init__(self, app: Flask, rates: Rates | None, tracing: Tracing | None) -> None:
        self._flask = app.wsgi_app
        self._rates, self._tracing = rates, tracing
        self._service: dict[str, Any] = app.extensions["credence"]
        settings: Settings = self._service["settings"]
        self._origins = settings.cors_origins
        self._tells_all = settings.log_level in TALKATIVE
        self._metrics: Metrics = self._service["metrics"]
        self._kept: KeptAnswers = self._service["kept"]
        self._log = StandardError()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        call = arrived(environ)
        before = present.set(call)

        def start(status: str, headers: list[tuple[str, str]], *failed: Any) -> Callable[[bytes], object]:
            call.status = int(status[:3])
            self._complete(call, environ, headers)
            return start_response(status, headers, *failed)

        try:
            if self._tracing is not None:
                self._tracing.begin(call, environ)
            refusal = self._refusal(call, environ)
            answer = refusal(environ, start) if refusal else self._answer(call, environ, start)
            if call.key is None:
                return answer
            # Once the answer is sent: whoever called does not wait for it.
            return ClosingIterator(answer, partial(self._note_use, call.key))
        finally:
            self._end(call)
            present.reset(before)

    @property
    def _handles(self) -> Handles:
        handles: Handles = self._service["handles"]
        return handles

    def _refusal(self, call: Call, environ: WSGIEnvironment) -> Response | None:
        """Find the call's key, count it for its caller, and return the answer where Flask is not to be asked.

        Before any key is judged, so that guesses of keys count too.
        """
        if environ["PATH_INFO"] in UNCOUNTED:
            return None
        if "HTTP_AUTHORIZATION" in environ:
            try:
                call.key = known_key(environ, self._handles)
            except DatabaseError as error:
                return answer_problem(error)
        if self._rates is None:
            return None
        key = call.key
        caller = f"key {key.name}" if key else f"address {network(environ.get('REMOTE_ADDR', ''))}"
        call.allowance = self._rates.take(caller, at_ns=time.monotonic_ns())
        if call.allowance.is_allowed:
            return None
        return answer_problem(RateLimitedError(self._rates.limit, call.allowance.more_in_s))

    def _answer(self, call: Call, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer with what is kept, or else ask Flask."""
        # What cannot be read, Flask says.
        with suppress(DatabaseError):
            kept = self._kept.find(self._handles.open(), call, environ)
            if kept is not None:
                status, headers, body = kept.to(environ)
                call.rule = kept.rule
                start(status, headers)
                return [body]
        return self._flask(environ, start)

    def _note_use(self, key: Key) -> None:
        # The answer is sent: what goes wrong now must not fail it.
        with suppress(DatabaseError):
            keys.note_use(self._handles.open(), key, at=now())

    def _complete(self, call: Call, environ: WSGIEnvironment, headers: list[tuple[str, str]]) -> None:
        """Add the headers that every answer has."""
        headers.append(("X-Request-Id", call.id))
        secure(headers)
        if self._rates is not None and call.allowance is not None:
            headers += self._rates.headers(call.allowance)
        if call.path.startswith(PUBLIC):
            headers += PUBLIC_HEADERS
        elif self._origins:
            allow_origin(environ, headers, self._origins)

    def _end(self, call: Call) -> None:
        """Count the call, and tell of it."""
        seconds = time.perf_counter() - call.began
        self._metrics.count(call, seconds)
        if self._tells_all or call.has_failed:
            self._log.write(request_line(call, seconds))
        if self._tracing is not None:
            self._tracing.end(call)
