"""Settled disputes, told to a real service event by event; and the simple rules beside it."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.dispute_rules import (
    Possibilities,
    believing_latest,
    counting_voices,
    knowing_nothing,
    moment,
    scored,
)
from benchmarks.disputes import main, summaries

ROOT = Path(__file__).parents[2]
LIST = {"id": "fate", "text": "What became of it?", "scope": "sea", "answers": ["sunk", "afloat"]}
NUMBER = {
    "id": "crew",
    "text": "How many were saved?",
    "scope": "sea",
    "quantity": {"unit": "persons", "scale": "log", "low": 1, "high": 1024},
}
CASE = {
    "scopes": [{"path": "sea"}],
    "sources": [
        {"id": "spokesman", "name": "Spokesman", "kind": "person", "member_of": "navy"},
        {
            "id": "navy",
            "name": "Navy",
            "kind": "organisation",
            "mandates": [{"scope": "sea", "vantage": "direct"}],
        },
        {"id": "outlet", "name": "Outlet", "kind": "outlet"},
    ],
    "questions": [LIST, NUMBER],
    "claims": [
        {
            "id": "first",
            "source": "navy",
            "question": "fate",
            "answer": "afloat",
            "stated_at": "2022-04-14T09:00:00Z",
            "check": "a note of the coder, which the service does not know",
        },
        {
            "id": "count",
            "source": "navy",
            "question": "crew",
            "answer": {"about": 400},
            "stated_at": "2022-04-14",
        },
    ],
    "corrections": [
        {
            "claim": "first",
            "kind": "amend",
            "by": "spokesman",
            "answer": "sunk",
            "stated_at": "2022-04-14T20:00:00Z",
        },
        # Narrows to nothing that is named: the service refuses it, and the moment counts all the same.
        {"claim": "first", "kind": "narrow", "by": "outlet", "stated_at": "2022-04-14T21:00:00Z"},
        {"claim": "first", "kind": "reaffirm", "by": "navy", "stated_at": "2022-04-15T21:00:00Z"},
    ],
    "resolutions": [
        {
            "question": "fate",
            "answer": "sunk",
            "resolved_at": "2022-04-15T00:00:00Z",
            "by": "an inquiry, in free text",
        },
        {"question": "crew", "value": 396, "resolved_at": "2022-05-01", "by": "navy"},
    ],
}


def claim(source, answer, hour, id_=None):
    return {
        "id": id_ or source,
        "source": source,
        "answer": answer,
        "stated_at": f"2025-01-01T{hour:02}:00:00Z",
    }


def notice(claim_, kind, hour, **fields):
    return {"claim": claim_, "kind": kind, "stated_at": f"2025-01-01T{hour:02}:00:00Z", **fields}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What the command prints for one case, with and without stakes."""
    folder = tmp_path_factory.mktemp("disputes")
    (folder / "cases").mkdir()
    (folder / "stakes").mkdir()
    (folder / "cases" / "ship.json").write_text(json.dumps(CASE))
    stakes = {"fate": [{"source": "navy", "favours": ["afloat"]}]}
    (folder / "stakes" / "ship.json").write_text(json.dumps(stakes))
    return [str(folder / "cases"), "--stakes", str(folder / "stakes")]


def test_the_command_scores_each_question_as_of_each_event_before_its_outcome(told, capsys):
    assert main(told) == 0
    printed = capsys.readouterr()
    lines = [json.loads(line) for line in printed.out.splitlines()]
    rows, totals = lines[:4], lines[4:]
    assert [(row["question"], row["n_events"], row["has_stakes"]) for row in rows] == [
        ("fate", 3, False),
        ("crew", 1, False),
        ("fate", 3, True),
        ("crew", 1, True),
    ]
    before, corrected, _ = rows[0]["credence_of_truth"]
    assert before < 0.5 < corrected
    # The navy gains from "afloat", so its first word counts for less and its second for more.
    declared = rows[2]["credence_of_truth"]
    assert declared[0] > before
    assert declared[1] > corrected
    assert [(total["summary"], total["has_stakes"]) for total in totals] == [
        (kind, has_stakes) for has_stakes in (False, True) for kind in ("list", "quantity", "all")
    ]
    assert totals[0]["credence"]["brier"][0] == pytest.approx(rows[0]["credence"]["brier"], abs=1e-3)
    assert printed.err.count(": refused ") == 1


def test_a_folder_without_outcomes_is_told_so(tmp_path, capsys):
    (tmp_path / "open.json").write_text(json.dumps({**CASE, "resolutions": []}))
    assert main([str(tmp_path)]) == 1
    assert "no case with an outcome" in capsys.readouterr().err


def test_votes_are_of_sources_by_their_latest_word():
    possible = Possibilities.of(LIST, [])
    claims = [claim("a", "sunk", 1, "a1"), claim("a", "afloat", 2, "a2"), claim("b", ["sunk", "afloat"], 3)]
    assert counting_voices(possible, claims, []) == pytest.approx([0.25, 0.75])
    assert counting_voices(possible, claims, [notice("b", "retract", 4)]) == pytest.approx([0, 1])
    amended = [notice("a2", "amend", 4, answer="sunk")]
    assert counting_voices(possible, claims, amended) == pytest.approx([0.75, 0.25])
    assert counting_voices(possible, [], []) == pytest.approx([0.5, 0.5])


def test_the_latest_is_what_was_named_last_and_not_taken_back():
    possible = Possibilities.of(LIST, [])
    claims = [claim("a", "sunk", 1), claim("b", "afloat", 2)]
    assert believing_latest(possible, claims, []) == pytest.approx([0.1, 0.9])
    assert believing_latest(possible, claims, [notice("b", "deny", 3)]) == pytest.approx([0.9, 0.1])
    amended = [notice("a", "amend", 3, answer="sunk")]
    assert believing_latest(possible, claims, amended) == pytest.approx([0.9, 0.1])
    assert believing_latest(possible, [claim("a", ["sunk", "afloat"], 1)], []) == pytest.approx([0.5, 0.5])


def test_a_quantity_is_ten_bins_of_its_declared_range():
    possible = Possibilities.of(NUMBER, [])
    assert possible.named({"value": 5}).tolist() == [i == 2 for i in range(10)]
    assert possible.named({"at_least": 5}).tolist() == [i >= 2 for i in range(10)]
    assert possible.named({"at_most": 5}).tolist() == [i <= 2 for i in range(10)]
    assert possible.named({"between": [5, 20]}).tolist() == [2 <= i <= 4 for i in range(10)]
    assert possible.named(10_000).tolist() == [i == 9 for i in range(10)]
    undeclared = Possibilities.of({"quantity": {"unit": "x"}}, [{"value": 0}, {"between": [5, 20]}])
    assert undeclared.edges[[0, -1]].tolist() == [0, 20]


def test_a_score_of_a_quantity_is_read_as_even_between_its_quantiles():
    possible = Possibilities.of(NUMBER, [])
    found = possible.credence({"quantity": {"low": 4, "median": 16, "high": 256}})
    assert found == pytest.approx([0.025, 0.025, *[0.225] * 2, *[0.1125] * 4, 0.025, 0.025])
    narrow = possible.credence({"quantity": {"low": 5000, "median": 6000, "high": 7000}})
    assert narrow.sum() == pytest.approx(1)
    unheard = possible.credence({"quantity": {"low": None, "median": None, "high": None}})
    assert unheard == pytest.approx(np.full(10, 0.1))


def test_scores_are_the_published_ones():
    even = knowing_nothing(Possibilities.of(LIST, []))
    assert scored(even, 1) == pytest.approx([0, 0.5, np.log(2)])
    assert scored(np.array([0.1, 0.9]), 1) == pytest.approx([1, 0.02, -np.log(0.9)])
    assert scored(np.array([1.0, 0.0]), 1)[2] == pytest.approx(-np.log(0.01))


def test_a_date_alone_counts_from_its_days_end_and_an_outcome_of_that_day_from_its_beginning():
    assert moment("2025-01-31") > moment("2025-01-31T23:00:00Z")
    assert moment("2025-01-31", is_from=True) < moment("2025-01-31T00:30:00+00:00")


def test_cases_are_drawn_and_not_questions():
    def row(case, brier):
        scores = {"accuracy": 1.0, "brier": brier, "log_score": brier}
        rules = ("credence", "counting_voices", "believing_latest", "knowing_nothing")
        return {"case": case, "kind": "list", "has_stakes": False, **dict.fromkeys(rules, scores)}

    one_case = next(summaries([row("a", 0.2), row("a", 0.8)]))
    two_cases = next(summaries([row("a", 0.2), row("b", 0.8)]))
    assert one_case["credence"]["brier"] == [0.5, 0.5, 0.5]
    assert two_cases["credence"]["brier"] == [0.5, 0.2, 0.8]
    assert two_cases["margin"]["brier"] == [0, 0, 0]


@pytest.mark.parametrize("path", sorted((ROOT / "benchmarks/stakes").glob("*.json")), ids=lambda p: p.stem)
def test_coded_stakes_have_the_contracts_form(path):
    for stakes in json.loads(path.read_text()).values():
        for stake in stakes:
            assert set(stake) == {"source", "favours"}
            assert stake["favours"]
