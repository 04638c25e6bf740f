"""The load over HTTP, the yardsticks and how turns are compared."""

import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import load, turns
from benchmarks.served import Served, free_port, heavy_imports, resident_mib, serving
from benchmarks.yardstick import READY_BYTES, ROWS


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Served]:
    """The bare views under one worker."""
    (tmp_path / READY_BYTES).write_text('{"ready": true}')
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.yardstick", str(port), "1", str(tmp_path)]
    with serving(command, port, "/ready", tmp_path / "log") as served:
        yield served


def test_each_request_is_answered_once_and_every_row_is_kept(bare: Served, tmp_path: Path) -> None:
    assert load.body_of(bare.get("/ready")) == b'{"ready": true}'
    requests = [load.request_bytes("POST", "/rows", b"%d" % number) for number in range(20)]
    with load.clients() as pool:
        answers = load.sent_once(pool, bare.port, requests)
        read = load.repeated(pool, bare.port, load.request_bytes("GET", "/nowhere"), 0.2)
    assert answers.statuses == {201: 20}
    assert len(answers.latencies) == 20
    assert set(read.statuses) == {404}
    kept = sqlite3.connect(tmp_path / ROWS).execute("SELECT body FROM rows").fetchall()
    assert sorted(int(body) for (body,) in kept) == list(range(20))


def test_a_servers_worker_is_told_from_the_process_that_started_it(bare: Served) -> None:
    (worker,) = bare.workers()
    assert worker in bare.processes()
    assert worker != bare.process
    assert resident_mib(worker) > 1
    assert heavy_imports(worker) == []
    assert bare.cpu_s() > 0


def test_a_cut_connection_is_a_failure_and_not_an_answer() -> None:
    with load.clients() as pool:
        answers = load.sent_once(pool, free_port(), [load.request_bytes("GET", "/")])
    assert answers.statuses == {0: 1}


def test_a_ratio_above_one_is_better_than_the_yardstick() -> None:
    ours = [turns.Turn(200, 0.001, (0.01, 0.02)), turns.Turn(100, 0.002, (0.03,), failed=1)]
    theirs = [turns.Turn(100, 0.002), turns.Turn(100, 0.002)]
    line = turns.compared("reads", ours, "a view", theirs, 0.8)
    assert (line["ratio"], line["ratio_low"], line["ratio_high"]) == (1.5, 1.0, 2.0)
    assert (line["cpu_ratio_low"], line["cpu_ratio_high"]) == (1.0, 2.0)
    assert (line["failed"], line["p50_ms"]) == (1, 20.0)


def test_each_round_begins_with_another_contestant() -> None:
    order = [name for name, _ in turns.in_turn({"a": 1, "b": 2, "c": 3}, 3)]
    assert order == ["a", "b", "c", "b", "c", "a", "c", "a", "b"]
