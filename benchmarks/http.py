"""The service over HTTP beside yardsticks: `python -m benchmarks.http [--rounds N]`.

The service runs as `make run` starts it, on the Kursk record. Beside it run bare Flask views under the same
server (`benchmarks.yardstick`) and Datasette on the same ledger; sqlite-utils inserts in this process. All
take turns in short rounds, and each line of JSON gives medians over the rounds and the least and greatest
ratio. The clients share the processors with the servers, so each line also has the *processor time* that a
request takes of all of a server's processes; its ratio, too, is above 1 where the service needs less.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from sqlite_utils import Database

import data
from api.server import DEFAULT_WORKERS
from benchmarks import ledger, load
from benchmarks.ledger_record import LedgerRecord
from benchmarks.load import body_of, request_bytes
from benchmarks.peers import ROOT
from benchmarks.served import Served, age_s, free_port, heavy_imports, resident_mib, serving
from benchmarks.turns import Line, Turn, compared, in_turn, rounded
from benchmarks.yardstick import READY_BYTES

if TYPE_CHECKING:
    from multiprocessing.pool import Pool

CREDENCE = (sys.executable, "-c", "from api.cli import main; main()")
DATASETTE = ROOT / ".venv-datasette" / "bin" / "datasette"
CORPUS = Path(data.__file__).parent / "corpora" / "kursk-2025"
# An ordinary source, whose score rests on a mandate, a record and a correction.
SUBJECT = "kindratenko"
SCORE = f"/v1/sources/{SUBJECT}/score"

ROUNDS = 7
# A turn of reading, in seconds: some thousand requests.
READ_S = 1.5
# Claims a turn of writing: well below the size at which a ledger is settled part by part.
N_WRITES = 400
N_BULK = 10_000
BULK_ROUNDS = 3
N_READS = 1000
# Requests a minute of one caller: more than any server here can answer.
RATE_LIMIT = 10_000_000
# Between two looks whether all writes show in the scores.
LOOK_S = 0.02


def main(arguments: list[str] | None = None) -> int:
    """Measure everything, and print one JSON line each; return 1 if a request failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.http", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=READ_S, help="of reading, each turn")
    parser.add_argument(
        "--writes", type=int, default=N_WRITES, help="claims one by one, each turn; 0 for none"
    )
    parser.add_argument("--bulk", type=int, default=N_BULK, help="claims written at once; 0 for none")
    options = parser.parse_args(arguments)
    failed = 0
    # Every request is counted, as in service, and none refused.
    os.environ["CREDENCE_RATE_LIMIT"] = str(RATE_LIMIT)
    with tempfile.TemporaryDirectory(prefix="credence-http-") as name, load.clients() as pool:
        kursk = prepared(Path(name))
        for line in chain(
            reading(kursk, pool, options.rounds, options.seconds),
            writing(kursk, pool, options.rounds, options.writes),
            loading(Path(name), min(options.rounds, BULK_ROUNDS), options.bulk),
            worker(kursk, pool, options.writes),
        ):
            failed += line.get("failed", 0)
            print(json.dumps(line), flush=True)  # noqa: T201  the command's answer
    return int(failed > 0)


def prepared(folder: Path) -> Path:
    """Make the ledger of a trial, and return its file."""
    database = folder / "kursk.db"
    with trial(database) as served:
        (folder / READY_BYTES).write_bytes(body_of(served.get(SCORE)))
    return database


@contextmanager
def trial(database: Path) -> Iterator[Served]:
    """Serve a ledger as `make run` does."""
    port = free_port()
    command = [*CREDENCE, "trial", "--port", str(port), "--database", str(database)]
    with serving(command, port, "/readyz", database.with_suffix(".log")) as served:
        yield served


@contextmanager
def fresh_copy(database: Path) -> Iterator[Path]:
    """Copy a ledger at rest, and the key beside it, for as long as the block runs."""
    with tempfile.TemporaryDirectory(dir=database.parent) as folder:
        for file in database.parent.glob(f"{database.name}*"):
            shutil.copy2(file, folder)
        yield Path(folder) / database.name


@contextmanager
def yardstick(folder: Path) -> Iterator[Served]:
    """Serve the bare views."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.yardstick", str(port), str(DEFAULT_WORKERS), str(folder)]
    with serving(command, port, "/ready", folder / "yardstick.log") as served:
        yield served


@contextmanager
def datasette(database: Path) -> Iterator[Served]:
    """Serve a copy of a ledger with Datasette."""
    port = free_port()
    with fresh_copy(database) as copy:
        command = [str(DATASETTE), "serve", str(copy), "--port", str(port)]
        with serving(command, port, "/-/versions.json", copy.with_suffix(".log")) as served:
            yield served


def turn(served: Served, send: Callable[[], load.Answers], good: int) -> Turn:
    """Return what a server did with a load; an answer of another status than `good` failed."""
    before = served.cpu_s()
    answers = send()
    n = answers.statuses[good]
    spent = (served.cpu_s() - before) / max(n, 1)
    return Turn(n / answers.seconds, spent, tuple(answers.latencies), answers.statuses.total() - n)


def reading(kursk: Path, pool: Pool, rounds: int, seconds: float) -> Iterator[Line]:
    """Compare reads of one score: as it is, not modified, beside ready bytes and beside Datasette."""
    with ExitStack() as running:
        service = running.enter_context(trial(kursk))
        bare = running.enter_context(yardstick(kursk.parent))
        head = service.get(SCORE).partition(b"\r\n\r\n")[0].decode()
        etag = next(line[6:] for line in head.splitlines() if line.startswith("ETag: "))
        contestants = {
            "bare": (bare, request_bytes("GET", "/ready"), 200),
            "score": (service, request_bytes("GET", SCORE), 200),
            # Where there might be a body it is answered by Flask, as is the first who asks after a write.
            "made": (service, request_bytes("GET", SCORE, headers=[("Content-Length", "0")]), 200),
            "304": (service, request_bytes("GET", SCORE, headers=[("If-None-Match", etag)]), 304),
        }
        if DATASETTE.exists():
            peer = running.enter_context(datasette(kursk))
            row = request_bytes("GET", f"/{kursk.stem}/scores/source,{SUBJECT}.json?_shape=array")
            contestants["datasette"] = (peer, row, 200)
        turns: dict[str, list[Turn]] = {name: [] for name in contestants}
        for name, (served, request, good) in in_turn(contestants, rounds):

            def send(port: int = served.port, request: bytes = request) -> load.Answers:
                return load.repeated(pool, port, request, seconds)

            turns[name].append(turn(served, send, good))
    yield compared("score read", turns["score"], "bare Flask view", turns["bare"], 0.8)
    yield compared("score read, not ready", turns["made"], "bare Flask view", turns["bare"], 0.5)
    yield compared("score not modified (304)", turns["304"], "bare Flask view", turns["bare"], 0.9)
    if "datasette" in turns:
        yield compared("score read", turns["score"], "Datasette", turns["datasette"], 5)


def writing(kursk: Path, pool: Pool, rounds: int, number: int) -> Iterator[Line]:
    """Compare claims written one by one beside bare inserts; each turn has a ledger of its own."""
    if not number:
        return
    ours, theirs, until_scored = [], [], []
    with yardstick(kursk.parent) as bare:
        for _ in range(rounds):
            with fresh_copy(kursk) as copy, trial(copy) as service:
                requests = claim_requests(copy, number)
                before, begun = service.cpu_s(), time.monotonic()
                ours.append(turn(service, lambda: load.sent_once(pool, service.port, requests), 201))  # noqa: B023
                wait_scored(service)
                scored = Turn(number / (time.monotonic() - begun), (service.cpu_s() - before) / number)
                until_scored.append(scored)
            rows = [request_bytes("POST", "/rows", body_of(request)) for request in requests]
            theirs.append(turn(bare, lambda: load.sent_once(pool, bare.port, rows), 201))  # noqa: B023
    yield compared("claim written", ours, "bare Flask view that inserts", theirs, 0.4)
    yield compared("claim written and scored", until_scored, "bare Flask view that inserts", theirs, None)


def loading(folder: Path, rounds: int, number: int) -> Iterator[Line]:
    """Compare claims written in one request, until all scores show them, with sqlite-utils."""
    if not number:
        return
    record, prepared = LedgerRecord(number), folder / "bulk.db"
    ledger.load(prepared, folder / "reference", ledger.reference(record))
    key = ledger.run(prepared, "keys", "create", "--scope", "write", "--name", "bench").strip()
    body = b"".join(json.dumps(claim).encode() + b"\n" for claim in record.claims_again())
    request = authorized("/v1/claims", body, key, "application/x-ndjson")
    answered, scored, inserted = [], [], []
    for _ in range(rounds):
        port = free_port()
        with fresh_copy(prepared) as copy:
            command = [*CREDENCE, "serve", "--port", str(port), "--database", str(copy)]
            with serving(command, port, "/readyz", copy.with_suffix(".log")) as service:
                before, begun = service.cpu_s(), time.monotonic()
                answer = load.exchanged(port, request)
                seconds = time.monotonic() - begun
                failed = number - answer.count(b'"status": 201')
                answered.append(Turn(number / seconds, (service.cpu_s() - before) / number, failed=failed))
                wait_scored(service)
                seconds = time.monotonic() - begun
                scored.append(Turn(number / seconds, (service.cpu_s() - before) / number, failed=failed))
            inserted.append(inserted_rows(copy))
    yield compared("claims in bulk, scored", scored, "sqlite-utils", inserted, 0.25)
    yield compared("claims in bulk, answered", answered, "sqlite-utils", inserted, None)


def inserted_rows(ledger_file: Path) -> Turn:
    """Insert the rows of a ledger's claims into a new file with sqlite-utils, as durably as the ledger is."""
    rows = list(Database(sqlite3.connect(ledger_file)).query("SELECT * FROM claims"))
    target = Database(sqlite3.connect(ledger_file.with_name("rows.db")))
    target.enable_wal()
    target.execute("PRAGMA synchronous = FULL")
    cpu, begun = time.process_time(), time.monotonic()
    target.table("claims").insert_all(rows, pk="seq")
    found = Turn(len(rows) / (time.monotonic() - begun), (time.process_time() - cpu) / len(rows))
    target.close()
    return found


def worker(kursk: Path, pool: Pool, number: int) -> Iterator[Line]:
    """Measure one worker: its start, and what it holds after reading and after writing."""
    port = free_port()
    with fresh_copy(kursk) as copy:
        command = [*CREDENCE, "serve", "--workers", "1", "--port", str(port), "--database", str(copy)]
        with serving(command, port, "/readyz", copy.with_suffix(".log")) as service:
            starts = []
            for _ in range(3):
                (process,) = service.workers()
                os.kill(process, signal.SIGKILL)
                service.get("/readyz")
                (process,) = service.workers()
                starts.append(age_s(process))
            load.sent_once(pool, port, [request_bytes("GET", SCORE)] * N_READS)
            yield {
                "measured": "worker", "ready_s": rounded(median(starts)), "ready_s_target": 1.5,
                f"resident_mib_after_{N_READS}_reads": rounded(resident_mib(process)),
                "resident_mib_target": 120, "imported_after_reads": heavy_imports(process),
            }  # fmt: skip
            if not number:
                return
            answers = load.sent_once(pool, port, claim_requests(copy, number))
            wait_scored(service)
            yield {
                "measured": "worker after writes", "n_writes": answers.statuses[201],
                "resident_mib": rounded(resident_mib(process)), "imported": heavy_imports(process),
                "failed": number - answers.statuses[201],
            }  # fmt: skip


def wait_scored(service: Served) -> None:
    """Wait until no write waits to show in the scores."""
    while json.loads(body_of(service.get("/v1/model")))["pending"]:
        time.sleep(LOOK_S)


def claim_requests(database: Path, number: int) -> list[bytes]:
    """Return requests that write the record's own claims once more, under new ids."""
    key = database.with_name(f"{database.name}.key").read_text().strip()
    claims = [json.loads(line) for line in (CORPUS / "claims.jsonl").read_text().splitlines()]
    bodies = ({**claims[i % len(claims)], "id": f"again-{i}"} for i in range(number))
    return [authorized("/v1/claims", json.dumps(body).encode(), key, "application/json") for body in bodies]


def authorized(path: str, body: bytes, key: str, kind: str) -> bytes:
    """Return a POST with a key."""
    headers = [("Authorization", f"Bearer {key}"), ("Content-Type", kind)]
    return request_bytes("POST", path, body, headers)


if __name__ == "__main__":
    sys.exit(main())
