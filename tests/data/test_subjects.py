"""What is told of a subject beside its score."""

from typing import Any

from factories import make_claim, make_correction, make_source, moment
from sqlite_utils import Database

from data import claims, corrections, resolutions, settlement, sources
from data.database import writing
from data.errors import UnknownIdError
from data.subjects import ScoredClaim, ScoredQuestion, ScoredSource, Subject, scored
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
    claim, question, source = scored(db, subjects)
    assert isinstance(claim, ScoredClaim)
    assert (claim.source.id, claim.question.id, claim.standing.claim.id) == (
        "budanov",
        "dprk-on-kursk-front",
        CLAIM.id,
    )
    assert isinstance(question, ScoredQuestion)
    assert question.resolution is None
    assert isinstance(source, ScoredSource)
    assert source.score["subject"] == {"type": "source", "id": "budanov", "scope": None}


def test_scores_are_those_that_are_asked_for_one_by_one(db: Database) -> None:
    write(db, make_claim())
    on_scope = Subject("source", "budanov", "kursk-front")
    own, there = scored(db, [Subject("source", "budanov"), on_scope])
    assert isinstance(own, ScoredSource)
    assert isinstance(there, ScoredSource)
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
    (found,) = scored(db, [CLAIM])
    assert isinstance(found, ScoredClaim)
    came = found.standing.consequences
    assert [each.side for each in came] == [Side.AUTHOR, Side.BODY, Side.CARRIER, Side.OTHER]
    assert [found.record.sources[each.correction.by].name for each in came] == [
        "Budanov",
        "Gur",
        "Cnn",
        "Podolyak",
    ]
    (then,) = scored(db, [CLAIM], as_of=moment(31, 17))
    assert isinstance(then, ScoredClaim)
    assert len(then.standing.consequences) == 2


def test_a_resolution_is_told_once_it_was_made(db: Database) -> None:
    write(db, make_claim())
    answer = make_claim().answer
    write(db, Resolution("dprk-on-kursk-front", answer, moment(1, month=2), "cnn"))
    question = Subject("question", "dprk-on-kursk-front")
    (now,), (then,) = scored(db, [question]), scored(db, [question], as_of=moment(31, 12))
    assert isinstance(now, ScoredQuestion)
    assert now.resolution is not None
    assert now.record.sources[now.resolution.by].name == "Cnn"
    assert isinstance(then, ScoredQuestion)
    assert then.resolution is None


def test_one_that_is_not_there_stands_as_an_error_in_its_place(db: Database) -> None:
    write(db, make_claim())
    found = scored(db, [Subject("claim", "none"), CLAIM, Subject("source", "none", "kursk-front")])
    assert isinstance(found[0], UnknownIdError)
    assert isinstance(found[1], ScoredClaim)
    assert isinstance(found[2], UnknownIdError)
    (before,) = scored(db, [CLAIM], as_of=moment(30))
    assert isinstance(before, UnknownIdError)


def test_one_that_is_not_settled_yet_is_told_as_it_will_be_once_it_is(db: Database) -> None:
    for claim in (make_claim(), make_claim("later", source="podolyak")):
        with writing(db):
            claims.add(db, claim, at=moment(2, month=2))
        asked = [Subject("claim", claim.id), Subject("source", claim.source)]
        early = scored(db, asked)
        settlement.settle(db)
        assert early == scored(db, asked)
        assert isinstance(early[0], ScoredClaim)
        assert isinstance(early[1], ScoredSource)
