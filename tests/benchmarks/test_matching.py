"""The benchmark of matching, on a small made folder: disputes that share no words, and easy texts."""

import csv
import json

import pytest

from benchmarks import matching
from models.record import Question

TOWNS = ("Alba", "Brno", "Cork", "Dover", "Essen", "Faro", "Gent")
SUBJECTS = {"bridge": "the bridge over the river", "mayor": "the mayor of the town"}


def dispute(town):
    """Return a case whose texts say what they are about."""
    return {
        "questions": [
            {"id": id_, "text": f"In {town}, did {subject} fall?", "scope": "towns", "answers": ["yes", "no"]}
            for id_, subject in SUBJECTS.items()
        ],
        "claims": [
            {"id": f"{id_}-{n}", "question": id_, "text": f"Report {n} from {town} says that {subject} fell."}
            for id_, subject in SUBJECTS.items()
            for n in (1, 2)
        ],
    }


@pytest.fixture
def datasets(tmp_path, monkeypatch):
    """A folder like the one that is read, and one more dispute in the place of the shipped record."""
    monkeypatch.setattr(matching, "AROUND", (5, 10))
    record = tmp_path / "record"
    record.mkdir()
    for noun, lines in dispute("Heide").items():
        (record / f"{noun}.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    monkeypatch.setattr(matching, "KURSK", record)
    folder = tmp_path / "datasets"
    (folder / "walk_backs").mkdir(parents=True)
    for town in TOWNS:
        (folder / "walk_backs" / f"{town}.json").write_text(json.dumps(dispute(town)))
    for name in ("politifact/statements.csv", "predictionbook/events.csv"):
        path = folder / name
        path.parent.mkdir()
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["id", "text"])
            writer.writerows([n, f"Statement {n} of a budget and its tax number {n * 7}"] for n in range(10))
            writer.writerow([99, ""])
    return folder


def printed(datasets, capsys):
    assert matching.main([str(datasets)]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_it_prints_the_fit_then_by_what_stands_around_then_by_threshold_then_the_record(datasets, capsys):
    lines = printed(datasets, capsys)
    assert len(lines[0]["coefficients"]) == 2
    assert [line["around"] for line in lines if "around" in line] == [5, 10]
    assert [line["threshold"] for line in lines[1:] if "threshold" in line] == list(matching.THRESHOLDS)
    assert lines[-1]["record"] == "record"


def test_each_text_is_tried_with_its_question_there_and_without(datasets, capsys):
    _, *lines = printed(datasets, capsys)
    n_texts = len(TOWNS) * 4
    assert [line["n_texts"] for line in lines if "around" in line] == [2 * n_texts] * 2
    # All that stands around together; and the record alone, which the fit does not see.
    assert {line["n_texts"] for line in lines if "threshold" in line} == {4 * n_texts}
    assert lines[-1]["n_texts"] == 4 * 4


def test_texts_that_name_their_question_are_matched_with_it_first(datasets, capsys):
    _, *lines = printed(datasets, capsys)
    assert all(line["first_is_right"] == 1 for line in lines)
    by_threshold = [line["n_matched"] for line in lines if "threshold" in line]
    assert by_threshold == sorted(by_threshold, reverse=True)
    for line in lines:
        assert line["n_right"] <= line["n_matched"]
        if line["n_matched"]:
            low, high = line["precision_interval"]
            assert low <= line["precision"] <= high


def test_what_nobody_asks_about_is_measured_apart(datasets, capsys):
    _, *lines = printed(datasets, capsys)
    strict = next(line for line in lines if line.get("threshold") == max(matching.THRESHOLDS))
    lax = next(line for line in lines if line.get("threshold") == min(matching.THRESHOLDS))
    assert 0 <= strict["new_matched"] <= lax["new_matched"] <= 1


def test_a_text_is_looked_up_by_its_rarest_words():
    def named(text):
        return matching.Candidate(Question(text, text, "towns", ("yes", "no")))

    common = [named(f"Did the bridge number {n} fall?") for n in range(60)]
    rare = named("Did the bridge of Heide fall?")
    found = matching.looked_up("The bridge of Heide fell", [*common, rare])
    assert found[0] is rare
    assert len(found) == matching.MOST_CANDIDATES


def test_too_few_disputes_are_refused_in_a_sentence(datasets, capsys):
    # The record is not measured by folds, so it is not among those that are counted.
    (datasets / "walk_backs" / "Alba.json").unlink()
    assert matching.main([str(datasets)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"matching: fewer than 7 disputes in {datasets}\n"


def test_a_folder_that_lacks_a_file_is_refused_in_a_sentence(datasets, capsys):
    (datasets / "politifact" / "statements.csv").unlink()
    assert matching.main([str(datasets)]) == 1
    assert "statements.csv cannot be read" in capsys.readouterr().err
