"""Kept answers: what the ledger's state alone decides is kept as it was sent, until that state changes.

A score is read far more often than anything is written. While nothing is, it is answered without
asking Flask or reading it again: only the key, the rate and the count are each request's own.
"""

import threading
from dataclasses import dataclass
from wsgiref.types import WSGIEnvironment

from sqlite_utils import Database
from werkzeug.http import parse_etags, remove_entity_headers

from api.limits import BODY_SIGNS
from api.request_context import Call
from data.database import state

# What one process keeps, in bytes: some thousands of scores.
MOST_BYTES = 16 * 2**20

Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer 200 to a GET, and what a client is sent instead that holds it already.

    Attributes
    ----------
    rule : str
        The pattern of the address that it answers.
    etag : str
        Without its quotes.
    headers : list of (str, str)
        Without those that the edge adds to every answer.
    """

    rule: str
    etag: str
    headers: Headers
    body: bytes

    def to(self, environ: WSGIEnvironment) -> tuple[str, Headers, bytes]:
        """Return status, headers and body for a request."""
        headers = [*self.headers]
        if not parse_etags(environ.get("HTTP_IF_NONE_MATCH")).contains_weak(self.etag):
            return "200 OK", headers, self.body
        remove_entity_headers(headers)
        return "304 NOT MODIFIED", headers, b""


class KeptAnswers(threading.local):
    """The answers that a thread keeps, all of one state of the ledger."""

    def __init__(self) -> None:
        self._state: tuple[int, int] | None = None
        self._answers: dict[tuple[str, ...], Answer] = {}
        self._n_bytes = 0

    def find(self, db: Database, call: Call, environ: WSGIEnvironment) -> Answer | None:
        """Return the answer that is kept for a request, and forget those of an earlier state.

        Raises
        ------
        DatabaseError
            When the file cannot be read.
        """
        # A body may have to be refused.
        if call.method != "GET" or not BODY_SIGNS.isdisjoint(environ):
            return None
        now = state(db)
        if now != self._state:
            self._state = now
            self._answers.clear()
            self._n_bytes = 0
        return self._answers.get(_asked(call, environ))

    def keep(self, call: Call, environ: WSGIEnvironment, answer: Answer) -> None:
        """Keep the answer to a request.

        It was made after `find` looked at the state: where that has changed since, the next look
        forgets it.
        """
        asked = _asked(call, environ)
        if asked in self._answers:
            return
        n_bytes = len(answer.body) + sum(map(len, asked))
        if self._n_bytes + n_bytes > MOST_BYTES:
            self._answers.clear()
            self._n_bytes = 0
        self._n_bytes += n_bytes
        self._answers[asked] = answer


def _asked(call: Call, environ: WSGIEnvironment) -> tuple[str, ...]:
    """Return all of a request that its answer may depend on."""
    scope = call.key.scope if call.key else ""
    return scope, environ["PATH_INFO"], environ["QUERY_STRING"], environ.get("HTTP_ACCEPT", "")
