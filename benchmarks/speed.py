"""Speed and size beside the peers: `python -m benchmarks.speed [SIZE ...] [--skip-peers-above N]`.

For each size a seeded record is made, and each contestant fits it in a process of its own, on one
thread (`benchmarks.contest` tells what is timed). Prints one JSON line a contestant and size, then one
line with the ratios. Progress goes to standard error.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers import PYTHON as PEERS_PYTHON
from benchmarks.peers import ROOT

Labels = NDArray[np.int64]
Line = dict[str, Any]

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
SEED = 0
# The record: like a crowd of sources that answer questions with the same few answers, the case that all
# contestants take. Sources are as active as Zipf's law, and right as often as Beta(4, 2), two thirds.
CLAIMS_PER_OBJECT = 10
CLAIMS_PER_SOURCE = 100
N_VALUES = 4
ZIPF_EXPONENT = 1.0
ACCURACY = (4.0, 2.0)

OURS, DAWID_SKENE, ONE_COIN = "credence", "crowd-kit DawidSkene", "crowd-kit OneCoinDawidSkene"
TRUTHDISCOVERY = "truthdiscovery"
# At 24 µs an attribution and iteration, a size more would take most of an hour.
LARGEST = {ONE_COIN: 10_000}


def main(arguments: list[str] | None = None) -> int:
    """Run all contestants on all sizes; return 1 if ours failed on one."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=list(SIZES), metavar="SIZE")
    parser.add_argument("--skip-peers-above", type=int, default=max(SIZES), metavar="N")
    parser.add_argument("--seconds", type=float, default=900.0, help="time limit of each process")
    options = parser.parse_args(arguments)
    lines: list[Line] = []
    with tempfile.TemporaryDirectory() as folder:
        for size in options.sizes or SIZES:
            tell(f"{size:,} attributions")
            file = Path(folder) / "record.npz"
            # In a process of its own, so that this one stays small.
            _call([sys.executable, "-m", "benchmarks.contest", "make", str(file), str(size)], options.seconds)
            for contestant in (OURS, DAWID_SKENE, ONE_COIN, TRUTHDISCOVERY):
                limit = LARGEST.get(contestant, options.skip_peers_above)
                if contestant == OURS or size <= min(limit, options.skip_peers_above):
                    for line in _run(contestant, file, size, options.seconds):
                        print(json.dumps(line), flush=True)  # noqa: T201  the command's answer
                        lines.append(line)
    print(json.dumps({"ratios": ratios(lines)}), flush=True)  # noqa: T201
    return int(any("failure" in line for line in lines if line["contestant"] == OURS))


def tell(sentence: str) -> None:
    """Print progress where it does not mix with the results."""
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201


def _run(contestant: str, file: Path, size: int, seconds: float) -> list[Line]:
    python = sys.executable if contestant == OURS else str(PEERS_PYTHON)
    about = {"contestant": contestant, "n_attributions": size}
    try:
        answer = _call([python, "-m", "benchmarks.contest", contestant, str(file)], seconds)
    except subprocess.TimeoutExpired:
        return [{**about, "failure": f"over {seconds:g} s"}]
    except subprocess.CalledProcessError as error:
        reason = (error.stderr or "").strip().splitlines() or [f"ended with code {error.returncode}"]
        return [{**about, "failure": reason[-1]}]
    return [{**about, **json.loads(line)} for line in answer.splitlines()]


def _call(command: Sequence[str], seconds: float) -> str:
    # One thread each: what is compared is the work, not the machine.
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    done = subprocess.run(  # noqa: S603
        command,
        cwd=ROOT,
        env={**os.environ, **threads},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=True,
    )
    return done.stdout


def independent_record(n: int, seed: int = SEED) -> dict[str, Labels]:
    """Make a record in which nobody copies.

    Returns
    -------
    dict of str to array
        `source`, `object`, `value` of shape (n,): labels, whole numbers in no order; and `truth`, by
        object label.
    """
    generator = np.random.default_rng([seed, n])
    n_objects = max(n // CLAIMS_PER_OBJECT, 2)
    n_sources = max(n // CLAIMS_PER_SOURCE, 2)
    activity = np.arange(1, n_sources + 1) ** -ZIPF_EXPONENT
    share = np.cumsum(activity / activity.sum())
    pairs = np.empty(0, np.int64)
    while len(pairs) < n:
        # No source speaks twice on an object; the most active run out of objects, so more are drawn.
        more = np.searchsorted(share, generator.random(n)).clip(max=n_sources - 1) * n_objects
        pairs = np.unique(np.concatenate([pairs, more + generator.integers(n_objects, size=n)]))
    pairs = generator.permutation(pairs)[:n]
    source, about = generator.permutation(n_sources)[pairs // n_objects], pairs % n_objects
    accuracy = generator.beta(*ACCURACY, n_sources)
    truth = generator.integers(N_VALUES, size=n_objects)
    wrong = (truth[about] + generator.integers(1, N_VALUES, n)) % N_VALUES
    value = np.where(generator.random(n) < accuracy[source], truth[about], wrong)
    return {"source": source, "object": about, "value": value, "truth": truth}


def ratios(lines: Sequence[Line]) -> list[Line]:
    """Return, by size, how many times longer the peers take, and how ours grows with the size."""
    found = []
    by_size: dict[int, dict[str, Line]] = {}
    for line in lines:
        if "failure" not in line:
            by_size.setdefault(line["n_attributions"], {})[line["contestant"]] = line
    for size, run in by_size.items():
        if OURS not in run:
            continue
        ours = run[OURS]
        ratio: Line = {
            "n_attributions": size,
            "accuracy": ours["accuracy"],
            "working_bytes_per_attribution": ours["fit_bytes_per_attribution"],
        }
        if DAWID_SKENE in run:
            ratio["crowd_kit"] = _beside(run[DAWID_SKENE], ours)
        others = [line for name, line in run.items() if name.startswith(TRUTHDISCOVERY)]
        if others:
            for name in ("ns_per_attribution_and_iteration", "ns_per_attribution"):
                fastest = min(others, key=lambda line: float(line[name]))
                ratio[f"truthdiscovery_least_{name}"] = {
                    "contestant": fastest["contestant"],
                    **_beside(fastest, ours),
                }
            ratio["truthdiscovery_best_accuracy"] = max(line["accuracy"] for line in others)
        found.append(ratio)
    first, last = by_size.get(100_000, {}).get(OURS), by_size.get(10_000_000, {}).get(OURS)
    if first and last:
        found.append(
            {
                "growth_from": 100_000,
                "growth_to": 10_000_000,
                "ns_per_attribution": _times(last, first, "ns_per_attribution"),
                "ns_per_attribution_and_iteration": _times(last, first, "ns_per_attribution_and_iteration"),
                "ns_per_attribution_with_preparation": _times(
                    last, first, "ns_per_attribution_with_preparation"
                ),
            }
        )
    return found


def _beside(peer: Mapping[str, Any], ours: Mapping[str, Any]) -> Line:
    names = (
        "ns_per_attribution_and_iteration",
        "ns_per_attribution",
        "ns_per_attribution_with_preparation",
        "fit_bytes_per_attribution",
    )
    return {**{name: _times(peer, ours, name) for name in names}, "accuracy": peer["accuracy"]}


def _times(one: Mapping[str, Any], other: Mapping[str, Any], name: str) -> float | None:
    if one.get(name) is None or not other.get(name):
        return None
    return round(float(one[name]) / float(other[name]), 2)


if __name__ == "__main__":
    sys.exit(main())
