"""Cross-origin requests: which web pages of other origins may call, and what they may see.

Never with cookies or other credentials that a browser adds by itself: the service knows none.
"""

import re
from collections.abc import Collection
from wsgiref.types import WSGIEnvironment

ANY_ORIGIN = "*"
# As browsers write it: lower case, no path, and no port where it is the scheme's own.
ORIGIN = re.compile(
    r"(?!http://.*:80$|https://.*:443$)https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?"
)
EXPOSED = (
    "ETag, Idempotent-Replayed, Link, Location, RateLimit, RateLimit-Policy, Retry-After, "
    "WWW-Authenticate, X-Request-Id"
)
READING_HEADERS = "Content-Type, If-None-Match, X-Request-Id"
WRITING_HEADERS = f"Authorization, Idempotency-Key, {READING_HEADERS}"
# How long a browser may remember what it was told, in seconds: browsers cap it at about this.
REMEMBERED_S = 7200
# What any page may show: read without a key or not at all, so that every page is told the same and one
# copy in a cache serves them all.
PUBLIC = ("/v1/cards", "/embed", "/oembed")
PUBLIC_HEADERS = [
    ("Access-Control-Allow-Origin", ANY_ORIGIN),
    ("Access-Control-Expose-Headers", EXPOSED),
    # For pages that let nothing in that does not say so: https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header
    ("Cross-Origin-Resource-Policy", "cross-origin"),
]


def allow_origin(environ: WSGIEnvironment, headers: list[tuple[str, str]], origins: Collection[str]) -> None:
    """Let a page of an allowed origin see the answer, and ask for what a listed one may send.

    Parameters
    ----------
    headers : list of (str, str)
        Those of the answer, which are added to.
    origins : collection of str
        The origins that are listed, or `ANY_ORIGIN` alone, from which keys are not taken.
    """
    is_open = ANY_ORIGIN in origins
    origin = ANY_ORIGIN if is_open else environ.get("HTTP_ORIGIN")
    if not is_open:
        varies = [value for name, value in headers if name == "Vary"]
        headers[:] = [each for each in headers if each[0] != "Vary"]
        headers.append(("Vary", ", ".join((*varies, "Origin"))))
    if origin is None or origin not in origins:
        return
    headers += [("Access-Control-Allow-Origin", origin), ("Access-Control-Expose-Headers", EXPOSED)]
    if environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
        headers += [
            ("Access-Control-Allow-Methods", dict(headers).get("Allow", "")),
            ("Access-Control-Allow-Headers", READING_HEADERS if is_open else WRITING_HEADERS),
            ("Access-Control-Max-Age", str(REMEMBERED_S)),
        ]
