"""The disputes: what is contested and what moved, of all questions side by side."""

import pytest
from factories import make_claim, make_question, make_source, moment
from ledgers import write
from sqlite_utils import Database

import data.disputes
from data import scores
from data.disputes import Disputes, disputes
from models.answer import Names


@pytest.fixture
def several(empty: Database) -> Database:
    """One question that is contested, one of which all say the same, one on which nobody has spoken."""
    values = [make_source(name) for name in ("a", "b", "c", "d")]
    values += [make_question(id_) for id_ in ("contested", "agreed", "silent")]
    claims = [
        make_claim(
            "one", source="a", question="contested", answer=Names(("fighting",)), stated_at=moment(10)
        ),
        make_claim(
            "other", source="b", question="contested", answer=Names(("withdrawn",)), stated_at=moment(30)
        ),
        make_claim("same", source="c", question="agreed", stated_at=moment(29)),
    ]
    write(empty, (*values, *claims))
    return empty


def of(db: Database, day: int) -> Disputes:
    found = disputes(db, as_of=moment(day), since=moment(day - 7))
    assert found is not None
    return found


def test_what_is_contested_is_where_origins_of_weight_exclude_each_other(several: Database):
    assert [each.question.id for each in of(several, 31).contested] == ["contested"]
    assert of(several, 20).contested == []


def test_what_moved_stands_before_what_was_first_spoken_of(several: Database):
    assert [each.question.id for each in of(several, 31).moved] == ["contested", "agreed"]
    assert of(several, 20).moved == []


def test_the_last_event_is_told(several: Database, empty: Database):
    assert of(several, 31).last_at == moment(30)
    assert of(several, 20).last_at == moment(10)
    assert of(several, 9).last_at is None


def test_each_question_is_told_as_its_score_has_it(several: Database):
    for day in (20, 31):
        found = of(several, day)
        assert list(found.by_id) == ["agreed", "contested", "silent"]
        for id_, dispute in found.by_id.items():
            for outlook, at in ((dispute.outlook, day), (dispute.before, day - 7)):
                score = scores.at(several, "question", id_, as_of=moment(at))
                assert [each.credence for each in outlook.answers] == [
                    each["credence"] for each in score["answers"]
                ]


def test_more_questions_than_one_page_puts_side_by_side_are_not_compared(
    several: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(data.disputes, "MOST_QUESTIONS", 3)
    assert disputes(several, as_of=None, since=moment(1)) is not None
    monkeypatch.setattr(data.disputes, "MOST_QUESTIONS", 2)
    assert disputes(several, as_of=None, since=moment(1)) is None
