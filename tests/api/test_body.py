import pytest

from api.body import parse_json
from api.errors import MalformedBodyError


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is not JSON"),
        (b'{"a":', "is not JSON"),
        (b"\xff", "is not UTF-8"),
        (b"[NaN]", "NaN"),
        (b"[-Infinity]", "Infinity"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deep"),
        (b"1" * 5000, "too many digits"),
    ],
)
def test_what_is_not_json_is_refused_with_its_reason(content: bytes, reason: str) -> None:
    with pytest.raises(MalformedBodyError, match=reason):
        parse_json(content)


def test_json_is_read() -> None:
    assert parse_json('{"a": [1, 2.5, "Курськ"]}'.encode()) == {"a": [1, 2.5, "Курськ"]}
