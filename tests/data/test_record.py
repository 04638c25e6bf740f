from dataclasses import replace

import pytest
from factories import (
    make_claim,
    make_correction,
    make_question,
    make_resolution,
    make_scope,
    make_source,
    moment,
)
from sqlite_utils import Database

from data import claims, corrections, questions, resolutions, scopes, sources
from data.record import load
from models.answer import Names
from models.record import Correction, CorrectionKind, Record


def make_retraction(**fields: object) -> Correction:
    return make_correction(kind=CorrectionKind.RETRACT, **fields)


@pytest.fixture
def ledger(empty: Database) -> Database:
    """Said in January (said on) and recorded in February (known on), in another order."""
    for name in ("cnn", "budanov"):
        sources.put(empty, make_source(name), at=moment(1, month=2), by=None)
    scopes.put(empty, make_scope(), at=moment(1, month=2), by=None)
    questions.put(empty, make_question(), at=moment(1, month=2), by=None)
    claims.add(empty, make_claim("late", stated_at=moment(20)), at=moment(2, month=2), by=None)
    claims.add(empty, make_claim("early", stated_at=moment(10)), at=moment(3, month=2), by=None)
    corrections.add(
        empty, make_retraction(claim="late", stated_at=moment(25)), at=moment(4, month=2), by=None
    )
    corrections.add(
        empty, make_retraction(claim="early", stated_at=moment(12)), at=moment(5, month=2), by=None
    )
    for day, answer, known in ((28, "reduced", 6), (27, "fighting", 7)):
        resolution = make_resolution(answer=Names((answer,)), resolved_at=moment(day))
        resolutions.add(empty, resolution, at=moment(known, month=2), by=None)
    sources.put(empty, make_source(description="changed"), at=moment(8, month=2), by=None)
    answers = ("fighting", "reduced", "withdrawn", "rotated")
    questions.put(empty, make_question(answers=answers), at=moment(8, month=2), by=None)
    scopes.put(empty, make_scope(share=0.1), at=moment(8, month=2), by=None)
    claims.void(empty, "early", at=moment(9, month=2), by=None, because="slip")
    return empty


def shape(record: Record) -> tuple[list[str], list[str], list[str]]:
    """Return which claims, corrections (by their claim) and resolutions (by their answer) a record holds."""
    return (
        [claim.id for claim in record.claims],
        [correction.claim for correction in record.corrections],
        [str(resolution.answer) for resolution in record.resolutions.values()],
    )


def test_an_empty_ledger_is_an_empty_record(empty: Database):
    assert load(empty) == load(empty, moment(1), moment(1)) == Record()


def test_the_record_of_today_holds_everything_but_what_was_voided(ledger: Database):
    record = load(ledger)
    assert shape(record) == (["late"], ["late"], ["fighting"])
    assert list(record.sources) == ["budanov", "cnn"]
    assert record.sources["budanov"].description == "changed"
    assert record.claims[0] == replace(
        make_claim("late", stated_at=moment(20)), recorded_at=moment(2, month=2)
    )


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (moment(19), ([], [], [])),
        (moment(20), (["late"], [], [])),
        (moment(25), (["late"], ["late"], [])),
        (moment(27), (["late"], ["late"], ["fighting"])),
        (moment(31), (["late"], ["late"], ["fighting"])),
    ],
)
def test_as_of_keeps_what_had_been_said_with_todays_reference_data(ledger: Database, as_of, expected):
    record = load(ledger, as_of=as_of)
    assert shape(record) == expected
    assert record.sources["budanov"].description == "changed"
    assert record.scopes["kursk-front/sso-sectors"].share == 0.1


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (1, ([], [], [])),
        (2, (["late"], [], [])),
        (3, (["early", "late"], [], [])),
        (4, (["early", "late"], ["late"], [])),
        (5, (["early", "late"], ["early", "late"], [])),
        (6, (["early", "late"], ["early", "late"], ["reduced"])),
        (7, (["early", "late"], ["early", "late"], ["fighting"])),
        (9, (["late"], ["late"], ["fighting"])),
    ],
)
def test_known_at_keeps_what_had_been_recorded(ledger: Database, day: int, expected):
    assert shape(load(ledger, known_at=moment(day, month=2))) == expected


def test_known_at_uses_the_reference_data_of_then(ledger: Database):
    before, after = load(ledger, known_at=moment(7, month=2)), load(ledger, known_at=moment(9, month=2))
    assert before.sources["budanov"] == make_source()
    assert before.questions["dprk-on-kursk-front"] == make_question()
    assert before.scopes["kursk-front/sso-sectors"] == make_scope()
    assert after.sources["budanov"].description == "changed"
    assert after.scopes["kursk-front/sso-sectors"].share == 0.1
    assert load(ledger, known_at=moment(31)) == Record()


def test_the_two_clocks_work_together(ledger: Database):
    record = load(ledger, as_of=moment(15), known_at=moment(8, month=2))
    assert shape(record) == (["early"], ["early"], [])


def test_what_is_written_later_changes_no_record_of_before(ledger: Database):
    known_at = moment(9, month=2)
    before = load(ledger, known_at=known_at)
    claims.add(ledger, make_claim("new", stated_at=moment(1)), at=moment(10, month=2), by=None)
    claims.void(ledger, "late", at=moment(11, month=2), by=None, because="slip")
    sources.put(ledger, make_source(name="B."), at=moment(12, month=2), by=None)
    assert load(ledger, known_at=known_at) == before


def test_events_are_in_the_order_of_saying_and_then_of_their_ids(ledger: Database):
    for name in ("z", "A", "é", "b"):
        claims.add(ledger, make_claim(name, stated_at=moment(20)), at=moment(10, month=2), by=None)
        retraction = make_retraction(claim=name, stated_at=moment(25))
        corrections.add(ledger, retraction, at=moment(10, month=2), by=None)
    names = ["A", "b", "late", "z", "é"]
    assert shape(load(ledger))[:2] == (names, names)
