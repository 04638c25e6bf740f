"""The headers that every answer has, whatever it answers."""

from flask import Flask, Response, g

from api.cors import allow_origin
from api.rates import POLICY_NAME, Rates
from api.settings import Settings

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


def init_headers(app: Flask, settings: Settings, rates: Rates | None) -> None:
    """Complete every answer: what browsers need not do, what the caller has left, who may see it.

    One function for all of it, since each costs every request.
    """

    @app.after_request
    def complete(response: Response) -> Response:
        headers = response.headers
        for name, value in SECURITY_HEADERS.items():
            headers.setdefault(name, value)
        if rates is not None and (allowance := g.get("allowance")):
            headers["RateLimit-Policy"] = rates.policy
            headers["RateLimit"] = f"{POLICY_NAME};r={allowance.left};t={allowance.more_in_s}"
        if settings.cors_origins:
            allow_origin(response, settings.cors_origins)
        return response
