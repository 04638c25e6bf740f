"""The ledger as a fit sees it, kept in step with what is written: the same as drawn up anew."""

from collections.abc import Iterable
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
from ledgers import ADD, PATHS, RECORDED, START, answer_of, busy_ledger, correction_of, parts, records, write
from seeded import seeded_record
from sqlite_utils import Database

from data import claims, corrections, digests, keys, present, questions, resolutions, scopes, scores, sources
from data.audit import last_entry
from data.database import open_database, reading, writing
from data.errors import LedgerError, UnknownIdError, UnknownReferenceError
from data.present import Present
from data.record import load
from models.answer import Names
from models.columns import CLAIMWISE, ENTRYWISE, FAULTWISE, POINTWISE, QUESTIONWISE, Columns
from models.errors import InvalidValueError
from models.record import CorrectionKind, Mandate, Record, Resolution, SourceKind, Stake, Vantage

QUESTION = "dprk-on-kursk-front"
LOOKED_AT = (*QUESTIONWISE, *POINTWISE, *CLAIMWISE, *ENTRYWISE, *FAULTWISE, "digests")
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

    def one_of(values: Iterable[str]) -> str:
        return draw(st.sampled_from(sorted(values)))

    question = record.questions[one_of(record.questions)]
    source = record.sources[one_of(record.sources)]
    said = {claim.id: claim for claim in record.claims}
    if noun == "claim":
        answer = answer_of(draw, question)
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
        claims.add(db, claim, at=at, by=None)
    elif noun == "correction" and said:
        correction = correction_of(draw, record, said[one_of(said)], "")
        corrections.add(db, correction, at=at, by=None)
    elif noun == "resolution":
        day = START + timedelta(days=draw(st.integers(-5, 20)))
        resolution = Resolution(question.id, answer_of(draw, question), day, source.id)
        resolutions.add(db, resolution, at=at, by=None)
    elif noun == "void" and said:
        claims.void(db, one_of(said), at=at, by=None, because="typed twice")
    elif noun == "source":
        mandates = (Mandate(draw(st.sampled_from(PATHS)), draw(st.sampled_from(Vantage))),)
        changed = replace(source, mandates=mandates, kind=draw(st.sampled_from(SourceKind)))
        if draw(st.booleans()):
            changed = replace(changed, id=f"new-{number}", name="New")
        sources.put(db, changed, at=at, by=None)
    elif noun == "member":
        body = draw(st.sampled_from([None, *sorted(record.sources)]))
        sources.put(db, replace(source, member_of=body), at=at, by=None)
    elif noun == "scope":
        scope = make_scope(draw(st.sampled_from(PATHS)), share=draw(st.sampled_from([None, 0.05, 0.7])))
        scopes.put(db, scope, at=at, by=None)
    elif noun == "question":
        more = (*question.answers, f"answer-{number}") if question.answers else ()
        stakes = (Stake(source.id, (answer_of(draw, question),)),)
        questions.put(db, replace(question, answers=more, stakes=stakes), at=at, by=None)
        questions.put(db, make_question(f"new-{number}", scope=question.scope), at=at, by=None)
    elif noun == "key":
        keys.create(db, name=f"key-{number}", scope="read", at=at)


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
        assert_same_fit(ledger, present.of_record(load(db)))
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
    """Say that two are the same as far as a fit looks; what had begun when is another matter."""
    drawn, expected = by_question(one), by_question(other)
    assert drawn.keys() == expected.keys()
    for question, columns in drawn.items():
        names = [*LOOKED_AT]
        if not columns["n_claims"].any() and not columns["is_clamped"].any():
            # Over what range a quantity will be spoken of is nothing that a fit looks at before it is.
            names = [name for name in names if name not in (*POINTWISE, "n_points")]
        for name in names:
            told = f"{question} {name}"
            np.testing.assert_array_equal(columns[name], expected[question][name], err_msg=told)


@pytest.fixture
def dispute(empty: Database) -> Database:
    write(empty, [make_source(), make_source("podolyak"), make_question(), make_question("silent")])
    return empty


def resolved(db: Database, ledger: Present, at: datetime) -> list[str]:
    with reading(db):
        columns = ledger.as_of(db, at).drawn.columns
    return columns.questions[columns.is_clamped].tolist()


@pytest.mark.parametrize("days", [(10, 20), (20, 10)])
def test_a_question_on_which_nobody_spoke_was_resolved_by_whatever_had_been_ruled_by_then(
    dispute: Database, days: tuple[int, int]
):
    for number, (day, answer) in enumerate(zip(days, ("fighting", "reduced"), strict=True)):
        resolution = make_resolution("silent", answer=Names((answer,)), resolved_at=moment(day))
        at = RECORDED + timedelta(days=number + 1)
        resolutions.add(dispute, resolution, at=at, by=None)
    ledger = now(dispute)
    for day, expected in ((9, []), (10, ["silent"]), (15, ["silent"]), (20, ["silent"]), (25, ["silent"])):
        assert resolved(dispute, ledger, moment(day)) == expected
        with reading(dispute):
            then = ledger.as_of(dispute, moment(day))
        assert_same_fit(then, present.of_record(load(dispute, as_of=moment(day))))


def test_what_was_rolled_back_is_forgotten(dispute: Database):
    now(dispute)
    with pytest.raises(ZeroDivisionError), writing(dispute):  # noqa: PT012 - the block is what is rolled back
        claims.add(dispute, make_claim("wrong", answer=Names(("withdrawn",))), at=moment(2, month=3))
        assert "wrong" in present.present(dispute).drawn.columns.claims
        _ = 1 / 0
    assert_same(now(dispute), anew(dispute))
    claims.add(dispute, make_claim("right"), at=moment(2, month=3), by=None)
    assert now(dispute).drawn.columns.claims.tolist() == ["right"]
    assert_same(now(dispute), anew(dispute))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    with closing(open_database(str(tmp_path / "ledger.db"))) as db:
        write(db, [make_source(), make_source("podolyak"), make_question(), make_claim()])
    return tmp_path / "ledger.db"


def test_all_handles_on_one_file_share_it_and_each_sees_its_own_state(file: Path):
    with closing(open_database(str(file))) as one, closing(open_database(str(file))) as other:
        before = now(one)
        assert now(other) is before
        with reading(one):
            assert present.present(one) is before
            claims.add(other, make_claim("second", source="podolyak"), at=moment(9), by=None)
            after = now(other)
            assert after.n_claims == 2
            # Inside its transaction the first handle sees what it saw.
            assert_same(present.present(one), before)
        assert_same(now(one), after)
        assert now(other) is now(one)


def test_another_ledger_in_the_place_of_a_file_is_drawn_up_anew(file: Path, tmp_path: Path):
    with closing(open_database(str(file))) as db:
        now(db)
        with closing(open_database(str(tmp_path / "other.db"))) as other:
            others = [
                make_source(),
                make_source("cnn"),
                make_question(),
                make_claim("theirs"),
                make_claim("more"),
            ]
            write(other, others)
            # In place, as where an inode is used again.
            other.conn.backup(db.conn)
        assert_same(now(db), anew(db))
        assert now(db).drawn.columns.claims.tolist() == ["more", "theirs"]


def test_a_ledger_in_memory_is_kept_by_its_handle_alone(dispute: Database):
    with closing(open_database(":memory:")) as other:
        assert now(other).n_claims == 0
        assert len(now(other).drawn.columns.questions) == 0
        assert len(now(dispute).drawn.columns.questions) == 2


def test_only_the_questions_that_a_write_touches_are_drawn_up_again(
    empty: Database, monkeypatch: pytest.MonkeyPatch
):
    write(empty, busy_ledger())
    now(empty)
    drawn: list[list[str]] = []
    draw = present._draw

    def note(record: Record, *others: Any) -> present.Drawn:
        drawn.append(list(record.questions))
        return draw(record, *others)

    monkeypatch.setattr(present, "_draw", note)
    at = moment(5, month=3)
    claims.add(empty, make_claim("new", source="s1", question="q4"), at=at, by=None)
    now(empty)
    corrections.add(
        empty,
        make_correction("new", by="s2", kind=CorrectionKind.DENY, scope=None, stated_at=at),
        at=at,
        by=None,
    )
    sources.put(empty, make_source("elsewhere"), at=at, by=None)
    now(empty)
    with reading(empty):
        now(empty).as_of(empty, moment(9, 12))
    # One was touched by each write; of a moment, only what has begun and goes on is read.
    assert drawn[:2] == [["q4"], ["q4"]]
    between = {
        question for question, said in said_on(load(empty)).items() if min(said) <= moment(9, 12) < max(said)
    }
    assert {question for some in drawn[2:] for question in some} == between


def said_on(record: Record) -> dict[str, list[datetime]]:
    """When something was said or resolved on each question."""
    found: dict[str, list[datetime]] = {}
    of_claim = {claim.id: claim.question for claim in record.claims}
    for claim in record.claims:
        found.setdefault(claim.question, []).append(claim.stated_at)
    for correction in record.corrections:
        found[of_claim[correction.claim]].append(correction.stated_at)
    for resolution in record.resolutions.values():
        found.setdefault(resolution.question, []).append(resolution.resolved_at)
    return found


def test_a_moment_of_a_ledger_of_20_000_claims_is_a_fresh_one_fed_only_with_what_had_been_said():
    record = seeded_record(20_000)
    at = record.claims[len(record.claims) // 2].stated_at
    values = parts(record)
    with closing(open_database(":memory:")) as whole, closing(open_database(":memory:")) as fresh:
        _record(whole, values)
        _record(fresh, [value for value in values if getattr(value, "stated_at", at) <= at])
        random = np.random.default_rng(11)
        early = [claim for claim in record.claims if claim.stated_at <= at]
        asked = [
            *(("source", id_, None) for id_ in random.choice(list(record.sources), 20)),
            *(("claim", early[i].id, None) for i in random.integers(len(early), size=40)),
            # Those that were being spoken of, and others.
            *(("claim", claim.id, None) for claim in early[-20:]),
            *(("question", id_, None) for id_ in random.choice(list(record.questions), 20)),
            *(("question", claim.question, None) for claim in early[-20:]),
        ]
        then, expected = (
            scores.many(db, asked, as_of=moment_) for db, moment_ in ((whole, at), (fresh, None))
        )
        for subject, one, other in zip(asked, then, expected, strict=True):
            assert one is not None
            assert other is not None
            assert one["model"]["inputs"] == other["model"]["inputs"]
            assert figures(one) == pytest.approx(figures(other), abs=1e-6, rel=1e-6), subject


def _record(db: Database, values: Iterable[Any]) -> None:
    waiting = list(values)
    with writing(db):
        while waiting:
            left = []
            for value in waiting:
                try:
                    ADD[type(value)](db, value, at=RECORDED)
                except (UnknownIdError, UnknownReferenceError):
                    left.append(value)
            waiting = left


def figures(document: dict[str, Any]) -> list[float]:
    """Every number that a score says."""
    found = [document["effective_n"], *(factor["log_odds"] for factor in document["factors"])]
    if document.get("score") is not None:
        found += [document["score"], document["interval"]["low"], document["interval"]["high"]]
    for answer in document.get("answers", ()):
        found += [answer["credence"], answer["low"], answer["high"]]
    if document.get("quantity") and document["quantity"]["median"] is not None:
        found += [document["quantity"][name] for name in ("median", "low", "high")]
    return [
        *found,
        *(share[name] for share in document.get("evidence", ()) for name in ("weight", "log_odds")),
    ]
