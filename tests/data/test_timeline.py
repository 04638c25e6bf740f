"""A timeline is the score as it would have been given at each moment, of few moments where there are many."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from factories import make_claim, make_correction, make_question, make_source, moment
from ledgers import write
from sqlite_utils import Database

from data import scores, timeline
from data.database import reading
from data.fits import Fit
from data.timeline import Timeline
from models.answer import Names
from models.outlook import Outlook

QUESTION = "dprk-on-kursk-front"


def of(db: Database, **options: object) -> Timeline[Outlook]:
    def outlook(fit: Fit) -> Outlook:
        return fit.bare_scores(db, [QUESTION]).outlook(QUESTION)

    with reading(db):
        return timeline.timeline(
            db, "question", QUESTION, outlook, lambda one, other: other.moved_from(one) > 0, **options
        )


@pytest.fixture
def walk_back(empty: Database) -> Iterator[Database]:
    write(
        empty,
        (
            *(make_source(name) for name in ("kindratenko", "budanov", "podolyak")),
            make_question(),
            make_question("another", scope="kursk-front"),
            make_claim("one", source="kindratenko", answer=Names(("withdrawn",)), stated_at=moment(31, 8)),
            make_correction("one", by="kindratenko", stated_at=moment(31, 16)),
            make_claim("elsewhere", source="podolyak", question="another", stated_at=moment(31, 17)),
            make_claim("two", source="budanov", stated_at=moment(31, 18)),
        ),
    )
    return empty


def test_each_step_is_the_score_of_its_moment(walk_back: Database):
    found = of(walk_back)
    assert [step.at for step in found.steps] == [moment(31, 8), moment(31, 16), moment(31, 18)]
    for step in found.steps:
        score = scores.at(walk_back, "question", QUESTION, as_of=step.at)
        assert [each.credence for each in step.state.answers] == [
            each["credence"] for each in score["answers"]
        ]
    assert [[event["type"] for event in step.events] for step in found.steps] == [
        ["claim"],
        ["correction"],
        ["claim"],
    ]
    assert not found.is_thinned


def test_nothing_later_is_told(walk_back: Database):
    assert [step.at for step in of(walk_back, until=moment(31, 17)).steps] == [moment(31, 8), moment(31, 16)]
    assert of(walk_back, until=moment(1)).steps == ()


def test_of_many_moments_some_are_told_and_every_event_is_in_one(
    empty: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(timeline, "FITTED_CLAIMS", 100)
    n_claims = 30
    claims = [
        make_claim(
            f"c{i}", stated_at=moment(1) + timedelta(hours=i), answer=Names((("fighting", "reduced")[i % 2],))
        )
        for i in range(n_claims)
    ]
    write(empty, (make_source(), make_question(), *claims))
    found = of(empty)
    assert (len(found.steps), found.n_moments, found.is_thinned) == (timeline.FEWEST_MOMENTS, n_claims, True)
    assert [event["id"] for step in found.steps for event in step.events] == [claim.id for claim in claims]
    assert found.steps[0].at == claims[0].stated_at
    assert found.steps[-1].at == claims[-1].stated_at


def test_its_end_is_the_present(walk_back: Database):
    present = scores.at(walk_back, "question", QUESTION)
    last = of(walk_back).steps[-1].state
    assert [each.credence for each in last.answers] == [each["credence"] for each in present["answers"]]
