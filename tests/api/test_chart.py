"""The drawing of a timeline: whole, inside its picture at every width, and readable."""

import itertools
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from factories import moment

from api.chart import (
    BOTTOM,
    LABEL_GAP,
    MARK_GAP,
    MOST_SERIES,
    TOP,
    WIDTHS,
    Chart,
    claim_chart,
    question_chart,
)
from data.timeline import Step, Timeline
from models.outlook import Outlook
from models.record import Record
from models.score import AnswerCredence, QuantityCredence


def outlook(*credences: float, median: float | None = None) -> Outlook:
    answers = tuple(AnswerCredence(f"answer-{i}", each, each / 2, each) for i, each in enumerate(credences))
    quantity = None if median is None else QuantityCredence(median, median / 2, median * 2, "soldiers")
    return Outlook(answers, quantity, is_contested=False, is_resolved=False, n_claims=1, effective=1.0)


def timeline(*states: Any, hours: float = 24) -> Timeline[Any]:
    event = {"type": "claim", "id": "one", "source": "cnn", "question": "q"}
    steps = tuple(
        Step(moment(1) + timedelta(hours=hours * i), (event,), 0, state) for i, state in enumerate(states)
    )
    return Timeline(steps, len(steps), is_thinned=False)


def drawn(*states: Outlook, is_log: bool = False, hours: float = 24) -> Chart:
    chart = question_chart(timeline(*states, hours=hours), Record(), is_log=is_log)
    assert chart is not None
    return chart


@pytest.mark.parametrize("width", WIDTHS.values())
def test_everything_is_drawn_inside_the_picture(width: int) -> None:
    chart = drawn(outlook(0.2, 0.8), outlook(0.99, 0.01), outlook(0.0, 1.0))
    for line in chart.lines:
        numbers = [float(number) for number in re.findall(r"[MH]([\d.]+)", line.path)]
        assert (min(numbers), max(numbers)) == (0, 100)
        heights = [float(number) for number in re.findall(r"(?: |V)([\d.]+)", line.path)]
        assert all(TOP <= height <= BOTTOM for height in heights)
        assert TOP - 1 <= line.label_y <= BOTTOM
    assert all(0 <= mark.x <= 100 and TOP <= mark.y <= BOTTOM for mark in chart.marks(width))
    assert all(0 <= x <= 100 for x, _ in chart.times(width))
    assert all(TOP <= y <= BOTTOM for y, _ in chart.levels)


def test_a_line_holds_its_value_until_the_next_event() -> None:
    path = drawn(outlook(0.2, 0.8), outlook(0.6, 0.4)).lines[0].path
    assert re.fullmatch(r"M[\d.]+ [\d.]+H[\d.]+V[\d.]+H100\.0", path)


@pytest.mark.parametrize("width", WIDTHS.values())
def test_events_too_close_to_be_told_apart_share_a_mark_that_names_them(width: int) -> None:
    assert len(drawn(outlook(0.2, 0.8), outlook(0.3, 0.7), outlook(0.4, 0.6), hours=1).marks(width)) == 3
    marks = drawn(*(outlook(i / 100, 1 - i / 100) for i in range(100)), hours=1).marks(width)
    gaps = [after.x - before.x for before, after in itertools.pairwise(marks)]
    assert min(gaps) * width / 100 >= MARK_GAP
    assert [step for mark in marks for step in mark.steps] == list(range(100))
    assert all(mark.title.count(": cnn") == min(len(mark.steps), 3) for mark in marks)
    assert marks[0].title.endswith("and more") == (len(marks[0].steps) > 3)


@pytest.mark.parametrize("width", WIDTHS.values())
@pytest.mark.parametrize("hours", [0.1, 1, 24, 24 * 30, 24 * 300])
def test_times_do_not_cover_each_other(width: int, hours: float) -> None:
    times = drawn(*(outlook(i / 20, 1 - i / 20) for i in range(20)), hours=hours).times(width)
    assert times
    for (before, one), (after, other) in itertools.pairwise(times):
        assert (after - before) * width / 100 >= 6 * (len(one) + len(other)) / 2


def test_labels_do_not_cover_each_other() -> None:
    ys = sorted(line.label_y for line in drawn(outlook(0.0, 0.0, 0.01, 0.02, 0.97)).lines)
    assert all(after - before >= LABEL_GAP - 1e-9 for before, after in itertools.pairwise(ys))
    assert ys[-1] <= BOTTOM


def test_the_least_likely_of_many_answers_are_left_out_and_counted() -> None:
    chart = drawn(outlook(*(0.1 + i / 1000 for i in range(9))))
    assert (len(chart.series), chart.n_left_out) == (MOST_SERIES, 3)
    assert "answer-0" not in {series.name for series in chart.series}


def test_a_quantity_is_drawn_with_its_interval_on_its_own_scale() -> None:
    chart = drawn(outlook(median=3000.0), outlook(median=4000.0), is_log=True)
    assert chart.lines[0].band.count("Z") == 2
    assert {label for _, label in chart.levels} >= {"2,000", "5,000"}


def test_what_cannot_be_judged_is_a_gap_and_no_value() -> None:
    unjudged = {"score": None, "interval": None}
    assert claim_chart(timeline(unjudged, unjudged), Record()) is None
    judged = {"score": 0.5, "interval": {"low": 0.4, "high": 0.6}}
    gap = claim_chart(timeline(judged, unjudged, judged), Record())
    assert gap is not None
    assert gap.lines[0].path.count("M") == 2
    assert gap.y(None) is None


def test_before_anybody_spoke_there_is_no_chart() -> None:
    assert question_chart(Timeline((), 0, is_thinned=False), Record(), is_log=False) is None


@pytest.mark.parametrize("is_log", [True, False])
def test_a_number_that_was_never_judged_has_no_chart(*, is_log: bool) -> None:
    unjudged = Outlook(
        (),
        QuantityCredence(None, None, None, "soldiers"),
        is_contested=False,
        is_resolved=False,
        n_claims=1,
        effective=0.0,
    )
    assert question_chart(timeline(unjudged), Record(), is_log=is_log) is None
    # What is said and bounds nothing has weight, and still no median.
    assert question_chart(timeline(replace(unjudged, effective=1.0)), Record(), is_log=is_log) is None
    assert drawn(unjudged, outlook(median=4000), is_log=is_log).lines[0].band.count("Z") == 1
