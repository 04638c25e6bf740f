"""The record that is timed, what is counted, and the ratios."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import contest, speed

ROOT = Path(__file__).parents[2]


def test_the_record_is_the_same_for_the_same_seed_and_no_source_speaks_twice_on_an_object():
    record = speed.independent_record(2000)
    again = speed.independent_record(2000)
    assert all(np.array_equal(record[name], again[name]) for name in record)
    assert len(record["source"]) == 2000
    assert len(set(zip(record["source"].tolist(), record["object"].tolist(), strict=True))) == 2000


def test_tied_leads_count_by_their_share():
    about, value = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 2])
    assert contest.accuracy_of(about, value, np.array([0.5, 0.5, 0.2, 0.8]), np.array([1, 2])) == 0.75


def test_the_cost_of_a_part_holds_the_memory_that_it_touches():
    megabytes = 64
    _, cost = contest.cost(lambda: np.ones(megabytes << 17).sum())
    assert cost.bytes == pytest.approx(megabytes << 20, rel=0.1)


def test_the_command_times_ours_and_ends_with_the_ratios():
    command = [sys.executable, "-m", "benchmarks.speed", "2000", "--skip-peers-above", "0"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300)
    ours, last = map(json.loads, done.stdout.splitlines())
    assert ours["contestant"] == "credence"
    assert ours["iterations"] >= 1
    assert ours["accuracy"] > 0.9
    assert [ratio["n_attributions"] for ratio in last["ratios"]] == [2000]


def test_a_ratio_says_how_many_times_as_long_the_peer_takes():
    figures = {
        "accuracy": 0.9,
        "ns_per_attribution_and_iteration": 10.0,
        "ns_per_attribution": 100.0,
        "ns_per_attribution_with_preparation": 200.0,
        "fit_bytes_per_attribution": 20.0,
    }
    slow = {name: 50 * figure for name, figure in figures.items()}
    lines = [
        {"contestant": speed.OURS, "n_attributions": 1000, **figures},
        {"contestant": speed.DAWID_SKENE, "n_attributions": 1000, **slow, "accuracy": 0.8},
    ]
    (ratio,) = speed.ratios(lines)
    assert ratio["crowd_kit"]["ns_per_attribution_and_iteration"] == 50
    assert ratio["crowd_kit"]["accuracy"] == 0.8
