"""The worker: a process that answers one request at a time."""

import json
from http import HTTPStatus
from typing import Any

from gunicorn import util  # type: ignore[import-untyped]
from gunicorn.http.errors import (  # type: ignore[import-untyped]
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
)
from gunicorn.workers.sync import SyncWorker  # type: ignore[import-untyped]

from api.body import PROBLEM_TYPE
from api.errors import status_document
from api.headers import SECURITY_HEADERS

# What is refused before there is a request to hand to the app, the narrower error first.
STATUSES = {
    LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    ParseException: HTTPStatus.BAD_REQUEST,
}


# How long a client may send nothing while a request is read, in seconds: a sync worker waits with it.
SILENCE_S = 5


class Worker(SyncWorker):  # type: ignore[misc]
    """Gunicorn's sync worker, whose own refusals are problem documents like all others."""

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Serve one connection; a client that falls silent does not hold the worker for long."""
        client.settimeout(SILENCE_S)
        super().handle(listener, client, addr)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer a request that could not be read."""
        status = next((status for kind, status in STATUSES.items() if isinstance(exc, kind)), None)
        if status is None:
            super().handle_error(req, client, addr, exc)
            return
        body = json.dumps(status_document(status, str(exc))).encode()
        always = "".join(f"{name}: {value}\r\n" for name, value in SECURITY_HEADERS.items())
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\n{always}"
            f"Content-Type: {PROBLEM_TYPE}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.log.warning("Unreadable request: %s", exc)
        util.write_nonblock(client, head.encode() + body)
