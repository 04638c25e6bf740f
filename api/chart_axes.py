"""Axes of a chart: the round instants and values that they name."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

STEPS_OF_TIME = [timedelta(hours=hours) for hours in (1, 3, 6, 12, 24, 48, 96, 168, 336)]
MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000, 12000)
MONTH = timedelta(days=30.44)


def time_ticks(start: datetime, end: datetime, n: int) -> list[tuple[datetime, str]]:
    """Return about `n` round instants of a span, with what they are called."""
    span = end - start
    for step in STEPS_OF_TIME:
        if span / step <= n:
            midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
            first = midnight + step * math.ceil((start - midnight) / step)
            found = [first + step * i for i in range(int((end - first) / step) + 1)]
            return [(at, _called(at, step)) for at in found]
    months = next((m for m in MONTHS if span / (MONTH * m) <= n), MONTHS[-1])
    found = [datetime(m // 12, m % 12 + 1, 1, tzinfo=UTC) for m in _months(start, end, months)]
    return [(at, f"{at:%b %Y}") for at in found if start <= at <= end]


def _months(start: datetime, end: datetime, step: int) -> Iterable[int]:
    first = math.ceil((start.year * 12 + start.month - 1) / step) * step
    # The calendar ends with the year 9999.
    return range(first, min(end.year * 12 + end.month, 9999 * 12), step)


def _called(at: datetime, step: timedelta) -> str:
    is_midnight = at.hour == 0 and at.minute == 0
    return f"{at.day} {at:%b}" if is_midnight or step >= timedelta(days=1) else f"{at:%H:%M}"


def levels(low: float, high: float) -> list[float]:
    """Return about four round values between two."""
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough)
    return [step * i for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


def log_levels(low: float, high: float) -> list[float]:
    """Return round values between two on a logarithmic axis: powers of ten where there are enough.

    Where the two are so close that hardly a value lies between, those of a linear axis.
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    fine = [m * 10.0**p for p in powers for m in (1, 2, 5) if low <= m * 10.0**p <= high]
    coarse = [level for level in fine if math.isclose(math.log10(level) % 1, 0, abs_tol=1e-9)]
    if len(fine) < 2:
        return levels(low, high)
    return coarse if len(coarse) > 4 else fine
