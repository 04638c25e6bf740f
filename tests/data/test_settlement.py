"""Settling: what a write leaves behind, and what becomes of it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from data.parts import last_entry
from factories import make_claim, make_correction, make_question, make_source, moment
from ledgers import write
from sqlite_utils import Database

from data import claims, corrections, digests, keys, parts, refit, scores, settlement, sources
from data.database import open_database
from data.errors import BusyError
from data.fits import Fit
from models.record import CorrectionKind


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


def test_a_claim_that_is_not_settled_yet_has_no_stored_score_and_nobody_fits_for_it(
    db: Database, monkeypatch: pytest.MonkeyPatch
):
    record(db, "second")
    with monkeypatch.context() as patched:
        patched.setattr(Fit, "to", None)
        with pytest.raises(BusyError):
            scores.stored(db, "claim", "second")
    settlement.settle(db)
    assert scores.stored(db, "claim", "second") is not None


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


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Database]:
    """A ledger of two questions, each with a speaker and a carrier of its own."""
    with closing(open_database(str(tmp_path / "two.db"))) as db:
        named = [make_source(name) for name in ("budanov", "podolyak", "cnn", "bbc")]
        asked = [make_question("front"), make_question("losses")]
        said = [
            make_claim("here", source="budanov", question="front", via=("cnn",)),
            make_claim("there", source="podolyak", question="losses", via=("bbc",)),
        ]
        write(db, [*named, *asked, *said])
        yield db


def test_what_a_write_touches_is_awaited_until_it_is_settled(two: Database):
    touched = [("question", "front"), ("claim", "here"), ("claim", "new"), ("source", "budanov")]
    touched += [("source", "cnn"), ("source", None), ("claim", None)]
    assert [settlement.awaited(two, *subject) for subject in touched] == [None] * len(touched)
    claims.record_claim(
        two, make_claim("new", source="cnn", question="front"), at=moment(5, month=2), by=None
    )
    assert [settlement.awaited(two, *subject) for subject in touched] == [last_entry(two)] * len(touched)
    settlement.settle(two)
    assert [settlement.awaited(two, *subject) for subject in touched] == [None] * len(touched)


def test_what_no_write_touches_is_read_at_once(two: Database):
    claims.record_claim(
        two, make_claim("new", source="cnn", question="front"), at=moment(5, month=2), by=None
    )
    apart = [("question", "losses"), ("claim", "there"), ("source", "podolyak"), ("source", "bbc")]
    apart += [("claim", "unknown"), ("question", "unknown"), ("source", "unknown")]
    assert [settlement.awaited(two, *subject) for subject in apart] == [None] * len(apart)


def test_a_correction_is_awaited_by_whoever_corrects_and_by_the_question(two: Database):
    correction = make_correction(claim="here", by="podolyak", kind=CorrectionKind.DENY, scope=None)
    corrections.record_correction(two, correction, at=moment(5, month=2), by=None)
    assert settlement.awaited(two, "source", "podolyak")
    assert settlement.awaited(two, "claim", "here")
    assert settlement.awaited(two, "claim", "there") is None


def test_after_many_writes_at_once_every_score_is_awaited(two: Database):
    many = [(n, make_claim(f"many-{n}", question="front")) for n in range(settlement.LOOKED_THROUGH + 1)]
    list(claims.record_claims(two, many, at=moment(5, month=2), by=None))
    assert settlement.awaited(two, "question", "losses")


def test_a_large_ledger_is_settled_a_few_questions_at_a_time_and_others_write_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(parts, "LARGEST_WHOLE", 1)
    monkeypatch.setattr(refit, "SETTLED_AT_ONCE", 1)
    path = str(tmp_path / "large.db")
    with closing(open_database(path)) as db, closing(open_database(path)) as other:
        asked = [f"question-{n}" for n in range(3)]
        write(db, [make_source(), make_source("budanov"), *map(make_question, asked)])
        told = [(n, make_claim(f"new-{n}", source="budanov", question=name)) for n, name in enumerate(asked)]
        list(claims.record_claims(db, told, at=moment(5, month=2), by=None))

        def write_between():
            if not other.execute("SELECT 1 FROM sources WHERE id = 'between'").fetchone():
                sources.record_source(other, make_source("between"), at=moment(6, month=2), by=None)

        monkeypatch.setattr(refit, "give_way", write_between)
        settlement.settle(db)
        assert settlement.n_unsettled(db) == 1
        settlement.settle(db)
        assert not settlement.is_behind(db)
        assert db.execute("SELECT inputs FROM fits").fetchone()[0] == digests.of_ledger(db)
        for name in asked:
            assert settlement.awaited(db, "question", name) is None
