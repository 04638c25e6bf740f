"""Lists: `limit` and `cursor`, and the Link to the next page (RFC 8288)."""

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import request

from data.errors import RefusedError

# A history has no more events than the ledger has rows, and those are counted in 63 bits.
LARGEST_OFFSET = 2**63 - 1
DEFAULT_LIMIT = 50
# Two hundred scored rows stay below a megabyte.
LARGEST_LIMIT = 200

# The header's documentation.
LINK = {"Link": {"description": 'The next page, as `<…>; rel="next"`.', "schema": {"type": "string"}}}

Listed = tuple[Mapping[str, Sequence[Any]], Mapping[str, str]]


def listed(items: Sequence[Any], cursor: str | None) -> Listed:
    """Return a list's body, and its headers with the link to the page that follows."""
    return {"items": items}, linked(cursor)


def linked(cursor: str | None) -> dict[str, str]:
    """Return the headers with the link to the page that follows, where one does."""
    if cursor is None:
        return {}
    query = urlencode({**request.args.to_dict(), "cursor": cursor})
    return {"Link": f'<{request.path}?{query}>; rel="next"'}


def offset_text(offset: int | None) -> str | None:
    """Return the cursor of a history's page that starts after so many events."""
    return None if offset is None else base64.urlsafe_b64encode(b"%d" % offset).decode()


def offset_of(cursor: str | None) -> int:
    """Return after how many events a history's page starts.

    Raises
    ------
    RefusedError
        When the cursor is none of a history's.
    """
    try:
        text = base64.urlsafe_b64decode((cursor or offset_text(0) or "").encode("ascii")).decode("ascii")
    except ValueError:
        text = ""
    if not re.fullmatch(r"[0-9]{1,19}", text) or int(text) > LARGEST_OFFSET:
        raise RefusedError("cursor", "is not one of this list's")
    return int(text)
