"""Logs: one JSON object a line on standard error, one line a request."""

import logging
import os
import re
import sys
import time
from collections.abc import MutableMapping
from contextlib import suppress
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

import structlog
from flask import Flask, Response, g, has_app_context, request

# What a caller may send as a request id: enough for a UUID or a trace id, nothing that breaks a log.
SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
# Of an id that is made here, in bytes: no two of a day are the same.
REQUEST_ID_BYTES = 8
# At these levels every request has its line; at the others only one that the service failed.
TALKATIVE = ("debug", "info")


def add_request(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Add to an event the request that it happened in, and its trace where there is one."""
    if has_app_context():
        event.update({name: g.get(name) for name in ("request_id", "trace_id") if name in g})
    return event


PROCESSORS: list[Any] = [
    add_request,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


class StandardError:
    """Standard error, where a line that cannot be written is lost: a full disk must not fail a request."""

    def write(self, text: str) -> None:
        """Write a line, or lose it."""
        with suppress(OSError):
            sys.stderr.write(text)

    def flush(self) -> None:
        """Send on what was written, or lose it."""
        with suppress(OSError):
            sys.stderr.flush()


def configure_logs(level: str) -> None:
    """Write events of this level and above, the libraries' own included, as JSON lines."""
    structlog.configure(
        processors=[*PROCESSORS, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=StandardError()),  # type: ignore[arg-type]
    )
    handler = logging.StreamHandler()
    handler.setFormatter(json_formatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


def json_formatter() -> logging.Formatter:
    """Return a formatter that writes the standard library's records as JSON lines."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=PROCESSORS,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
    )


def init_logs(app: Flask) -> None:
    """Give every request an id, answer with it, and log the request when it is done."""
    stderr = StandardError()
    tells_all = app.extensions["credence"]["settings"].log_level in TALKATIVE

    @app.before_request
    def begin() -> None:
        kept = g._get_current_object()  # the proxy costs a look-up each time
        sent = request.environ.get("HTTP_X_REQUEST_ID", "")
        kept.request_id = sent if SANE_REQUEST_ID.fullmatch(sent) else os.urandom(REQUEST_ID_BYTES).hex()
        kept.began = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.request_id
        if tells_all or response.status_code >= 500:
            stderr.write(request_line(response))
        return response


def request_line(response: Response) -> str:
    """Return the line of the present request.

    Written out by hand: a logger and its processors take five times as long, on every request.
    """
    at = time.time()
    asked, kept = request._get_current_object(), g._get_current_object()  # type: ignore[attr-defined]
    key = kept.get("key")
    trace = f', "trace_id": "{kept.trace_id}"' if "trace_id" in kept else ""
    return (
        f'{{"method": {quoted(asked.method)}, "path": {quoted(asked.path)}, '
        f'"status": {response.status_code}, '
        f'"milliseconds": {(time.perf_counter() - kept.began) * 1000:.2f}, '
        f'"key": {quoted(key.name) if key else "null"}, "event": "request", '
        f'"request_id": "{kept.request_id}"{trace}, '
        f'"level": "{"error" if response.status_code >= 500 else "info"}", '
        f'"timestamp": "{_second(int(at))}.{int(at % 1 * 1e6):06d}Z"}}\n'
    )


@lru_cache(maxsize=1)
def _second(at: int) -> str:
    """Return a second as text: thousands of lines a second share it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at))
