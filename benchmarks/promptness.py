"""Fit the promptness of corrections to real delays.

    python -m benchmarks.promptness FOLDER

reads ``cases.csv`` (object,source,article_time,correction_time) and fits exp(-(d/scale)**shape), d in days,
to the share of corrections that are slower than d; the credit that a prompt correction earns. It prints one
JSON line: ``scale``, ``shape`` and ``rms`` of the fit, and the same error for the constants in force.

Left out are cases without a correction, moments that are not dates, corrections dated before their article,
and days on which at least `LEAST_CHAIN` outlets corrected: one court order to a chain of papers is one
decision, not as many delays.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import curve_fit

from models.constants import Constants

# Outlets that correct on one day: two or three do by chance now and then, five are a chain under one order.
LEAST_CHAIN = 5
SECONDS_A_DAY = 86400.0
# Days told in the answer: a day, a week, a month, a quarter, half a year, a year.
TOLD_DAYS = (1, 7, 30, 90, 182, 365)


def promptness(days: np.ndarray, scale: float, shape: float) -> np.ndarray:
    """Return exp(-(d/scale)**shape)."""
    return np.exp(-((days / scale) ** shape))


def read_delays(path: Path) -> tuple[np.ndarray, int]:
    """Return the delays in days, shape (n,), and how many corrections were left out."""
    cases = []
    n_left_out = 0
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if not row["correction_time"]:
                continue
            article, correction = _moment(row["article_time"]), _moment(row["correction_time"])
            if article is None or correction is None or correction < article:
                n_left_out += 1
            else:
                cases.append((row["source"], article, correction))
    outlets = defaultdict(set)
    for source, _, correction in cases:
        outlets[correction.date()].add(source)
    kept = [case for case in cases if len(outlets[case[2].date()]) < LEAST_CHAIN]
    delays = [(correction - article).total_seconds() / SECONDS_A_DAY for _, article, correction in kept]
    return np.sort(delays), n_left_out + len(cases) - len(kept)


def fit(delays: np.ndarray) -> dict[str, Any]:
    """Return scale, shape and error of the curve, by least squares over all observed delays."""
    # The share that is slower than each delay, ties at its last place.
    slower = 1 - np.searchsorted(delays, delays, side="right") / len(delays)
    constants = Constants()
    in_force = constants.promptness_days, constants.promptness_shape
    (scale, shape), _ = curve_fit(promptness, delays, slower, p0=(100.0, 1.0), bounds=(1e-3, np.inf))
    return {
        "scale": round(float(scale), 1),
        "shape": round(float(shape), 3),
        "rms": _rms(promptness(delays, scale, shape) - slower),
        "constants": {"scale": in_force[0], "shape": in_force[1]},
        "constants_rms": _rms(promptness(delays, *in_force) - slower),
        "slower": {day: round(float((delays > day).mean()), 3) for day in TOLD_DAYS},
    }


def _rms(error: np.ndarray) -> float:
    return round(float(np.sqrt(np.mean(error**2))), 4)


def _moment(text: str) -> datetime | None:
    """Return a moment; a date alone is no moment to measure a delay from."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007  delays need no zone
    except ValueError:
        return None


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.promptness")
    parser.add_argument("folder", type=Path)
    path = parser.parse_args(arguments).folder / "cases.csv"
    try:
        delays, n_left_out = read_delays(path)
    except (OSError, KeyError) as error:
        sys.stderr.write(f"{path} cannot be read: {error}\n")
        return 1
    if len(delays) < len(TOLD_DAYS):
        sys.stderr.write(f"{path} holds too few corrections to fit a curve\n")
        return 1
    sys.stdout.write(json.dumps({"n": len(delays), "n_left_out": n_left_out, **fit(delays)}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
