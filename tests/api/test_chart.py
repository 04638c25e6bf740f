"""The static drawing of a timeline: whole, inside its picture, and readable."""

import itertools
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from factories import moment

from api import chart
from api.chart import Chart, Series, Value, claim_chart, question_chart
from data.timeline import Step, Timeline
from models.outlook import Outlook
from models.score import AnswerCredence, QuantityCredence


def outlook(*credences: float, median: float | None = None) -> Outlook:
    answers = tuple(AnswerCredence(f"answer-{i}", each, each / 2, each) for i, each in enumerate(credences))
    quantity = None if median is None else QuantityCredence(median, median / 2, median * 2, "soldiers")
    return Outlook(answers, quantity, is_contested=False, is_resolved=False, n_claims=1, effective=1.0)


def event(kind: str = "claim") -> dict[str, Any]:
    return {"type": kind, "id": "one", "question": "q"}


def told(*states: Outlook, hours: int = 24, kind: str = "claim") -> Timeline[Outlook]:
    steps = tuple(
        Step(moment(1) + timedelta(hours=hours * i), (event(kind),), 0, state)
        for i, state in enumerate(states)
    )
    return Timeline(steps, len(steps), is_thinned=False)


def drawn(*states: Outlook, width: float = 960, **options: Any) -> chart.Drawing:
    found = question_chart(told(*states, **options), is_log=False)
    assert found is not None
    return found.drawn(width)


@pytest.mark.parametrize("width", [320, 960])
def test_everything_is_drawn_inside_the_picture(width: int) -> None:
    found = drawn(outlook(0.2, 0.8), outlook(0.99, 0.01), outlook(0.0, 1.0), width=width)
    for line in found.lines:
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", line.path)]
        assert all(0 <= number <= width for number in numbers)
        assert found.top - 1 <= line.label_y <= found.bottom
    assert all(
        found.left <= mark.x <= found.right and found.top <= mark.y <= found.bottom for mark in found.marks
    )


def test_a_line_holds_its_value_until_the_next_event() -> None:
    path = drawn(outlook(0.2, 0.8), outlook(0.6, 0.4)).lines[0].path
    assert re.fullmatch(r"M[\d.]+ [\d.]+H[\d.]+V[\d.]+H[\d.]+", path)


def test_events_too_close_to_be_told_apart_share_a_mark_that_names_them() -> None:
    close = drawn(outlook(0.2, 0.8), outlook(0.3, 0.7), outlook(0.4, 0.6), hours=1)
    assert len(close.marks) == 3
    found = told(*(outlook(i / 100, 1 - i / 100) for i in range(100)), hours=1)
    marks = question_chart(found, is_log=False).drawn(320).marks
    assert len(marks) < 30
    assert marks[0].title.count("1 claim") >= 2
    assert [mark.row for mark in marks] == sorted({mark.row for mark in marks})


def test_labels_do_not_cover_each_other() -> None:
    ys = sorted(line.label_y for line in drawn(outlook(0.0, 0.0, 0.01, 0.02, 0.97)).lines)
    assert all(after - before >= chart.LABEL_GAP - 1e-9 for before, after in itertools.pairwise(ys))
    assert ys[-1] <= chart.HEIGHT - chart.BOTTOM


def test_the_least_likely_of_many_answers_are_left_out_and_counted() -> None:
    found = question_chart(told(outlook(*(0.1 + i / 1000 for i in range(9)))), is_log=False)
    assert found is not None
    assert (len(found.series), found.n_left_out) == (chart.MOST_SERIES, 3)
    assert "answer-0" not in {series.name for series in found.series}


def test_a_quantity_is_drawn_with_its_interval_on_its_own_scale() -> None:
    found = question_chart(told(outlook(median=3000.0), outlook(median=4000.0)), is_log=True)
    assert found is not None
    shown = found.drawn(960)
    assert shown.lines[0].band.endswith("Z")
    assert {label for _, label in shown.levels} >= {"2,000", "5,000"}


def test_what_cannot_be_judged_is_a_gap_and_no_value() -> None:
    steps = [Step(moment(day), (event(),), 0, {"score": None, "interval": None}) for day in (1, 2)]
    assert claim_chart(Timeline(tuple(steps), 2, is_thinned=False)) is None
    rows = [Step(moment(day), (event(),), 0, None) for day in (1, 2, 3)]
    gap = Chart(rows, (Series("credence", (Value(0.5), Value(None), Value(0.4))),))
    assert gap.drawn(960).lines[0].path.count("M") == 2


def test_before_anybody_spoke_there_is_no_chart() -> None:
    assert question_chart(Timeline((), 0, is_thinned=False), is_log=False) is None


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
    assert question_chart(told(unjudged), is_log=is_log) is None
    # What is said and bounds nothing has weight, and still no median.
    assert question_chart(told(replace(unjudged, effective=1.0)), is_log=is_log) is None
    assert question_chart(told(unjudged, outlook(median=4000)), is_log=is_log) is not None
