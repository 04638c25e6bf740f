"""Claims: ``/v1/claims``."""

from typing import Any

from flask.views import MethodView

from api import examples
from api.bulk_claims import or_lines
from api.clock import now
from api.conditional import check, check_ledger, version_tag
from api.contract import LOCATION, Blueprint
from api.ledger import ledger
from api.paging import LINK, Listed, listed
from api.representations import forms
from api.request_context import writer
from api.schemas.claim import ClaimPage, ClaimQuery, ClaimSchema, RecordedClaimSchema, VoidSchema
from api.settler import await_settled
from data import claims, matches
from models.record import Claim

blueprint = Blueprint("claims", "Assertions of sources about questions; corrected, never edited.")


@blueprint.route("/v1/claims")
class ClaimList(MethodView):
    """All claims."""

    @blueprint.arguments(ClaimQuery, location="query")
    @blueprint.response(200, ClaimPage, headers=LINK, example={"items": [{**examples.CLAIM, "score": 0.4}]})
    @blueprint.offers(forms.CLAIMS)
    def get(self, query: dict[str, Any]) -> Listed:
        """List claims, each with its stored score."""
        await_settled("claim")
        check_ledger()
        page = claims.page(ledger(), **query)
        return listed(page.items, page.next)

    @or_lines
    @blueprint.arguments(ClaimSchema, example=examples.CLAIM_BODY)
    @blueprint.response(201, RecordedClaimSchema, headers=LOCATION, example=examples.CLAIM)
    def post(self, claim: Claim) -> tuple[Claim | dict[str, Any], dict[str, str]]:
        """Record a claim, or many, one a line.

        Without `question`, it is recorded on the question that its `text` is surely about, which the answer
        names; where none is, it is refused with the candidates and a question to ask instead.

        With `application/x-ndjson`, each line is a claim; the good lines are kept, the bad ones refused, and
        the answer has one line for each.
        """
        claim, match = matches.with_question(ledger(), claim)
        claim = claims.add(ledger(), claim, at=now(), by=writer())
        said = claim if match is None else {**vars(claim), "question_match": match}
        return said, {"Location": f"/v1/claims/{claim.id}"}


@blueprint.route("/v1/claims/<claim_id>")
class OneClaim(MethodView):
    """One claim."""

    @blueprint.response(200, ClaimSchema, example=examples.CLAIM)
    @blueprint.offers(forms.CLAIM)
    def get(self, claim_id: str) -> Claim:
        """Show a claim, as it was first said."""
        claim = claims.get(ledger(), claim_id)
        # A claim is never edited: its first version is its last.
        check(version_tag(1))
        return claim


@blueprint.route("/v1/claims/<claim_id>/void")
class ClaimVoid(MethodView):
    """The voiding of one claim."""

    @blueprint.needs("admin")
    @blueprint.arguments(VoidSchema, example=examples.VOID_BODY)
    @blueprint.response(201, VoidSchema, example=examples.VOID)
    def post(self, void: dict[str, Any], claim_id: str) -> dict[str, Any]:
        """Void a claim that was a slip of the person typing; the audit trail keeps it."""
        at = now()
        claims.void(ledger(), claim_id, at=at, by=writer(), because=void["because"])
        return {"claim": claim_id, "because": void["because"], "recorded_at": at}
