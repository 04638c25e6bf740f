"""JSON-LD as a processor reads it that may fetch nothing, so that each term is what it should be."""

import json
from typing import Any, NoReturn

from pyld import jsonld

SCHEMA = "https://schema.org/"
PROV = "http://www.w3.org/ns/prov#"
BASE = "https://credence.example"


def refuse(url: str, _: Any) -> NoReturn:
    raise AssertionError(f"{url} was to be fetched")


def expanded(answer: Any) -> list[dict[str, Any]]:
    """Return the nodes of an answer."""
    assert answer.status_code == 200, answer.text
    options = {"base": f"{BASE}/", "documentLoader": refuse}
    nodes: list[dict[str, Any]] = jsonld.expand(json.loads(answer.data), options)
    return nodes


def the(node: dict[str, Any], term: str) -> Any:
    """Return the only value of a property: its id, its literal, or the node."""
    (value,) = node[term]
    return value.get("@value", value)
