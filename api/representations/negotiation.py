"""Negotiation: which form of an answer a client asked for, by its Accept header (RFC 9110, 12.5.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Response, json, request
from werkzeug.http import parse_accept_header, parse_options_header

from api.body import JSON_TYPE
from api.errors import NotAcceptableError
from api.ledger import ledger
from api.request_context import present
from data.audit import changed_at

# What nearly everyone sends: nothing is to be weighed then.
PLAIN_WISHES = ("", "*/*", JSON_TYPE)


@dataclass(frozen=True)
class Medium:
    """A form that answers come in.

    Attributes
    ----------
    name : str
        What tells its ETags from those of the other forms.
    type : str
        Its media type.
    version : str or None
        The only value that it knows of the media type's parameter `version`.
    is_text : bool
        Whether it is plain text, in UTF-8, and no JSON.
    """

    name: str
    type: str
    version: str | None = None
    is_text: bool = False

    @property
    def name_in_full(self) -> str:
        """Its media type with what of it is fixed, as clients ask for it."""
        return self.type + (f";version={self.version}" if self.version else "")

    @property
    def content_type(self) -> str:
        """The Content-Type of its answers."""
        return self.name_in_full + ("; charset=utf-8" if self.is_text else "")

    def fit(self, kind: str, options: Mapping[str, str]) -> int:
        """Return how exactly a range of the Accept header names this form, from 3; 0 where it does not."""
        if self.version is not None and options.get("version", self.version) != self.version:
            return 0
        ranges = ("*/*", f"{self.type.partition('/')[0]}/*", self.type)
        return ranges.index(kind) + 1 if kind in ranges else 0


JSON = Medium("json", JSON_TYPE)
CSV = Medium("csv", "text/csv", is_text=True)
LINKED_DATA = Medium("jsonld", "application/ld+json")
STIX = Medium("stix", "application/stix+json", version="2.1")

# What turns the content of a view's answer into text of another form.
Form = Callable[[Any], str]


def chosen(accept: str, offered: Iterable[Medium]) -> Medium:
    """Return the form that an Accept header asks for.

    The highest quality wins; among equal ones what is named over what a wildcard covers, and then the
    first that is offered. So a browser, which names none, and a client without a wish get the first.

    Raises
    ------
    NotAcceptableError
        When none of what is offered is asked for.
    """
    offered = tuple(offered)
    if accept in PLAIN_WISHES:
        return offered[0]
    # What is no media range is no wish.
    wishes = [
        (*parse_options_header(wish), quality) for wish, quality in parse_accept_header(accept) if "/" in wish
    ]
    if not wishes:
        return offered[0]

    def asked(medium: Medium) -> tuple[float, int]:
        fits = ((medium.fit(kind.lower(), options), quality) for kind, options, quality in wishes)
        fit, quality = max(fits)
        return (quality, fit) if fit else (0.0, 0)

    best = max(offered, key=asked)
    if asked(best)[0] <= 0:
        raise NotAcceptableError(tuple(medium.name_in_full for medium in offered))
    return best


def negotiated(view: Callable[..., Any], forms: Mapping[Medium, Form]) -> Callable[..., Any]:
    """Return a view that answers in the form that is asked for: as it did, or in one of `forms`."""
    offered = (JSON, *forms)

    @wraps(view)
    def answer(*args: Any, **named: Any) -> Any:
        call = present.get()
        call.variant = ""
        medium = chosen(request.headers.get("Accept", ""), offered)
        if medium is JSON:
            return view(*args, **named)
        # Corrections, names and the moment of the last write stand in these forms, whatever the view's
        # own ETag looks at: so theirs is another after each write.
        changed = changed_at(ledger())
        call.variant = f"-{medium.name}" + (f"-{int(changed.timestamp() * 1e6):x}" if changed else "")
        content, headers = _parts(view(*args, **named))
        return Response(forms[medium](content), content_type=medium.content_type, headers=headers)

    return answer


def _parts(answered: Any) -> tuple[Any, Mapping[str, str]]:
    """Return what a view answered, and the headers that it wants kept."""
    if isinstance(answered, Response):
        link = answered.headers.get("Link")
        return json.loads(answered.get_data()), {} if link is None else {"Link": link}
    return answered if isinstance(answered, tuple) else (answered, {})
