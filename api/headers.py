"""The headers that every answer has, whatever it answers."""

# Nothing is framed, sniffed or fetched from elsewhere; the page of the docs needs its stylesheet.
# No Strict-Transport-Security: only what ends TLS in front knows that all of its host is served so.
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # Keep, and ask each time: the ETag makes the asking cheap.
    "Cache-Control": "no-cache",
}
# Files bring a rule of their own.
OWN_RULE = "Cache-Control"
_ALWAYS = [(name, value) for name, value in SECURITY_HEADERS.items() if name != OWN_RULE]


def secure(headers: list[tuple[str, str]]) -> None:
    """Add what browsers need not do."""
    headers += _ALWAYS
    if not any(name == OWN_RULE for name, _ in headers):
        headers.append((OWN_RULE, SECURITY_HEADERS[OWN_RULE]))
