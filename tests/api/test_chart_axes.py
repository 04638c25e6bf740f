"""The instants and values that an axis names are round, in order, and few."""

from datetime import UTC, datetime, timedelta

import pytest

from api.chart_axes import levels, log_levels, time_ticks


@pytest.mark.parametrize("days", [0.1, 1, 9, 40, 400, 4000, 400_000])
def test_times_are_round_and_about_as_many_as_asked(days: float) -> None:
    start = datetime(2025, 1, 29, 21, 17, tzinfo=UTC)
    found = time_ticks(start, start + timedelta(days=days), 8)
    assert 1 <= len(found) <= 10
    assert all(start <= at and (at.minute, at.second) == (0, 0) for at, _ in found)


def test_an_hour_is_told_by_the_clock_and_a_day_by_its_date() -> None:
    start = datetime(2025, 1, 30, 20, tzinfo=UTC)
    assert [label for _, label in time_ticks(start, start + timedelta(hours=12), 6)] == [
        "21:00",
        "31 Jan",
        "03:00",
        "06:00",
    ]
    assert time_ticks(start, start + timedelta(days=4000), 8)[0][1].endswith("2026")


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (3.1, 47.0), (-5.0, 9000.0)])
def test_values_are_round_and_lie_between_the_ends(low: float, high: float) -> None:
    found = levels(low, high)
    assert 2 <= len(found) <= 6
    assert low <= found[0] < found[-1] <= high


def test_values_of_a_logarithmic_axis_are_powers_of_ten_where_there_are_enough() -> None:
    assert log_levels(600, 11_000) == [1000, 2000, 5000, 10_000]
    assert log_levels(0.5, 2e6) == [1, 10, 100, 1000, 10_000, 100_000, 1e6]
    assert log_levels(2100, 2900) == [2200, 2400, 2600, 2800]
