"""The audit trail: ``/v1/audit``."""

from typing import Any

from flask.views import MethodView

from api import examples
from api.conditional import check_ledger
from api.contract import Blueprint
from api.ledger import ledger
from api.paging import LINK, Listed, listed, offset_of, offset_text
from api.schemas.audit import AuditPage, AuditQuery
from data import audit

blueprint = Blueprint(
    "audit", "What was written, when, with which key: each entry chained to the one before."
)


@blueprint.route("/v1/audit")
class AuditTrail(MethodView):
    """The whole trail."""

    @blueprint.needs("admin")
    @blueprint.arguments(AuditQuery, location="query")
    @blueprint.response(200, AuditPage, headers=LINK, example={"items": [examples.AUDIT_ENTRY]})
    def get(self, query: dict[str, Any]) -> Listed:
        """List what was written, the latest first unless asked otherwise."""
        check_ledger()
        cursor = query.get("cursor")
        entries, following = audit.page(
            ledger(),
            kind=query.get("kind"),
            subject_id=query.get("id"),
            key=query.get("key"),
            is_newest_first=query["sort"] == "-recorded_at",
            limit=query["limit"],
            after=None if cursor is None else offset_of(cursor),
        )
        return listed(entries, offset_text(following))
