"""Scores and their histories: ``/v1/{sources|claims|questions}/{id}/score``, ``/v1/scores``."""

from typing import Any

from flask import Response, json
from flask.views import MethodView

from api import clock, examples
from api.body import JSON_TYPE
from api.conditional import check_ledger, keep
from api.contract import Blueprint
from api.ledger import ledger
from api.paging import LINK, listed, offset_of, offset_text
from api.representations import forms
from api.schemas.query import ListQuery, ScopedHistoryQuery, ScoreQuery, SourceScoreQuery
from api.schemas.score import (
    AskedSourceScoreSchema,
    ClaimScoreSchema,
    HistoryPage,
    QuestionScoreSchema,
    ScoresBody,
    ScoresSchema,
)
from api.settler import await_settled
from api.slow import slow
from data import excerpts, history, scores
from data.errors import UnknownIdError, UnknownReferenceError
from models.excerpt import Excerpt

blueprint = Blueprint(
    "scores", "How far a source is to be believed, how well a claim stands, which answer is likely."
)


# The nouns of a bulk question, and the kind of subject that each names.
KINDS = {"sources": "source", "claims": "claim", "questions": "question"}


def score_response(kind: str, subject_id: str, query: dict[str, Any]) -> Response:
    """Answer with a score: that of the present, or another."""
    if query:
        return fitted_response(kind, subject_id, query)
    await_settled(kind, subject_id)
    answer = slow(stored_response) if scores.takes_long(ledger(), kind, subject_id) else stored_response
    return answer(kind, subject_id)


def stored_response(kind: str, subject_id: str) -> Response:
    """Answer with the present score, put into words from the stored fit."""
    stored = scores.stored(ledger(), kind, subject_id)
    if stored is None:
        raise UnknownIdError(kind, subject_id)
    document, etag = stored
    keep(etag)
    return Response(document, content_type=JSON_TYPE)


@slow
def fitted_response(kind: str, subject_id: str, query: dict[str, Any]) -> Response:
    """Answer with the score of another scope or moment, which is fitted for it."""
    excerpt = _excerpt(query)
    check_ledger("" if excerpt is None else excerpts.digest(excerpt))
    asked = {name: query.get(name) for name in ("scope", "as_of", "known_at", "without")}
    found = scores.at(ledger(), kind, subject_id, **asked, excerpt=excerpt)
    return Response(json.dumps(found), content_type=JSON_TYPE)


def _excerpt(query: dict[str, Any]) -> Excerpt | None:
    """Return the part of a source's record that is asked about; None where it is all.

    Now is taken by the hour, so that an answer that ages count in can be held for as long.
    """
    since, half_life, scope = (query.get(name) for name in ("since", "half_life", "record_scope"))
    if since is None and half_life is None and scope is None:
        return None
    until = query.get("as_of") or clock.now().replace(minute=0, second=0, microsecond=0)
    return Excerpt(until, since, half_life, scope)


@slow
def history_response(kind: str, subject_id: str, query: dict[str, Any]) -> Response:
    """Answer with a page of the score at each event that moved it."""
    check_ledger()
    after = offset_of(query.get("cursor"))
    items, following = history.history(
        ledger(), kind, subject_id, scope=query.get("scope"), limit=query["limit"], after=after
    )
    body, headers = listed(items, offset_text(following))
    return Response(json.dumps(body), content_type=JSON_TYPE, headers=headers)


@blueprint.route("/v1/sources/<source_id>/score")
class SourceScore(MethodView):
    """The score of one source."""

    @blueprint.arguments(SourceScoreQuery, location="query")
    @blueprint.response(200, AskedSourceScoreSchema, example=examples.SOURCE_SCORE)
    @blueprint.offers(forms.SOURCE_SCORE)
    def get(self, query: dict[str, Any], source_id: str) -> Response:
        """Show a source's reliability, speaking on a scope, at a moment, by its record or a part of it."""
        return score_response("source", source_id, query)


@blueprint.route("/v1/claims/<claim_id>/score")
class ClaimScore(MethodView):
    """The score of one claim."""

    @blueprint.arguments(ScoreQuery, location="query")
    @blueprint.response(200, ClaimScoreSchema, example=examples.CLAIM_SCORE)
    @blueprint.offers(forms.CLAIM_SCORE)
    def get(self, query: dict[str, Any], claim_id: str) -> Response:
        """Show a claim's credence, as it stands at a moment."""
        return score_response("claim", claim_id, query)


@blueprint.route("/v1/questions/<question_id>/score")
class QuestionScore(MethodView):
    """The score of one question."""

    @blueprint.arguments(ScoreQuery, location="query")
    @blueprint.response(200, QuestionScoreSchema, example=examples.QUESTION_SCORE)
    @blueprint.offers(forms.QUESTION_SCORE)
    def get(self, query: dict[str, Any], question_id: str) -> Response:
        """Show the credence of a question's answers at a moment."""
        return score_response("question", question_id, query)


@blueprint.route("/v1/sources/<source_id>/history")
class SourceHistory(MethodView):
    """The history of one source's score."""

    @blueprint.arguments(ScopedHistoryQuery, location="query")
    @blueprint.response(200, HistoryPage, headers=LINK, example=examples.HISTORY)
    @blueprint.offers(forms.HISTORY)
    def get(self, query: dict[str, Any], source_id: str) -> Response:
        """List a source's scores at each event that moved them."""
        return history_response("source", source_id, query)


@blueprint.route("/v1/claims/<claim_id>/history")
class ClaimHistory(MethodView):
    """The history of one claim's score."""

    @blueprint.arguments(ListQuery, location="query")
    @blueprint.response(200, HistoryPage, headers=LINK, example=examples.HISTORY)
    @blueprint.offers(forms.HISTORY)
    def get(self, query: dict[str, Any], claim_id: str) -> Response:
        """List a claim's scores at each event that moved them."""
        return history_response("claim", claim_id, query)


@blueprint.route("/v1/questions/<question_id>/history")
class QuestionHistory(MethodView):
    """The history of one question's score."""

    @blueprint.arguments(ListQuery, location="query")
    @blueprint.response(200, HistoryPage, headers=LINK, example=examples.HISTORY)
    @blueprint.offers(forms.QUESTION_HISTORY)
    def get(self, query: dict[str, Any], question_id: str) -> Response:
        """List a question's scores at each event that moved them."""
        return history_response("question", question_id, query)


@blueprint.route("/v1/scores")
class Scores(MethodView):
    """Many scores."""

    @blueprint.needs("read")
    @blueprint.arguments(ScoresBody, example=examples.SCORES_BODY)
    @blueprint.response(200, ScoresSchema, example=examples.SCORES)
    def post(self, asked: dict[str, Any]) -> Response:
        """Show the scores of up to 200 subjects, all as of one moment."""
        subjects = [
            (noun, kind, subject_id, scope)
            for noun, kind in KINDS.items()
            for subject_id, scope in asked[noun]
        ]
        body: dict[str, list[Any]] = {noun: [] for noun in KINDS}
        found = scores.many(ledger(), [subject[1:] for subject in subjects], as_of=asked["as_of"])
        for (noun, kind, subject_id, _), score in zip(subjects, found, strict=True):
            if score is None:
                raise UnknownReferenceError(f"{noun}.{len(body[noun])}", kind, subject_id)
            body[noun].append(score)
        return Response(json.dumps(body), content_type=JSON_TYPE)
