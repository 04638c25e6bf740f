"""Scopes: ``/v1/scopes``."""

from typing import Any

from flask.views import MethodView

from api import examples
from api.clock import now
from api.conditional import check, check_ledger, tag, version_tag
from api.contract import Blueprint
from api.ledger import ledger
from api.paging import LINK, Listed, listed
from api.request_context import writer
from api.schemas.query import ListQuery
from api.schemas.scope import ScopePage, ScopeSchema
from data import scopes
from models.record import Scope

blueprint = Blueprint(
    "scopes", "Parts of the world, as paths: one lies inside another whose path begins its own."
)


@blueprint.route("/v1/scopes")
class ScopeList(MethodView):
    """All declared scopes."""

    @blueprint.arguments(ListQuery, location="query")
    @blueprint.response(200, ScopePage, headers=LINK, example={"items": [examples.SCOPE]})
    def get(self, query: dict[str, Any]) -> Listed:
        """List the declared scopes."""
        check_ledger()
        page = scopes.page(ledger(), **query)
        return listed(page.items, page.next)


@blueprint.route("/v1/scopes/<path:path>")
class OneScope(MethodView):
    """One scope."""

    @blueprint.response(200, ScopeSchema, example=examples.SCOPE)
    def get(self, path: str) -> Scope:
        """Show a declared scope."""
        check(version_tag(scopes.version(ledger(), path)))
        return scopes.get(ledger(), path)

    @blueprint.arguments(ScopeSchema, example={"name": "Where the SSO is active", "share": 0.2})
    @blueprint.response(200, ScopeSchema, example=examples.SCOPE)
    @blueprint.alt_response(201, schema=ScopeSchema, description="It is new.")
    def put(self, scope: Scope, path: str) -> tuple[Scope, int]:
        """Declare a scope, or record a new version of it."""
        scope, is_new = scopes.put(ledger(), scope, at=now(), by=writer())
        tag(version_tag(scopes.version(ledger(), path)))
        return scope, 201 if is_new else 200
