"""Logs: one JSON object a line on standard error, one line a request."""

import logging
import re
import secrets
import sys
import time
from contextlib import suppress
from typing import Any

import structlog
from flask import Flask, Response, g, request

# What a caller may send as a request id: enough for a UUID or a trace id, nothing that breaks a log.
SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)

PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
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
    log = structlog.get_logger()

    @app.before_request
    def begin() -> None:
        sent = request.headers.get("X-Request-Id", "")
        g.request_id = sent if SANE_REQUEST_ID.fullmatch(sent) else secrets.token_hex(8)
        g.began = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.request_id
        key = g.get("key")
        log.info(
            "request",
            method=request.method,
            path=request.path,
            status=response.status_code,
            milliseconds=round((time.perf_counter() - g.began) * 1000, 2),
            key=key.name if key else None,
        )
        return response
