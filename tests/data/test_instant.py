from datetime import UTC, datetime, timedelta, timezone

import pytest

from data.instant import from_text, to_text


def test_an_instant_comes_back_as_it_was_written():
    at = datetime(2025, 1, 31, 8, 0, 0, 1, tzinfo=UTC)
    assert from_text(to_text(at)) == at


def test_an_instant_of_another_zone_is_written_in_utc():
    kyiv = datetime(2025, 1, 31, 10, tzinfo=timezone(timedelta(hours=2)))
    assert to_text(kyiv) == "2025-01-31T08:00:00.000000Z"


def test_the_order_of_texts_is_the_order_of_instants():
    start = datetime(999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    instants = [start, start + timedelta(microseconds=1), datetime(2025, 1, 1, tzinfo=UTC)]
    assert sorted(map(to_text, reversed(instants))) == [to_text(at) for at in instants]


def test_a_naive_instant_is_refused():
    with pytest.raises(ValueError, match="no offset"):
        to_text(datetime(2025, 1, 31, 8))  # noqa: DTZ001
