import pytest
from factories import make_claim, make_question, moment
from sqlite_utils import Database

from data import claims, matches, questions


def ids(db: Database, text: str, **asked):
    return [match.question.id for match in matches.match(db, text, **asked).matches]


@pytest.fixture
def asked(db: Database) -> Database:
    """Three questions, one of them about something else altogether."""
    for question in (
        make_question("guns", text="How many howitzers were delivered?", answers=("few", "many")),
        make_question("bridge", text="Чи зруйновано міст?", scope="kyiv/bridge", answers=("так", "ні")),
        make_question("mice", text="Were mice found in the ministry?", scope="kyiv", answers=("yes", "no")),
    ):
        questions.put(db, question, at=moment(2), by=None)
    return db


def test_only_questions_that_share_something_with_the_text_are_compared(asked: Database):
    assert ids(asked, "howitzers") == ["guns"]
    assert ids(asked, "zebra") == []
    assert ids(asked, "!?") == []


def test_case_and_endings_keep_no_question_from_being_found(asked: Database):
    assert ids(asked, "HOWITZER DELIVERY")[0] == "guns"
    assert ids(asked, "МІСТ") == ["bridge"]


def test_what_claims_say_leads_to_their_question_unless_they_are_void(asked: Database):
    said = make_claim(text="Військові з Пхеньяна зникли")
    claims.add(asked, said, at=moment(3), by=None)
    assert ids(asked, "зникли військові") == ["dprk-on-kursk-front"]
    claims.void(asked, said.id, at=moment(4), by=None, because="typed twice")
    assert ids(asked, "зникли військові") == []


def test_a_scope_keeps_to_questions_inside_it_or_about_more(asked: Database):
    text = "mice, howitzers"
    assert set(ids(asked, text)) == {"mice", "guns"}
    assert ids(asked, text, scope="kyiv/kitchen") == ["mice"]
    assert ids(asked, text, scope="kyiv") == ["mice"]
    assert ids(asked, text, scope="lviv") == []


def test_the_proposal_keeps_the_scope(asked: Database):
    assert matches.match(asked, "Zebras came", scope="kyiv").proposed.scope == "kyiv"


def test_only_so_many_are_compared(asked: Database):
    for number in range(matches.MOST_CANDIDATES + 5):
        made = make_question(f"more-{number}", text=f"Did howitzer {number} fire?", answers=("yes", "no"))
        questions.put(asked, made, at=moment(3), by=None)
    assert len(ids(asked, "howitzer")) == matches.MOST_CANDIDATES
