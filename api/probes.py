"""Probes for those who run the service: ``/livez``, ``/readyz``, ``/metrics``."""

from flask import Response, current_app
from flask.views import MethodView
from marshmallow import fields

from api.contract import Blueprint
from api.ledger import ledger
from api.metrics import METRICS_TYPE, Metrics
from api.schemas.document import Document
from data.database import changes

blueprint = Blueprint("probes", "For those who run the service.")


class StatusSchema(Document):
    """How the service is."""

    status = fields.String()


@blueprint.route("/livez")
class Live(MethodView):
    """Whether the process answers."""

    @blueprint.needs("open")
    @blueprint.response(200, StatusSchema, example={"status": "live"})
    def get(self) -> dict[str, str]:
        """Say that the process answers."""
        return {"status": "live"}


@blueprint.route("/readyz")
class Ready(MethodView):
    """Whether the ledger answers."""

    @blueprint.needs("open")
    @blueprint.response(200, StatusSchema, example={"status": "ready"})
    def get(self) -> dict[str, str]:
        """Say that the ledger answers; 503 where it does not."""
        changes(ledger())
        return {"status": "ready"}


@blueprint.route("/metrics")
class MetricsText(MethodView):
    """The counters."""

    @blueprint.needs("open")
    @blueprint.response(
        200, {"type": "string"}, content_type="text/plain", example="# HELP credence_requests_total\n"
    )
    def get(self) -> Response:
        """Show the counters, in Prometheus' text form."""
        service = current_app.extensions["credence"]
        metrics: Metrics = service["metrics"]
        return Response(metrics.text(*service["gauges"]), content_type=METRICS_TYPE)
