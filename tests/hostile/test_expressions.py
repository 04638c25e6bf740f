"""Every regular expression of the service takes time that grows with its text, and not with its square."""

import ast
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile.service import ROOT

from api import exchange, framing, logs, paging
from api.schemas import fields

# Where an expression stands, and the longest text that reaches it.
LONGEST: dict[str | bytes, int] = {
    fields.DATE.pattern: fields.LONGEST_TEXT,
    fields.INSTANT.pattern: fields.LONGEST_TEXT,
    fields.NAIVE.pattern: fields.LONGEST_TEXT,
    fields.PLAIN_NUMBER.pattern: 8_190,
    fields.Id.pattern: fields.LONGEST_ID,
    fields.ScopePath.pattern: fields.LONGEST_PATH,
    logs.SANE_REQUEST_ID.pattern: 8_190,
    r"[0-9]{1,19}": 8_190,
    # A head as it arrives.
    framing.FIELDS.pattern: exchange.LONGEST_HEAD,
    exchange.BARE_LINE_FEED.pattern: exchange.LONGEST_HEAD,
    # The names of our own views, when the document is made.
    r"(?<!^)([A-Z])": 100,
}
# Fields are matched before they are measured, so that a text of up to 1 MiB may reach their expressions. What
# takes the square of a length is told apart from what takes the length on far less.
LONG = 2**16
# What one step of a linear match takes is some nanoseconds; a quadratic one takes minutes on such texts.
SECONDS_A_CHARACTER = 2e-6

PARTS = (
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
    "2025-01-31T08:00:00",
    "1.",
    "Z",
    " ",
    "\n",
)
TAILS = ("", "!", "\n", "\0", "/", ".", "Z!", "é")


CALLS = {
    f"re.{name}"
    for name in ("compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer")
}


def expressions() -> Iterator[str | bytes]:
    """Find every expression that is given to `re`, and every pattern of a field, in the service's code."""
    for package in ("api", "data", "models"):
        for file in (ROOT / package).rglob("*.py"):
            yield from expressions_in(file)


def expressions_in(file: Path) -> Iterator[str | bytes]:
    for node in ast.walk(ast.parse(file.read_text())):
        is_call = isinstance(node, ast.Call) and ast.unparse(node.func) in CALLS
        if is_call and isinstance(node.args[0], ast.Constant):
            yield node.args[0].value
        elif is_call and not ast.unparse(node.args[0]).endswith(".pattern"):
            raise AssertionError(f"{file}: {ast.unparse(node)} hides its expression")


def test_every_expression_is_timed_here() -> None:
    found = set(expressions()) | {fields.Id.pattern, fields.ScopePath.pattern}
    assert found == set(LONGEST)
    patterned = [kind.pattern for kind in fields.Patterned.__subclasses__()]
    assert set(patterned) <= set(LONGEST)


def seconds_of(expression: str | bytes, text: str) -> float:
    """Return the time of both ways to match: the whole text, and every place in it."""
    began = time.process_time()
    if isinstance(expression, bytes):
        content = text.encode()
        re.fullmatch(expression, content, re.IGNORECASE)
        re.findall(expression, content, re.IGNORECASE)
    else:
        re.fullmatch(expression, text, re.ASCII)
    return time.process_time() - began


@pytest.mark.parametrize("expression", LONGEST)
def test_no_text_makes_an_expression_slow(expression: str | bytes) -> None:
    for length in sorted({100, LONGEST[expression], LONG}):
        for part in PARTS:
            for tail in TAILS:
                text = (part * (length // len(part) + 1))[: max(length - len(tail), 0)] + tail
                seconds = seconds_of(expression, text)
                assert seconds < 0.01 + SECONDS_A_CHARACTER * length, (
                    expression,
                    part,
                    tail,
                    length,
                    seconds,
                )


@pytest.mark.parametrize(
    "field", [fields.Id(), fields.ScopePath(), fields.Url(), fields.Stated(), fields.Text()]
)
def test_no_text_makes_a_field_slow(field: fields.Text) -> None:
    for part in PARTS:
        text = part * (LONG // len(part))
        began = time.process_time()
        with pytest.raises(fields.ValidationError):
            field.deserialize(text)
        assert time.process_time() - began < 0.05 + SECONDS_A_CHARACTER * len(text), (field, part)


def test_a_cursor_is_read_in_no_time() -> None:
    began = time.process_time()
    for part in PARTS:
        with pytest.raises(paging.RefusedError):
            paging.offset_of(part * 8_190)
    assert time.process_time() - began < 1
