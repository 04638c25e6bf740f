"""Ends, restarts and what may happen between them: what was acknowledged is there afterwards."""

import os
import signal
import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from faults.balance import balance, stale_scores
from faults.kills import Lane
from faults.service import Service, start_prepared, strike
from faults.warm import Warm
from faults.writes import Writer, events, prepare

# `make test-faults` goes on for a thousand.
N_KILLS = 5
# How long a request may take in a server that is not patient, in seconds, and not five minutes.
PATIENCE_S = 4


def test_killed_again_and_again_it_loses_nothing_and_keeps_nothing_half(tmp_path: Path) -> None:
    lane = Lane(tmp_path, seed=1)
    try:
        lane.run(range(N_KILLS))
    finally:
        lane.close()
    assert lane.tally.faults == []
    assert sum(lane.tally.kills.values()) == N_KILLS


def write_during(service: Service, how: signal.Signals, n_writers: int = 4) -> list[Writer]:
    """Let desks write while the server gets a signal."""
    writers = [Writer(f"desk-{number}") for number in range(n_writers)]
    stop = threading.Event()
    threads = [threading.Thread(target=writer.write_until, args=(stop, service)) for writer in writers]
    for thread in threads:
        thread.start()
    while sum(len(writer.sent) for writer in writers) < 3 * n_writers:
        stop.wait(0.01)
    if how == signal.SIGTERM:
        stop.set()
        assert service.end() == 0
    else:
        before = set(service.workers())
        strike(service.master, how)
        while before & set(service.workers()):
            stop.wait(0.05)
        stop.set()
    for thread in threads:
        thread.join()
    return writers


def test_a_reload_under_load_fails_no_request(service: Service, warm: Warm) -> None:
    service.begin(warm)
    service.await_ready()
    prepare(service, 4)
    writers = write_during(service, signal.SIGHUP)
    sent = [write for writer in writers for write in writer.sent]
    assert Counter(event.state for event in events(sent)).keys() == {"acknowledged"}
    assert [surprise for writer in writers for surprise in writer.surprises] == []
    service.await_scores()
    assert balance(service.database, events(sent)).faults == []
    assert stale_scores(service.database) == []


def test_an_end_answers_what_is_under_way_and_needs_no_log_of_the_ledger_afterwards(service: Service) -> None:
    service.begin()
    service.await_ready()
    prepare(service, 4)
    writers = write_during(service, signal.SIGTERM)
    for beside in ("-wal", "-shm"):
        Path(f"{service.database}{beside}").unlink(missing_ok=True)
    found = balance(service.database, events([write for writer in writers for write in writer.sent]))
    # Nothing that nobody answered for was written.
    assert (found.faults, found.doubtful) == ([], set())


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_after_a_kill_a_shortened_log_of_the_ledger_leaves_whole_writes_that_can_be_sent_again(
    serving: Service, warm: Warm, writer: Writer, share: float
) -> None:
    for _ in range(8):
        writer.write(serving)
    serving.kill()
    log = Path(f"{serving.database}-wal")
    os.truncate(log, int(log.stat().st_size * share))
    for write in writer.sent:
        for event in write.events:
            # What the disk has lost nobody can give back; but nothing may be there half.
            event.state = "in doubt"
    assert balance(serving.database, events(writer.sent)).faults == []
    serving.begin(warm)
    serving.await_ready()
    prepare(serving, 1)
    for write in writer.sent:
        if write.is_repeatable:
            answer = write.send(serving)
            assert answer is not None
            assert answer.status in (200, 201, 409), answer
    serving.await_scores()
    assert balance(serving.database, events(writer.sent)).faults == []
    assert stale_scores(serving.database) == []


def test_a_worker_whose_slow_work_hangs_is_replaced(service: Service, writer: Writer) -> None:
    service.begin(start_prepared(f"import api.server; api.server.REQUEST_TIMEOUT_S = {PATIENCE_S}"))
    service.await_ready()
    prepare(service, 1)
    assert writer.write(service).status in (200, 201)
    before = set(service.workers())
    with closing(sqlite3.connect(service.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ConnectionError):
            service.call("PUT", "/v1/sources/hangs", {"name": "CNN", "kind": "outlet"})
        other.execute("ROLLBACK")
    deadline = time.monotonic() + 30
    while len(before & set(service.workers())) == len(before) or len(service.workers()) < len(before):
        assert time.monotonic() < deadline, service.last_words()
        time.sleep(0.1)
    assert "WORKER TIMEOUT" in service.log.read_text()
    assert writer.write(service).status in (200, 201)
    assert service.call("GET", "/v1/sources/hangs").status == 404
