"""The app factory."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Request, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import MapAdapter

from api import (
    articles,
    audit,
    board,
    claims,
    corrections,
    docs,
    embeds,
    events,
    model,
    oembed,
    probes,
    questions,
    resolutions,
    scopes,
    scores,
    sources,
    webhooks,
)
from api.auth import check_key
from api.conditional import set_etag
from api.contract import (
    CONTRACT_VERSION,
    DESCRIPTION,
    WRITING_METHODS,
    Contract,
    Operations,
    refuse_stray_keys,
)
from api.edge import Edge
from api.gauges import BuildGauges, LedgerGauges, ProcessGauges
from api.kept_answers import KeptAnswers
from api.ledger import Handles
from api.limits import Asked, check_encoding, check_length
from api.logs import configure_logs
from api.metrics import Metrics
from api.rates import Rates
from api.request_context import present
from api.settings import Settings, read_settings
from api.slow import Serving
from api.tracing import read_tracing

View = TypeVar("View", bound=Callable[..., Any])

NOUNS = (
    *(sources, scopes, questions, claims, corrections, resolutions, scores, articles, events, webhooks),
    *(model, audit, board, docs, probes, embeds, oembed),
)


class Service(Flask):
    """The app between the edge and the views.

    Flask goes through its lists of hooks in every request: what would stand in them is called here
    outright, and none is registered. No view is a coroutine.
    """

    request_class = Asked

    def ensure_sync(self, func: View) -> View:
        """Return the function as it is: Flask looks at each, several times a request."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Return what finds the rule of a request: by its path alone, since all hosts are served alike."""
        if request is None:
            return super().create_url_adapter(None)
        # The host would only stand in redirects, and no rule has one.
        return MapAdapter(
            self.url_map, "", request.root_path, "", request.scheme, request.path, request.method
        )

    def preprocess_request(self) -> None:
        """Refuse what the view is not to see: by the key, the query, or the size of the body."""
        # The proxy costs a look-up each time; its type does not say that it is one.
        asked: Asked = request._get_current_object()  # type: ignore[attr-defined]
        rule = asked.url_rule
        view = None if rule is None else self.view_functions[rule.endpoint]
        if rule is not None:
            present.get().rule = rule.rule
            check_key(asked, view, open_reading=self.extensions["credence"]["settings"].open_reading)
        check_encoding(asked)
        check_length(asked)
        if rule is not None:
            refuse_stray_keys(asked, view)
            if asked.method.lower() in WRITING_METHODS:
                asked.receive()

    def process_response(self, response: Response) -> Response:
        """Give the answer its ETag."""
        # The request itself, as above.
        return set_etag(request._get_current_object(), response)  # type: ignore[attr-defined]


def create_app(
    settings: Settings | None = None,
    rates: Rates | None = None,
    file: tuple[int, int] | None = None,
    serving: Serving | None = None,
) -> Flask:
    """Make the app.

    Parameters
    ----------
    settings : Settings or None
        None reads them from the environment.
    rates : Rates or None
        The counts that this process shares with others; None keeps its own.
    file : tuple of (int, int) or None
        Identity of the database's file, where processes that share it have agreed on one; see `Handles`.
    serving : Serving or None
        How this process serves what takes its time; None does it in place.

    Raises
    ------
    SettingsError
        When a setting is unknown or malformed.
    """
    settings = settings or read_settings(os.environ)
    configure_logs(settings.log_level)
    app = Service(__name__)
    app.config.update(API_TITLE="Credence", API_VERSION=CONTRACT_VERSION, OPENAPI_VERSION="3.1.0")
    # Whether a process beside this one settles what is written; a server says so.
    app.config["SETTLED_BESIDE"] = False
    # Typed by its base, which has no such settings.
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.url_map.merge_slashes = False
    board.prepare(app)
    metrics, tracing = Metrics(), read_tracing(os.environ)
    observers = (metrics.wrote, tracing.wrote) if tracing else (metrics.wrote,)
    handles = Handles(settings.database, observers, file)
    app.extensions["credence"] = {
        "settings": settings,
        "handles": handles,
        "metrics": metrics,
        "kept": KeptAnswers(),
        "serving": serving or Serving(),
        "gauges": (LedgerGauges(handles), ProcessGauges(), BuildGauges()),
    }
    if settings.rate_limit:
        rates = rates or Rates(settings.rate_limit)
    # A method that Flask says to put layers around.
    app.wsgi_app = Edge(app, rates, tracing)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=0)  # type: ignore[method-assign]
    contract = Contract(
        app, spec_kwargs={"extra_plugins": [Operations()], "info": {"description": DESCRIPTION}}
    )
    contract.spec.components.security_scheme("key", {"type": "http", "scheme": "bearer"})
    for noun in NOUNS:
        contract.register_blueprint(noun.blueprint)
    app.extensions["credence"]["contract"] = contract
    return app
