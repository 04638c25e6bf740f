"""The fit of the promptness curve, through its command."""

import csv
import json
from datetime import datetime, timedelta

import numpy as np
import pytest
from commands import ran

from benchmarks import promptness as curve

START = datetime(2020, 1, 1)  # noqa: DTZ001  delays need no zone


def write(path, cases):
    with (path / "cases.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["object", "source", "article_time", "correction_time", "marked"])
        for i, (source, article, correction) in enumerate(cases):
            writer.writerow([i, source, article.isoformat(), correction and correction.isoformat(), 1])


def drawn(n=1500, scale=100.0, shape=0.7):
    """Return cases whose delays follow the curve, articles spread over years."""
    delays = scale * np.random.default_rng(0).weibull(shape, n)
    return [
        (
            f"s{i % 7}",
            START + timedelta(days=11 * i),
            START + timedelta(days=11 * i, seconds=int(86400 * delay)),
        )
        for i, delay in enumerate(delays)
    ]


def promptness(path):
    return ran(curve.main, path)


def test_it_finds_the_curve_that_delays_were_drawn_from(tmp_path):
    write(tmp_path, drawn())
    found = json.loads(promptness(tmp_path).stdout)
    assert found["scale"] == pytest.approx(100, rel=0.2)
    assert found["shape"] == pytest.approx(0.7, rel=0.15)
    assert found["rms"] < found["constants_rms"]


def test_a_day_on_which_a_chain_of_papers_corrects_is_left_out(tmp_path):
    order = START + timedelta(days=20_000)
    chain = [(f"paper{i}", START, order) for i in range(50)]
    write(tmp_path, drawn() + chain)
    found = json.loads(promptness(tmp_path).stdout)
    assert found["n"] == 1500
    assert found["n_left_out"] == 50


def test_a_case_without_a_correction_is_no_delay(tmp_path):
    write(tmp_path, [*drawn(), ("s", START, None)])
    assert json.loads(promptness(tmp_path).stdout)["n"] == 1500


def test_a_folder_without_cases_is_refused_in_a_sentence(tmp_path):
    done = promptness(tmp_path)
    assert done.returncode == 1
    assert "cases.csv cannot be read" in done.stderr
