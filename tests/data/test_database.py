import errno
import fcntl
import os
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from factories import make_claim, make_question, make_source, moment
from sqlite_utils import Database

from data import claims, database, questions, sources
from data.database import changes, explanation, identity, open_database, reading, writing
from data.errors import BusyError, DatabaseError, FullDiskError, LedgerError, RefusedError, TakenIdError

ROOT = Path(__file__).parents[2]

# What one of several processes does: open the ledger that may not exist yet, and write claims.
WRITER = """
import sys
sys.path[:0] = ["tests", "."]
from factories import make_claim, make_question, make_source, moment
from data import claims, questions, sources
from data.database import open_database
from data.writer import Writer
path, name, n = sys.argv[1:]
db = open_database(path)
sources.put(db, make_source(), at=moment(1), by=Writer(name))
questions.put(db, make_question(), at=moment(1), by=Writer(name))
for i in range(int(n)):
    claims.add(db, make_claim(f"{name}-{i}"), at=moment(2), by=Writer(name))
"""


def n_claims(db: Database) -> int:
    return db.table("claims").count


@pytest.mark.parametrize("form", ["{}", "sqlite:///{}"])
def test_what_was_written_is_found_when_the_file_is_opened_again(tmp_path: Path, form: str):
    url = form.format(tmp_path / "credence.db")
    db = open_database(url)
    sources.put(db, make_source(), at=moment(1), by=None)
    db.close()
    db = open_database(url, create=False)
    assert sources.get(db, "budanov") == make_source()
    db.close()


def test_a_relative_url_is_a_file_in_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    open_database("sqlite:///a ledger?.db").close()
    assert (tmp_path / "a ledger?.db").is_file()


def test_a_ledger_is_opened_with_keys_checked_full_synchrony_and_a_write_ahead_log(tmp_path: Path):
    db = open_database(str(tmp_path / "credence.db"))
    settings = [
        db.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("foreign_keys", "synchronous", "journal_mode", "busy_timeout")
    ]
    assert settings == [1, 2, "wal", database.BUSY_TIMEOUT_S * 1000]
    db.close()


def refusal(url: str, *, create: bool = True) -> str:
    with pytest.raises(DatabaseError) as caught:
        open_database(url, create=create)
    assert caught.value.reason.count("\n") == 0
    assert caught.value.reason.endswith(".")
    return caught.value.reason


def test_postgresql_is_refused_without_repeating_its_password():
    sentence = refusal("postgresql://me:secret@host/credence")
    assert "not supported yet" in sentence
    assert "secret" not in sentence


def test_an_unknown_scheme_and_an_empty_name_are_refused():
    assert "mysql://" in refusal("mysql://host/credence")
    assert "empty" in refusal("")
    assert "empty" in refusal("sqlite:///")


def test_a_missing_folder_is_refused(tmp_path: Path):
    assert "no folder" in refusal(str(tmp_path / "nowhere" / "credence.db"))


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path):
    assert "it is a folder" in refusal(str(tmp_path))


def test_a_missing_file_is_refused_where_none_is_to_be_made(tmp_path: Path):
    assert "does not exist" in refusal(str(tmp_path / "credence.db"), create=False)
    assert not list(tmp_path.iterdir())


def test_a_folder_where_no_file_can_be_made_is_refused():
    # No file can be made here, not even by root, who passes every check of permissions.
    sentence = refusal("/proc/credence.db")
    assert "cannot be opened" in sentence or "not writable" in sentence


def test_a_file_and_a_folder_that_may_not_be_written_are_refused(tmp_path: Path):
    path = tmp_path / "credence.db"
    open_database(str(path)).close()
    path.chmod(0o444)
    if os.access(path, os.W_OK):
        pytest.skip("this user may write everywhere")
    assert "file is not writable" in refusal(str(path))
    path.chmod(0o644)
    tmp_path.chmod(0o555)
    assert "folder is not writable" in refusal(str(path))
    tmp_path.chmod(0o755)


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path):
    path = tmp_path / "notes.txt"
    path.write_text("These are notes, and they are longer than a header. " * 9)
    before = path.read_bytes()
    assert "is not a database" in refusal(str(path))
    assert path.read_bytes() == before


def test_a_database_of_another_program_is_refused_and_left_as_it_is(tmp_path: Path):
    path = tmp_path / "other.db"
    other = Database(path)
    other.table("recipes").insert({"name": "borscht"})
    other.close()
    before = path.read_bytes()
    assert "something other" in refusal(str(path))
    assert path.read_bytes() == before


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path):
    path = str(tmp_path / "credence.db")
    db = open_database(path)
    db.table("_sqlite_migrations").insert(
        {"migration_set": "credence", "name": "add_moods", "applied_at": "2030-01-01"}
    )
    db.close()
    assert "newer version" in refusal(path)


def write_one_and_fail(db: Database) -> None:
    sources.put(db, make_source("a"), at=moment(1))
    sources.put(db, make_source("b", member_of="b"), at=moment(1))


def test_a_write_that_fails_leaves_nothing_behind(empty: Database):
    before = changes(empty)
    with pytest.raises(RefusedError), writing(empty):
        write_one_and_fail(empty)
    assert empty.table("sources").count == 0
    assert changes(empty) == before
    assert not empty.conn.in_transaction


def test_each_write_is_one_change(empty: Database):
    before = changes(empty)
    with writing(empty):
        sources.put(empty, make_source("a"), at=moment(1))
        sources.put(empty, make_source("b"), at=moment(1))
        assert changes(empty) == before + 1
    assert changes(empty) == before + 1


def write_one_in_a_write_and_fail(db: Database) -> None:
    sources.put(db, make_source("c"), at=moment(1), by=None)
    write_one_and_fail(db)


def test_a_write_inside_another_is_a_part_of_it(empty: Database):
    before = changes(empty)
    with writing(empty):
        sources.put(empty, make_source("a"), at=moment(1), by=None)
        sources.put(empty, make_source("b"), at=moment(1), by=None)
        assert empty.conn.in_transaction
    assert (changes(empty), empty.table("sources").count) == (before + 1, 2)
    with pytest.raises(RefusedError), writing(empty):
        write_one_in_a_write_and_fail(empty)
    assert (changes(empty), empty.table("sources").count) == (before + 1, 2)
    sources.put(empty, make_source("d"), at=moment(1), by=None)
    assert changes(empty) == before + 2


def test_a_write_inside_a_reading_is_refused_rather_than_lost(empty: Database):
    with reading(empty), pytest.raises(sqlite3.OperationalError), writing(empty):
        pass


def test_a_reader_sees_one_state_while_another_writes(tmp_path: Path):
    path = str(tmp_path / "credence.db")
    reader, writer = open_database(path), open_database(path)
    with reading(reader):
        before = changes(reader)
        sources.put(writer, make_source(), at=moment(1), by=None)
        assert changes(reader) == before
        assert reader.table("sources").count == 0
    assert changes(reader) == before + 1
    reader.close()
    writer.close()


def test_reading_inside_a_write_sees_what_is_being_written(empty: Database):
    with writing(empty):
        sources.put(empty, make_source(), at=moment(1))
        with reading(empty):
            assert sources.get(empty, "budanov") == make_source()
        assert empty.conn.in_transaction


def test_a_writer_that_waits_too_long_is_told_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.05)
    path = str(tmp_path / "credence.db")
    first, second = open_database(path), open_database(path)
    with writing(first), pytest.raises(DatabaseError, match="is busy"):
        sources.put(second, make_source(), at=moment(1), by=None)
    sources.put(second, make_source(), at=moment(1), by=None)
    first.close()
    second.close()


def test_the_turn_and_the_lock_together_are_waited_for_no_longer_than_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = str(tmp_path / "credence.db")
    writer, other = open_database(path), sqlite3.connect(path, isolation_level=None)
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 2.0)
    with open(f"{path}-queue", "w") as queue:
        fcntl.flock(queue, fcntl.LOCK_EX)
        # Its turn comes when most of the time is up, and then somebody outside the queue has the lock.
        threading.Timer(1.5, fcntl.flock, (queue, fcntl.LOCK_UN)).start()
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(BusyError):
            sources.put(writer, make_source(), at=moment(1), by=None)
    # Waited for each in full, it would be 3.5.
    assert 1.5 < time.monotonic() - began < 3.2
    other.close()
    writer.close()


def test_a_full_database_is_told_from_other_failures_and_keeps_nothing_of_a_write(empty: Database):
    (n_pages,) = empty.execute("PRAGMA page_count").fetchone()
    empty.execute(f"PRAGMA max_page_count = {n_pages}")

    def write_many() -> None:
        for i in range(500):
            sources.put(empty, make_source(f"source-{i}"), at=moment(1), by=None)

    with pytest.raises(FullDiskError, match="the disk is full"):
        write_many()
    assert not empty.conn.in_transaction
    n_sources = empty.table("sources").count
    assert empty.table("source_versions").count == n_sources
    assert empty.table("audit").count == n_sources


def test_what_is_no_fault_of_the_disk_is_left_as_it_is(empty: Database):
    with pytest.raises(sqlite3.OperationalError) as caught:
        empty.execute("SELECT nothing")
    assert explanation(caught.value) is None
    assert explanation(FileNotFoundError(errno.ENOENT, "no such file")) is None
    assert isinstance(explanation(OSError(errno.ENOSPC, "no space")), FullDiskError)


def test_a_file_in_the_place_of_another_has_another_identity(tmp_path: Path):
    path = tmp_path / "credence.db"
    assert identity(str(path)) is None
    open_database(str(path)).close()
    before = identity(f"sqlite:///{path}")
    path.rename(tmp_path / "moved.db")
    open_database(str(path)).close()
    assert before is not None
    assert identity(str(path)) not in (None, before)


def test_four_threads_write_and_read_at_once_and_lose_nothing(tmp_path: Path):
    path = str(tmp_path / "credence.db")
    db = open_database(path)
    sources.put(db, make_source(), at=moment(1), by=None)
    questions.put(db, make_question(), at=moment(1), by=None)
    outcomes: list[str] = []

    def write() -> None:
        own = open_database(path)
        for i in range(25):
            try:
                claims.add(own, make_claim(f"claim-{i}"), at=moment(2), by=None)
                outcomes.append("written")
            except TakenIdError:
                outcomes.append("taken")
            except (LedgerError, sqlite3.Error) as error:
                outcomes.append(repr(error))
        own.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["taken"] * 75 + ["written"] * 25
    assert n_claims(db) == 25
    db.close()


def test_three_processes_make_the_ledger_together_and_write_it_at_once(tmp_path: Path):
    path = str(tmp_path / "credence.db")
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, path, name, "20"], stderr=subprocess.PIPE, cwd=ROOT)
        for name in ("a", "b", "c")
    ]
    errors = [writer.communicate(timeout=60)[1].decode() for writer in writers]
    assert errors == ["", "", ""]
    db = open_database(path, create=False)
    assert n_claims(db) == 60
    assert sources.version(db, "budanov") == 1
    db.close()
