"""The peers, each with its own settings as shipped: crowd-kit's and truthdiscovery's aggregators.

They run in an environment of their own (`make peers`), since crowd-kit's Wawa fails on scikit-learn 1.9
and truthdiscovery's pins do not build; there `python -m benchmarks.peers FOLDER` prints one JSON line a
peer. Each has a process, a limit of time and one of memory to itself, and one that fails says why.
"""

from __future__ import annotations

import argparse
import importlib
import json
import multiprocessing
import random
import resource
import signal
import subprocess
import sys
import types
import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from math import ceil
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.folder import LabelledRecord, read_folder
from benchmarks.measures import hits

ROOT = Path(__file__).parent.parent
PYTHON = ROOT / ".venv-peers" / "bin" / "python"
# Of a machine with little to spare; a dense matrix of all values against all is what asks for more.
MEMORY_BYTES = 6 * 2**30
# The limit is of processor time, so that what else runs does not decide; by the clock so many times that.
PATIENCE = 4
SEED = 0

CROWD_KIT = (
    "MajorityVote",
    "DawidSkene",
    "OneCoinDawidSkene",
    "GLAD",
    "MACE",
    "MMSR",
    "KOS",
    "Wawa",
    "ZeroBasedSkill",
)
TRUTHDISCOVERY = (
    "MajorityVoting",
    "Sums",
    "UnboundedSums",
    "AverageLog",
    "Investment",
    "PooledInvestment",
    "TruthFinder",
    "CRH",
)


@dataclass(frozen=True)
class PeerResult:
    """What a peer made of a record.

    Attributes
    ----------
    peer : str
    hit : dict of str to float, or None if it failed
        By object whose truth is known: the share of the peer's lead that the truth holds.
    seconds : float
    failure : str or None
    """

    peer: str
    hit: dict[str, float] | None
    seconds: float
    failure: str | None = None


def run_beside(folder: Path, seconds: float) -> dict[str, PeerResult]:
    """Run every peer on a folder in their environment (`make peers`), and return the results by name."""
    command = [str(PYTHON), "-m", "benchmarks.peers", str(folder.resolve()), "--seconds", str(seconds)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
    results = [PeerResult(**json.loads(line)) for line in done.stdout.splitlines()]
    return {result.peer: result for result in results}


def main(arguments: list[str] | None = None) -> int:
    """Run every peer on one folder; a line each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0, help="time limit of each peer")
    options = parser.parse_args(arguments)
    record = read_folder(options.folder)
    # Before the processes part, so that none of them is charged with it.
    for name in ("pandas", "crowdkit.aggregation"):
        importlib.import_module(name)
    truthdiscovery_algorithms()
    for peer, leads in {**crowd_kit(), **truthdiscovery()}.items():
        print(json.dumps(asdict(_run(peer, leads, record, options.seconds))), flush=True)  # noqa: T201
    return 0


Support = Mapping[str, Mapping[str, float]]
Peer = Callable[[LabelledRecord], Support]


def crowd_kit() -> dict[str, Peer]:
    """Return crowd-kit's aggregators of answers that need no truths, by name."""
    return {f"crowd-kit {name}": partial(_crowd_kit, name) for name in CROWD_KIT}


def truthdiscovery() -> dict[str, Peer]:
    """Return truthdiscovery's algorithms, by name."""
    return {f"truthdiscovery {name}": partial(_truthdiscovery, name) for name in TRUTHDISCOVERY}


def _crowd_kit(name: str, record: LabelledRecord) -> Support:
    import pandas as pd  # noqa: PLC0415  stands in the peers' environment alone

    aggregator = getattr(importlib.import_module("crowdkit.aggregation"), name)()
    frame = pd.DataFrame({"worker": record.source, "task": record.object, "label": record.value})
    # Step by step: OneCoinDawidSkene's fit_predict_proba calls its own fit wrongly.
    aggregator.fit(frame)
    if hasattr(aggregator, "predict_proba"):
        table = aggregator.predict_proba(frame)
    elif getattr(aggregator, "probas_", None) is not None:
        table = aggregator.probas_
    else:
        answers = aggregator.predict(frame) if hasattr(aggregator, "predict") else aggregator.labels_
        return {str(about): {str(value): 1.0} for about, value in answers.items()}
    labels = [str(label) for label in table.columns]
    # Only the lead is asked for, and a table of all values of all objects is mostly zeros.
    found = {}
    for about, row in zip(table.index, table.to_numpy(), strict=True):
        some = np.flatnonzero(row >= np.nanmax(row) / 2)
        found[str(about)] = {labels[i]: float(row[i]) for i in some}
    return found


def _truthdiscovery(name: str, record: LabelledRecord) -> Support:
    algorithm = getattr(truthdiscovery_algorithms(), name)()
    dataset = importlib.import_module("truthdiscovery.input").Dataset
    # It allows a source one value an object, and takes the first.
    rows = zip(record.source, record.object, record.value, strict=True)
    belief: Support = algorithm.run(dataset(rows, allow_multiple=True)).belief
    if any(np.isnan(much) for values in belief.values() for much in values.values()):
        raise ArithmeticError("its beliefs are not numbers")
    return belief


def truthdiscovery_algorithms() -> Any:
    """Import truthdiscovery without its drawing, which asks for cairo and more that is not used."""
    sys.modules.setdefault("truthdiscovery.graphs", types.ModuleType("truthdiscovery.graphs"))
    return importlib.import_module("truthdiscovery.algorithm")


def _run(name: str, peer: Peer, record: LabelledRecord, seconds: float) -> PeerResult:
    """Run a peer in a process of its own; one that hangs is stopped."""
    receiving, sending = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(
        target=_send, args=(name, peer, record, seconds, sending)
    )
    start = perf_counter()
    process.start()
    sending.close()
    over = f"over {seconds:g} s"
    try:
        result: PeerResult = (
            receiving.recv() if receiving.poll(PATIENCE * seconds) else _failed(name, start, over)
        )
    except EOFError:
        process.join()
        is_over = process.exitcode == -signal.SIGXCPU
        result = _failed(name, start, over if is_over else f"ended with code {process.exitcode}")
    process.kill()
    process.join()
    return result


def _failed(name: str, start: float, reason: str) -> PeerResult:
    return PeerResult(name, None, round(perf_counter() - start, 3), reason)


def _send(name: str, peer: Peer, record: LabelledRecord, seconds: float, sending: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    spent = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    resource.setrlimit(resource.RLIMIT_CPU, (ceil(spent + seconds), resource.RLIM_INFINITY))
    warnings.simplefilter("ignore")
    random.seed(SEED)
    np.random.seed(SEED)
    start = perf_counter()
    try:
        support = peer(record)
        measured = [about for about in dict.fromkeys(record.object) if about in record.truth]
        hit = hits(support, record.truth, measured)
        took = round(perf_counter() - start, 3)
        sending.send(PeerResult(name, dict(zip(measured, hit.tolist(), strict=True)), took))
    except MemoryError:
        sending.send(_failed(name, start, f"needs more than {MEMORY_BYTES >> 30} GB"))
    except Exception as error:  # noqa: BLE001  whatever fails in a peer is its result
        reason = (str(error).strip().splitlines() or [""])[0]
        sending.send(_failed(name, start, f"{type(error).__name__}: {reason}"))


if __name__ == "__main__":
    sys.exit(main())
