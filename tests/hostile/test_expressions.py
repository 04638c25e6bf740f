"""Every regular expression of the service takes time that grows with its text, and not with its square."""

import ast
import re
import time
from collections.abc import Iterator
from importlib import import_module

import pytest
from hostile.service import ROOT

from api import paging
from api.schemas import fields

# Up to a body of 1 MiB may reach an expression, but a match that takes the square of a length, or worse, is
# told apart from one that takes the length on far less.
LENGTHS = (100, 2**13, 2**16)
# A linear match takes some nanoseconds a character; a quadratic one takes a minute on the longest text.
SECONDS_A_CHARACTER = 2e-6
SECONDS_AT_LEAST = 0.05

PARTS = (
    *(
        "a",
        "A",
        "0",
        "9",
        ".",
        "/",
        "-",
        "a/",
        "a/a",
        "0.",
        "0e",
        ".0",
        "1.",
        "Z",
        " ",
        "\n",
        '"',
        '\\"',
        ":",
    ),
    *("2025-01-31T08:00:00", "\r\n", "\r\ncontent-length ", "\r\nexpect:", "credence_", "http://a.", "_"),
)
TAILS = ("", "!", "\n", "\0", '"')
CALLS = {
    f"re.{name}" for name in ("match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer")
}


def expressions() -> Iterator[re.Pattern[str] | re.Pattern[bytes]]:
    """Find each expression that a module of the service holds, or hands to `re` where it is used."""
    for file in sorted(
        file for package in ("api", "data", "models") for file in (ROOT / package).rglob("*.py")
    ):
        module = import_module(
            ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        )
        yield from (value for value in vars(module).values() if isinstance(value, re.Pattern))
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in CALLS:
                yield re.compile(ast.literal_eval(node.args[0]))
    yield from (re.compile(kind.pattern) for kind in fields.Patterned.__subclasses__())


FOUND = list({(each.pattern, each.flags): each for each in expressions()}.values())


@pytest.mark.parametrize("expression", FOUND, ids=[repr(each.pattern)[:40] for each in FOUND])
def test_no_text_makes_an_expression_slow(expression: re.Pattern[str] | re.Pattern[bytes]) -> None:
    for length in LENGTHS:
        for part in PARTS:
            for tail in TAILS:
                text = (part * (length // len(part) + 1))[: length - len(tail)] + tail
                content = text.encode() if isinstance(expression.pattern, bytes) else text
                began = time.process_time()
                expression.fullmatch(content)  # type: ignore[arg-type]
                seconds = time.process_time() - began
                allowed = SECONDS_AT_LEAST + SECONDS_A_CHARACTER * length
                assert seconds < allowed, (expression, part, tail, length, seconds)


@pytest.mark.parametrize(
    "field", [fields.Id(), fields.ScopePath(), fields.Url(), fields.Stated(), fields.Text()]
)
def test_no_text_makes_a_field_slow(field: fields.Text) -> None:
    for part in PARTS:
        text = part * (LENGTHS[-1] // len(part))
        began = time.process_time()
        with pytest.raises(fields.ValidationError):
            field.deserialize(text)
        assert time.process_time() - began < SECONDS_AT_LEAST + SECONDS_A_CHARACTER * len(text), (field, part)


def test_a_cursor_is_read_in_no_time() -> None:
    began = time.process_time()
    for part in PARTS:
        with pytest.raises(paging.RefusedError):
            paging.offset_of(part * LENGTHS[1])
    assert time.process_time() - began < 1
