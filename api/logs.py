"""Logs: one JSON object a line on standard error, one line a request."""

import logging
import sys
import time
from collections.abc import MutableMapping
from contextlib import suppress
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

import structlog

from api.request_context import Call, present

# At these levels every request has its line; at the others only one that the service failed.
TALKATIVE = ("debug", "info")


def add_request(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Add to an event the request that it happened in, and its trace where there is one."""
    call = present.get(None)
    if call is not None:
        event["request_id"] = call.id
        if call.trace_id:
            event["trace_id"] = call.trace_id
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


def request_line(call: Call, seconds: float) -> str:
    """Return the line of a call that took so long.

    Written out by hand: a logger and its processors take five times as long, on every request.
    """
    at = time.time()
    trace = f', "trace_id": "{call.trace_id}"' if call.trace_id else ""
    return (
        f'{{"method": {quoted(call.method)}, "path": {quoted(call.path)}, '
        f'"status": {call.status}, "milliseconds": {seconds * 1000:.2f}, '
        f'"key": {quoted(call.key.name) if call.key else "null"}, "event": "request", '
        f'"request_id": "{call.id}"{trace}, '
        f'"level": "{"error" if call.has_failed else "info"}", '
        f'"timestamp": "{_second(int(at))}.{int(at % 1 * 1e6):06d}Z"}}\n'
    )


@lru_cache(maxsize=1)
def _second(at: int) -> str:
    """Return a second as text: thousands of lines a second share it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at))
