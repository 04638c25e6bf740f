"""The model: ``/v1/model``."""

from flask import Response, json
from flask.views import MethodView

from api import examples
from api.body import JSON_TYPE
from api.conditional import check_ledger
from api.contract import Blueprint
from api.ledger import ledger
from api.schemas.model import ModelSchema
from data import scores

blueprint = Blueprint("model", "What the scores are made with.")


@blueprint.route("/v1/model")
class Model(MethodView):
    """The model."""

    @blueprint.response(200, ModelSchema, example=examples.MODEL)
    def get(self) -> Response:
        """Show the model: version, coefficients with their meaning, when it converged, what is pending."""
        check_ledger()
        return Response(json.dumps(scores.model(ledger())), content_type=JSON_TYPE)
