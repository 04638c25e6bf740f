"""Request bodies: their limits, and JSON out of bytes."""

import json
from codecs import BOM_UTF8
from typing import Any, NoReturn

from api.errors import MalformedBodyError

JSON_TYPE = "application/json"
PROBLEM_TYPE = "application/problem+json"
LINES_TYPE = "application/x-ndjson"
# A claim with its text takes some kilobytes; 1 MiB leaves room for any and bounds a worker's memory.
LARGEST_BODY = 2**20
# Some 200,000 claims at once; kept on disk while they are read.
LARGEST_LINES_BODY = 64 * 2**20


def parse_json(content: bytes) -> Any:
    """Read JSON.

    Raises
    ------
    MalformedBodyError
        When the content is not UTF-8 or not JSON (NaN and Infinity are not), or is nested
        too deep to be read.
    """
    try:
        return _DECODER.decode(content.removeprefix(BOM_UTF8).decode())
    except UnicodeDecodeError:
        raise MalformedBodyError("is not UTF-8") from None
    except RecursionError:
        raise MalformedBodyError("is nested too deep") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise MalformedBodyError(f"is not JSON: {error.msg} at {place}") from None
    except MalformedBodyError:
        raise
    except ValueError:
        raise MalformedBodyError("holds a number with too many digits") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise MalformedBodyError(f"names {twice!r} twice in one object")
    return document


def _refuse_constant(constant: str) -> NoReturn:
    raise MalformedBodyError(f"holds {constant}, which JSON does not have")


# One decoder for all: `json.loads` makes one for each text that is not read its own way.
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, object_pairs_hook=_once)
