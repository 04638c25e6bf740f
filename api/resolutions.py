"""Resolutions: ``/v1/questions/{id}/resolution``."""

from flask.views import MethodView

from api import examples
from api.clock import now
from api.conditional import check, tag, version_tag
from api.contract import Blueprint
from api.ledger import ledger
from api.request_context import writer
from api.schemas.resolution import ResolutionSchema
from data import resolutions
from models.record import Resolution

blueprint = Blueprint("resolutions", "Which answer proved true, when, on whose word.")


@blueprint.route("/v1/questions/<question_id>/resolution")
class OneResolution(MethodView):
    """The resolution of one question."""

    @blueprint.response(200, ResolutionSchema, example=examples.RESOLUTION)
    def get(self, question_id: str) -> Resolution:
        """Show the resolution in force."""
        check(version_tag(resolutions.version(ledger(), question_id)))
        return resolutions.get(ledger(), question_id)

    @blueprint.arguments(ResolutionSchema, example=examples.RESOLUTION_BODY)
    @blueprint.response(200, ResolutionSchema, example=examples.RESOLUTION)
    @blueprint.alt_response(201, schema=ResolutionSchema, description="It is the question's first.")
    def put(self, resolution: Resolution, question_id: str) -> tuple[Resolution, int]:
        """Resolve a question; earlier resolutions stay recorded, and the last one is in force."""
        resolution, is_first = resolutions.add(ledger(), resolution, at=now(), by=writer())
        tag(version_tag(resolutions.version(ledger(), question_id)))
        return resolution, 201 if is_first else 200
