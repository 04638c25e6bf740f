"""Traces: a span a request and one a write, sent by OTLP to where the environment says.

The standard names are read by OpenTelemetry itself: ``OTEL_EXPORTER_OTLP_ENDPOINT``,
``OTEL_SERVICE_NAME``, ``OTEL_TRACES_SAMPLER`` and so on. Without an endpoint nothing is imported.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

import structlog
from flask import Flask, Response, g, request

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


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

    def init_app(self, app: Flask) -> None:
        """Trace every request, under the trace that its `traceparent` names."""
        app.before_request(self._begin)
        app.after_request(self._tell)
        app.teardown_request(self._end)

    def wrote(self, waited_s: float, held_s: float | None) -> None:
        """Trace a write, as `data.database.observe_writes` tells of it, under the present request."""
        ended = time.time_ns()
        began = ended - round((waited_s + (held_s or 0)) * 1e9)
        span = self._tracer.start_span("ledger.write", start_time=began)
        span.set_attribute("credence.waited_seconds", waited_s)
        if held_s is None:
            span.set_status(self._trace.StatusCode.ERROR, "its turn never came")
        span.end(ended)

    def _begin(self) -> None:
        known = {"http.request.method": request.method, "url.path": request.path}
        name = f"{request.method} {request.url_rule.rule}" if request.url_rule else request.method
        parent = self._sent.extract(request.headers)
        g.span = self._tracer.start_span(name, parent, self._trace.SpanKind.SERVER, known)
        g.trace_id = self._trace.format_trace_id(g.span.get_span_context().trace_id)
        g.span_token = self._context.attach(self._trace.set_span_in_context(g.span, parent))

    def _tell(self, response: Response) -> Response:
        g.span.set_attribute("http.response.status_code", response.status_code)
        g.span.set_attribute("credence.request_id", g.request_id)
        if request.url_rule:
            g.span.set_attribute("http.route", request.url_rule.rule)
        if response.status_code >= 500:
            g.span.set_status(self._trace.StatusCode.ERROR)
        return response

    def _end(self, _: BaseException | None) -> None:
        span = g.pop("span", None)
        if span is not None:
            self._context.detach(g.pop("span_token"))
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
