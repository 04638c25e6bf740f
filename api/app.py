"""The app factory."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from api import (
    audit,
    claims,
    corrections,
    docs,
    model,
    probes,
    questions,
    resolutions,
    scopes,
    scores,
    sources,
)
from api.auth import init_auth
from api.conditional import init_conditional
from api.contract import CONTRACT_VERSION, DESCRIPTION, Contract, Operations, refuse_stray_keys
from api.gauges import BuildGauges, LedgerGauges, ProcessGauges
from api.headers import init_headers
from api.ledger import Handles
from api.limits import init_limits
from api.logs import configure_logs, init_logs
from api.metrics import Metrics, init_metrics
from api.rates import Rates, init_rates
from api.settings import Settings, read_settings
from api.settler import init_settler
from api.tracing import read_tracing

View = TypeVar("View", bound=Callable[..., Any])

NOUNS = (sources, scopes, questions, claims, corrections, resolutions, scores, model, audit, docs, probes)


class Service(Flask):
    """The app; no view or hook of it is a coroutine."""

    def ensure_sync(self, func: View) -> View:
        """Return the function as it is: Flask looks at each, a dozen times a request."""
        return func


def create_app(settings: Settings | None = None, rates: Rates | None = None) -> Flask:
    """Make the app.

    Parameters
    ----------
    settings : Settings or None
        None reads them from the environment.
    rates : Rates or None
        The counts that this process shares with others; None keeps its own.

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
    metrics, tracing = Metrics(), read_tracing(os.environ)
    handles = Handles(settings.database, (metrics.wrote, tracing.wrote) if tracing else (metrics.wrote,))
    app.extensions["credence"] = {
        "settings": settings,
        "handles": handles,
        "metrics": metrics,
        "gauges": (LedgerGauges(handles), ProcessGauges(), BuildGauges()),
    }
    if settings.rate_limit:
        rates = rates or Rates(settings.rate_limit)
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=0)  # type: ignore[method-assign]
    # Before a request: its id, then its caller's rate, then its key, then its size and its query.
    # After it, in reverse: its state, then its headers, its count, its line in the log.
    init_logs(app)
    if tracing:
        tracing.init_app(app)
    init_metrics(app)
    init_headers(app, settings, rates)
    init_conditional(app)
    if rates is not None:
        init_rates(app, rates)
    init_auth(app)
    init_limits(app)
    app.before_request(refuse_stray_keys)
    init_settler(app)
    contract = Contract(
        app, spec_kwargs={"extra_plugins": [Operations()], "info": {"description": DESCRIPTION}}
    )
    contract.spec.components.security_scheme("key", {"type": "http", "scheme": "bearer"})
    for noun in NOUNS:
        contract.register_blueprint(noun.blueprint)
    app.extensions["credence"]["contract"] = contract
    return app
