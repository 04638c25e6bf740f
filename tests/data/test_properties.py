"""The properties of a ledger of some size: order of arrival, refits, and what was just written."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from factories import make_correction, make_resolution
from ledgers import RECORDED, parts, write
from seeded import seeded_record
from sqlite_utils import Database

from data import claims, corrections, figures, scores, settlement
from data.database import open_database
from data.verification import verify
from models.record import CorrectionKind, Record

NOW = RECORDED + timedelta(days=1)


@pytest.fixture(scope="module")
def record() -> Record:
    """The seeded record of 2,000 claims, every eleventh question of it resolved."""
    made = seeded_record(2000)
    said = {claim.question: claim for claim in made.claims}
    resolved = {
        id_: make_resolution(id_, answer=said[id_].answer, resolved_at=said[id_].stated_at, by="s0")
        for id_ in list(made.questions)[::11]
    }
    return replace(made, resolutions=resolved)


@pytest.fixture(scope="module")
def settled(record: Record) -> Iterator[Database]:
    with closing(open_database(":memory:")) as db:
        write(db, parts(record))
        yield db


@pytest.fixture
def ledger(settled: Database, empty: Database) -> Database:
    """A copy of it, to be written to."""
    settled.conn.backup(empty.conn)
    return empty


def stored(db: Database) -> dict[str, list[Any]]:
    """All that a settlement stores, but for how long it took."""
    asked = {
        "terms": "SELECT node, track, fault, variance, judged, weighty, contradicted, fault_precision, "
        "fault_information, claims FROM terms ORDER BY node",
        "scores": "SELECT kind, id, score, low, high, answers FROM scores ORDER BY kind, id",
        "fits": "SELECT version, inputs, learned FROM fits",
        "families": "SELECT * FROM families ORDER BY source, kin",
    }
    return {table: db.execute(sql).fetchall() for table, sql in asked.items()}


def test_the_same_events_in_any_order_of_arrival_leave_the_same_bytes(settled: Database, record: Record):
    values = parts(record)
    shuffled = [values[i] for i in np.random.default_rng(3).permutation(len(values))]
    with closing(open_database(":memory:")) as other:
        write(other, shuffled)
        assert stored(other) == stored(settled)
        for subject in (("source", "s7"), ("claim", "c1234"), ("question", "q55"), ("question", "q59")):
            assert scores.stored(other, *subject) == scores.stored(settled, *subject)


def test_settled_step_by_step_it_is_as_settled_at_once(settled: Database, record: Record):
    values = parts(record)
    steps = np.array_split(np.arange(len(values)), 5)
    with closing(open_database(":memory:")) as other:
        for step in steps:
            write(other, [values[i] for i in step])
        one, expected = stored(other), stored(settled)
        assert (one["terms"], one["fits"], one["families"]) == (
            expected["terms"],
            expected["fits"],
            expected["families"],
        )
        # What lists sort by is made anew where the terms have moved by more than is seen.
        for row, other_row in zip(one["scores"], expected["scores"], strict=True):
            assert row[:2] == other_row[:2]
            numbers = [number for number in other_row[2:5] if number is not None]
            assert [number for number in row[2:5] if number is not None] == pytest.approx(
                numbers, abs=figures.MOVED_BY
            )
        assert [check for check in verify(other) if not check.is_passed] == []


def test_a_refit_changes_nothing(ledger: Database):
    before = stored(ledger)
    settlement.settle(ledger, is_anew=True)
    assert stored(ledger) == before


def test_a_write_reads_back_consistent_at_once_and_a_refit_changes_nothing(ledger: Database, record: Record):
    claim = next(claim for claim in record.claims if claim.question not in record.resolutions)
    second = replace(claim, id="second", source="s5", via=(), cites=(), certainty=1.0, certainty_word=None)
    claims.add(ledger, second, at=NOW, by=None)
    retraction = make_correction(
        claim.id, by=claim.source, kind=CorrectionKind.RETRACT, stated_at=claim.stated_at, scope=None
    )
    corrections.add(ledger, retraction, at=NOW, by=None)
    touched = [("claim", "second"), ("claim", claim.id), ("question", claim.question), ("source", "s5")]
    touched.append(("source", claim.source))
    at_once = [scores.at(ledger, *subject) for subject in touched]
    assert [score.get("standing") for score in at_once[:2]] == ["as_stated", "retracted"]
    settlement.settle(ledger)
    assert [scores.at(ledger, *subject) for subject in touched] == at_once
    before = stored(ledger)
    settlement.settle(ledger, is_anew=True)
    after = stored(ledger)
    assert (after["terms"], after["fits"]) == (before["terms"], before["fits"])
    assert [scores.at(ledger, *subject) for subject in touched] == at_once
