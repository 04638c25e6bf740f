"""Charts: a timeline as one drawing, which fills the width that its page has.

Places along the axis of time are in per cent of the plot's width, heights are in pixels: a browser stretches
the lines and never the type, so that one drawing serves a desk, a phone and a sheet of paper.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from api.chart_axes import levels, log_levels, time_ticks
from api.prose import happened, happened_at, number, percent
from data.timeline import Step, Timeline
from models.standings import Standings

if TYPE_CHECKING:
    from models.outlook import Outlook
    from models.record import Record

# Lines that one chart can tell apart, by dash and by marker too.
MOST_SERIES = 6
# Of the span of time, what is left free after the last step.
AFTER = 0.06
# In pixels: the height of the picture, and where the plot ends above and below.
HEIGHT, TOP, BOTTOM = 300, 16, 264
# Times that are looked for on the narrowest plot, of which those stay that have room.
FEWEST_TIMES = 4
# In pixels: how near two marks, two labels and two times may come.
MARK_GAP, LABEL_GAP, TIME_GAP = 10, 15, 48
# In pixels, of a wide type: a bold letter of a label, and a small one of the axis.
LETTER, SMALL_LETTER = 8.4, 7.2
# In pixels: the least that levels take on the left of the plot, and the most that labels take on its right.
LEVELS, LABELS = 48, 200
# The plot of a phone and that of a desk at their narrowest, in pixels, by the name under which
# api/static/board.css shows what is set out for them.
WIDTHS = {"narrow": 120, "wide": 500}
# Of the steps that share a mark, those that its title tells of.
MOST_TITLED = 3


@dataclass(frozen=True)
class Value:
    """A value of a series, with the ends of its interval; None where it cannot be judged."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Series:
    """One line: its name and its value at each step."""

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Mark:
    """What happened at some steps that lie too close to be told apart, drawn at the last of them."""

    x: float
    y: float
    steps: tuple[int, ...]
    kind: str
    title: str


@dataclass(frozen=True)
class Line:
    """A series as drawn, with what it is called and where it ends."""

    path: str
    band: str
    name: str
    figure: str
    label_y: float


@dataclass(frozen=True)
class Chart:
    """What a timeline draws.

    Parameters
    ----------
    steps : sequence of Step
        One for each value of every series.
    links : sequence of list of (str, str)
        What happened at each step: an address and its words for each who spoke or corrected.
    unit : str
        Empty for probabilities.
    is_log : bool
    n_left_out : int
        Series that are not drawn, the least likely.
    """

    steps: Sequence[Step[Any]]
    links: Sequence[list[tuple[str, str]]]
    series: tuple[Series, ...]
    unit: str = ""
    is_log: bool = False
    n_left_out: int = 0

    height, top, bottom, widths = HEIGHT, TOP, BOTTOM, WIDTHS

    def written(self, value: float | None) -> str:
        """Write a value in words."""
        return number(value) if self.unit else percent(value)

    @cached_property
    def end(self) -> datetime:
        """When the axis of time ends."""
        first, last = self.steps[0].at, self.steps[-1].at
        return last + max((last - first) * AFTER, timedelta(hours=2))

    @cached_property
    def ends(self) -> tuple[float, float]:
        """The least and the largest value of the axis."""
        if not self.unit:
            return 0.0, 1.0
        drawn = [
            value
            for series in self.series
            for each in series.values
            for value in (each.value, each.low, each.high)
            if value is not None
        ]
        low, high = min(drawn, default=0.0), max(drawn, default=1.0)
        if self.is_log and low > 0:
            return low / 1.1, high * 1.1
        pad = (high - low) * 0.05 or max(abs(high), 1.0) * 0.1
        return low - pad, high + pad

    def x(self, at: datetime) -> float:
        """Return where an instant stands, in per cent of the plot's width."""
        first = self.steps[0].at
        return round(100 * ((at - first) / (self.end - first)), 2)

    @cached_property
    def xs(self) -> list[float]:
        """Where each step stands."""
        return [self.x(step.at) for step in self.steps]

    def y(self, value: float | None) -> float | None:
        """Return where a value stands, in pixels from above; None where it cannot be judged."""
        if value is None:
            return None
        low, high = self.ends
        if self.is_log:
            value, low, high = (math.log(max(each, 1e-300)) for each in (value, low, high))
        return round(BOTTOM - (BOTTOM - TOP) * (value - low) / (high - low), 1)

    @property
    def levels(self) -> list[tuple[float, str]]:
        """The heights that the axis of values names, and what they are called."""
        if not self.unit:
            named = [(level / 100, f"{level}%") for level in (0, 25, 50, 75, 100)]
        else:
            found = log_levels(*self.ends) if self.is_log else levels(*self.ends)
            named = [(level, number(level)) for level in found]
        return [(y, label) for level, label in named if (y := self.y(level)) is not None]

    @property
    def level_width(self) -> float:
        """The width that the levels take beside the plot, in pixels."""
        return max(LEVELS, max(len(label) for _, label in self.levels) * SMALL_LETTER + 6)

    def times(self, width: float) -> list[tuple[float, str]]:
        """Return the places that the axis of time names on a plot so wide, and what they are called."""
        named: list[tuple[float, str]] = []
        for at, label in time_ticks(self.steps[0].at, self.end, max(FEWEST_TIMES, int(width / TIME_GAP))):
            x, gap = self.x(at), max(TIME_GAP, len(label) * SMALL_LETTER)
            if not named or x - named[-1][0] >= 100 * gap / width:
                named.append((x, label))
        return named

    @cached_property
    def lines(self) -> list[Line]:
        """One line for each series."""
        label_ys = _apart([self.y(series.values[-1].value) for series in self.series])
        return [
            Line(
                _path(self.xs, [self.y(each.value) for each in series.values]),
                self._band(series),
                series.name,
                self.written(series.values[-1].value),
                label_y,
            )
            for series, label_y in zip(self.series, label_ys, strict=True)
        ]

    @property
    def label_width(self) -> float:
        """The width that the labels take beside the plot, in pixels, where there is room."""
        longest = max(len(f"{line.name} {line.figure}") for line in self.lines)
        return min(LABELS, longest * LETTER + 14)

    def marks(self, width: float) -> list[Mark]:
        """Return what happened, on a plot so wide: marks that would touch are one."""
        groups: list[tuple[int, ...]] = []
        # From the last to the first: a mark stands at the last of its steps.
        for i in reversed([i for i, step in enumerate(self.steps) if step.events]):
            if groups and self.xs[groups[-1][-1]] - self.xs[i] < 100 * MARK_GAP / width:
                groups[-1] = (i, *groups[-1])
            else:
                groups.append((i,))
        return [self._mark(group) for group in reversed(groups)]

    def _mark(self, group: tuple[int, ...]) -> Mark:
        y = self.y(self._most_moved(group[0], group[-1]).values[group[-1]].value)
        kinds = {event["type"] for i in group for event in self.steps[i].events}
        kind = next(kind for kind in ("resolution", "correction", "claim") if kind in kinds)
        titles = [
            f"{happened_at(self.steps[i].at)}: {'; '.join(words for _, words in self.links[i])}"
            for i in group[:MOST_TITLED]
        ]
        more = ["and more"] if len(group) > MOST_TITLED else []
        return Mark(self.xs[group[-1]], BOTTOM if y is None else y, group, kind, " – ".join(titles + more))

    def _most_moved(self, first: int, last: int) -> Series:
        def moved(series: Series) -> float:
            now, before = series.values[last].value, series.values[max(first - 1, 0)].value
            return 0.0 if now is None or before is None else abs(now - before)

        return max(self.series, key=moved)

    def _band(self, series: Series) -> str:
        """Return the interval as an area; of probabilities, whose areas would lie on each other, none."""
        if not self.unit:
            return ""
        ends = [(self.y(each.low), self.y(each.high)) for each in series.values]
        return "".join(
            f"M{x} {high}H{until}V{low}H{x}Z"
            for (x, until), (low, high) in zip(_spans(self.xs), ends, strict=True)
            if low is not None and high is not None
        )


def question_chart(timeline: Timeline[Outlook], record: Record, *, is_log: bool) -> Chart | None:
    """Return the chart of a question's answers, or of its quantity; None where it could never be judged."""
    outlooks = [step.state for step in timeline.steps]
    if not any(outlook.is_judged for outlook in outlooks):
        return None
    last = outlooks[-1]
    if last.quantity is not None:
        quantities = [outlook.quantity for outlook in outlooks if outlook.quantity]
        values = tuple(Value(each.median, each.low, each.high) for each in quantities)
        return _chart(timeline, record, (Series("median", values),), last.quantity.unit, is_log=is_log)
    credences = {
        name: tuple(
            Value(each.credence, each.low, each.high)
            for outlook in outlooks
            for each in outlook.answers
            if each.answer == name
        )
        for name in (answer.answer for answer in last.answers)
    }
    by_peak = sorted(credences, key=lambda name: -max(each.value or 0.0 for each in credences[name]))
    drawn = [Series(name, credences[name]) for name in credences if name in by_peak[:MOST_SERIES]]
    return _chart(timeline, record, tuple(drawn), n_left_out=len(credences) - len(drawn))


def claim_chart(timeline: Timeline[dict[str, Any]], record: Record) -> Chart | None:
    """Return the chart of a claim's credence; None where it could never be judged."""
    values = tuple(
        Value(score["score"], score["interval"]["low"], score["interval"]["high"])
        if score["interval"]
        else Value(None)
        for score in (step.state for step in timeline.steps)
    )
    return _chart(timeline, record, (Series("credence", values),))


def _chart(
    timeline: Timeline[Any],
    record: Record,
    series: tuple[Series, ...],
    unit: str = "",
    *,
    is_log: bool = False,
    n_left_out: int = 0,
) -> Chart | None:
    if all(each.value is None for line in series for each in line.values):
        return None
    standings = Standings(record)
    links = [happened(step.events, record, standings) for step in timeline.steps]
    return Chart(timeline.steps, links, series, unit, is_log, n_left_out)


def _spans(xs: Sequence[float]) -> list[tuple[float, float]]:
    """Return from where to where the value of each step holds: until the next, and the last to the end."""
    return list(itertools.pairwise([*xs, 100.0]))


def _path(xs: Sequence[float], ys: Sequence[float | None]) -> str:
    """Return the path of a line that holds each value until the next; unjudged values are gaps."""
    path, before = "", None
    for (x, until), y in zip(_spans(xs), ys, strict=True):
        if y is not None:
            path += f"M{x} {y}" if before is None else f"V{y}"
            path += f"H{until}"
        before = y
    return path


def _apart(ys: Sequence[float | None]) -> list[float]:
    """Return where labels stand so that none covers another, as near to their lines as that leaves them."""
    placed = [BOTTOM if y is None else y for y in ys]
    order = sorted(range(len(placed)), key=lambda i: placed[i])
    for one, other in itertools.pairwise(order):
        placed[other] = max(placed[other], placed[one] + LABEL_GAP)
    lowest: float = BOTTOM
    for i in reversed(order):
        placed[i] = min(placed[i], lowest)
        lowest = placed[i] - LABEL_GAP
    return placed
