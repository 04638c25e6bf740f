"""The app factory."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response

from api import claims, corrections, docs, model, probes, questions, resolutions, scopes, scores, sources
from api.auth import init_auth
from api.conditional import init_conditional
from api.contract import CONTRACT_VERSION, DESCRIPTION, Contract, Operations, refuse_stray_keys
from api.ledger import Handles
from api.limits import init_limits
from api.logs import configure_logs, init_logs
from api.metrics import Metrics, init_metrics
from api.settings import Settings, read_settings

View = TypeVar("View", bound=Callable[..., Any])

NOUNS = (sources, scopes, questions, claims, corrections, resolutions, scores, model, docs, probes)

# Nothing is framed, sniffed or fetched from elsewhere; the page of the docs needs its stylesheet.
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # Keep, and ask each time: the ETag makes the asking cheap.
    "Cache-Control": "no-cache",
}


class Service(Flask):
    """The app; no view or hook of it is a coroutine."""

    def ensure_sync(self, func: View) -> View:
        """Return the function as it is: Flask looks at each, a dozen times a request."""
        return func


def create_app(settings: Settings | None = None) -> Flask:
    """Make the app.

    Parameters
    ----------
    settings : Settings or None
        None reads them from the environment.

    Raises
    ------
    SettingsError
        When a setting is unknown or malformed.
    """
    settings = settings or read_settings(os.environ)
    configure_logs(settings.log_level)
    app = Service(__name__)
    app.config.update(API_TITLE="Credence", API_VERSION=CONTRACT_VERSION, OPENAPI_VERSION="3.1.0")
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.url_map.merge_slashes = False
    app.extensions["credence"] = {
        "settings": settings,
        "handles": Handles(settings.database),
        "metrics": Metrics(),
    }
    # Before a request: its id, then its key, then its size and its query. After it, in reverse:
    # its state, then its headers, its count, its line in the log.
    init_logs(app)
    init_metrics(app)
    app.after_request(set_security_headers)
    init_conditional(app)
    init_auth(app)
    init_limits(app)
    app.before_request(refuse_stray_keys)
    contract = Contract(
        app, spec_kwargs={"extra_plugins": [Operations()], "info": {"description": DESCRIPTION}}
    )
    contract.spec.components.security_scheme("key", {"type": "http", "scheme": "bearer"})
    for noun in NOUNS:
        contract.register_blueprint(noun.blueprint)
    app.extensions["credence"]["contract"] = contract
    return app


def set_security_headers(response: Response) -> Response:
    """Tell browsers what this service never needs."""
    response.headers.extend(SECURITY_HEADERS)
    return response
