from dataclasses import replace

import pytest
from factories import make_claim, make_correction, make_question, moment
from sqlite_utils import Database

from data import claims, corrections, questions
from data.errors import RefusedError, TakenIdError, UnknownIdError, UnknownReferenceError
from data.record import load
from data.writer import Writer
from models.answer import Names
from models.errors import InvalidValueError
from models.record import Correction, CorrectionKind


@pytest.fixture
def claimed(db: Database) -> Database:
    claims.add(db, make_claim(), at=moment(3), by=None)
    return db


def record(db: Database, correction: Correction) -> Correction:
    return corrections.add(db, correction, at=moment(4), by=Writer("desk"))


def make_retraction(**fields: object) -> Correction:
    return make_correction(kind=CorrectionKind.RETRACT, **fields)


@pytest.mark.parametrize("kind", list(CorrectionKind))
def test_a_correction_of_each_kind_comes_back_as_it_was_written(claimed: Database, kind: CorrectionKind):
    correction = make_correction(
        kind=kind, via=("cnn", "podolyak"), text="ні", read_in="twz", url="https://e.org"
    )
    stored = record(claimed, correction)
    assert stored == replace(correction, id=corrections.identity(correction), recorded_at=moment(4))
    assert corrections.page(claimed, claim="budanov-fighting", limit=50).items == (stored,)
    assert corrections.page(claimed, limit=50).items == (stored,)


def test_the_same_correction_twice_is_refused(claimed: Database):
    stored = record(claimed, make_retraction(text="sorry"))
    with pytest.raises(TakenIdError) as caught:
        record(claimed, make_retraction(id="another", text="sorry"))
    assert (caught.value.kind, caught.value.id) == ("correction", stored.id)


def test_each_part_of_a_correction_tells_it_from_another(claimed: Database):
    variants = [
        make_retraction(),
        make_retraction(text="sorry"),
        make_retraction(url="sorry"),
        make_retraction(via=("cnn",)),
        make_retraction(by="cnn"),
        make_retraction(stated_at=moment(31, 17)),
        make_retraction(stated_precision="day"),
        make_retraction(claim="another"),
    ]
    assert len({corrections.identity(variant) for variant in variants}) == len(variants)
    assert all(len(corrections.identity(variant)) == 16 for variant in variants)


def test_a_correction_of_no_claim_or_of_a_voided_one_is_not_found(claimed: Database):
    for claim in ("nothing", "budanov-fighting"):
        claims.void(claimed, claim, at=moment(4), by=None, because="slip") if claim != "nothing" else None
        with pytest.raises(UnknownIdError) as caught:
            record(claimed, make_retraction(claim=claim))
        assert (caught.value.kind, caught.value.id) == ("claim", claim)
        assert corrections.page(claimed, claim=claim, limit=50).items == ()


@pytest.mark.parametrize(
    ("fields", "field"), [({"by": "nobody"}, "by"), ({"via": ("cnn", "nobody")}, "via.1")]
)
def test_a_reference_to_nothing_is_refused(claimed: Database, fields: dict, field: str):
    with pytest.raises(UnknownReferenceError) as caught:
        record(claimed, make_retraction(**fields))
    assert caught.value.field == field


def test_a_correction_before_its_claim_is_refused_and_one_at_its_moment_is_not(claimed: Database):
    with pytest.raises(RefusedError) as caught:
        record(claimed, make_retraction(stated_at=moment(31, 7, 59)))
    assert caught.value.field == "stated_at"
    record(claimed, make_retraction(stated_at=moment(31, 8)))


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        (CorrectionKind.NARROW, {"scope": None}, "scope"),
        (CorrectionKind.AMEND, {"answer": None}, "answer"),
        (CorrectionKind.RETRACT, {"scope": "kursk-front/a"}, "scope"),
        (CorrectionKind.AMEND, {"scope": "kursk-front/a"}, "scope"),
        (CorrectionKind.NARROW, {"answer": Names(("reduced",))}, "answer"),
    ],
)
def test_a_scope_goes_with_a_narrowing_and_an_answer_with_an_amendment(
    claimed: Database, kind: CorrectionKind, fields: dict, field: str
):
    with pytest.raises(RefusedError) as caught:
        record(claimed, make_correction(kind=kind, **fields))
    assert caught.value.field == field


def test_an_amendment_to_an_answer_that_the_question_does_not_have_is_refused(claimed: Database):
    with pytest.raises(InvalidValueError) as caught:
        record(claimed, make_correction(kind=CorrectionKind.AMEND, answer=Names(("martians",))))
    assert caught.value.field == "answer"


def test_an_amendment_may_use_an_answer_that_was_added_later(claimed: Database):
    answers = ("fighting", "reduced", "withdrawn", "rotated")
    questions.put(claimed, make_question(answers=answers), at=moment(4), by=None)
    record(claimed, make_correction(kind=CorrectionKind.AMEND, answer=Names(("rotated",))))


@pytest.mark.parametrize("scope", ["kursk-front", "kursk", "kyiv", "kursk-front-2"])
def test_a_narrowing_to_what_is_not_strictly_inside_is_refused(claimed: Database, scope: str):
    with pytest.raises(RefusedError) as caught:
        record(claimed, make_correction(scope=scope))
    assert caught.value.field == "scope"


def test_narrowings_may_arrive_in_any_order_and_whoever_made_them(claimed: Database):
    record(claimed, make_correction(scope="kursk-front/a/1", stated_at=moment(31, 17)))
    record(claimed, make_correction(scope="kursk-front/b", by="cnn"))
    record(claimed, make_correction(scope="kursk-front/a"))


def test_a_claim_of_which_the_day_alone_is_known_may_be_corrected_on_that_day(claimed: Database):
    on_a_day = make_claim("by-day", stated_at=moment(30, 23, 59), stated_precision="day")
    claims.add(claimed, on_a_day, at=moment(3), by=None)
    correction = record(claimed, make_retraction(claim="by-day", stated_at=moment(30, 9)))
    assert load(claimed, as_of=moment(30, 12)).corrections == ()
    assert load(claimed, as_of=moment(31)).corrections == (correction,)
    with pytest.raises(RefusedError):
        record(claimed, make_retraction(claim="by-day", stated_at=moment(29, 23)))


def test_corrections_are_listed_by_claim_kind_and_author(claimed: Database):
    claims.add(claimed, make_claim("other"), at=moment(3), by=None)
    late = record(claimed, make_retraction(stated_at=moment(31, 18)))
    early = record(claimed, make_correction(by="cnn", stated_at=moment(31, 9)))
    other = record(claimed, make_retraction(claim="other", stated_at=moment(31, 10)))

    def found(**query: str) -> tuple[Correction, ...]:
        return corrections.page(claimed, limit=50, **query).items

    assert found() == (early, other, late)
    assert found(claim="budanov-fighting") == (early, late)
    assert found(kind="retract") == (other, late)
    assert found(by="cnn") == (early,)
    first = corrections.page(claimed, limit=1)
    assert corrections.page(claimed, limit=50, cursor=first.next).items == (other, late)
    claims.void(claimed, "other", at=moment(5), by=None, because="slip")
    assert found() == (early, late)
