"""The board: the disputes, questions, sources, claims and articles as pages for people, rendered here.

No page needs a script: what one adds is in `api/static/board.js`. Everything comes from this service.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, render_template, request
from flask.views import MethodView
from werkzeug.exceptions import HTTPException

from api import chart, prose, what_if
from api.address import home
from api.body import PROBLEM_TYPE
from api.clock import now
from api.conditional import check_ledger, keep
from api.contract import Blueprint, answer_problem, response_name
from api.errors import TABLE, problem_document
from api.ledger import ledger
from api.paging import offset_of, offset_text
from api.representations import forms
from api.schemas.board import ArticlePageQuery, BoardQuery, DayQuery, QuestionPageQuery
from api.settler import await_settled
from api.slow import slow
from data import articles, disputes, questions
from data.dossiers import claim_dossier, question_dossier, source_dossier
from models.claim_groups import first_claims, sorted_groups
from models.sentences.articles import article_summary
from models.standings import Standings

HTML_TYPE = "text/html; charset=utf-8"
# Its own files alone, and forms that lead to itself.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# What moved of late is told of this long before the moment that is asked about.
LATELY = timedelta(days=7)
FIRST = datetime.min.replace(tzinfo=UTC)
# Disputes that stand at the top of the board, and questions on a page of the list.
MOST_TOLD, LISTED = 5, 50
# Claims that a page shows of one question; its weightiest bodies come first.
MOST_CLAIMS = 300
TEMPLATES = Path(__file__).parent / "templates" / "board"

PAGE = {"schema": {"type": "string"}, "content_type": "text/html", "example": "<!doctype html>"}

blueprint = Blueprint("board", "The same for people: pages, which need no script.")


@blueprint.route("/")
class Board(MethodView):
    """The page of all disputes."""

    @blueprint.needs("read")
    @blueprint.arguments(BoardQuery, location="query")
    @blueprint.response(200, **PAGE)
    def get(self, query: dict[str, Any]) -> Response:
        """Show the disputes as a page: the most contested, the most moved, and all questions."""
        await_settled("question")
        return _board(query)


@slow
def _board(query: dict[str, Any]) -> Response:
    as_of, q, cursor = query.get("as_of"), query.get("q"), query.get("cursor")
    today = now()
    check_ledger(f"{page_version()}-{today:%Y%m%d}")
    until = as_of or today
    # The calendar begins with the year 1.
    since = max(until, FIRST + LATELY) - LATELY
    found = disputes.disputes(ledger(), as_of=as_of, since=since)
    page = questions.page(
        ledger(), q=q, sort="score" if found is None and not q else "id", limit=LISTED, cursor=cursor
    )
    return _page(
        "disputes",
        disputes=found,
        page=page,
        as_of=as_of,
        until=until,
        since=since,
        q=q,
        cursor=cursor,
    )


@blueprint.route("/questions/<question_id>")
class QuestionBoard(MethodView):
    """The page of one question."""

    @blueprint.needs("read")
    @blueprint.arguments(QuestionPageQuery, location="query")
    @blueprint.response(200, **PAGE)
    @slow
    def get(self, query: dict[str, Any], question_id: str) -> Response:
        """Show a question as a page: its answers over time, its evidence, and what if."""
        keep(check_ledger(page_version()))
        as_of, sort = query.get("as_of"), query["sort"]
        without = query.get("without") or frozenset()
        dossier = question_dossier(ledger(), question_id, as_of=as_of, without=without)
        quantity = dossier.question.quantity
        return _page(
            "question",
            dossier=dossier,
            linked_data=forms.question_review(dossier.score),
            record=dossier.record,
            groups=first_claims(sorted_groups(dossier.groups, sort), MOST_CLAIMS),
            n_claims={group.body: len(group.claims) for group in dossier.groups},
            offers=what_if.offers(dossier.groups, dossier.record),
            chosen=what_if.chosen(without),
            what_if_sentence=what_if.sentence(dossier),
            changes=what_if.changes(dossier),
            chart=chart.question_chart(
                dossier.timeline,
                dossier.record,
                is_log=quantity is not None and quantity.scale == "log",
            ),
            as_of=as_of,
            without=without,
            sort=sort,
            most_claims=MOST_CLAIMS,
        )


@blueprint.route("/sources/<source_id>")
class SourceBoard(MethodView):
    """The page of one source."""

    @blueprint.needs("read")
    @blueprint.arguments(DayQuery, location="query")
    @blueprint.response(200, **PAGE)
    @slow
    def get(self, query: dict[str, Any], source_id: str) -> Response:
        """Show a source as a page: its reliability by scope, its record and its corrections."""
        keep(check_ledger(page_version()))
        dossier = source_dossier(ledger(), source_id, as_of=query.get("as_of"))
        return _page(
            "source",
            dossier=dossier,
            linked_data=forms.source_review(dossier.scores[0]),
            record=dossier.record,
            as_of=query.get("as_of"),
        )


@blueprint.route("/claims/<claim_id>")
class ClaimBoard(MethodView):
    """The page of one claim."""

    @blueprint.needs("read")
    @blueprint.arguments(DayQuery, location="query")
    @blueprint.response(200, **PAGE)
    @slow
    def get(self, query: dict[str, Any], claim_id: str) -> Response:
        """Show a claim as a page: what stands of it, its corrections, and the reasons for its score."""
        keep(check_ledger(page_version()))
        dossier = claim_dossier(ledger(), claim_id, as_of=query.get("as_of"))
        return _page(
            "claim",
            dossier=dossier,
            linked_data=forms.claim_review(dossier.score),
            record=dossier.record,
            chart=chart.claim_chart(dossier.timeline, dossier.record),
            as_of=query.get("as_of"),
        )


@blueprint.route("/articles")
class ArticleBoard(MethodView):
    """The page of one article, by its address; without one, the form that asks for it."""

    @blueprint.needs("read")
    @blueprint.arguments(ArticlePageQuery, location="query")
    @blueprint.response(200, **PAGE)
    @blueprint.alt_response(404, response=response_name(404))
    @slow
    def get(self, query: dict[str, Any]) -> Response:
        """Show an article as a page: each claim that it carries, then and now, and what was corrected."""
        keep(check_ledger(page_version()))
        url, as_of, published_at = query.get("url"), query.get("as_of"), query.get("published_at")
        asked: dict[str, Any] = {"url": url, "as_of": as_of, "published_at": published_at}
        if url is None:
            return _page("article", **asked)
        found, following = articles.article(
            ledger(),
            url,
            as_of=as_of,
            published_at=published_at,
            limit=query["limit"],
            after=offset_of(query.get("cursor")),
        )
        return _page(
            "article",
            **asked,
            article=found,
            summary=article_summary(found),
            record=found.record,
            # What a form sends empty asks for nothing.
            asked={name: value for name, value in request.args.items() if value},
            following=offset_text(following),
        )


def page_version() -> str:
    """Return what changes when the pages are written another way, in the characters of an ETag."""
    return _version_at(home())


@cache
def _version_at(address: str) -> str:
    found = hashlib.sha256(f"{version('credence')} {address}".encode())
    for template in sorted(TEMPLATES.glob("*.html")):
        found.update(template.read_bytes())
    return found.hexdigest()[:12]


def answer_page(error: Exception) -> Response:
    """Return a problem as a page where a browser asks, and as its document where not."""
    answer = answer_problem(error)
    accepted = request.accept_mimetypes
    if not accepted.accept_html or accepted.quality("text/html") <= accepted.quality(PROBLEM_TYPE):
        return answer
    page = _page("problem", problem=problem_document(error))
    answer.set_data(page.get_data())
    answer.content_type = HTML_TYPE
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


def prepare(app: Flask) -> None:
    """Give the templates their words, and the pages their own problems."""
    app.jinja_env.filters.update(prose.FILTERS)


def _page(name: str, **content: Any) -> Response:
    served = {rule.rule for rule in current_app.url_map.iter_rules()}
    record = content.get("record")
    by_claim = {claim.id: claim for claim in record.claims} if record else {}
    standings = Standings(record) if record else None
    page = render_template(
        f"board/{name}.html",
        **prose.WORDS,
        served=served,
        by_claim=by_claim,
        standings=standings,
        home=home(),
        # The path alone: the pages' policy lets them load from where they were read.
        root=urlsplit(home()).path,
        **content,
    )
    return Response(page, content_type=HTML_TYPE, headers={"Content-Security-Policy": POLICY})


for _kind in (*TABLE, HTTPException):
    blueprint.register_error_handler(_kind, answer_page)
