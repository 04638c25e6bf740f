"""The address of an article: one name for all the ways in which its URL is written."""

import re
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

# What advertisers, mailers and social networks add to a link to follow who clicked on it; no article
# is another one because of these.
FOLLOWING = re.compile(
    r"utm_.*|fbclid|gclid|gbraid|wbraid|dclid|msclkid|yclid|twclid|ttclid|igshid|mc_cid|mc_eid|_ga|_gl",
    re.IGNORECASE,
)
# Ports that say no more than the scheme does.
USUAL_PORTS = (None, 80, 443)
# Characters that mean themselves in a path, escaped or not (RFC 3986, section 2.3), and those that part it.
UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
PATH_CHARACTERS = "/%:@!$&'()*+,;=~"
ESCAPE = re.compile("%([0-9A-Fa-f]{2})")


def address_of(url: str) -> str:
    """Return what the URLs of one article have in common: host, path, and the query as far as it tells.

    The scheme, a `www.` in front, the usual ports, a user's name, the fragment, a slash at the end,
    the order of the query and what follows a reader around (`utm_…`, `fbclid`, `gclid` and the like)
    make no other article of it; nor does the way in which a character is escaped. All else does.

    Parameters
    ----------
    url : str
        An absolute http or https URL.

    Examples
    --------
    >>> address_of("http://WWW.example.org:80/kursk/?utm_source=x&id=7#top")
    'example.org/kursk?id=7'
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".").removeprefix("www.")
    port = "" if parts.port in USUAL_PORTS else f":{parts.port}"
    path = quote(ESCAPE.sub(_plain, parts.path), safe=PATH_CHARACTERS).rstrip("/")
    told = sorted(
        pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not FOLLOWING.fullmatch(pair[0])
    )
    return f"{_ascii(host)}{port}{path}" + (f"?{urlencode(told)}" if told else "")


def _plain(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if UNRESERVED.match(character) else escape[0].upper()


def _ascii(host: str) -> str:
    """Return a host as the name service knows it; one that it could not know, as it is."""
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host
