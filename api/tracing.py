"""Traces: a span a request and one a write, sent by OTLP to where the environment says.

The standard names are read by OpenTelemetry itself: ``OTEL_EXPORTER_OTLP_ENDPOINT``,
``OTEL_SERVICE_NAME``, ``OTEL_TRACES_SAMPLER`` and so on. Without an endpoint nothing is imported.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING
from wsgiref.types import WSGIEnvironment

import structlog

from api.request_context import Call

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
# The headers that bear a caller's trace.
CARRIED = ("traceparent", "tracestate")


class Tracing:
    """The spans of one process; made after the fork, since a thread of its own sends them."""

    def __init__(self, provider: TracerProvider) -> None:
        from opentelemetry import context, trace  # noqa: PLC0415 - an extra
        from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415
            TraceContextTextMapPropagator,
        )

        self._context, self._trace = context, trace
        self._tracer = provider.get_tracer("credence")
        self._sent = TraceContextTextMapPropagator()

    def wrote(self, waited_s: float, held_s: float | None) -> None:
        """Trace a write, as `data.database.observe_writes` tells of it, under the present request."""
        ended = time.time_ns()
        began = ended - round((waited_s + (held_s or 0)) * 1e9)
        span = self._tracer.start_span("ledger.write", start_time=began)
        span.set_attribute("credence.waited_seconds", waited_s)
        if held_s is None:
            span.set_status(self._trace.StatusCode.ERROR, "its turn never came")
        span.end(ended)

    def begin(self, call: Call, environ: WSGIEnvironment) -> None:
        """Begin the span of a call, under the trace that its `traceparent` names."""
        sent = {
            name: environ[f"HTTP_{name.upper()}"] for name in CARRIED if f"HTTP_{name.upper()}" in environ
        }
        parent = self._sent.extract(sent)
        known = {"http.request.method": call.method, "url.path": call.path}
        span = self._tracer.start_span(call.method, parent, self._trace.SpanKind.SERVER, known)
        call.trace_id = self._trace.format_trace_id(span.get_span_context().trace_id)
        call.trace = span, self._context.attach(self._trace.set_span_in_context(span, parent))

    def end(self, call: Call) -> None:
        """End the span of a call with what was answered."""
        span, token = call.trace
        span.set_attribute("http.response.status_code", call.status)
        span.set_attribute("credence.request_id", call.id)
        if call.rule:
            span.update_name(f"{call.method} {call.rule}")
            span.set_attribute("http.route", call.rule)
        if call.has_failed:
            span.set_status(self._trace.StatusCode.ERROR)
        self._context.detach(token)
        span.end()


def read_tracing(environment: Mapping[str, str]) -> Tracing | None:
    """Return what traces this process, or None where no endpoint is named.

    A named endpoint without the extra is told in the log, and the service runs untraced: platforms
    set these names for everything that they run.
    """
    if not any(environment.get(name) for name in ENDPOINTS):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError:
        structlog.get_logger().warning(
            "no traces", reason="pip install credence[tracing] brings what sends them"
        )
        return None
    # What the code says would win over what the environment says.
    is_named = "OTEL_SERVICE_NAME" in environment or "service.name=" in environment.get(
        "OTEL_RESOURCE_ATTRIBUTES", ""
    )
    provider = TracerProvider(resource=Resource.create(None if is_named else {"service.name": "credence"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Tracing(provider)
