"""Sources: ``/v1/sources``."""

from typing import Any

from flask.views import MethodView

from api import examples
from api.clock import now
from api.conditional import check, check_ledger, tag, version_tag
from api.contract import LOCATION, Blueprint
from api.ledger import ledger
from api.paging import LINK, Listed, listed
from api.representations import forms
from api.request_context import writer
from api.schemas.source import SourcePage, SourceQuery, SourceSchema
from api.settler import await_settled
from data import sources
from models.record import Source

blueprint = Blueprint("sources", "Whoever can assert: persons, bodies, unnamed groups, outlets, accounts.")


@blueprint.route("/v1/sources")
class SourceList(MethodView):
    """All sources."""

    @blueprint.arguments(SourceQuery, location="query")
    @blueprint.response(200, SourcePage, headers=LINK, example={"items": [{**examples.SOURCE, "score": 0.7}]})
    @blueprint.offers(forms.SOURCES)
    def get(self, query: dict[str, Any]) -> Listed:
        """List sources, each with its stored score."""
        await_settled("source")
        check_ledger()
        page = sources.page(ledger(), **query)
        return listed(page.items, page.next)

    @blueprint.arguments(SourceSchema, example=examples.SOURCE)
    @blueprint.response(201, SourceSchema, headers=LOCATION, example=examples.SOURCE)
    def post(self, source: Source) -> tuple[Source, dict[str, str]]:
        """Add a source; the service makes an id where none is given."""
        source = sources.create_source(ledger(), source, at=now(), by=writer())
        return source, {"Location": f"/v1/sources/{source.id}"}


@blueprint.route("/v1/sources/<source_id>")
class OneSource(MethodView):
    """One source."""

    @blueprint.response(200, SourceSchema, example=examples.SOURCE)
    @blueprint.offers(forms.SOURCE)
    def get(self, source_id: str) -> Source:
        """Show a source."""
        check(version_tag(sources.version(ledger(), source_id)))
        return sources.get(ledger(), source_id)

    @blueprint.arguments(SourceSchema, example=examples.SOURCE)
    @blueprint.response(200, SourceSchema, example=examples.SOURCE)
    @blueprint.alt_response(201, schema=SourceSchema, description="It is new.")
    def put(self, source: Source, source_id: str) -> tuple[Source, int]:
        """Add a source, or record a new version of it."""
        source, is_new = sources.put(ledger(), source, at=now(), by=writer())
        tag(version_tag(sources.version(ledger(), source_id)))
        return source, 201 if is_new else 200
