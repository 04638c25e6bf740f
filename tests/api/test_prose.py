"""Times, numbers and scores as people read them."""

from datetime import UTC, datetime, timedelta

import pytest
from factories import moment

from api import prose


@pytest.mark.parametrize(
    ("probability", "told"),
    [
        (0.5732, "57%"),
        (0.004, "under 1%"),
        (0.996, "over 99%"),
        (0.99, "99%"),
        (None, "cannot be judged"),
    ],
)
def test_a_probability_is_told_in_per_cent_and_never_as_certain(probability: float | None, told: str) -> None:
    assert prose.percent(probability) == told


def test_an_interval_is_told_with_one_sign() -> None:
    assert prose.between(0.22, 0.634) == "22–63%"
    assert prose.between(0.0001, 0.9999) == "1–99%"
    assert prose.between(None, None) == "cannot be judged"


def test_times_are_told_in_utc_as_precisely_as_they_are_known() -> None:
    end = datetime(2025, 1, 31, 23, 59, 59, tzinfo=UTC)
    assert prose.happened_at(moment(31, 16)) == "31 January 2025, 16:00 UTC"
    assert prose.happened_at(end) == "31 January 2025"
    assert prose.moment(end) == "the end of 31 January 2025 (UTC)"


@pytest.mark.parametrize(
    ("hours", "told"),
    [(0.5, "less than an hour"), (1, "1 hour"), (8, "8 hours"), (24, "24 hours"), (49, "2 days")],
)
def test_how_long_something_took_is_told_in_words(hours: float, told: str) -> None:
    assert prose.delay(timedelta(hours=hours)) == told


@pytest.mark.parametrize(
    ("log_odds", "told"),
    [
        (0.01, "hardly moves it"),
        (0.2, "raises it a little"),
        (-0.5, "lowers it somewhat"),
        (1.5, "raises it much"),
    ],
)
def test_an_effect_is_told_in_words(log_odds: float, told: str) -> None:
    assert prose.effect(log_odds) == told


def test_numbers_have_three_digits_and_a_true_minus() -> None:
    assert prose.number(3951.2) == "3,950"
    assert prose.number(12.53) == "12.5"
    assert prose.number(None) == "cannot be judged"
    assert prose.signed(-0.307) == "−0.31"


def test_a_scores_own_sentences_are_set_as_the_page_is() -> None:
    assert prose.quoted('"reduced" leads (50%)') == "“reduced” leads (50%)"


def test_things_are_counted_with_their_noun() -> None:
    assert (prose.counted(1, "claim"), prose.counted(1200, "claim")) == ("1 claim", "1,200 claims")


def test_what_xml_cannot_hold_leaves_a_mark() -> None:
    assert prose.for_xml("a\x01b\ud800c\n") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c\n"
