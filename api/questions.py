"""Questions: ``/v1/questions``."""

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
from api.schemas.match import MatchBody, MatchSchema
from api.schemas.question import QuestionPage, QuestionQuery, QuestionSchema
from api.settler import await_settled
from data import matches, questions
from models.matching import SURE_ABOVE
from models.record import Question

blueprint = Blueprint("questions", "Disputed matters: a list of exclusive answers, or a quantity.")


@blueprint.route("/v1/questions")
class QuestionList(MethodView):
    """All questions."""

    @blueprint.arguments(QuestionQuery, location="query")
    @blueprint.response(
        200, QuestionPage, headers=LINK, example={"items": [{**examples.QUESTION, "score": 0.6}]}
    )
    @blueprint.offers(forms.QUESTIONS)
    def get(self, query: dict[str, Any]) -> Listed:
        """List questions, each with its leading answer's stored credence."""
        await_settled("question")
        check_ledger()
        page = questions.page(ledger(), **query)
        return listed(page.items, page.next)

    @blueprint.arguments(QuestionSchema, example=examples.QUESTION)
    @blueprint.response(201, QuestionSchema, headers=LOCATION, example=examples.QUESTION)
    def post(self, question: Question) -> tuple[Question, dict[str, str]]:
        """Add a question; the service makes an id where none is given."""
        question = questions.create_question(ledger(), question, at=now(), by=writer())
        return question, {"Location": f"/v1/questions/{question.id}"}


@blueprint.route("/v1/questions:match")
class QuestionMatch(MethodView):
    """The question that a text is about."""

    @blueprint.needs("read")
    @blueprint.arguments(MatchBody, example=examples.MATCH_BODY)
    @blueprint.response(200, MatchSchema, example=examples.MATCH)
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Find the question that a text is about, and say how sure that is, or propose a new one."""
        found = matches.match(ledger(), asked["text"], scope=asked["scope"])
        best = found.best
        return {
            "matched": best is not None,
            "threshold": SURE_ABOVE,
            "question": best and best.question,
            "probability": best and best.probability,
            "candidates": found.matches[: asked["limit"]],
            "proposed": found.proposed,
        }


@blueprint.route("/v1/questions/<question_id>")
class OneQuestion(MethodView):
    """One question."""

    @blueprint.response(200, QuestionSchema, example=examples.QUESTION)
    @blueprint.offers(forms.QUESTION)
    def get(self, question_id: str) -> Question:
        """Show a question."""
        check(version_tag(questions.version(ledger(), question_id)))
        return questions.get(ledger(), question_id)

    @blueprint.arguments(QuestionSchema, example=examples.QUESTION)
    @blueprint.response(200, QuestionSchema, example=examples.QUESTION)
    @blueprint.alt_response(201, schema=QuestionSchema, description="It is new.")
    def put(self, question: Question, question_id: str) -> tuple[Question, int]:
        """Add a question, or record a new version of it; its answers can only be added to."""
        question, is_new = questions.put(ledger(), question, at=now(), by=writer())
        tag(version_tag(questions.version(ledger(), question_id)))
        return question, 201 if is_new else 200
