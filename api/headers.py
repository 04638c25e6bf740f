"""The headers that every answer has, whatever it answers."""

from flask import Flask, Response, request

from api.cors import allow_origin
from api.rates import ALLOWANCE, POLICY_NAME, Rates
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
# Files bring a rule of their own.
OWN_RULE = "Cache-Control"


def init_headers(app: Flask, settings: Settings, rates: Rates | None) -> None:
    """Complete every answer: what browsers need not do, what the caller has left, who may see it.

    One function for all of it, since each costs every request.
    """

    @app.after_request
    def complete(response: Response) -> Response:
        # Added, not set: setting looks through all that are there, and none of these is.
        added = [*SECURITY_HEADERS.items()]
        if OWN_RULE in response.headers:
            added.remove((OWN_RULE, SECURITY_HEADERS[OWN_RULE]))
        if rates is not None and (allowance := request.environ.get(ALLOWANCE)):
            added += [
                ("RateLimit-Policy", rates.policy),
                ("RateLimit", f"{POLICY_NAME};r={allowance.left};t={allowance.more_in_s}"),
            ]
        response.headers.extend(added)
        if settings.cors_origins:
            allow_origin(response, settings.cors_origins)
        return response
