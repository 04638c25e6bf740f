"""One contestant on one record: `python -m benchmarks.contest NAME FILE`, in its own process.

Timed are the preparation, from labels to whatever the contestant fits, and the fit, from there to
credences or beliefs at its own convergence: processor time of one thread, which on an idle machine is
the time by the clock, and on a busy one does not count the others. Of several runs the fastest counts.
Memory is the peak of the resident set (VmHWM of Linux, reset before each part) beyond what was resident
when the part began. Peers get the benefit of the doubt: of truthdiscovery only the algorithm itself is
timed, on the matrices that it would make, without the dictionaries that it answers with.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import resource
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from types import SimpleNamespace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.measures import TIE, TOLERANCE
from benchmarks.peers import truthdiscovery_algorithms
from benchmarks.speed import DAWID_SKENE, ONE_COIN, OURS, TRUTHDISCOVERY, Labels, independent_record

Found = TypeVar("Found")
Record = dict[str, Labels]

# Runs are repeated until this much time has passed, at most so often: the short ones are noisy.
ENOUGH_SECONDS = 2.0
MOST_RUNS = 5
# Its dictionaries of pairs take some 400 bytes and 5 µs an attribution.
LARGEST_DATASET = 1_000_000
ITERATIVE = ("Sums", "AverageLog", "Investment", "PooledInvestment", "TruthFinder")


@dataclass(frozen=True)
class Measured:
    """What a part of the work cost: seconds of the fastest run, bytes of the first."""

    seconds: float
    bytes: int


def main(arguments: list[str] | None = None) -> int:
    """Make a record, or run a contestant on one and print its lines."""
    name, file, *rest = arguments or sys.argv[1:]
    if name == "make":
        np.savez(file, **independent_record(int(rest[0])))  # type: ignore[arg-type]
        return 0
    with np.load(Path(file)) as stored:
        record = dict(stored)
    warnings.simplefilter("ignore")
    contestants = {OURS: ours, DAWID_SKENE: crowd_kit, ONE_COIN: crowd_kit, TRUTHDISCOVERY: truthdiscovery}
    for line in contestants[name](name, record):
        print(json.dumps(line), flush=True)  # noqa: T201  the command's answer
    return 0


def ours(name: str, record: Record) -> Iterator[dict[str, Any]]:
    """Run the estimator that scores the service."""
    attributions = importlib.import_module("models.attributions").Attributions
    model = importlib.import_module("models.credence").CredenceModel
    # What is compiled when first used, is compiled here.
    warm = slice(0, 1000)
    model(tol=TOLERANCE).fit(
        attributions.from_columns(record["source"][warm], record["object"][warm], record["value"][warm])
    )

    def prepare() -> Any:
        return attributions.from_columns(record["source"], record["object"], record["value"])

    prepared, preparation = cost(prepare)
    fitted, fit = cost(lambda: model(tol=TOLERANCE).fit(prepared))
    about = np.asarray(prepared.objects)[prepared.fact_object]
    value = np.asarray(prepared.values)[prepared.fact_value]
    accuracy = accuracy_of(about, value, fitted.fact_credence_, record["truth"])
    yield line_of(name, record, preparation, fit, iterations=fitted.n_iter_, accuracy=accuracy)


def crowd_kit(name: str, record: Record) -> Iterator[dict[str, Any]]:
    """Run one of crowd-kit's aggregators."""
    frame_of = importlib.import_module("pandas").DataFrame
    aggregator = getattr(importlib.import_module("crowdkit.aggregation"), name.split()[1])
    columns = {"worker": record["source"], "task": record["object"], "label": record["value"]}
    # It takes labels as they are; what it does with them is part of its fit.
    frame, preparation = cost(lambda: frame_of(columns))
    fitted, fit = cost(lambda: aggregator().fit(frame))
    answer = fitted.labels_
    accuracy = float(np.mean(answer.to_numpy() == record["truth"][answer.index.to_numpy()]))
    yield line_of(name, record, preparation, fit, iterations=len(fitted.loss_history_), accuracy=accuracy)


def truthdiscovery(name: str, record: Record) -> Iterator[dict[str, Any]]:
    """Run truthdiscovery's iterative algorithms, one after the other."""
    algorithms = truthdiscovery_algorithms()
    preparation = None
    if len(record["source"]) <= LARGEST_DATASET:
        dataset = importlib.import_module("truthdiscovery.input").Dataset
        rows = [record[column].tolist() for column in ("source", "object", "value")]
        made, preparation = cost(lambda: dataset(zip(*rows, strict=True)))
        del made
    matrices, about, value = _matrices(record)

    def run(kind: str) -> tuple[Any, NDArray[np.float64]]:
        algorithm = getattr(algorithms, kind)()
        algorithm.iterator.reset()
        return algorithm, algorithm._run(matrices)[1]

    for kind in ITERATIVE:
        (algorithm, belief), fit = cost(lambda kind=kind: run(kind))  # type: ignore[misc]
        order = np.argsort(about, kind="stable")
        accuracy = accuracy_of(about[order], value[order], belief[order], record["truth"])
        yield line_of(
            f"{name} {kind}",
            record,
            preparation,
            fit,
            iterations=algorithm.iterator.it_count,
            accuracy=accuracy,
        )


def _matrices(record: Record) -> tuple[Any, Labels, Labels]:
    """Return what its algorithms read of a Dataset, and each claim's object and value."""
    sparse = importlib.import_module("scipy.sparse").csr_matrix
    base = int(record["value"].max()) + 1
    source = _numbered(record["source"])[1]
    fact, claim = _numbered(record["object"] * base + record["value"])
    about, value = fact // base, fact % base
    order = np.argsort(about, kind="stable")
    first = np.searchsorted(about[order], about, side="left")
    n_rivals = np.searchsorted(about[order], about, side="right") - first
    start = np.concatenate([[0], np.cumsum(n_rivals)])
    rivals = order[np.repeat(first, n_rivals) + np.arange(start[-1]) - np.repeat(start[:-1], n_rivals)]
    shape = (int(source.max()) + 1, len(fact))
    matrices = SimpleNamespace(
        sc=sparse((np.ones(len(source), int), (source, claim)), shape=shape),
        mut_ex=sparse((np.ones(len(rivals), int), rivals, start), shape=(len(fact), len(fact))),
        imp=sparse((len(fact), len(fact))),
        num_sources=shape[0],
        num_claims=shape[1],
    )
    return matrices, about, value


def _numbered(labels: Labels) -> tuple[Labels, Labels]:
    """Return the distinct labels in order of first appearance, as in its own Dataset, and their codes."""
    known, first, place = np.unique(labels, return_index=True, return_inverse=True)
    order = np.argsort(first)
    number = np.empty_like(order)
    number[order] = np.arange(len(order))
    return known[order], number[place]


def accuracy_of(about: Labels, value: Labels, credence: NDArray[np.float64], truth: Labels) -> float:
    """Return the mean share of each object's lead that the truth holds; facts stand sorted by object."""
    first = np.flatnonzero(np.concatenate([[True], about[1:] != about[:-1]]))
    most = np.repeat(np.maximum.reduceat(credence, first), np.diff(np.append(first, len(about))))
    leads = credence >= most - TIE * np.maximum(1.0, np.abs(most))
    share = np.add.reduceat(leads & (value == truth[about]), first) / np.add.reduceat(leads, first)
    return float(share.mean())


def cost(part: Callable[[], Found]) -> tuple[Found, Measured]:
    """Do a part of the work, again while it is short, and return the last result and what it cost."""
    seconds: list[float] = []
    peak = 0
    while not seconds or (sum(seconds) < ENOUGH_SECONDS and len(seconds) < MOST_RUNS):
        found = None
        resident = _reset_peak()
        start = process_time()
        found = part()
        seconds.append(process_time() - start)
        peak = peak or max(_peak() - resident, 0)
    return found, Measured(min(seconds), peak)  # type: ignore[return-value]


def _reset_peak() -> int:
    """Begin a new peak of the resident set where the system can, and return what is resident now."""
    gc.collect()
    try:
        # What was freed before must not hide what is asked for next.
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")
    except (OSError, AttributeError):
        return _peak()
    return _status("VmRSS")


def _peak() -> int:
    try:
        return _status("VmHWM")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def line_of(
    name: str,
    record: Record,
    preparation: Measured | None,
    fit: Measured,
    *,
    iterations: int,
    accuracy: float,
) -> dict[str, Any]:
    """Return a run as a line; times in nanoseconds, memory in bytes, an attribution."""
    n = len(record["source"])
    whole = None if preparation is None else preparation.seconds + fit.seconds
    return {
        "contestant": name,
        "accuracy": round(accuracy, 5),
        "iterations": iterations,
        "fit_seconds": round(fit.seconds, 4),
        "preparation_seconds": None if preparation is None else round(preparation.seconds, 4),
        "ns_per_attribution_and_iteration": round(1e9 * fit.seconds / n / max(iterations, 1), 2),
        "ns_per_attribution": round(1e9 * fit.seconds / n, 1),
        "ns_per_attribution_with_preparation": None if whole is None else round(1e9 * whole / n, 1),
        "fit_bytes_per_attribution": round(fit.bytes / n, 1),
        "preparation_bytes_per_attribution": None if preparation is None else round(preparation.bytes / n, 1),
    }


if __name__ == "__main__":
    sys.exit(main())
