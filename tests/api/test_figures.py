"""Numbers as readers are shown them."""

from datetime import UTC, datetime

import pytest

from api import figures


@pytest.mark.parametrize(
    ("probability", "written"),
    [
        (0.0, "under 1 %"),
        (0.014, "1 %"),
        (0.566, "57 %"),
        (0.99, "99 %"),
        (0.996, "over 99 %"),
        (1.0, "over 99 %"),
    ],
)
def test_nothing_is_told_as_certain(probability: float, written: str) -> None:
    assert figures.percent(probability) == written.replace(" %", "\N{NO-BREAK SPACE}%")


def test_an_interval_has_its_sign_once_and_never_reaches_certainty() -> None:
    assert figures.range_of(0.22, 0.63) == "22–63\N{NO-BREAK SPACE}%"
    assert figures.range_of(0.0001, 0.9999) == "1–99\N{NO-BREAK SPACE}%"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (4000, "4,000"),
        (3131.4, "3,130"),
        (16, "16"),
        (16.25, "16.2"),
        (0.01234, "0.0123"),
        (-250.4, "-250"),
    ],
)
def test_a_number_is_told_to_three_digits(value: float, written: str) -> None:
    assert figures.number(value) == written


def test_a_moment_is_told_with_its_clock() -> None:
    assert figures.moment_of(datetime(2025, 1, 31, 16, tzinfo=UTC)) == "as of 31 January 2025, 16:00 UTC"
    assert figures.spoken_day(datetime(2025, 2, 1, tzinfo=UTC)) == "1 February 2025"


def test_a_per_cent_sign_in_a_sentence_keeps_to_its_number() -> None:
    assert (
        figures.spaced("likely (57%), 100% sure")
        == "likely (57\N{NO-BREAK SPACE}%), 100\N{NO-BREAK SPACE}% sure"
    )


def test_what_xml_cannot_hold_leaves_a_mark() -> None:
    assert figures.for_xml("a\x01b\ud800c\n") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c\n"
