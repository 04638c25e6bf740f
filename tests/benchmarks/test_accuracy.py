"""The command, on tiny folders: what counts as a row, what is printed where."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import accuracy

ROOT = Path(__file__).parents[2]
FOLDERS = {
    "agreed": (
        "source,object,value\na,q1,x\nb,q1,x\nc,q1,y\na,q2,z\nb,q2,z\nc,q2,z\n",
        "object,value\nq1,x\nq2,z\nnobody-claims-this,x\n",
    ),
    "tied": ("source,object,value\na,q1,x\nb,q1,y\na,q2,x\nb,q2,z\n", "object,value\nq1,x\nq2,x\n"),
    "untold": ("source,object,value\na,q1,x\nb,q1,y\n", None),
    "elsewhere": ("source,object,value\na,q1,x\n", "object,value\nother,x\n"),
    "repeated": ("source,object,value\na,q1,x\na,q1,x\na,q1,x\nb,q1,y\nc,q1,y\n", "object,value\nq1,y\n"),
    "revised": (
        "source,object,value,time,kind\n"
        "a,q1,right,2020-02-01,\na,q1,wrong,2020-01-01T10:00:00+02:00,\nb,q1,wrong,2020-01-05,\n"
        "b,q1,right,2020-01-06,\n",
        "object,value\nq1,right\n",
    ),
    "numbers": (
        "source,object,value\na,q1,10.0\nb,q1,10\nc,q1,99.5\na,q2,2000\nb,q2,2000\nc,q2,2001\n",
        "object,value\nq1,10\nq2,2001\n",
    ),
    "codes": ("source,object,value\na,q1,0\nb,q1,0\na,q2,1\nb,q2,1\n", "object,value\nq1,0\nq2,1\n"),
    "quoted": (
        '\ufeffsource,object,value\n"Ø, ""the"" one","q\n1","York, New"\nb,"q\n1","York, New"\nc,,x\nd,q2,\n',
        'object,value\n"q\n1","York, New"\n',
    ),
    "unheard": ("source,object,value\na,q1,x\nb,q1,x\n", "object,value\nq1,truth-nobody-says\n"),
    "torn": ("source,object,value\na,q1,x\na,q2,x\n", "object,value\nq1,x\nq1,y\nq2,x\n"),
    "short-row": ("source,object,value\na,q1,x\na,q2\n", "object,value\nq1,x\n"),
    "open-quote": ('source,object,value\na,q1,"x\n', "object,value\nq1,x\n"),
    "no-value": ("source,object\na,q1\n", "object,value\nq1,x\n"),
    "no-rows": ("source,object,value\n", "object,value\nq1,x\n"),
    "no-time": ("source,object,value,time\na,q1,x,yesterday\n", None),
    "latin": ("source,object,value\na,q1,é\n".encode("latin-1"), None),
    "no-attributions": (None, "object,value\nq1,x\n"),
}
BROKEN = {"short-row", "open-quote", "no-value", "no-rows", "no-time", "latin"}
FIGURES = ("accuracy", "majority", "brier", "log_loss", "ece")


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.accuracy", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


def write_folder(folder: Path, attributions: str | bytes | None, truth: str | None) -> None:
    folder.mkdir(parents=True)
    for name, text in (("attributions.csv", attributions), ("truth.csv", truth)):
        if text is not None:
            (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())


@pytest.fixture(scope="module")
def done(tmp_path_factory) -> subprocess.CompletedProcess[str]:
    path = tmp_path_factory.mktemp("records")
    for name, (attributions, truth) in FOLDERS.items():
        write_folder(path / name, attributions, truth)
    return run(path)


@pytest.fixture(scope="module")
def lines(done) -> dict[str, dict]:
    return {line["dataset"]: line for line in map(json.loads, done.stdout.splitlines())}


def test_every_readable_folder_has_one_line_with_all_that_the_readers_expect(lines):
    assert set(lines) == set(FOLDERS) - BROKEN - {"no-attributions"}
    for line in lines.values():
        assert {"n_sources", "n_objects", "n_attributions", "n_truths", *FIGURES} <= set(line)
        assert line["seconds"] >= 0
        assert line["iterations"] >= 1


def test_a_broken_folder_is_told_in_one_sentence_that_names_it_and_fails_the_command_at_the_end(done):
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    for name in BROKEN:
        assert sum(f"/{name}/" in sentence for sentence in done.stderr.splitlines()) == 1, name
    assert "short-row/attributions.csv, line 3: 2 cells, not 3." in done.stderr


def test_a_folder_without_attributions_is_skipped_and_is_no_failure(done, tmp_path):
    assert "no-attributions: no attributions.csv, skipped." in done.stderr
    write_folder(tmp_path / "agreed", *FOLDERS["agreed"])
    write_folder(tmp_path / "no-attributions", *FOLDERS["no-attributions"])
    assert accuracy.main([str(tmp_path)]) == 0


def test_truths_of_objects_that_nobody_claims_are_left_out(lines):
    line = lines["agreed"]
    assert (line["n_objects"], line["n_truths"], line["accuracy"], line["majority"]) == (2, 2, 1, 1)
    assert lines["elsewhere"]["n_truths"] == 0


@pytest.mark.parametrize("name", ["untold", "elsewhere"])
def test_without_a_truth_to_measure_against_figures_are_null(lines, name):
    assert [lines[name][figure] for figure in FIGURES] == [None] * 5


def test_a_tie_counts_as_a_fraction_for_voting_and_for_ours(lines):
    assert lines["tied"]["majority"] == 0.5
    assert lines["tied"]["accuracy"] == 0.5


def test_what_a_source_says_twice_counts_once(lines):
    assert lines["repeated"]["majority"] == 1
    assert (lines["repeated"]["n_attributions"], lines["repeated"]["n_standing"]) == (5, 3)


def test_of_what_a_source_revised_the_latest_counts_whatever_the_order_of_rows(lines):
    assert lines["revised"]["majority"] == 1
    assert lines["revised"]["n_standing"] == 2


def test_amounts_are_compared_as_numbers_and_measured_by_their_error_and_interval(lines):
    line = lines["numbers"]
    assert line["majority"] == 0.5
    assert line["mae"] == 0.5
    assert line["coverage"] == 1
    assert line["accuracy_within_1_percent"] == 1


def test_class_codes_are_answers_and_no_amounts(lines):
    assert "mae" not in lines["codes"]
    assert (lines["codes"]["auc"], lines["codes"]["f1"]) == (1, 1)


def test_quotes_commas_line_ends_and_a_byte_order_mark_are_read(lines):
    assert lines["quoted"]["n_truths"] == 1
    assert lines["quoted"]["accuracy"] == 1


def test_rows_that_leave_out_a_cell_assert_nothing_and_this_is_told(done, lines):
    assert lines["quoted"]["n_objects"] == 1
    assert "quoted: 2 rows lack a source, an object or a value: left out." in done.stderr


def test_a_truth_that_nobody_asserts_costs_and_is_counted(lines):
    line = lines["unheard"]
    assert (line["accuracy"], line["majority"], line["n_truths_unasserted"]) == (0, 0, 1)
    assert line["log_loss"] > 0.5


def test_an_object_with_two_truths_is_not_measured(done, lines):
    assert lines["torn"]["n_truths"] == 1
    assert "torn: 1 objects have more than one truth: left out." in done.stderr


def test_every_figure_has_an_interval_that_holds_it(lines):
    for line in lines.values():
        for figure in (name for name in line if f"{name}_interval" in line):
            low, high = line[f"{figure}_interval"]
            assert low <= line[figure] <= high, (line["dataset"], figure)


def test_a_name_that_is_no_folder_is_told_in_a_sentence(tmp_path, capsys):
    assert accuracy.main([str(tmp_path / "missing")]) == 1
    assert capsys.readouterr() == ("", f"{tmp_path / 'missing'} is no folder.\n")


def test_a_walk_through_time_prints_its_figures_folder_by_folder(tmp_path, capsys):
    rows = "".join(f"a,q{d},yes,2020-01-{d:02}\nb,q{d},no,2020-01-{d:02}\n" for d in range(1, 29))
    write_folder(
        tmp_path / "days",
        "source,object,value,time\n" + rows,
        "object,value\n" + "".join(f"q{d},yes\n" for d in range(1, 29)),
    )
    assert accuracy.main(["--prequential", str(tmp_path)]) == 0
    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (line["dataset"], line["mode"]) == ("days", "prequential")
    assert line["brier"] < 0.25


def test_a_record_without_times_is_not_walked_through(tmp_path, capsys):
    write_folder(tmp_path / "agreed", *FOLDERS["agreed"])
    assert accuracy.main(["--prequential", str(tmp_path)]) == 0
    assert capsys.readouterr() == ("", "agreed: no times to walk through, skipped.\n")
