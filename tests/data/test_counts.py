from pathlib import Path

import pytest
from factories import make_claim, make_correction, moment
from sqlite_utils import Database

from data import claims, corrections, counts, figures, settlement
from data.database import observe_writes, open_database, writing
from data.errors import DatabaseError


def test_what_the_ledger_holds_is_counted_by_noun(db: Database):
    before = counts.count(db).rows
    claims.add(db, make_claim(), at=moment(2), by=None)
    corrections.add(db, make_correction(), at=moment(3), by=None)
    after = counts.count(db)
    grown = {noun for noun, number in after.rows.items() if number == before[noun] + 1}
    assert grown == {"claims", "corrections"}
    assert after.rows["audit"] == before["audit"] + 2
    assert after.written_at == moment(3)


def test_what_waits_for_its_score_is_counted_until_it_is_settled(db: Database):
    settlement.settle(db)
    assert counts.count(db).n_unscored == 0
    claims.add(db, make_claim(), at=moment(2), by=None)
    assert counts.count(db).n_unscored == 1
    settlement.settle(db)
    settled = counts.count(db)
    assert (settled.n_unscored, settled.n_stale) == (0, 0)
    assert settled.fitted_at == moment(2)
    assert settled.fit_seconds is not None
    assert settled.fit_seconds > 0


def test_what_waits_to_be_listed_anew_is_counted_until_it_is(db: Database, monkeypatch: pytest.MonkeyPatch):
    claims.add(db, make_claim(), at=moment(2), by=None)
    with monkeypatch.context() as broken_off:
        broken_off.setattr(figures, "MADE_AT_ONCE", 0)
        settlement.settle(db)
    told = counts.count(db)
    assert (told.n_unscored, told.n_stale) == (0, 1)
    settlement.settle(db)
    assert counts.count(db).n_stale == 0


def test_a_refit_is_timed(db: Database):
    claims.add(db, make_claim(), at=moment(2), by=None)
    settlement.settle(db, is_anew=True)
    told = counts.count(db)
    assert told.fit_seconds is not None
    assert told.fit_seconds > 0
    assert told.n_unscored == 0


def test_a_ledger_in_memory_has_no_file(empty: Database):
    told = counts.count(empty)
    assert (told.file_bytes, told.free_bytes, told.written_at) == ({}, None, None)


def test_a_ledger_whose_file_is_gone_cannot_be_counted(tmp_path: Path):
    db = open_database(str(tmp_path / "credence.db"))
    assert counts.count(db).file_bytes["database"] > 0
    (tmp_path / "credence.db").unlink()
    with pytest.raises(DatabaseError):
        counts.count(db)
    db.close()


def test_each_write_is_told_whether_it_was_kept_or_not(db: Database):
    told: list[tuple[float, float | None]] = []
    observe_writes(db, [lambda waited, held: told.append((waited, held))])
    claims.add(db, make_claim(), at=moment(2), by=None)
    with pytest.raises(ZeroDivisionError), writing(db):
        raise ZeroDivisionError
    assert len(told) == 2
    assert all(waited >= 0 and held is not None and held > 0 for waited, held in told)


def test_a_write_whose_turn_never_comes_is_told_without_its_length(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("data.database.BUSY_TIMEOUT_S", 0.05)
    first, second = (open_database(str(tmp_path / "credence.db")) for _ in range(2))
    told: list[tuple[float, float | None]] = []
    observe_writes(second, [lambda waited, held: told.append((waited, held))])
    with writing(first), pytest.raises(DatabaseError, match="busy"), writing(second):
        pass
    ((waited, held),) = told
    assert held is None
    assert waited >= 0.05
    first.close()
    second.close()
