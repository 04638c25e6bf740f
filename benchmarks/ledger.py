"""How a ledger's size tells on writing, reading and refitting: one JSON line a size on standard output.

Each ledger is made in a folder of its own and served by a real ``credence serve``; claims go in
as bulk NDJSON over HTTP, reference data and corrections by ``credence load``. A refit is started by
hand, and readers and a writer are timed before and while it runs; what fits cost inside is measured
on the same file afterwards (`benchmarks.fit`). Times are seconds; latencies are seen by a client,
connection included.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPConnection
from itertools import count, islice
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.ledger_record import ALIVE_S, SPAN_S, START, LedgerRecord

COMMAND = (sys.executable, "-c", "from api.cli import main; main()")
# Claims a request: as many as the service settles at once.
LINES_A_REQUEST = 5000
N_READS = 300
N_PAST = 40
N_WRITES = 60
# Between two calls while a refit runs, so that the readers themselves do not fill the machine.
PAUSE_S = 0.05


class Service:
    """A running service on one ledger."""

    def __init__(self, port: int, key: str, process: int) -> None:
        self.port, self.key, self.process = port, key, process

    def cpu_s(self) -> float:
        """Return the seconds of processor that the service's workers have used so far (Linux)."""
        workers = Path(f"/proc/{self.process}/task/{self.process}/children").read_text().split()
        stats = [Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split() for worker in workers]
        # Fields 14 and 15 of proc(5): what is behind the name begins with field 3.
        ticks = sum(int(stat[11]) + int(stat[12]) for stat in stats)
        return ticks / os.sysconf("SC_CLK_TCK")

    def call(self, method: str, path: str, body: bytes | None = None, kind: str = "application/json") -> Any:
        """Call the service and return its answer; what is refused ends the run."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=290)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": kind}
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        if response.status >= 400:
            raise SystemExit(f"{method} {path}: {response.status} {content[:500]!r}")
        return content


def main(sizes: list[int]) -> None:
    """Measure each size and print it."""
    for n_claims in sizes:
        with tempfile.TemporaryDirectory(prefix="credence-ledger-") as folder:
            print(json.dumps(measured(n_claims, Path(folder))), flush=True)  # noqa: T201


def measured(n_claims: int, folder: Path) -> dict[str, Any]:
    """Load a ledger of a size and return what was measured on it."""
    record, database = LedgerRecord(n_claims), folder / "ledger.db"
    reference_s = load(database, folder / "reference", reference(record))
    key = run(database, "keys", "create", "--scope", "write", "--name", "bench").strip()
    found: dict[str, Any] = {
        "n_claims": n_claims, "n_sources": record.n_sources, "n_questions": record.n_questions,
        "reference_s": reference_s,
    }  # fmt: skip
    with serving(database, key) as service:
        found["bulk_s"], slowest = loaded(service, record)
        found["bulk_claims_per_s"] = n_claims / found["bulk_s"]
        found["bulk_slowest_request_s"] = slowest
        found["corrections_s"] = corrected(database, folder, record)
        found["n_corrections"] = -(-n_claims // 20)
        found["pending"] = json.loads(service.call("GET", "/v1/model"))["pending"]
        found |= refitted(service, database, record)
        writes = (written(service, record, 1, f"after-{i}")[0] for i in count())
        found["write_and_read_back"] = costed(service, islice(writes, N_WRITES))
        found["score_read"] = costed(service, islice(reads(service, record, seed=3), N_READS))
        found["as_of"] = costed(service, islice(past_reads(service, record), N_PAST))
    found["database_mb"] = database.stat().st_size / 1e6
    found["inside"] = json.loads(run(database, module="benchmarks.fit"))
    return found


def reference(record: LedgerRecord) -> dict[str, Iterable[Any]]:
    """Return the reference data of a ledger by its file's noun."""
    return {"scopes": record.scopes(), "sources": record.sources(), "questions": record.questions()}


def load(database: Path, folder: Path, documents: dict[str, Iterable[Any]]) -> float:
    """Write a corpus, load it by the command line, and return the seconds that the loading took."""
    folder.mkdir()
    for noun, found in documents.items():
        with (folder / f"{noun}.jsonl").open("w") as file:
            file.writelines(json.dumps(document) + "\n" for document in found)
    begun = time.perf_counter()
    run(database, "load", str(folder))
    return time.perf_counter() - begun


def loaded(service: Service, record: LedgerRecord) -> tuple[float, float]:
    """Send all claims, and return the seconds of all requests and of the slowest."""
    claims, spent = iter(record.claims_again()), [0.0]
    while lines := list(islice(claims, LINES_A_REQUEST)):
        body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        begun = time.perf_counter()
        answer = service.call("POST", "/v1/claims", body, "application/x-ndjson")
        spent.append(time.perf_counter() - begun)
        refused = [line for line in answer.splitlines() if b'"status": 201' not in line]
        if refused:
            raise SystemExit(f"refused: {refused[0]!r}")
    return sum(spent), max(spent)


def corrected(database: Path, folder: Path, record: LedgerRecord) -> float:
    """Load all corrections, and return the seconds that it took until scores show them."""
    return load(database, folder / "corrections", {"corrections": record.corrections()})


def refitted(service: Service, database: Path, record: LedgerRecord) -> dict[str, Any]:
    """Refit in a process of its own, and time readers and a writer before and meanwhile."""
    next(reads(service, record, seed=1))
    calm = list(islice(reads(service, record, seed=1), N_READS))
    calm_writes = written(service, record, N_WRITES, "before")
    begun = time.perf_counter()
    process = subprocess.Popen([*COMMAND, "refit"], env=environment(database), stderr=subprocess.DEVNULL)  # noqa: S603
    busy, busy_writes = [], []
    for number, latency in enumerate(reads(service, record, seed=2)):
        busy.append(latency)
        if number % 5 == 0:
            busy_writes += written(service, record, 1, f"during-{number}")
        time.sleep(PAUSE_S)
        if process.poll() is not None:
            break
    if process.returncode:
        raise SystemExit("the refit failed")
    return {
        "refit_s": time.perf_counter() - begun,
        "refit_peak_gb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6,
        "pending_after": json.loads(service.call("GET", "/v1/model"))["pending"],
        "reads_before_refit": spread(calm), "reads_during_refit": spread(busy),
        "writes_before_refit": spread(calm_writes), "writes_during_refit": spread(busy_writes),
    }  # fmt: skip


def reads(service: Service, record: LedgerRecord, seed: int) -> Iterator[float]:
    """Yield the latency of one read after the other: claims, questions and sources in turn."""
    random = np.random.default_rng(seed)
    sizes = {"claims": record.n_claims, "questions": record.n_questions, "sources": record.n_sources}
    while True:
        for noun, size in sizes.items():
            path = f"/v1/{noun}/{noun[0]}{random.integers(size)}/score"
            yield timed(lambda path=path: service.call("GET", path))  # type: ignore[misc]


def past_reads(service: Service, record: LedgerRecord) -> Iterator[float]:
    """Yield the latency of one score of the past after the other."""
    random = np.random.default_rng(4)
    while True:
        for noun, size in (("questions", record.n_questions), ("sources", record.n_sources)):
            number = int(random.integers(size))
            seconds = random.uniform(0.5, 1) * SPAN_S
            if noun == "questions":
                seconds = record.begins(number) + random.uniform(0.3, 1.5) * ALIVE_S
            moment = (START + timedelta(seconds=float(seconds))).strftime("%Y-%m-%dT%H:%M:%SZ")
            path = f"/v1/{noun}/{noun[0]}{number}/score?as_of={moment}"
            yield timed(lambda path=path: service.call("GET", path))  # type: ignore[misc]


def written(service: Service, record: LedgerRecord, number: int, name: str) -> list[float]:
    """Return the latencies of writing one claim and reading its score back."""
    random = np.random.default_rng(list(name.encode()))
    latencies = []
    for i in range(number):
        question = int(random.integers(record.n_questions))
        claim = record.another(random, f"{name}-{i}", question)
        body = json.dumps(claim).encode()

        def write_and_read(body: bytes = body, claim: str = claim["id"]) -> None:
            service.call("POST", "/v1/claims", body)
            service.call("GET", f"/v1/claims/{claim}/score")

        latencies.append(timed(write_and_read))
    return latencies


def timed(call: Callable[[], Any]) -> float:
    """Return the seconds that a call takes."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def costed(service: Service, latencies: Iterator[float]) -> dict[str, float]:
    """Return the spread of some latencies, and the processor time that one call took of the service.

    That does not depend on what else the machine is doing.
    """
    begun = service.cpu_s()
    found = list(latencies)
    return {**spread(found), "server_cpu_mean": (service.cpu_s() - begun) / len(found)}


def spread(latencies: list[float]) -> dict[str, float]:
    """Return how many latencies there are, their middle and their upper end."""
    p50, p99 = np.quantile(latencies, [0.5, 0.99])
    return {"n": len(latencies), "p50": float(p50), "p99": float(p99), "max": max(latencies)}


def environment(database: Path) -> dict[str, str]:
    """Return the environment of a process on one ledger, its linear algebra on one thread."""
    return {**os.environ, "CREDENCE_DATABASE": str(database), "CREDENCE_LOG_LEVEL": "error",
            "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # fmt: skip


def run(database: Path, *arguments: str, module: str | None = None) -> str:
    """Run a command, or a module of the benchmarks, on a ledger and return what it prints."""
    command = COMMAND if module is None else (sys.executable, "-m", module, str(database))
    done = subprocess.run(  # noqa: S603
        [*command, *arguments], env=environment(database), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout


@contextmanager
def serving(database: Path, key: str) -> Iterator[Service]:
    """Serve a ledger while the block runs."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    arguments = [*COMMAND, "serve", "--port", str(port)]
    process = subprocess.Popen(arguments, env=environment(database), stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        service = Service(port, key, process.pid)
        for _ in range(600):
            try:
                service.call("GET", "/readyz")
                break
            except OSError:
                time.sleep(0.1)
        yield service
    finally:
        process.terminate()
        process.wait(60)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [10_000, 100_000, 1_000_000])
