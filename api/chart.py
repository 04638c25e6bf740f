"""Charts: a timeline as a static drawing, which a page shows where no script runs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from api.prose import counted, happened_at, number, percent
from api.ticks import levels, log_levels, time_ticks
from data.timeline import Step, Timeline

if TYPE_CHECKING:
    from models.outlook import Outlook

# Lines that one chart can tell apart, by dash and by marker too.
MOST_SERIES = 6
# Of the span of time, what is left free after the last step.
AFTER = 0.06
# In the drawing's units: its height, its margins, how near two marks, two labels and two
# times may come.
HEIGHT = 300
TOP, BOTTOM, LEFT, RIGHT = 16, 36, 48, 200
MARK_GAP, LABEL_GAP, TICK_GAP = 14, 15, 48
# The width of a bold letter of a wide type: a label is cut to what the margin holds.
LETTER = 8.4


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
    """What happened at some steps that lie too close to be told apart: it leads to the first's row."""

    x: float
    y: float
    row: int
    kind: str
    title: str


@dataclass(frozen=True)
class Line:
    """A series as drawn."""

    path: str
    band: str
    label: str
    label_y: float


@dataclass(frozen=True)
class Drawing:
    """A chart at one width, in the units of its own picture."""

    width: float
    right: float
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...]
    times: tuple[tuple[float, str], ...]
    levels: tuple[tuple[float, str], ...]

    height = HEIGHT
    left = LEFT
    bottom = HEIGHT - BOTTOM
    top = TOP


@dataclass(frozen=True)
class Chart:
    """What a timeline draws.

    Parameters
    ----------
    rows : sequence of Step
        One for each value of every series.
    unit : str
        Empty for probabilities.
    is_log : bool
    n_left_out : int
        Series that are not drawn, the least likely.
    """

    rows: Sequence[Step[Any]]
    series: tuple[Series, ...]
    unit: str = ""
    is_log: bool = False
    n_left_out: int = 0

    def written(self, value: float | None) -> str:
        """Write a value as the axis does."""
        return number(value) if self.unit else percent(value)

    @property
    def low(self) -> float:
        """The least value of the axis."""
        return self._ends[0]

    @property
    def high(self) -> float:
        """The largest value of the axis."""
        return self._ends[1]

    @property
    def end(self) -> datetime:
        """When the axis of time ends."""
        first, last = self.rows[0].at, self.rows[-1].at
        return last + max((last - first) * AFTER, timedelta(hours=2))

    @property
    def _ends(self) -> tuple[float, float]:
        if not self.unit:
            return 0.0, 1.0
        found = [
            value
            for series in self.series
            for each in series.values
            for value in (each.value, each.low, each.high)
            if value is not None
        ]
        low, high = min(found, default=0.0), max(found, default=1.0)
        if self.is_log and low > 0:
            return low / 1.1, high * 1.1
        pad = (high - low) * 0.05 or max(abs(high), 1.0) * 0.1
        return low - pad, high + pad

    def drawn(self, width: float) -> Drawing:
        """Draw it at a width."""
        longest = max(len(self._label(series)) for series in self.series)
        right = width - min(RIGHT, longest * LETTER + 14, width * 0.42)
        first, span = self.rows[0].at, self.end - self.rows[0].at
        xs = [LEFT + (right - LEFT) * ((step.at - first) / span) for step in self.rows]
        labels = _apart([self._y(series.values[-1].value) for series in self.series])
        n_letters = int((width - right - 12) / LETTER)
        lines = tuple(
            Line(
                _steps(xs, [self._y(each.value) for each in series.values], right),
                self._band(series, xs, right),
                _cut(self._label(series), series.name, n_letters),
                y,
            )
            for series, y in zip(self.series, labels, strict=True)
        )
        n_times = max(3, int((right - LEFT) / 56))
        times: list[tuple[float, str]] = []
        for at, label in time_ticks(first, self.end, n_times):
            x = LEFT + (right - LEFT) * ((at - first) / span)
            if not times or x - times[-1][0] >= TICK_GAP:
                times.append((x, label))
        marked = tuple(
            (y, self.written(level)) for level in self._levels() if (y := self._y(level)) is not None
        )
        return Drawing(width, right, lines, self._marks(xs), tuple(times), marked)

    def _label(self, series: Series) -> str:
        return f"{series.name} {self.written(series.values[-1].value)}"

    def _y(self, value: float | None) -> float | None:
        if value is None:
            return None
        low, high = self._ends
        if self.is_log:
            value, low, high = (math.log(max(each, 1e-300)) for each in (value, low, high))
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * (value - low) / (high - low)

    def _levels(self) -> list[float]:
        if not self.unit:
            return [0.0, 0.25, 0.5, 0.75, 1.0]
        return log_levels(*self._ends) if self.is_log else levels(*self._ends)

    def _band(self, series: Series, xs: Sequence[float], right: float) -> str:
        """Return the outline of the interval; of probabilities, whose bands would lie on each other, none."""
        ends = [(self._y(each.low), self._y(each.high)) for each in series.values]
        if not self.unit or any(low is None or high is None for low, high in ends):
            return ""
        upper = _steps(xs, [high for _, high in ends], right)
        corners = [
            (x, low)
            for i, (low, _) in enumerate(ends)
            for x in (xs[i], xs[i + 1] if i + 1 < len(xs) else right)
        ]
        return upper + "".join(f"L{x:.1f} {y:.1f}" for x, y in reversed(corners)) + "Z"

    def _marks(self, xs: Sequence[float]) -> tuple[Mark, ...]:
        groups: list[list[int]] = []
        for i, step in enumerate(self.rows):
            if not step.events:
                continue
            if groups and xs[i] - xs[groups[-1][0]] < MARK_GAP:
                groups[-1].append(i)
            else:
                groups.append([i])
        marks = []
        for group in groups:
            last = group[-1]
            y = self._y(self._most_moved(group[0], last).values[last].value)
            kinds = {event["type"] for i in group for event in self.rows[i].events}
            kind = next(kind for kind in ("resolution", "correction", "claim") if kind in kinds)
            title = "; ".join(self.told(i) for i in group[:3]) + ("; and more" if len(group) > 3 else "")
            marks.append(Mark(xs[last], HEIGHT - BOTTOM if y is None else y, group[0], kind, title))
        return tuple(marks)

    def _most_moved(self, first: int, last: int) -> Series:
        def moved(series: Series) -> float:
            now, before = series.values[last].value, series.values[max(first - 1, 0)].value
            return 0.0 if now is None or before is None else abs(now - before)

        return max(self.series, key=moved)

    def told(self, row: int) -> str:
        """Say what happened at a step, in a few words."""
        events = self.rows[row].events
        n = {
            kind: sum(event["type"] == kind for event in events)
            for kind in ("claim", "correction", "resolution")
        }
        told = ", ".join(counted(count, kind) for kind, count in n.items() if count)
        return f"{happened_at(self.rows[row].at)}: {told}"


def question_chart(timeline: Timeline[Outlook], *, is_log: bool) -> Chart | None:
    """Return the chart of a question's answers, or of its quantity; None where it could never be judged."""
    states = [step.state for step in timeline.steps]
    if not any(state.is_judged for state in states):
        return None
    if states[-1].quantity is not None:
        values = tuple(
            Value(s.quantity.median, s.quantity.low, s.quantity.high) for s in states if s.quantity
        )
        if all(value.value is None for value in values):
            return None
        return Chart(timeline.steps, (Series("median", values),), states[-1].quantity.unit, is_log)
    peak = {
        answer.answer: max(
            other.credence for s in states for other in s.answers if other.answer == answer.answer
        )
        for answer in states[-1].answers
    }
    drawn = sorted(peak, key=lambda name: -peak[name])[:MOST_SERIES]
    series = []
    for answer in states[-1].answers:
        if answer.answer in drawn:
            found = [next(a for a in s.answers if a.answer == answer.answer) for s in states]
            series.append(Series(answer.answer, tuple(Value(a.credence, a.low, a.high) for a in found)))
    return Chart(timeline.steps, tuple(series), n_left_out=len(peak) - len(series))


def claim_chart(timeline: Timeline[dict[str, Any]]) -> Chart | None:
    """Return the chart of a claim's credence; None where it could never be judged."""
    scores = [step.state for step in timeline.steps]
    if all(score["score"] is None for score in scores):
        return None
    values = tuple(
        Value(score["score"], score["interval"]["low"], score["interval"]["high"])
        if score["interval"]
        else Value(None)
        for score in scores
    )
    return Chart(timeline.steps, (Series("credence", values),))


def _steps(xs: Sequence[float], ys: Sequence[float | None], right: float) -> str:
    """Return the path of a line that holds each value until the next; unjudged values are gaps."""
    path, before = "", None
    for i, (x, y) in enumerate(zip(xs, ys, strict=True)):
        if y is not None:
            path += f"M{x:.1f} {y:.1f}" if before is None else f"V{y:.1f}"
            path += f"H{xs[i + 1] if i + 1 < len(xs) else right:.1f}"
        before = y
    return path


def _apart(ys: Sequence[float | None]) -> list[float]:
    """Return where labels stand so that none covers another, as near to their lines as that leaves them."""
    placed = [HEIGHT - BOTTOM if y is None else y for y in ys]
    order = sorted(range(len(placed)), key=lambda i: placed[i])
    for one, other in itertools.pairwise(order):
        placed[other] = max(placed[other], placed[one] + LABEL_GAP)
    over = placed[order[-1]] - (HEIGHT - BOTTOM)
    for i in reversed(order):
        if over > 0:
            placed[i] -= over
        lower = order[order.index(i) - 1] if order.index(i) else None
        over = placed[lower] + LABEL_GAP - placed[i] if lower is not None else 0.0
    return placed


def _cut(label: str, name: str, n_letters: int) -> str:
    if len(label) <= n_letters:
        return label
    kept = max(n_letters - (len(label) - len(name)) - 1, 1)
    return f"{name[:kept]}…{label[len(name) :]}"
