"""Undeclared copying: `python -m benchmarks.copying [SIZE ...]`.

Makes seeded records with copiers, and records without, and prints one JSON line each: the accuracy of
voting, of the estimator without the search for copying ("plain"), as it is ("ours"), and told which
claims are copies, which it drops ("oracle"); how many pairs were found, and how many of those are of
sources that have nothing to do with each other; and the seconds of the plain fit and of ours.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.synthetic import SyntheticRecord, copying_record, independent_record
from models.attributions import Attributions
from models.credence import CredenceModel

SIZES = (10_000, 100_000)
SEED = 0

Make = Callable[..., SyntheticRecord]
VARIANTS: Mapping[str, tuple[Make, dict[str, Any]]] = {
    "copying": (copying_record, {}),
    "half copied": (copying_record, {"own": 0.5}),
    "half copied, the rest on the parent's questions": (copying_record, {"own": 0.5, "is_own_beside": True}),
    "pairs": (copying_record, {"children": 1.5}),
    "large families": (copying_record, {"children": 30}),
    "chains": (copying_record, {"chained": 0.5}),
    "short lists of answers": (copying_record, {"n_values": 4}),
    "few claims a question": (copying_record, {"claims_per_object": 5}),
    "topics": (copying_record, {"topics": 5, "zipf": 0.7}),
    "nobody copies": (independent_record, {}),
    "nobody copies, misconceptions": (independent_record, {"misconceptions": 1.0}),
    "nobody copies, topics": (independent_record, {"topics": 10, "zipf": 0.5}),
    "nobody copies, hard questions": (independent_record, {"hardness": 1.5, "n_values": 4}),
}


def main(arguments: list[str] | None = None) -> int:
    """Run all variants on all sizes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.copying", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=list(SIZES), metavar="SIZE")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(arguments)
    # Compiling is no part of any figure.
    measure(copying_record(2_000))
    for size in options.sizes or SIZES:
        for name, (make, settings) in VARIANTS.items():
            line = {"variant": name, "n_attributions": size, "seed": options.seed}
            line |= measure(make(size, seed=options.seed, **settings))
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()
    return 0


def measure(record: SyntheticRecord) -> dict[str, Any]:
    """Return accuracies, pairs and seconds on one record."""
    facts = Attributions.from_columns(record.source, record.object, record.value)
    is_copied = record.is_copied[facts.claim_row].astype(float)
    started = time.perf_counter()
    plain = CredenceModel().fit_weighted(facts).fact_credence_
    between = time.perf_counter()
    model = CredenceModel().fit(facts)
    ended = time.perf_counter()
    oracle = CredenceModel().fit_weighted(facts, 1.0 - is_copied).fact_credence_ if is_copied.any() else plain
    copying = model.copying_
    kin, other = record.family[copying.source], record.family[copying.partner]
    return {
        "voting": accuracy(facts, np.diff(facts.fact_start).astype(float), record.truth),
        "plain": accuracy(facts, plain, record.truth),
        "ours": accuracy(facts, model.fact_credence_, record.truth),
        "oracle": accuracy(facts, oracle, record.truth),
        "n_pairs": len(kin),
        "n_false_pairs": int(((kin != other) | (kin < 0)).sum()),
        "is_unchanged": bool((copying.weight == 1.0).all()),
        "rounds": copying.n_rounds,
        "seconds_plain": round(between - started, 3),
        "seconds": round(ended - between, 3),
    }


def accuracy(facts: Attributions, credence: NDArray[np.float64], truth: NDArray[np.int32]) -> float:
    """Return the share of objects whose likeliest value is true; ties count as a fraction."""
    n_objects = len(facts.objects)
    best = np.full(n_objects, -np.inf)
    np.maximum.at(best, facts.fact_object, credence)
    is_best = credence >= best[facts.fact_object] - 1e-12
    is_true = facts.fact_value == truth[facts.fact_object]
    n_best = np.bincount(facts.fact_object[is_best], minlength=n_objects)
    n_hits = np.bincount(facts.fact_object[is_best & is_true], minlength=n_objects)
    return round(float((n_hits / np.maximum(n_best, 1))[n_best > 0].mean()), 4)


if __name__ == "__main__":
    sys.exit(main())
