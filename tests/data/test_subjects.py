"""What is told of a subject beside its score."""

from typing import Any

from factories import make_claim, make_correction, make_source, moment
from sqlite_utils import Database

from data import claims, corrections, resolutions, settlement, sources
from data.database import writing
from data.errors import UnknownIdError
from data.subjects import Subject, ToldClaim, ToldQuestion, ToldSource, told
from models.record import CorrectionKind, Resolution
from models.standing import Side

CLAIM = Subject("claim", "budanov-fighting")


def write(db: Database, *values: Any) -> None:
    with writing(db):
        for value in values:
            module = {"Claim": claims, "Correction": corrections, "Resolution": resolutions}[
                type(value).__name__
            ]
            module.add(db, value, at=moment(2, month=2))
    settlement.settle(db)


def test_each_kind_brings_what_belongs_to_it(db: Database) -> None:
    write(db, make_claim())
    subjects = [CLAIM, Subject("question", "dprk-on-kursk-front"), Subject("source", "budanov")]
    claim, question, source = told(db, subjects)
    assert isinstance(claim, ToldClaim)
    assert (claim.source.id, claim.question.id, claim.standing.claim.id) == (
        "budanov",
        "dprk-on-kursk-front",
        CLAIM.id,
    )
    assert isinstance(question, ToldQuestion)
    assert question.resolution is None
    assert isinstance(source, ToldSource)
    assert source.score["subject"] == {"type": "source", "id": "budanov", "scope": None}


def test_scores_are_those_that_are_asked_for_one_by_one(db: Database) -> None:
    write(db, make_claim())
    on_scope = Subject("source", "budanov", "kursk-front")
    own, there = told(db, [Subject("source", "budanov"), on_scope])
    assert isinstance(own, ToldSource)
    assert isinstance(there, ToldSource)
    assert own.score["subject"]["scope"] is None
    assert there.score["subject"]["scope"] == "kursk-front"


def test_a_correction_is_told_with_the_side_that_it_came_from(db: Database) -> None:
    with writing(db):
        sources.put(db, make_source("gur"), at=moment(1))
        sources.put(db, make_source("budanov", member_of="gur"), at=moment(1))
    write(db, make_claim(via=("cnn",)))
    hours = {"budanov": 16, "gur": 17, "cnn": 18, "podolyak": 19}
    said = [
        make_correction(kind=CorrectionKind.REAFFIRM, by=by, stated_at=moment(31, hour))
        for by, hour in hours.items()
    ]
    write(db, *said)
    (found,) = told(db, [CLAIM])
    assert isinstance(found, ToldClaim)
    came = found.standing.consequences
    assert [each.side for each in came] == [Side.AUTHOR, Side.BODY, Side.CARRIER, Side.OTHER]
    assert [found.record.sources[each.correction.by].name for each in came] == [
        "Budanov",
        "Gur",
        "Cnn",
        "Podolyak",
    ]
    (then,) = told(db, [CLAIM], as_of=moment(31, 17))
    assert isinstance(then, ToldClaim)
    assert len(then.standing.consequences) == 2


def test_a_resolution_is_told_once_it_was_made(db: Database) -> None:
    write(db, make_claim())
    answer = make_claim().answer
    write(db, Resolution("dprk-on-kursk-front", answer, moment(1, month=2), "cnn"))
    question = Subject("question", "dprk-on-kursk-front")
    (now,), (then,) = told(db, [question]), told(db, [question], as_of=moment(31, 12))
    assert isinstance(now, ToldQuestion)
    assert now.resolution is not None
    assert now.record.sources[now.resolution.by].name == "Cnn"
    assert isinstance(then, ToldQuestion)
    assert then.resolution is None


def test_one_that_is_not_there_stands_as_an_error_in_its_place(db: Database) -> None:
    write(db, make_claim())
    found = told(db, [Subject("claim", "none"), CLAIM, Subject("source", "none", "kursk-front")])
    assert isinstance(found[0], UnknownIdError)
    assert isinstance(found[1], ToldClaim)
    assert isinstance(found[2], UnknownIdError)
    (before,) = told(db, [CLAIM], as_of=moment(30))
    assert isinstance(before, UnknownIdError)


def test_one_that_is_not_settled_yet_is_told_as_it_will_be_once_it_is(db: Database) -> None:
    for claim in (make_claim(), make_claim("later", source="podolyak")):
        with writing(db):
            claims.add(db, claim, at=moment(2, month=2))
        asked = [Subject("claim", claim.id), Subject("source", claim.source)]
        early = told(db, asked)
        settlement.settle(db)
        assert early == told(db, asked)
        assert isinstance(early[0], ToldClaim)
        assert isinstance(early[1], ToldSource)
