"""Corrections: ``/v1/claims/{id}/corrections`` and ``/v1/corrections``."""

from typing import Any

from flask.views import MethodView

from api import examples
from api.clock import now
from api.conditional import check_ledger
from api.contract import LOCATION, Blueprint
from api.ledger import ledger
from api.paging import LINK, Listed, listed
from api.representations import forms
from api.request_context import writer
from api.schemas.correction import ClaimCorrectionQuery, CorrectionPage, CorrectionQuery, CorrectionSchema
from data import claims, corrections
from models.record import Correction

blueprint = Blueprint("corrections", "Later statements about claims: narrow, amend, retract, deny, reaffirm.")


@blueprint.route("/v1/corrections")
class CorrectionList(MethodView):
    """All corrections."""

    @blueprint.arguments(CorrectionQuery, location="query")
    @blueprint.response(200, CorrectionPage, headers=LINK, example={"items": [examples.CORRECTION]})
    @blueprint.offers(forms.CORRECTIONS)
    def get(self, query: dict[str, Any]) -> Listed:
        """List corrections, in the order in which they were said."""
        check_ledger()
        page = corrections.page(ledger(), **query)
        return listed(page.items, page.next)


@blueprint.route("/v1/claims/<claim_id>/corrections")
class ClaimCorrectionList(MethodView):
    """The corrections of one claim."""

    @blueprint.arguments(ClaimCorrectionQuery, location="query")
    @blueprint.response(200, CorrectionPage, headers=LINK, example={"items": [examples.CORRECTION]})
    @blueprint.offers(forms.CORRECTIONS)
    def get(self, query: dict[str, Any], claim_id: str) -> Listed:
        """List a claim's corrections, in the order in which they were said."""
        claims.get(ledger(), claim_id)
        check_ledger()
        page = corrections.page(ledger(), claim=claim_id, **query)
        return listed(page.items, page.next)

    @blueprint.needs("correct")
    @blueprint.arguments(CorrectionSchema, example=examples.CORRECTION_BODY)
    @blueprint.response(201, CorrectionSchema, headers=LOCATION, example=examples.CORRECTION)
    def post(self, correction: Correction, claim_id: str) -> tuple[Correction, dict[str, str]]:
        """Correct a claim; the claim itself stays as it was said."""
        correction = corrections.add(ledger(), correction, at=now(), by=writer())
        return correction, {"Location": f"/v1/claims/{claim_id}/corrections"}
