"""Accuracy and calibration on labelled records.

`python -m benchmarks.accuracy DIR [--peers] [--prequential]` prints one JSON line a folder of DIR that
holds `attributions.csv` on standard output; everything else goes to standard error.
`benchmarks.folder` tells what counts as a row, `benchmarks.measures` what the figures mean. Objects
without a claim are left out. Where no truth is known, figures are null.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np

from benchmarks import measures, peers, prequential
from benchmarks.dated_record import BadRecordError
from benchmarks.estimator import Fitted, fit
from benchmarks.folder import LabelledRecord, UnreadableFolderError, folders_in, read_folder

# What every line has, measured or not.
FIGURES = ("accuracy", "majority", "brier", "log_loss", "ece")
# Of amounts "exact" is a matter of rounding; so far off still counts as the same.
CLOSE = 0.01


def main(arguments: list[str] | None = None) -> int:
    """Measure every folder; return 1 if one could not be read."""
    options = _options(arguments)
    if not options.path.is_dir():
        tell(f"{options.path} is no folder.")
        return 1
    folders, others = folders_in(options.path)
    for other in others:
        tell(f"{other.name}: no attributions.csv, skipped.")
    if not folders:
        tell(f"{options.path} holds no folder with an attributions.csv.")
        return 1
    if options.peers and not peers.PYTHON.exists():
        tell("The peers are not installed: run 'make peers'.")
        return 1
    failed = False
    if options.prequential:
        undated = [path for path in folders if not prequential.is_dated(path)]
        folders = [path for path in folders if path not in undated]
        for path in undated:
            tell(f"{path.name}: no times to walk through, skipped.")
    for path in folders:
        try:
            if options.prequential:
                line = prequential.run(path)
            else:
                line = measure(path, seconds_a_peer=options.seconds_a_peer if options.peers else None)
        except (UnreadableFolderError, BadRecordError) as error:
            tell(str(error))
            failed = True
            continue
        print(json.dumps(line, ensure_ascii=False), flush=True)  # noqa: T201  the command's answer
    return int(failed)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("path", type=Path, metavar="DIR", help="a folder of labelled records, or one of them")
    parser.add_argument("--peers", action="store_true", help="run the peers beside ours (make peers first)")
    parser.add_argument("--prequential", action="store_true", help="predict each outcome from before it")
    parser.add_argument(
        "--seconds-a-peer", type=float, default=60.0, metavar="S", help="processor time of a peer on a record"
    )
    return parser.parse_args(arguments)


def tell(sentence: str) -> None:
    """Print progress or a warning where it does not mix with the results."""
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201


def measure(path: Path, *, seconds_a_peer: float | None = None) -> dict[str, object]:
    """Fit the estimator to one folder and return its line.

    Raises
    ------
    UnreadableFolderError
    """
    record = read_folder(path)
    for note in record.notes:
        tell(f"{record.name}: {note}")
    if not record.source:
        raise UnreadableFolderError(f"{path / 'attributions.csv'} asserts nothing.")
    found = fit(record)
    objects = [about for about in sorted(found.credence) if about in record.truth]
    line: dict[str, object] = {
        "dataset": record.name,
        "n_sources": len(set(record.source)),
        "n_objects": len(found.credence),
        "n_attributions": record.n_rows,
        "n_standing": len(record.source),
        "n_truths": len(objects),
        **dict.fromkeys(FIGURES),
    }
    if objects:
        line |= compared(record, found, objects)
    line |= {"seconds": round(found.seconds, 4), "iterations": found.iterations}
    if seconds_a_peer is not None and objects:
        line |= beside_peers(path, record, found, objects, seconds_a_peer)
    return line


def compared(record: LabelledRecord, found: Fitted, objects: list[str]) -> dict[str, object]:
    """Return the figures of answers, of plain voting, and of amounts where values are such."""
    truth, votes = record.truth, votes_of(record)
    seen = outcomes_of(record, found, objects)
    statistics = measures.answer_statistics(seen)
    statistics["majority"] = measures.mean_of(measures.hits(votes, truth, objects))
    if record.is_quantity:
        point, low, high = np.array([found.estimate[about] for about in objects]).T
        actual = np.array([float(truth[about]) for about in objects])
        statistics |= measures.amount_statistics(point, low, high, actual)
        means = np.array([_mean(votes[about]) for about in objects])
        statistics["mae_of_mean"] = measures.mean_of(np.abs(means - actual))
        near = [_close(found.credence[about], truth[about]) for about in objects]
        statistics["accuracy_within_1_percent"] = measures.mean_of(np.array(near))
    unasserted = sum(truth[about] not in votes[about] for about in objects)
    return {
        **measures.measured(statistics, len(objects)),
        "n_truths_unasserted": unasserted,
        "calibration": measures.calibration_table(seen.leading, seen.hit),
    }


def outcomes_of(record: LabelledRecord, found: Fitted, objects: list[str]) -> measures.Outcomes:
    """Compare credences with truths; a label that nobody in the record says cannot be known from it."""
    return measures.outcomes(
        found.credence, record.truth, objects, record.labels, are_known=record.are_labels_asserted
    )


def votes_of(record: LabelledRecord) -> dict[str, Counter[str]]:
    """Return how many rows assert each value, by object."""
    votes: dict[str, Counter[str]] = {}
    for about, value in zip(record.object, record.value, strict=True):
        votes.setdefault(about, Counter())[value] += 1
    return votes


def _mean(votes: Counter[str]) -> float:
    return sum(float(value) * n for value, n in votes.items()) / votes.total()


def _close(credence: dict[str, float], truth: str) -> float:
    lead, actual = measures.leaders(credence), float(truth)
    return sum(abs(float(value) - actual) <= CLOSE * abs(actual) for value in lead) / len(lead)


def beside_peers(
    path: Path, record: LabelledRecord, found: Fitted, objects: list[str], seconds: float
) -> dict[str, object]:
    """Return each peer's accuracy, the best of them, and how far ours is from it with a paired interval."""
    results = peers.run_beside(path, seconds)
    shares = {
        name: np.array([result.hit[about] for about in objects])
        for name, result in results.items()
        if result.hit is not None
    }
    ours = outcomes_of(record, found, objects).hit
    for name, result in results.items():
        if result.failure:
            tell(f"{record.name}: {name} failed: {result.failure}")
    line: dict[str, object] = {
        "peers": {name: measures.rounded(share.mean()) for name, share in shares.items()},
        "peers_failed": {name: result.failure for name, result in results.items() if result.failure},
        "best_peer": None,
    }
    if shares:
        best = max(shares, key=lambda name: float(shares[name].mean()))
        gap = measures.measured({"gap_to_best_peer": measures.mean_of(ours - shares[best])}, len(objects))
        line |= {"best_peer": best, **gap}
    return line


if __name__ == "__main__":
    sys.exit(main())
