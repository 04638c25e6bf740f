"""What a disk can do to a service that is running: it says so, acknowledges nothing, and goes on after."""

import os
import resource
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from faults.balance import balance, stale_scores
from faults.service import Answer, Service, start_prepared, strike
from faults.warm import Warm
from faults.writes import Writer, events, prepare

# A lock is waited for this long here, in seconds, and not for twenty.
PATIENCE_S = 1.0
# So many requests reach every worker.
MANY = 40
IMPATIENT = f"import data.database; data.database.BUSY_TIMEOUT_S = {PATIENCE_S}"


@contextmanager
def running(service: Service, warm: Warm) -> Iterator[Service]:
    service.make_key()
    service.begin(warm)
    try:
        service.await_ready()
        prepare(service, 1)
        yield service
    finally:
        if service.process:
            service.kill()


def fill(disk: Path) -> Path:
    """Fill a disk to its last byte."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"0" * 512)
    return filler


def write_until_refused(service: Service, writer: Writer, n_writes: int = 200) -> Answer:
    """Write until a write is refused for what it was written on, and return that refusal."""
    for _ in range(n_writes):
        answer = writer.write(service)
        assert answer is not None, service.last_words()
        if answer.status not in (200, 201):
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert b"Traceback" not in answer.content
            return answer
    raise AssertionError("nothing was refused")


def assert_nothing_lost(service: Service, writer: Writer) -> None:
    """Send again what was refused, and compare everything with what was told."""
    for write in writer.sent:
        if write.is_doubtful:
            answer = write.send(service)
            assert answer is not None
            assert answer.status in (200, 201, 409), answer
    service.await_scores()
    assert balance(service.database, events(writer.sent)).faults == []
    assert stale_scores(service.database) == []


def test_a_full_disk_is_507_until_there_is_space_and_loses_nothing(
    disk: Path, warm: Warm, writer: Writer
) -> None:
    # Everything on the one disk: the ledger, the log of the service, and what it keeps for a while.
    settings = {"TMPDIR": str(disk)}
    with running(Service(disk / "credence.db", settings=settings), warm) as service:
        for _ in range(5):
            assert writer.write(service).status in (200, 201)
        filler = fill(disk)
        refused = write_until_refused(service, writer)
        assert (refused.status, refused.document["type"]) == (507, "/docs#disk-full")
        for path in ("/readyz", "/v1/model", "/v1/questions/dprk-casualties"):
            assert service.call("GET", path).status == 200, path
        # Scores of the last writes may have found no room; who asks for them is told to come again.
        assert service.call("GET", "/v1/questions/dprk-casualties/score").status in (200, 503)
        assert write_until_refused(service, writer).status == 507
        filler.unlink()
        assert writer.write(service).status in (200, 201)
        assert_nothing_lost(service, writer)


def test_a_log_that_cannot_be_written_fails_no_request(service: Service, warm: Warm, writer: Writer) -> None:
    service.log = Path("/dev/full")
    service.begin(warm)
    service.await_ready()
    prepare(service, 1)
    assert writer.write(service).status in (200, 201)
    assert service.call("GET", "/v1/claims").status == 200
    assert_nothing_lost(service, writer)


def test_a_disk_error_is_503_until_it_is_over_and_loses_nothing(serving: Service, writer: Writer) -> None:
    for _ in range(3):
        assert writer.write(serving).status in (200, 201)
    # No file of the workers may grow beyond what the log of the ledger takes now: a write fails half way.
    size = Path(f"{serving.database}-wal").stat().st_size
    for pid in serving.workers():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size + 6000, resource.RLIM_INFINITY))
    refused = write_until_refused(serving, writer)
    assert (refused.status, refused.document["type"]) == (503, "/docs#database-unavailable")
    assert serving.call("GET", "/v1/claims").status == 200
    for pid in serving.workers():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert writer.write(serving).status in (200, 201)
    assert_nothing_lost(serving, writer)


def test_a_ledger_that_another_process_keeps_is_503_with_a_time_to_come_again(
    service: Service, writer: Writer
) -> None:
    service.begin(start_prepared(IMPATIENT))
    service.await_ready()
    prepare(service, 1)
    with closing(sqlite3.connect(service.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused = write_until_refused(service, writer)
        assert (refused.status, refused.document["type"]) == (503, "/docs#database-busy")
        assert int(refused.headers["Retry-After"]) > 0
        assert service.call("GET", "/v1/claims").status == 200
        other.execute("ROLLBACK")
    assert writer.write(service).status in (200, 201)
    assert_nothing_lost(service, writer)


def test_a_ledger_that_was_moved_away_is_503_and_nothing_is_acknowledged(
    serving: Service, writer: Writer, tmp_path: Path
) -> None:
    assert writer.write(serving).status in (200, 201)
    # One worker begins anew, and has opened nothing yet.
    strike(serving.workers()[0], signal.SIGKILL)
    moved = tmp_path / "moved.db"
    serving.database.rename(moved)
    assert write_until_refused(serving, writer).status == 503
    assert {serving.call("GET", "/v1/claims").status for _ in range(MANY)} == {503}
    assert not serving.database.exists()
    shutil.copy(moved, tmp_path / "copy.db")
    (tmp_path / "copy.db").rename(serving.database)
    refused = [writer.write(serving) for _ in range(MANY)]
    assert all(answer and "moved or replaced" in answer.document["detail"] for answer in refused)
    serving.database.unlink()
    moved.rename(serving.database)
    assert writer.write(serving).status in (200, 201)
    assert_nothing_lost(serving, writer)


def test_a_page_that_is_damaged_while_serving_is_503_and_never_a_traceback(
    serving: Service, writer: Writer
) -> None:
    for _ in range(10):
        writer.write(serving)
    overwrite_pages(serving)
    statuses = {serving.call("GET", path).status for path in ("/v1/claims", "/v1/sources", "/v1/model")}
    refused = writer.write(serving)
    assert statuses | {refused.status} <= {200, 201, 503}
    assert 503 in statuses | {refused.status}
    serving.end()
    ended = serving.run("serve", "--port", str(serving.port))
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
    assert "is damaged: restore a backup" in ended.stderr


def test_a_page_that_is_damaged_while_stopped_is_one_sentence_at_the_start(
    serving: Service, writer: Writer
) -> None:
    for _ in range(10):
        writer.write(serving)
    assert serving.end() == 0
    overwrite_pages(serving)
    ended = serving.run("serve", "--port", str(serving.port))
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
    assert "is damaged: restore a backup" in ended.stderr


def overwrite_pages(service: Service) -> None:
    """Overwrite the pages of the claims and of their index, in the file itself and nowhere else."""
    with closing(sqlite3.connect(service.database)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = db.execute("PRAGMA page_size").fetchone()
        found = db.execute("SELECT rootpage FROM sqlite_schema WHERE tbl_name IN ('claims', 'sources')")
        pages = [page for (page,) in found if page]
    with service.database.open("r+b") as file:
        for page in pages:
            file.seek((page - 1) * size)
            file.write(os.urandom(size))


def test_a_disk_that_may_only_be_read_is_one_sentence_at_the_start(disk: Path, warm: Warm) -> None:
    service = Service(disk / "credence.db")
    service.make_key()
    os.system(f"mount -o remount,ro {disk}")  # noqa: S605
    ended = service.run("serve", "--port", str(service.port))
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
    assert "cannot be written" in ended.stderr
