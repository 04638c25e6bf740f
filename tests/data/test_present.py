"""The ledger as a fit sees it, kept in step with what is written: the same as drawn up anew."""

from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
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
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import PATHS, RECORDED, START, busy_ledger, correction_of, parts, records, write
from seeded import seeded_record
from sqlite_utils import Database

from data import claims, corrections, digests, keys, present, questions, resolutions, scopes, scores, sources
from data import record as record_of
from data.database import open_database, reading, writing
from data.errors import LedgerError
from data.present import Present
from data.record import load
from data.trail import last_entry
from models.answer import Names
from models.columns import CLAIMWISE, ENTRYWISE, FAULTWISE, POINTWISE, QUESTIONWISE, Columns
from models.errors import InvalidValueError
from models.record import CorrectionKind, Mandate, Record, Resolution, SourceKind, Stake, Vantage

QUESTION = "dprk-on-kursk-front"
NOUNS = ("claim", "correction", "resolution", "void", "source", "member", "scope", "question", "key")


def by_question(ledger: Present) -> dict[str, dict[str, Any]]:
    """All that is drawn up of each question."""
    drawn, columns = ledger.drawn, ledger.drawn.columns
    found = {}
    for place, question in enumerate(columns.questions):
        alone = drawn.of_questions(np.arange(len(columns.questions)) == place)
        found[question] = {
            **{f.name: getattr(alone.columns, f.name) for f in fields(Columns)},
            **{f.name: getattr(alone, f.name) for f in fields(alone) if f.name != "columns"},
        }
    return found


def assert_same(one: Present, other: Present) -> None:
    assert one.sources == other.sources
    assert dict(zip(one.tree.names, one.tree.parent, strict=True)).keys() == set(other.tree.names)
    assert one.reference == other.reference
    assert one.inputs == other.inputs
    assert one.n_claims == other.n_claims
    drawn, expected = by_question(one), by_question(other)
    assert drawn.keys() == expected.keys()
    for question, columns in drawn.items():
        for name, column in columns.items():
            np.testing.assert_array_equal(column, expected[question][name], err_msg=f"{question} {name}")


def now(db: Database) -> Present:
    with reading(db):
        return present.present(db)


def anew(db: Database) -> Present:
    with reading(db):
        return present._whole(db, last_entry(db))


def act(draw: Any, db: Database, noun: str, number: int) -> None:
    """Write something of a kind that is somewhere in the ledger already, or that is new."""
    record = load(db)
    at = RECORDED + timedelta(days=1, hours=number)
    one_of = lambda values: draw(st.sampled_from(sorted(values)))  # noqa: E731
    question = record.questions[one_of(record.questions)]
    source = record.sources[one_of(record.sources)]
    said = {claim.id: claim for claim in record.claims}
    if noun == "claim":
        answer = _answer(draw, record, question.id)
        hour = START + timedelta(hours=draw(st.integers(0, 200)))
        via = (one_of(record.sources),) if draw(st.booleans()) else ()
        scope = draw(st.sampled_from(["", "sea", "front/north/bridge"]))
        claim = make_claim(
            f"new-{number}",
            source=source.id,
            question=question.id,
            answer=answer,
            stated_at=hour,
            via=via,
            scope=scope,
        )
        claims.record_claim(db, claim, at=at, by=None)
    elif noun == "correction" and said:
        correction = correction_of(draw, record, said[one_of(said)], "")
        corrections.record_correction(db, correction, at=at, by=None)
    elif noun == "resolution":
        day = START + timedelta(days=draw(st.integers(-5, 20)))
        resolution = Resolution(question.id, _answer(draw, record, question.id), day, source.id)
        resolutions.record_resolution(db, resolution, at=at, by=None)
    elif noun == "void" and said:
        claims.void(db, one_of(said), at=at, by=None, because="typed twice")
    elif noun == "source":
        mandates = (Mandate(draw(st.sampled_from(PATHS)), draw(st.sampled_from(Vantage))),)
        changed = replace(source, mandates=mandates, kind=draw(st.sampled_from(SourceKind)))
        if draw(st.booleans()):
            changed = replace(changed, id=f"new-{number}", name="New")
        sources.record_source(db, changed, at=at, by=None)
    elif noun == "member":
        body = draw(st.sampled_from([None, *sorted(record.sources)]))
        sources.record_source(db, replace(source, member_of=body), at=at, by=None)
    elif noun == "scope":
        scope = make_scope(draw(st.sampled_from(PATHS)), share=draw(st.sampled_from([None, 0.05, 0.7])))
        scopes.record_scope(db, scope, at=at, by=None)
    elif noun == "question":
        more = (*question.answers, f"answer-{number}") if question.answers else ()
        stakes = (Stake(source.id, (_answer(draw, record, question.id),)),)
        questions.record_question(db, replace(question, answers=more, stakes=stakes), at=at, by=None)
        questions.record_question(db, make_question(f"new-{number}", scope=question.scope), at=at, by=None)
    elif noun == "key":
        keys.create(db, name=f"key-{number}", scope="read", at=at)


def _answer(draw: Any, record: Record, question: str) -> Any:
    from ledgers import _answer as drawn  # noqa: PLC0415

    return drawn(draw, record.questions[question])


@settings(max_examples=60)
@given(records(min_claims=2), st.lists(st.sampled_from(NOUNS), min_size=1, max_size=8), st.data())
def test_caught_up_it_is_as_drawn_up_anew_whatever_was_written(record: Record, nouns: list[str], data: Any):
    with closing(open_database(":memory:")) as db:
        write(db, parts(record))
        now(db)
        for number, noun in enumerate(nouns):
            with suppress(LedgerError, InvalidValueError):
                act(data.draw, db, noun, number)
            if data.draw(st.booleans()):
                assert_same(now(db), anew(db))
        ledger = now(db)
        assert_same(ledger, anew(db))
        assert now(db) is ledger
        assert_same(ledger, present.of_record(load(db)))
        assert ledger.inputs == digests.of_record(load(db))
        for hours in data.draw(st.lists(st.integers(-200, 500), min_size=1, max_size=4)):
            at = START + timedelta(hours=hours)
            with reading(db):
                then = ledger.as_of(db, at)
            early = load(db, as_of=at)
            assert_same_fit(then, present.of_record(early))
            assert then.inputs == digests.of_record(early)
            assert then.n_claims == len(early.claims)
            left_out = {claim.id for claim in early.claims[:2]}
            with reading(db):
                without = then.without(db, left_out, at)
            assert_same_fit(without, present.of_record(early.without(left_out)))
            assert without.inputs == digests.of_record(early.without(left_out))
        with reading(db):
            assert_same(ledger, present.present(db))


def assert_same_fit(one: Present, other: Present) -> None:
    """Say that two are the same as far as a fit looks: what had begun when is another matter."""
    drawn, expected = by_question(one), by_question(other)
    assert drawn.keys() == expected.keys()
    for question, columns in drawn.items():
        for name in (*QUESTIONWISE, *POINTWISE, *CLAIMWISE, *ENTRYWISE, *FAULTWISE, "n_made", "digests"):
            np.testing.assert_array_equal(
                columns[name], expected[question][name], err_msg=f"{question} {name}"
            )
