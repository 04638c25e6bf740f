"""Settling: what a write leaves behind, and what becomes of it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from factories import make_claim, make_question, make_source, moment
from ledgers import write
from sqlite_utils import Database

from data import claims, keys, scores, settlement
from data.database import open_database
from data.fits import Fit


@pytest.fixture
def database(tmp_path: Path) -> Path:
    with closing(open_database(str(tmp_path / "ledger.db"))) as db:
        write(db, [make_source("budanov"), make_source("podolyak"), make_question(), make_claim("first")])
    return tmp_path / "ledger.db"


@pytest.fixture
def db(database: Path) -> Iterator[Database]:
    with closing(open_database(str(database))) as db:
        yield db


def record(db: Database, claim_id: str) -> None:
    claim = make_claim(claim_id, source="podolyak")
    claims.record_claim(db, claim, at=moment(5, month=2), by=None)


def test_a_write_leaves_the_stored_scores_behind_and_settling_catches_up(db: Database):
    assert not settlement.is_behind(db)
    record(db, "second")
    assert settlement.is_behind(db)
    assert scores.model(db)["pending"] == 1
    settlement.settle(db)
    assert not settlement.is_behind(db)
    assert scores.model(db)["pending"] == 0


def test_the_score_of_a_claim_that_is_not_settled_yet_is_the_one_that_it_settles_at(db: Database):
    record(db, "second")
    before = scores.stored(db, "claim", "second")
    settlement.settle(db)
    assert scores.stored(db, "claim", "second") == before


def test_what_is_written_while_a_fit_runs_is_neither_lost_nor_waits(
    db: Database, database: Path, monkeypatch: pytest.MonkeyPatch
):
    fitted = Fit.to

    def fit_slowly(*arguments):
        with closing(open_database(str(database))) as other:
            if not other.execute("SELECT 1 FROM claims WHERE id = 'meanwhile'").fetchone():
                record(other, "meanwhile")
        return fitted(*arguments)

    record(db, "second")
    monkeypatch.setattr(Fit, "to", fit_slowly)
    settlement.settle(db)
    assert settlement.is_behind(db)
    settlement.settle(db)
    assert not settlement.is_behind(db)
    assert db["scores"].count_where("kind = 'claim'") == 3


def test_an_older_fit_does_not_take_the_place_of_a_newer_one(
    db: Database, database: Path, monkeypatch: pytest.MonkeyPatch
):
    fitted = Fit.to
    depth = []

    def fit_slowly(*arguments):
        depth.append(1)
        if len(depth) == 1:
            with closing(open_database(str(database))) as other:
                record(other, "meanwhile")
                settlement.settle(other)
        return fitted(*arguments)

    record(db, "second")
    monkeypatch.setattr(Fit, "to", fit_slowly)
    settlement.settle(db)
    assert not settlement.is_behind(db)
    assert scores.stored(db, "claim", "meanwhile") is not None
    assert db["scores"].count_where("kind = 'claim'") == 3


def test_an_entry_that_moves_no_score_is_settled_without_a_fit(db: Database, monkeypatch: pytest.MonkeyPatch):
    keys.create(db, name="desk", scope="read", at=moment(5, month=2))
    assert settlement.is_behind(db)
    monkeypatch.setattr(Fit, "to", None)
    settlement.settle(db)
    assert not settlement.is_behind(db)
