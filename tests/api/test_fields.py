"""The rules for values on the wire, each tried on its field alone."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from marshmallow import ValidationError, fields

from api import clock
from api.schemas.fields import (
    AnswerForm,
    Certainty,
    DayStart,
    Id,
    Ids,
    Instant,
    Items,
    Number,
    QueryInstant,
    ScopePath,
    Stated,
    Text,
    Url,
)
from data.instant import to_wire
from models.answer import Names, Values


def refused(field: fields.Field[Any], value: Any) -> bool:
    try:
        field.deserialize(value)
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize("text", ["", " \t", "a\0b", json.loads('"\\ud800"'), "x" * 11, 7, None, ["a"], True])
def test_text_that_cannot_be_kept_faithfully_is_refused(text: Any) -> None:
    assert refused(Text(10), text)


@pytest.mark.parametrize("text", ["a", "Курськ", "\U0001f600", " padded "])
def test_text_is_kept_as_it_was_sent(text: str) -> None:
    assert Text(10).deserialize(text) == text


@pytest.mark.parametrize("id_", ["-a", ".", "a b", "a/b", "a\n", "é", "x" * 129, "", 5])
def test_an_id_that_could_not_stand_in_an_address_is_refused(id_: Any) -> None:
    assert refused(Id(), id_)


@pytest.mark.parametrize(
    "ids", ["", ",", "a,", ",a", "a,,b", "a b", "a, b", ",".join("abcdefghijklmnopqrstu")]
)
def test_what_is_no_list_of_a_few_ids_is_refused(ids: str) -> None:
    assert refused(Ids(), ids)


def test_a_few_ids_are_read_with_commas_between_in_any_order() -> None:
    assert Ids().deserialize("b,a,b") == {"a", "b"}


@pytest.mark.parametrize(
    "path", ["a//b", "/a", "a/", "a b", "a/../b", "a\n", "/".join("x" * 100 for _ in range(6))]
)
def test_a_path_that_is_no_chain_of_ids_is_refused(path: str) -> None:
    assert refused(ScopePath(), path)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "ftp://example.org",
        "https://",
        "//example.org",
        "http://[::1",
        "http://a:99999/",
        "https://a b/",
        "https://example.org/\n",
        "https://" + "a" * 2048,
    ],
)
def test_an_address_that_is_not_absolute_http_is_refused(url: str) -> None:
    assert refused(Url(), url)


def test_an_address_with_all_its_parts_is_kept() -> None:
    url = "https://user@example.org:8443/a?b=c#d"
    assert Url().deserialize(url) == url


@pytest.mark.parametrize("number", ["5", True, None, float("nan"), float("inf"), 1e16, 10**400])
def test_a_number_that_does_not_fit_is_refused(number: Any) -> None:
    assert refused(Number(), number)


def test_a_number_is_read_as_it_is() -> None:
    assert Number().deserialize(5.9) == 5.9


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2025-01-31T08:00:00Z", datetime(2025, 1, 31, 8, tzinfo=UTC)),
        ("2025-01-31t10:00:00.25+02:00", datetime(2025, 1, 31, 8, 0, 0, 250_000, tzinfo=UTC)),
        ("2025-01-30", datetime(2025, 1, 30, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_in_utc_and_a_date_as_its_end(text: str, instant: datetime) -> None:
    assert Instant().deserialize(text) == instant


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2025-01-31T08:00:00", "offset"),
        ("2025-01-31 08:00", "offset"),
        ("2025-02-30", "does not exist"),
        ("2025-01-31T25:00:00Z", "does not exist"),
        ("0001-01-01T00:00:00+14:00", "does not exist"),
        ("2025-01-31T08:00Z", "RFC 3339"),
        ("yesterday", "RFC 3339"),
        ("٢٠٢٥-٠١-٣١", "RFC 3339"),
        (1738310400, "as text"),
    ],
)
def test_a_time_that_is_naive_impossible_or_no_time_is_refused_with_its_reason(
    text: Any, reason: str
) -> None:
    with pytest.raises(ValidationError, match=reason):
        Instant().deserialize(text)


def test_nothing_can_have_been_said_later_than_now(monkeypatch: pytest.MonkeyPatch) -> None:
    present = datetime(2025, 1, 31, 8, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: present)
    assert Stated().deserialize("2025-01-31") == (datetime(2025, 1, 31, 23, 59, 59, tzinfo=UTC), "day")
    assert refused(Stated(), (present + timedelta(days=2)).isoformat())


def test_the_plus_of_an_offset_may_arrive_as_a_space_in_a_query() -> None:
    assert QueryInstant().deserialize("2025-01-31T10:00:00 02:00") == datetime(2025, 1, 31, 8, tzinfo=UTC)


def test_a_date_alone_begins_a_range_at_its_beginning() -> None:
    assert DayStart().deserialize("2025-01-31") == datetime(2025, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("microsecond", "text"),
    [(0, "2025-01-31T08:00:00Z"), (250_000, "2025-01-31T08:00:00.25Z"), (1, "2025-01-31T08:00:00.000001Z")],
)
def test_an_instant_is_written_with_no_more_digits_than_it_needs(microsecond: int, text: str) -> None:
    assert to_wire(datetime(2025, 1, 31, 8, 0, 0, microsecond, tzinfo=UTC)) == text


@pytest.mark.parametrize("certainty", [0, -0.5, 1.01, 7, True, None, "perhaps", "0.5", float("nan")])
def test_a_certainty_outside_its_range_or_words_is_refused(certainty: Any) -> None:
    assert refused(Certainty(), certainty)


@pytest.mark.parametrize(("certainty", "loaded"), [(1, (1.0, None)), ("probably", (0.675, "probably"))])
def test_a_certainty_loads_as_a_number_and_the_word_that_was_used(certainty: Any, loaded: Any) -> None:
    assert Certainty().deserialize(certainty) == loaded


@pytest.mark.parametrize(
    ("document", "answer"),
    [
        ("withdrawn", Names(("withdrawn",))),
        (["fighting", "reduced"], Names(("fighting", "reduced"))),
        ({"between": [1, 2]}, Values("between", (1.0, 2.0))),
    ],
)
def test_an_answer_is_read_from_each_of_its_forms_and_written_back(document: Any, answer: Any) -> None:
    field = AnswerForm()
    assert field.deserialize(document) == answer
    assert field.serialize("answer", {"answer": answer}) == document


@pytest.mark.parametrize(
    "document", ["a\0", "x" * 257, [], ["a", "a"], {"about": "4"}, {"between": [2, 1]}, {}, 4]
)
def test_what_is_no_answer_is_refused(document: Any) -> None:
    assert refused(AnswerForm(), document)


def test_a_list_names_the_place_of_what_stands_in_it_twice() -> None:
    with pytest.raises(ValidationError) as caught:
        Items(Id()).deserialize(["cnn", "nyt", "cnn"])
    assert caught.value.messages == {2: ["stands in the list twice"]}
