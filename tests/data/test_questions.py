import pytest
from factories import make_quantity_question, make_question, moment
from sqlite_utils import Database

from data import questions
from data.database import writing
from data.errors import RefusedError, UnknownIdError, UnknownReferenceError
from models.answer import Names, Quantity, Values
from models.errors import InvalidValueError
from models.record import Question, Stake


def record(db: Database, question: Question) -> None:
    questions.put(db, question, at=moment(2), by=None)


def test_a_question_comes_back_with_its_stakes(db: Database):
    stake = Stake("budanov", (Names(("fighting",)), Names(("fighting", "reduced"))))
    record(db, make_question(stakes=(stake,)))
    assert questions.get(db, "dprk-on-kursk-front") == make_question(stakes=(stake,))
    assert questions.version(db, "dprk-on-kursk-front") == 2


def test_a_quantity_comes_back_with_its_stakes(db: Database):
    stake = Stake("budanov", (Values("at_least", (3000.0,)), Values("between", (100.0, 200.0))))
    record(db, make_quantity_question(stakes=(stake,)))
    assert questions.get(db, "dprk-casualties") == make_quantity_question(stakes=(stake,))


def test_a_question_that_does_not_exist_is_not_found(db: Database):
    with pytest.raises(UnknownIdError):
        questions.get(db, "weather")


def test_answers_can_be_added_and_reordered(db: Database):
    widened = make_question(answers=("withdrawn", "rotated", "reduced", "fighting"))
    record(db, widened)
    assert questions.get(db, "dprk-on-kursk-front") == widened


@pytest.mark.parametrize("answers", [("fighting", "reduced"), ("fighting", "reduced", "gone")])
def test_answers_can_be_neither_removed_nor_renamed(db: Database, answers: tuple[str, ...]):
    with pytest.raises(RefusedError, match="withdrawn") as caught:
        record(db, make_question(answers=answers))
    assert caught.value.field == "answers"


@pytest.mark.parametrize(
    ("question", "field"),
    [
        (make_question("dprk-casualties"), "quantity"),
        (make_quantity_question(quantity=Quantity("people", "log", 100.0)), "quantity.unit"),
        (make_quantity_question(quantity=Quantity("soldiers", "linear", 100.0)), "quantity.scale"),
        (make_quantity_question("dprk-on-kursk-front"), "answers"),
    ],
)
def test_the_meaning_of_a_questions_answers_cannot_change(db: Database, question: Question, field: str):
    record(db, make_quantity_question())
    with pytest.raises(RefusedError) as caught:
        record(db, question)
    assert caught.value.field == field


def test_the_expected_range_of_a_quantity_can_change(db: Database):
    record(db, make_quantity_question())
    wider = make_quantity_question(quantity=Quantity("soldiers", "log", 10.0, None))
    record(db, wider)
    assert questions.get(db, "dprk-casualties") == wider


@pytest.mark.parametrize(
    ("question", "field"),
    [
        (make_question("new", answers=()), "answers"),
        (make_question("new", answers=("yes",)), "answers"),
        (make_question("new", answers=("yes", "no", "yes")), "answers"),
        (make_quantity_question("new", answers=("yes", "no")), "answers"),
        (make_quantity_question("new", quantity=Quantity("soldiers", "cubic")), "quantity.scale"),
        (make_quantity_question("new", quantity=Quantity("soldiers", "log", 0.0)), "quantity.low"),
        (make_quantity_question("new", quantity=Quantity("soldiers", "linear", 2.0, 2.0)), "quantity.high"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(db: Database, question: Question, field: str):
    with pytest.raises(InvalidValueError) as caught:
        record(db, question)
    assert caught.value.field == field


def test_a_stake_of_a_source_that_does_not_exist_is_refused(db: Database):
    stakes = (Stake("budanov", (Names(("fighting",)),)), Stake("nobody", (Names(("fighting",)),)))
    with pytest.raises(UnknownReferenceError) as caught:
        record(db, make_question(stakes=stakes))
    assert caught.value.field == "stakes.1.source"


def test_a_stake_in_an_answer_that_the_question_does_not_have_is_refused(db: Database):
    stakes = (Stake("budanov", (Names(("fighting",)), Names(("martians",)))),)
    with pytest.raises(InvalidValueError) as caught:
        record(db, make_question(stakes=stakes))
    assert caught.value.field == "stakes.0.favours.1"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"scope": "kursk-front"}, ["dprk-on-kursk-front", "inside"]),
        ({"scope": "kursk-front/sso-sectors"}, ["inside"]),
        ({"scope": "kursk"}, []),
        ({"q": "NORTH korean"}, ["dprk-on-kursk-front"]),
        ({"q": "side"}, ["beside", "inside"]),
        ({"q": "side", "scope": "kursk-front"}, ["inside"]),
    ],
)
def test_questions_are_listed_by_scope_and_by_words(db: Database, query: dict, found: list[str]):
    with writing(db):
        questions.put(db, make_question("inside", text="In?", scope="kursk-front/sso-sectors"), at=moment(1))
        questions.put(db, make_question("beside", text="By?", scope="kursk-front-2"), at=moment(1))
    page = questions.page(db, limit=200, **query)
    assert [question.id for question, _ in page.items] == found
