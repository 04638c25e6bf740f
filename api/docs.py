"""The OpenAPI document, and a page that shows it: ``/openapi.json``, ``/docs``.

The page is rendered here, from the document, with one stylesheet out of this package: no script
runs, and nothing is fetched from elsewhere.
"""

from typing import Any

import yaml
from flask import Flask, Response, current_app, json, render_template
from flask.views import MethodView

from api.body import JSON_TYPE
from api.contract import Blueprint, Contract
from api.errors import TABLE

blueprint = Blueprint("docs", "The contract.")
METHODS = ("get", "put", "post", "delete")


def document_of(app: Flask) -> dict[str, Any]:
    """Return the OpenAPI document of an app."""
    contract: Contract = app.extensions["credence"]["contract"]
    return contract.document()


def document_yaml(app: Flask) -> str:
    """Return the OpenAPI document as YAML, in the order in which it was written."""
    plain = json.loads(json.dumps(document_of(app)))
    text: str = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=110)
    return text


@blueprint.route("/openapi.json")
class Document(MethodView):
    """The OpenAPI document."""

    @blueprint.needs("open")
    @blueprint.response(200, {"type": "object"}, example={"openapi": "3.1.0"})
    def get(self) -> Response:
        """Show this document."""
        return Response(json.dumps(document_of(current_app), indent=2), content_type=JSON_TYPE)


@blueprint.route("/docs")
class Page(MethodView):
    """The page."""

    @blueprint.needs("open")
    @blueprint.response(200, {"type": "string"}, content_type="text/html", example="<!doctype html>")
    def get(self) -> Response:
        """Show this document as a page."""
        problems = sorted(set(TABLE.values()), key=lambda problem: (problem.status, problem.name))
        page = render_template(
            "docs.html", document=document_of(current_app), problems=problems, methods=METHODS
        )
        return Response(page, content_type="text/html; charset=utf-8")
