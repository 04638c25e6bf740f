import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from factories import make_claim, make_question, make_source, moment
from sqlite_utils import Database

from data import backup as backups
from data import claims, keys, questions, sources
from data.backup import backup, restore
from data.database import open_database, open_to_read, writing
from data.errors import DatabaseError
from data.migrations import MIGRATIONS
from data.verification import verify

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger's file, with one source."""
    path = tmp_path / "credence.db"
    with closing(open_database(str(path))) as db:
        sources.put(db, make_source("a"), at=moment(1), by=None)
    return path


def held(path: Path) -> list[str]:
    with closing(open_database(str(path), create=False)) as db:
        return [source.id for source, _ in sources.page(db, limit=99).items]


def taken(path: Path) -> Path:
    """A backup of a ledger, after which that got another source."""
    copy = path.with_name("copy.db")
    with closing(open_database(str(path))) as db:
        backup(db, copy)
        sources.put(db, make_source("later"), at=moment(2), by=None)
    return copy


def test_a_backup_is_a_ledger_with_everything_that_was_committed(path: Path, tmp_path: Path):
    db, other = open_database(str(path)), open_database(str(path))
    with writing(other):
        sources.put(other, make_source("b"), at=moment(1))
        backup(db, tmp_path / "file: 100% copy?.db")
    copy = open_database(str(tmp_path / "file: 100% copy?.db"), create=False)
    assert [source.id for source, _ in sources.page(copy, limit=9).items] == ["a"]
    sources.put(copy, make_source("c"), at=moment(2), by=None)
    for opened in (db, other, copy):
        opened.close()


def test_a_backup_tells_up_to_which_entry_it_goes(path: Path, tmp_path: Path):
    with closing(open_database(str(path))) as db:
        head = backup(db, tmp_path / "copy.db")
        assert head == db.execute("SELECT digest FROM audit").fetchone()[0]
    with closing(open_to_read(str(tmp_path / "copy.db"))) as copy:
        checks = list(verify(copy))
    assert all(check.is_passed for check in checks)
    assert checks[2].found.endswith(head)


def test_backups_that_are_taken_while_others_write_hold_together(path: Path, tmp_path: Path):
    is_over = threading.Event()

    def write() -> None:
        with closing(open_database(str(path))) as db:
            with writing(db):
                questions.put(db, make_question(), at=moment(1))
            for i in range(10_000):
                if is_over.is_set():
                    return
                with writing(db):
                    claims.add(db, make_claim(f"claim-{i}", source="a"), at=moment(2))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with closing(open_database(str(path))) as db:
            for i in range(5):
                backup(db, tmp_path / f"copy-{i}.db")
    finally:
        is_over.set()
        writer.join()
    for i in range(5):
        with closing(open_to_read(str(tmp_path / f"copy-{i}.db"))) as copy:
            found = [check for check in verify(copy, with_scores=False) if not check.is_passed]
            assert found == []


def test_a_backup_is_for_its_owner_alone_and_leaves_nothing_beside_it(path: Path, tmp_path: Path):
    folder = tmp_path / "backups"
    folder.mkdir()
    with closing(open_database(str(path))) as db:
        backup(db, folder / "copy.db")
    assert [file.name for file in folder.iterdir()] == ["copy.db"]
    assert (folder / "copy.db").stat().st_mode & 0o777 == 0o600


def test_a_backup_that_is_broken_off_has_no_name(path: Path, tmp_path: Path, monkeypatch):
    folder = tmp_path / "backups"
    folder.mkdir()

    def fail(_: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(backups, "_sync", fail)
    with (
        closing(open_database(str(path))) as db,
        pytest.raises(DatabaseError, match="cannot be used: the disk reports an error"),
    ):
        backup(db, folder / "copy.db")
    assert list(folder.iterdir()) == []


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


def test_a_backup_is_restored_where_no_ledger_is(path: Path, tmp_path: Path):
    copy = taken(path)
    target = tmp_path / "new" / "credence.db"
    target.parent.mkdir()
    assert restore(copy, f"sqlite:///{target}", at=moment(3)) is None
    assert [file.name for file in target.parent.iterdir()] == ["credence.db"]
    assert held(target) == ["a"]


def test_a_ledger_that_is_there_stays_unless_it_is_to_be_replaced(path: Path):
    copy = taken(path)
    with pytest.raises(DatabaseError, match="exists already, and is left as it is"):
        restore(copy, str(path), at=moment(3))
    assert held(path) == ["a", "later"]
    aside = restore(copy, str(path), at=moment(3), is_replacing=True)
    assert aside == path.with_name("credence.db.before-20250103T000000Z")
    assert (held(path), held(aside)) == (["a"], ["a", "later"])


def test_a_ledger_that_somebody_uses_is_not_replaced(path: Path):
    copy = taken(path)
    with closing(open_database(str(path))) as db:
        sources.get(db, "a")
        with pytest.raises(DatabaseError, match="is in use: stop the server first"):
            restore(copy, str(path), at=moment(3), is_replacing=True)
    assert held(path) == ["a", "later"]
    assert not [file.name for file in path.parent.iterdir() if "partial" in file.name]


KILLED = """
import os, signal, sys
sys.path[:0] = ["tests", "."]
from factories import make_source, moment
from data import sources
from data.database import open_database
db = open_database(sys.argv[1])
sources.put(db, make_source("in-the-log"), at=moment(3), by=None)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_log_of_a_ledger_that_was_killed_goes_aside_with_it(path: Path):
    copy = taken(path)
    subprocess.run([sys.executable, "-c", KILLED, path], cwd=ROOT, check=False)
    assert path.with_name("credence.db-wal").stat().st_size
    aside = restore(copy, str(path), at=moment(3), is_replacing=True)
    assert aside is not None
    assert held(path) == ["a"]
    assert held(aside) == ["a", "in-the-log", "later"]


def test_a_stray_log_is_not_played_into_what_is_restored(path: Path):
    copy = taken(path)
    subprocess.run([sys.executable, "-c", KILLED, path], cwd=ROOT, check=False)
    path.unlink()
    restore(copy, str(path), at=moment(3))
    assert held(path) == ["a"]


def test_a_damaged_ledger_can_be_replaced(path: Path):
    copy = taken(path)
    path.write_bytes(b"\0" * 10_000)
    aside = restore(copy, str(path), at=moment(3), is_replacing=True)
    assert aside is not None
    assert aside.read_bytes() == b"\0" * 10_000
    assert held(path) == ["a"]


def test_a_backup_in_which_something_was_altered_is_not_restored(path: Path, tmp_path: Path):
    copy = taken(path)
    with closing(sqlite3.connect(copy)) as altered:
        (trigger,) = altered.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'source_versions_refuse_update'"
        ).fetchone()
        altered.execute("DROP TRIGGER source_versions_refuse_update")
        altered.execute("UPDATE source_versions SET document = replace(document, 'person', 'outlet')")
        altered.execute(trigger)
        altered.commit()
    with pytest.raises(DatabaseError, match=r"does not hold: chain: entry 1 .* was altered"):
        restore(copy, str(tmp_path / "new.db"), at=moment(3))
    assert not (tmp_path / "new.db").exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"These are notes, and they are longer than a header. " * 9, "is not a database"), (None, "not exist")],
)
def test_what_is_no_backup_is_told_in_a_sentence(tmp_path: Path, content: bytes | None, reason: str):
    if content is not None:
        (tmp_path / "copy.db").write_bytes(content)
    with pytest.raises(DatabaseError, match=rf"^The backup .*{reason}.*\.$"):
        restore(tmp_path / "copy.db", str(tmp_path / "new.db"), at=moment(3))
    assert not (tmp_path / "new.db").exists()


def test_a_backup_of_the_first_version_is_restored_and_brought_to_this_one(tmp_path: Path, monkeypatch):
    copy, target = tmp_path / "copy.db", tmp_path / "credence.db"
    with monkeypatch.context() as before:
        before.setattr(MIGRATIONS, "_migrations", MIGRATIONS._migrations[:1])
        with closing(open_database(str(tmp_path / "old.db"))) as old:
            old.execute("INSERT INTO keys VALUES ('ab', 'desk', 'write', '2025-01-01T00:00:00.000000Z')")
            old.execute(
                "INSERT INTO audit VALUES (1, '2025-01-01T00:00:00.000000Z', NULL, 'create', 'key', 'desk')"
            )
            old.execute("UPDATE changes SET recorded_at = '2025-01-01T00:00:00.000000Z'")
            old.execute("VACUUM INTO ?", [str(copy)])
    restore(copy, str(target), at=moment(3))
    with closing(open_to_read(str(target))) as db:
        assert [check.found for check in verify(db) if not check.is_passed] == []
        assert [key.name for key in keys.every(db)] == ["desk"]
