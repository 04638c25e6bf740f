"""The OpenAPI document says what the service does."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from api.docs import document_of, document_yaml


@pytest.fixture
def document(app: Flask) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(document_of(app)))
    return plain


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, item[method])
        for path, item in document["paths"].items()
        for method in ("get", "put", "post", "delete")
        if method in item
    ]


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_every_operation_has_a_summary_a_tag_and_an_id_of_its_own(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(ids)) == len(ids)
    assert all(each["summary"].endswith(".") and each["tags"] for _, _, each in operations(document))


def test_every_operation_has_an_example_and_every_example_validates(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        bodies = [operation["requestBody"]] if "requestBody" in operation else []
        bodies += [answer for answer in operation["responses"].values() if "content" in answer]
        shown = [each for body in bodies for each in body["content"].values() if "example" in each]
        assert shown, f"{method} {path} has no example"
        for each in shown:
            schema = {**each["schema"], "components": document["components"]}
            Draft202012Validator(schema).validate(each["example"])


def test_every_address_of_the_app_is_documented(app: Flask, document: dict[str, Any]) -> None:
    rules = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"}
    documented = {path.replace("{path}", "{path:path}") for path in document["paths"]}
    assert {path.replace("{path:path}", "{path}") for path in documented} == {
        rule.replace("<path:", "<").replace("<", "{").replace(">", "}") for rule in rules
    }


def test_writing_needs_a_key_and_says_so(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        writes = method != "get" and path not in ("/v1/scores", "/v1/questions:match")
        needed = {
            path.endswith(("/void", "/audit")): "admin",
            writes and path.endswith("/corrections"): "correct",
            path.startswith("/v1/webhooks"): "write",
        }
        shows_record = (
            path.startswith(("/v1", "/questions", "/sources", "/claims", "/articles")) or path == "/"
        )
        usual = "write" if writes else "read" if shows_record else "open"
        assert operation["x-key-scope"] == needed.get(True, usual)
        assert (operation["security"] == [{"key": []}]) == (operation["x-key-scope"] not in ("read", "open"))


def test_the_yaml_keeps_the_order_and_every_value(app: Flask, document: dict[str, Any]) -> None:
    yaml = pytest.importorskip("yaml")
    read = yaml.safe_load(document_yaml(app))
    assert json.dumps(read) == json.dumps(document)


def test_all_who_ask_for_the_document_at_once_are_given_it_whole(app: Flask) -> None:
    with ThreadPoolExecutor(8) as askers:
        documents = list(askers.map(lambda _: document_of(app), range(8)))
    assert len(documents[0]["paths"]) > 20
    assert all(document == documents[0] for document in documents)
