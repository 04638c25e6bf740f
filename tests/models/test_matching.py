import pytest
from factories import make_question

from models.matching import LONGEST_QUOTATION, SURE_ABOVE, Candidate, matched, tokens_of

FRONT = Candidate(make_question())
GUNS = Candidate(
    make_question(
        "guns", text="How many self-propelled guns did North Korea deliver?", answers=("few", "many")
    )
)
TALKS = Candidate(make_question("talks", text="Will the talks in Riyadh end the war?", answers=("yes", "no")))
ALL = [FRONT, GUNS, TALKS]


def test_a_questions_own_words_are_surely_about_it():
    for candidate in ALL:
        found = matched(candidate.question.text, ALL)
        assert found.best.question == candidate.question
        assert found.best.probability >= SURE_ABOVE
        assert found.proposed is None


def test_the_words_of_claims_already_made_count_too():
    text = "Nobody has seen soldiers from Pyongyang there for three weeks"
    said = Candidate(FRONT.question, ("No soldiers from Pyongyang were seen there for three weeks.",))
    assert matched(text, ALL).best is None
    assert matched(text, [said, GUNS, TALKS]).matches[0].question == FRONT.question


def test_what_is_about_something_else_is_matched_to_nothing_and_proposes_a_question():
    found = matched("Mice were found in the kitchen of the ministry. A cat was hired.", ALL, "kyiv")
    assert found.best is None
    assert found.proposed.text == "Is it true that “Mice were found in the kitchen of the ministry”?"
    assert (found.proposed.scope, found.proposed.answers) == ("kyiv", ("yes", "no"))


@pytest.mark.parametrize("text", ["", "…", "?!", "the of and", "🪖", "x"])
def test_a_text_without_anything_to_go_by_is_matched_to_nothing(text: str):
    for candidates in ([], ALL):
        assert matched(text, candidates).best is None


def test_two_questions_that_are_equally_near_are_not_told_apart():
    twin = Candidate(make_question("twin"))
    assert matched("Are North Korean troops still fighting?", [FRONT, twin]).best is None


def test_the_order_of_the_questions_changes_nothing():
    text = "North Korea delivered 120 guns"
    one, other = matched(text, ALL), matched(text, ALL[::-1])
    assert [match.question.id for match in one.matches] == [match.question.id for match in other.matches]
    assert one.matches[0].question == GUNS.question


def test_a_proposal_quotes_one_sentence_cut_at_a_word():
    found = matched("word " * 100, [])
    assert len(found.proposed.text) < LONGEST_QUOTATION + 30
    assert found.proposed.text.endswith("word …”?")


def test_tokens_are_beginnings_of_words_numbers_and_pairs_where_no_spaces_are_written():
    assert tokens_of("The withdrawal of 8 000 men") == ("withdr", "the", "000", "men", "8")
    assert tokens_of("Війська виведено") == ("військ", "виведе")
    assert tokens_of("北朝鮮軍") == ("北朝", "朝鮮", "鮮軍")
    assert len(tokens_of(" ".join(f"word{i}x" for i in range(99)))) <= 24


@pytest.mark.parametrize("text", ["", "!!!", "… ?!", "___", "🪖"])
def test_where_no_word_is_left_nothing_is_proposed(text: str):
    for candidates in ([], ALL):
        found = matched(text, candidates)
        assert (found.best, found.proposed) == (None, None)


def test_a_proposal_quotes_the_first_sentence_that_has_a_word():
    assert matched("!!! … The bridge fell.", []).proposed.text == "Is it true that “The bridge fell”?"
