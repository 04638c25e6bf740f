"""Articles: ``/v1/articles``."""

from typing import Any

from flask.views import MethodView

from api import examples
from api.conditional import check_ledger, keep
from api.contract import Blueprint, response_name
from api.ledger import ledger
from api.paging import LINK, linked, offset_of, offset_text
from api.request_context import present
from api.schemas.article import ArticleQuery, ArticleSchema
from api.slow import slow
from data import articles
from models.article import Article

blueprint = Blueprint("articles", "Addresses: the claims that each carries, and what has become of them.")


@blueprint.route("/v1/articles")
class OneArticle(MethodView):
    """One article, by its address."""

    @blueprint.arguments(ArticleQuery, location="query")
    @blueprint.response(200, ArticleSchema, headers=LINK, example=examples.ARTICLE)
    @blueprint.alt_response(404, response=response_name(404))
    @slow
    def get(self, query: dict[str, Any]) -> tuple[tuple[Article, dict[str, Any]], dict[str, str]]:
        """Show the claims that an address carries, directly or by relay, as they stand now and stood then."""
        check_ledger()
        keep(present.get().etag)
        as_of = query.get("as_of")
        found, following = articles.article(
            ledger(),
            query["url"],
            as_of=as_of,
            published_at=query.get("published_at"),
            limit=query["limit"],
            after=offset_of(query.get("cursor")),
        )
        return (found, {"url": query["url"], "as_of": as_of}), linked(offset_text(following))
