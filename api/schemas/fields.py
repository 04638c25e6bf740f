"""The rules for values on the wire: each kind of value has its one field here."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

from marshmallow import ValidationError, fields, validate
from marshmallow.utils import get_value

from api import clock
from data.instant import to_wire
from models.answer import LARGEST_NUMBER, Answer, parse_answer
from models.certainty import ESTIMATIVE_WORDS, certainty_of
from models.errors import InvalidValueError

# An id stands in URLs and logs; 128 characters hold any slug.
LONGEST_ID = 128
# A dozen nested scopes of some forty letters.
LONGEST_PATH = 512
LONGEST_NAME = 256
# A quotation or a note, not a document.
LONGEST_TEXT = 10_000
# What browsers and proxies pass without trouble.
LONGEST_URL = 2048
# Of mandates, aliases, carriers, citations, stakes: ten times what any case has needed.
MOST_ITEMS = 100
# Of claims that a score is asked for without: all voices of one body, in any case seen.
MOST_IDS = 20
# A date alone ends up to a day from now; clocks differ by far less.
DAY = timedelta(days=1)
# How far ahead of ours another's clock may be.
CLOCK_SKEW = timedelta(minutes=5)

SEGMENT = "[A-Za-z0-9][A-Za-z0-9._-]{0,127}"
DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
NAIVE = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?", re.ASCII)
# A sign, digits with or without a fraction, an exponent: each part begins where none before it can go on.
PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)

UNHOLDABLE = re.compile("[\0\ud800-\udfff]")

INSTANT_EXAMPLE = "2025-01-31T08:00:00Z"


def check_text(text: str) -> None:
    """Refuse what a database cannot hold faithfully: NUL and lone surrogates."""
    if not UNHOLDABLE.search(text):
        return
    if "\0" in text:
        raise ValidationError("must not hold the NUL character")
    raise ValidationError("must not hold half a surrogate pair")


class Text(fields.String):
    """Text that is not blank, of bounded length, without NUL and lone surrogates."""

    def __init__(self, longest: int = LONGEST_TEXT, **options: Any) -> None:
        super().__init__(validate=validate.Length(min=1, max=longest), **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> str:
        text: str = super()._deserialize(value, attr, data, **options)
        check_text(text)
        if text and not text.strip():
            raise ValidationError("must not be blank")
        return text


class Patterned(Text):
    """Text of one fixed form."""

    pattern = ""
    form = ""
    longest = LONGEST_ID

    def __init__(self, **options: Any) -> None:
        metadata = {"pattern": f"^{self.pattern}$", **options.pop("metadata", {})}
        super().__init__(self.longest, metadata=metadata, **options)
        self._form = re.compile(self.pattern)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **options)
        if not self._form.fullmatch(text):
            raise ValidationError(f"must be {self.form}")
        return text


class Id(Patterned):
    """An id: what stands in an address."""

    pattern = SEGMENT
    form = "1 to 128 letters, digits, dots, dashes and underscores, a letter or digit first"


class NewId(Id):
    """The id of something new of a kind, which the service makes where none is given, as ``claim-4f1c…``."""

    def __init__(self, kind: str) -> None:
        # 64 random bits do not meet twice.
        super().__init__(load_default=lambda: f"{kind}-{secrets.token_hex(8)}")


class Ids(Patterned):
    """A few ids in a query string, with commas between; loads as a set."""

    pattern = f"{SEGMENT}(,{SEGMENT})*"
    form = "ids with commas between, as budanov-twz,podolyak-post"
    longest = MOST_IDS * (LONGEST_ID + 1)

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **options: Any) -> Any:
        """Load the ids, and refuse more than a few."""
        text = super().deserialize(value, attr, data, **options)
        if not isinstance(text, str):
            return text
        ids = frozenset(text.split(","))
        if len(ids) > MOST_IDS:
            raise ValidationError(f"must not name more than {MOST_IDS}")
        return ids


class ScopePath(Patterned):
    """A scope's path: ids joined by slashes."""

    pattern = f"{SEGMENT}(/{SEGMENT})*"
    form = "ids joined by slashes, as kursk-front/sso-sectors"
    longest = LONGEST_PATH


class Url(Text):
    """An absolute http or https address."""

    def __init__(self, **options: Any) -> None:
        metadata = {"format": "iri", "pattern": "^https?://", **options.pop("metadata", {})}
        super().__init__(LONGEST_URL, metadata=metadata, **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **options)
        try:
            parts = urlsplit(text)
            whole = parts.scheme in ("http", "https") and bool(parts.hostname)
            whole = whole and (parts.port is None or parts.port > 0)
        except ValueError:
            whole = False
        if not whole or any(character.isspace() or not character.isprintable() for character in text):
            raise ValidationError("must be an absolute http or https address")
        return text


class Number(fields.Float):
    """A finite JSON number within the domain's range; text is no number."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValidationError("must be a number")
        if not abs(value) <= LARGEST_NUMBER:
            raise ValidationError(f"must lie between -{LARGEST_NUMBER:g} and {LARGEST_NUMBER:g}")
        return float(value)


class QueryInteger(fields.Integer):
    """A whole number in a query string, in plain digits: not 5_0, nor digits of other scripts."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> int:
        check_digits(value)
        return super()._deserialize(value, attr, data, **options)


class QueryFloat(fields.Float):
    """A finite number in a query string, in plain digits."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> float:
        check_digits(value)
        return super()._deserialize(value, attr, data, **options)


def check_digits(value: Any) -> None:
    """Refuse what Python reads as a number and JSON does not."""
    if isinstance(value, str) and not PLAIN_NUMBER.fullmatch(value):
        raise ValidationError("must be a number in plain digits")


class Items(fields.List[Any]):
    """A list of bounded length, loaded as a tuple, in which nothing stands twice."""

    def __init__(self, inner: fields.Field[Any], *, fewest: int = 0, **options: Any) -> None:
        super().__init__(inner, validate=validate.Length(min=fewest, max=MOST_ITEMS), **options)

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **options: Any) -> Any:
        """Load the list and refuse an item that stands in it twice."""
        items = super().deserialize(value, attr, data, **options)
        if not isinstance(items, list):
            return items
        for place, item in enumerate(items):
            if item in items[:place]:
                raise ValidationError({place: ["stands in the list twice"]})
        return tuple(items)


class Instant(fields.Field[datetime]):
    """An instant (RFC 3339 with its offset), or a date alone: that day's last second, in UTC."""

    def __init__(self, **options: Any) -> None:
        described = "RFC 3339 with its offset; or a date alone, which counts from that day's end (UTC)."
        metadata = {"type": "string", "description": described, "examples": [INSTANT_EXAMPLE, "2025-01-30"]}
        super().__init__(metadata={**metadata, **options.pop("metadata", {})}, **options)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return read_instant(value)[0]

    def _serialize(self, value: datetime | None, *_: Any, **__: Any) -> str | None:
        return None if value is None else to_wire(value)


class QueryInstant(Instant):
    """An instant in a query string, where the plus of an offset may arrive as a space."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return read_instant(value.replace(" ", "+") if isinstance(value, str) else value)[0]


class AsOf(QueryInstant):
    """The moment that is asked about, by what had been said."""

    def __init__(self) -> None:
        super().__init__(metadata={"description": "Use only what had been said by then."})


class DayStart(QueryInstant):
    """As an instant in a query string, but a date alone counts from that day's beginning."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        day = isinstance(value, str) and DATE.fullmatch(value)
        return super()._deserialize(f"{value}T00:00:00Z" if day else value)


class Stated(Instant):
    """When something was said, with its precision: not later than now."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        instant, precision = read_instant(value)
        if instant > clock.now() + (DAY if precision == "day" else CLOCK_SKEW):
            raise ValidationError("must not lie in the future")
        return instant, precision


class Certainty(fields.Field[Any]):
    """A number in (0, 1] or an estimative word of ICD 203; loads as the number and the word."""

    def __init__(self, **options: Any) -> None:
        words = sorted(ESTIMATIVE_WORDS)
        number = {"type": "number", "exclusiveMinimum": 0, "maximum": 1}
        metadata = {
            "oneOf": [number, {"type": "string", "enum": words}],
            "description": "A number in (0, 1] or an estimative word of ICD 203.",
            "default": 1.0,
        }
        super().__init__(metadata=metadata, **options)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[float, str | None]:
        if isinstance(value, str):
            check_text(value)
            try:
                return certainty_of(value), value
            except InvalidValueError as error:
                raise ValidationError(error.reason) from None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
            raise ValidationError("must be a number in (0, 1] or an estimative word of ICD 203")
        return float(value), None

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> Any:  # noqa: ARG002
        return get_value(obj, "certainty_word") or value


class AnswerForm(fields.Field[Answer]):
    """An answer in one of its JSON forms."""

    def __init__(self, **options: Any) -> None:
        absent = [{"type": "null"}] if options.get("allow_none") else []
        metadata = {"oneOf": answer_forms() + absent, **options.pop("metadata", {})}
        super().__init__(metadata=metadata, **options)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Answer:
        for name in value if isinstance(value, list) else [value]:
            if isinstance(name, str):
                check_text(name)
                if len(name) > LONGEST_NAME:
                    raise ValidationError(f"must not be longer than {LONGEST_NAME} characters")
        try:
            return parse_answer(value)
        except InvalidValueError as error:
            inner = error.field.partition(".")[2]
            raise ValidationError({inner: [error.reason]} if inner else error.reason) from None

    def _serialize(self, value: Answer | None, *_: Any, **__: Any) -> Any:
        return None if value is None else value.document


def answer_forms() -> list[dict[str, Any]]:
    """Return the JSON schemas of an answer's forms."""
    number = {"type": "number", "minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER}
    name = {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}
    pair = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}

    def bound(word: str, schema: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {word: schema},
            "required": [word],
            "additionalProperties": False,
        }

    singles: Iterable[str] = ("value", "about", "at_least", "at_most")
    names = {"type": "array", "items": name, "minItems": 1, "uniqueItems": True}
    return [name, names, *(bound(word, number) for word in singles), bound("between", pair)]


def read_instant(value: Any) -> tuple[datetime, str]:
    """Read an instant and its precision, ``"instant"`` or ``"day"``."""
    if not isinstance(value, str):
        raise ValidationError("must be a time as text, RFC 3339")
    try:
        if DATE.fullmatch(value):
            return datetime.combine(datetime.fromisoformat(value), time(23, 59, 59), UTC), "day"
        if INSTANT.fullmatch(value):
            return datetime.fromisoformat(value.upper()).astimezone(UTC), "instant"
    except (ValueError, OverflowError):
        raise ValidationError("is a time that does not exist") from None
    if NAIVE.fullmatch(value):
        raise ValidationError("must have its offset from UTC, as 2025-01-31T08:00:00Z")
    raise ValidationError("must be a time as RFC 3339 has it, as 2025-01-31T08:00:00Z, or a date alone")
