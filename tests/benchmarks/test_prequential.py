"""The walk through a dated record, through its command."""

import csv
import json
import subprocess
import sys
from datetime import date, timedelta

import numpy as np
import pytest
from commands import ran

from benchmarks import prequential

START = date(2020, 1, 1)


def on(day):
    return (START + timedelta(days=day)).isoformat()


@pytest.fixture
def folder(tmp_path):
    def write(attributions, truth, **files):
        tables = {"attributions": attributions, "truth": truth, **files}
        for name, rows in tables.items():
            with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, rows[0])
                writer.writeheader()
                writer.writerows(rows)
        return tmp_path

    return write


def command(path, *options):
    command = [sys.executable, "-m", "benchmarks.prequential", str(path), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def walked(path, *options):
    return ran(prequential.main, path, *options)


def measured(path, *options, run=walked):
    done = run(path, *options)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    return json.loads(line)


def claim(source, about, value, day, kind=""):
    return {"source": source, "object": about, "value": value, "time": on(day), "kind": kind}


def truth(about, value):
    return {"object": about, "value": value}


def lone_verdicts(n=60):
    """Return a source that is always right and one that never is, in turn, on a scale of four."""
    claims = [claim("good" if i % 2 else "bad", f"o{i}", "true", i) for i in range(n)]
    verdicts = [("true", "mostly-true")[i % 4 == 1] if i % 2 else ("false", "half-true")[0] for i in range(n)]
    verdicts[0] = "mostly-false"
    return claims, [truth(f"o{i}", verdict) for i, verdict in enumerate(verdicts)]


def test_verdicts_are_predicted_from_each_source_s_earlier_ones(folder):
    found = measured(folder(*lone_verdicts()))
    assert found["n"] == 60
    assert found["brier"] < found["baselines"]["global_rate"]["brier"] / 2
    assert 0.9 < found["auc"] <= 1.0


def test_an_outcome_never_informs_its_own_day(folder):
    """All is said on one day: nothing is known before, so all are predicted alike."""
    claims = [claim(f"s{i % 3}", f"o{i}", "true", 0) for i in range(30)]
    verdicts = [truth(f"o{i}", ("true", "false", "half-true")[i % 3]) for i in range(30)]
    found = measured(folder(claims, verdicts))
    assert found["auc"] == 0.5


def test_what_is_said_after_the_truth_is_known_is_not_used(folder):
    claims = [claim("s", f"o{i}", "true", i, "p=0.9") for i in range(40)]
    late = [claim("s", f"o{i}", "false", i + 100, "p=0.0") for i in range(40)]
    outcomes = [truth(f"o{i}", "true" if i % 10 else "false") for i in range(40)]
    events = [{"object": f"o{i}", "time_known": on(i + 5)} for i in range(40)]
    with_late = measured(folder(claims + late, outcomes, events=events))
    without = measured(folder(claims, outcomes, events=events))
    assert with_late["per_claim"]["n"] == without["per_claim"]["n"] == 40
    assert with_late["baselines"]["as_stated"] == without["baselines"]["as_stated"]


def test_quantities_give_an_error_and_a_coverage(folder):
    random = np.random.default_rng(0)
    values = random.normal(0, 10, 60)
    claims = [
        claim(f"s{j}", f"o{i}", round(value + random.normal() * (1 + 3 * (j == 2)), 3), i)
        for i, value in enumerate(values)
        for j in range(3)
    ]
    races = [{"object": f"o{i}", "election_date": on(i + 1), "type": "one"} for i in range(60)]
    found = measured(folder(claims, [truth(f"o{i}", round(v, 3)) for i, v in enumerate(values)], races=races))
    assert found["mae"] < found["baselines"]["mean_of_claims"]["mae"]
    assert found["coverage"] > 0.8
    assert found["sign"]["accuracy"] > 0.8


def test_since_leaves_earlier_outcomes_out_of_the_figures(folder):
    path = folder(*lone_verdicts())
    assert measured(path, "--since", on(41), run=command)["n"] == 20


def test_majority_counts_a_tie_as_a_half(folder):
    claims = [claim(s, f"o{i}", v, i) for i in range(10) for s, v in (("a", f"x{i}"), ("b", f"y{i}"))]
    assert measured(folder(claims, [truth(f"o{i}", f"x{i}") for i in range(10)]))["majority"] == 0.5


@pytest.mark.parametrize("name", ["attributions", "truth"])
def test_a_folder_without_a_table_is_refused_in_a_sentence(folder, name):
    path = folder(*lone_verdicts(4))
    (path / f"{name}.csv").unlink()
    done = walked(path)
    assert done.returncode == 1
    assert f"{name}.csv cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bad_date_is_named(folder):
    rows = [claim("s", "o", "true", 0) | {"time": "yesterday"}]
    done = walked(folder(rows, [truth("o", "true")]))
    assert done.returncode == 1
    assert "'yesterday' is no date" in done.stderr


def test_a_record_that_nothing_came_of_is_refused_in_a_sentence(folder):
    done = walked(folder([claim("s", "o", "true", 0)], [truth("another", "true")]))
    assert done.returncode == 1
    assert "no object" in done.stderr
