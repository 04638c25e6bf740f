"""What a predictor is shown, day by day."""

from pathlib import Path

import pytest

from benchmarks.dated import Asked, Forecast, Past, read_dated, walk
from benchmarks.foresight import measure

ROWS = """source,object,value,time,kind
a,early,yes,2020-01-01,p=0.90
b,early,no,2020-01-03,p=0.30
a,early,no,2020-01-04T12:00:00,p=0.20
a,late,yes,2020-01-02,p=0.60
a,late,no,2020-01-20,p=0.10
a,same-day,yes,2020-01-02,p=0.80
"""
TRUTH = "object,value\nearly,no\nlate,yes\nsame-day,yes\n"


class Witness:
    """Remembers what it was shown."""

    def __init__(self) -> None:
        self.shown: list[tuple[float, set[str], list[str], list[Asked]]] = []

    def __call__(self, past: Past, today: list[Asked]) -> list[Forecast]:
        stated = [f"{past.record.source[i]}:{past.record.object[i]}" for i in range(past.n_rows)]
        self.shown.append((past.day, set(past.outcomes), stated, list(today)))
        return [Forecast(credence={"yes": 0.5}) for _ in today]


def write(folder: Path, **files: str) -> Path:
    for name, text in {"attributions": ROWS, "truth": TRUTH, **files}.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


@pytest.fixture
def elections(tmp_path) -> Path:
    return write(
        tmp_path,
        races="object,election_date,type\nearly,2020-01-04,P\nsame-day,2020-01-04,P\nlate,2020-01-10,P\n",
    )


def shown(folder: Path, *, by_statement: bool = False) -> tuple[list, tuple[str, ...]]:
    record, known = read_dated(folder)
    witness = Witness()
    list(walk(record, known, witness, by_statement=by_statement))
    return witness.shown, record.value


def test_objects_are_asked_for_in_order_of_the_day_after_their_election(elections):
    days = [(day % 1, [asked.object for asked in today]) for day, _, _, today in shown(elections)[0]]
    assert days == [(0, ["early", "same-day"]), (0, ["late"])]


def test_outcomes_of_one_day_do_not_teach_each_other_and_earlier_ones_do(elections):
    assert [outcomes for _, outcomes, _, _ in shown(elections)[0]] == [set(), {"early", "same-day"}]


def test_the_rows_of_an_asked_object_are_the_latest_of_each_source_before_its_truth_was_known(elections):
    days, value = shown(elections)
    early, late = days[0][3][0], days[1][3][0]
    assert [value[i] for i in early.rows] == ["no", "no"]
    # Its row of 20 January was stated after the election of the 10th.
    assert [value[i] for i in late.rows] == ["yes"]


def test_nothing_stated_later_stands_in_the_past(elections):
    assert len(shown(elections)[0][0][2]) == 5


def test_without_a_file_that_tells_it_a_truth_is_known_the_day_after_the_first_claim(tmp_path):
    days, _ = shown(write(tmp_path))
    assert [[asked.object for asked in today] for _, _, _, today in days] == [["early"], ["late", "same-day"]]


def test_a_time_known_counts_from_its_very_moment(tmp_path):
    events = "object,time_known\nearly,2020-01-04 11:00:00+00:00\nlate,2020-01-21\nsame-day,2020-01-05\n"
    days, value = shown(write(tmp_path, events=events))
    # a's revision came an hour later.
    assert [value[i] for i in days[0][3][0].rows] == ["yes", "no"]


def test_a_row_without_a_time_is_never_shown_and_an_hour_may_lack_its_zero(tmp_path):
    rows = ROWS + "c,late,no,,\nc,early,no,2020-01-03T6:09:00,\nd,early,no,last week,\n"
    elections = "object,election_date\nearly,2020-01-04\nlate,2020-01-10\nsame-day,2020-01-04\n"
    days, _ = shown(write(tmp_path, attributions=rows, races=elections))
    assert [len(asked.rows) for _, _, _, today in days for asked in today] == [3, 1, 1]
    assert not any(row.startswith("d:") or row == "c:late" for _, _, past, _ in days for row in past)


def test_each_statement_is_asked_for_by_itself_knowing_only_what_was_known_then(elections):
    days, _ = shown(elections, by_statement=True)
    assert [len(asked.rows) for _, _, _, today in days for asked in today] == [1] * 5
    assert all(not outcomes for _, outcomes, _, _ in days)


def test_a_probability_counts_for_the_value_it_is_stated_with_in_either_convention(elections):
    record, _ = read_dated(elections)
    certainty = {(s, v): c for s, v, c in zip(record.source, record.value, record.certainty, strict=True)}
    assert certainty["b", "no"] == 0.7
    assert certainty["a", "no"] == 0.9


def test_statements_are_measured_beside_what_was_stated(elections):
    line = measure(elections, Witness)
    assert line["per_claim"]["n"] == 5
    stated = [(0.9, 0), (0.7, 1), (0.8, 1), (0.6, 1), (0.8, 1)]
    as_stated = line["per_claim"]["baselines"]["as_stated"]["brier"]
    assert as_stated == pytest.approx(sum((p - y) ** 2 for p, y in stated) / 5)
