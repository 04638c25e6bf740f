from pathlib import Path

import pytest
from factories import make_source, moment
from sqlite_utils import Database

from data import sources
from data.backup import backup
from data.database import open_database, writing
from data.errors import DatabaseError


def test_a_backup_is_a_ledger_with_everything_that_was_committed(tmp_path: Path):
    db = open_database(str(tmp_path / "credence.db"))
    sources.record_source(db, make_source("a"), at=moment(1), by=None)
    other = open_database(str(tmp_path / "credence.db"))
    with writing(other):
        sources.put(other, make_source("b"), at=moment(1))
        backup(db, tmp_path / "file: 100% copy?.db")
    copy = open_database(str(tmp_path / "file: 100% copy?.db"), create=False)
    assert [source.id for source, _ in sources.page(copy, limit=9).items] == ["a"]
    sources.record_source(copy, make_source("c"), at=moment(2), by=None)
    for opened in (db, other, copy):
        opened.close()


def test_a_backup_never_overwrites(db: Database, tmp_path: Path):
    path = tmp_path / "copy.db"
    path.write_text("mine")
    with pytest.raises(DatabaseError, match="exists already"):
        backup(db, path)
    assert path.read_text() == "mine"


@pytest.mark.parametrize("folder", ["/nowhere", "/proc"])
def test_a_backup_that_cannot_be_written_is_told_in_a_sentence(db: Database, folder: str):
    with pytest.raises(DatabaseError, match=r"^The backup .*\.$"):
        backup(db, f"{folder}/copy.db")
