import pytest
from factories import make_quantity_question, make_question
from hypothesis import given
from hypothesis import strategies as st

from models.answer import LARGEST_NUMBER, Names, Quantity, Values, check_answer, parse_answer
from models.errors import InvalidValueError

numbers = st.floats(-LARGEST_NUMBER, LARGEST_NUMBER)
documents = st.one_of(
    st.text(min_size=1),
    st.lists(st.text(min_size=1), min_size=2, unique=True),
    st.builds(
        lambda bound, x: {bound: x}, st.sampled_from(["value", "about", "at_least", "at_most"]), numbers
    ),
    st.builds(lambda x, y: {"between": sorted([x, y])}, numbers, numbers),
)


@given(documents)
def test_an_answer_is_written_as_it_was_read(document):
    assert parse_answer(document).document == document


def test_a_list_of_one_name_is_that_name():
    assert parse_answer(["withdrawn"]) == parse_answer("withdrawn")


@pytest.mark.parametrize(
    ("document", "field", "reason"),
    [
        ([], "answer", "at least one"),
        ("", "answer", "at least one"),
        (["a", ""], "answer", "at least one"),
        (["a", 1], "answer", "at least one"),
        (["a", "a"], "answer", "twice"),
        (None, "answer", "must be a name"),
        (4000, "answer", "must be a name"),
        ({}, "answer", "must be a name"),
        ({"roughly": 1}, "answer", "must be a name"),
        ({"about": 1, "value": 1}, "answer", "must be a name"),
        ({"about": True}, "answer.about", "must be a number"),
        ({"about": "4000"}, "answer.about", "must be a number"),
        ({"about": [4000]}, "answer.about", "must be a number"),
        ({"about": float("nan")}, "answer.about", "must lie between"),
        ({"value": float("inf")}, "answer.value", "must lie between"),
        ({"value": 10**400}, "answer.value", "must lie between"),
        ({"value": -2e15}, "answer.value", "must lie between"),
        ({"between": 3}, "answer.between", "two numbers"),
        ({"between": [1, 2, 3]}, "answer.between", "two numbers"),
        ({"between": [2, 1]}, "answer.between", "lower end first"),
    ],
)
def test_what_is_no_answer_is_refused_with_its_place(document, field, reason):
    with pytest.raises(InvalidValueError, match=reason) as caught:
        parse_answer(document)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (["reduced", "withdrawn"], "reduced or withdrawn"),
        ({"about": 4000}, "about 4,000"),
        ({"at_least": 3000}, "at least 3,000"),
        ({"at_most": 0.5}, "at most 0.5"),
        ({"between": [11_000, 12_000]}, "11,000 to 12,000"),
        ({"value": 1_234_567}, "1,234,567"),
    ],
)
def test_an_answer_reads_as_an_editor_would_say_it(document, words):
    assert str(parse_answer(document)) == words


def test_a_question_takes_its_own_answers_alone():
    question, quantity = make_question(), make_quantity_question()
    check_answer(Names(("fighting", "reduced")), question.answers, None)
    check_answer(Values("about", (4000.0,)), (), quantity.quantity)
    with pytest.raises(
        InvalidValueError, match="'gone' is not an answer of this question: fighting, reduced"
    ):
        check_answer(Names(("fighting", "gone")), question.answers, None)
    with pytest.raises(InvalidValueError, match="must be one or more"):
        check_answer(Values("about", (4000.0,)), question.answers, None)
    with pytest.raises(InvalidValueError, match="a number of soldiers"):
        check_answer(Names(("many",)), (), quantity.quantity)


@pytest.mark.parametrize("values", [(0.0,), (-1.0,), (0.0, 5.0)])
def test_a_logarithm_has_no_place_for_zero(values):
    answer = Values("between" if len(values) > 1 else "value", values)
    check_answer(answer, (), Quantity("soldiers", "linear"))
    with pytest.raises(InvalidValueError, match="above zero"):
        check_answer(answer, (), Quantity("soldiers", "log"), "favours.0")
