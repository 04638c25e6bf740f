"""The headers that every answer has, whatever it answers."""

# Nothing is framed, sniffed or fetched from elsewhere; a page that needs more says so itself.
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


def secure(headers: list[tuple[str, str]]) -> None:
    """Add what browsers need not do, but for what the answer tells them by itself.

    A file says how long it may be kept, and a page what it needs.
    """
    told = {name for name, _ in headers}
    headers += [(name, value) for name, value in SECURITY_HEADERS.items() if name not in told]
