"""How a probability, a day, a number and a list are written in any sentence."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from factories import make_claim, make_correction, moment

from models.wording import (
    LONGEST_NAMED,
    between,
    day,
    instant,
    listed,
    number,
    percent,
    shortened,
    some_of,
    stated,
)


@pytest.mark.parametrize(
    ("probability", "written"),
    [
        (0.0, "under 1%"),
        (0.004, "under 1%"),
        (0.5732, "57%"),
        (0.99, "99%"),
        (0.996, "over 99%"),
        (1, "over 99%"),
    ],
)
def test_no_probability_is_written_as_certain(probability, written):
    assert percent(probability) == written


def test_no_end_of_an_interval_is_certain():
    assert between(0.22, 0.634) == "22–63%"
    assert between(0.0001, 0.9999) == "1–99%"


def test_numbers_have_three_digits_and_commas():
    assert [number(value) for value in (3951.2, 12.53, 1_234_567.0)] == ["3,950", "12.5", "1,230,000"]


def test_times_are_written_in_utc():
    late = datetime(2025, 1, 31, 23, 30, tzinfo=timezone(timedelta(hours=-3)))
    assert (day(moment(31)), day(late)) == ("31 January 2025", "1 February 2025")
    assert (instant(moment(31, 16)), instant(late)) == (
        "31 January 2025, 16:00 UTC",
        "1 February 2025, 02:30 UTC",
    )


@pytest.mark.parametrize("make", [make_claim, make_correction])
def test_of_what_was_said_on_a_day_no_hour_is_written(make):
    end = datetime(2025, 1, 31, 23, 59, 59, tzinfo=UTC)
    assert stated(make(stated_at=moment(31, 8))) == "31 January 2025, 08:00 UTC"
    assert stated(make(stated_at=end, stated_precision="day")) == "31 January 2025"


def test_words_are_joined_as_a_sentence_does():
    assert (listed([]), listed(["one"]), listed(["one", "two"])) == ("", "one", "one and two")
    assert listed(["one", "two", "three"]) == "one, two and three"


def test_what_is_too_long_to_name_is_counted():
    assert some_of(["a", "b"], 3) == "a, b"
    assert some_of(["a", "b", "c", "d"], 3) == "a, b, c and 1 more"
    assert some_of(["a"], 3, n_more=4) == "a and 4 more"
    assert some_of(["a", "b", "c", "d"], 2, n_more=4) == "a, b and 6 more"


def test_what_is_too_long_to_name_is_cut():
    assert shortened("Who?") == "Who?"
    assert shortened("a" * LONGEST_NAMED) == "a" * LONGEST_NAMED
    cut = shortened("a " * LONGEST_NAMED)
    assert cut.endswith("a…")
    assert len(cut) <= LONGEST_NAMED
