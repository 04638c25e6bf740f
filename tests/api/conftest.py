"""A service on a real database, with a client for each sort of key."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.app import create_app
from api.ledger import Handles
from api.settings import Settings
from data import keys

SOURCES = {
    "sso": {"name": "Special Operations Forces", "kind": "organisation"},
    "kindratenko": {
        "name": "Oleksandr Kindratenko",
        "kind": "person",
        "member_of": "sso",
        "mandates": [{"scope": "kursk-front/sso-sectors", "vantage": "operational"}],
    },
    "budanov": {
        "name": "Kyrylo Budanov",
        "kind": "person",
        "mandates": [{"scope": "kursk-front", "vantage": "operational"}],
    },
    "cnn": {"name": "CNN", "kind": "outlet"},
}
QUESTION = {
    "text": "Are North Korean troops still fighting on the Kursk front?",
    "scope": "kursk-front",
    "answers": ["fighting", "reduced", "withdrawn"],
}
CASUALTIES = {
    "text": "How many casualties?",
    "scope": "kursk-front",
    "quantity": {"unit": "soldiers", "scale": "log", "low": 100, "high": 12_000},
}
CLAIM = {
    "id": "kindratenko-cnn",
    "source": "kindratenko",
    "question": "dprk-on-kursk-front",
    "answer": "withdrawn",
    "stated_at": "2025-01-31T08:00:00Z",
    "certainty": "probably",
    "via": ["cnn"],
}
NARROWING = {
    "kind": "narrow",
    "by": "kindratenko",
    "stated_at": "2025-01-31T16:00:00Z",
    "scope": "kursk-front/sso-sectors",
}


@dataclass
class Caller:
    """Calls the service with one key, or with none."""

    client: FlaskClient
    key: str | None = None

    def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        headers = {
            **({"Authorization": f"Bearer {self.key}"} if self.key else {}),
            **options.pop("headers", {}),
        }
        if body is not None:
            options["json"] = body
        return self.client.open(path, method=method, headers=headers, **options)

    @staticmethod
    def reason(response: Any, field: str, status: int = 422) -> str:
        """Return the reason that a problem document gives for a field."""
        assert (response.status_code, response.content_type) == (status, "application/problem+json"), (
            response.text
        )
        reasons = {each["field"]: each["reason"] for each in response.json["errors"]}
        assert field in reasons, response.json
        return str(reasons[field])

    def get(self, path: str, **options: Any) -> Any:
        return self("GET", path, **options)

    def put(self, path: str, body: Any, **options: Any) -> Any:
        return self("PUT", path, body, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        return self("POST", path, body, **options)


def make_key(app: Flask, scope: str, **fields: Any) -> str:
    handles: Handles = app.extensions["credence"]["handles"]
    return keys.create(handles.open(), name=f"{scope}-key", scope=scope, at=datetime.now(UTC), **fields)


@pytest.fixture
def app() -> Iterator[Flask]:
    app = create_app(Settings(database=":memory:", log_level="error"))
    yield app
    app.extensions["credence"]["handles"].open().close()


@pytest.fixture
def anyone(app: Flask) -> Caller:
    return Caller(app.test_client())


@pytest.fixture
def reader(app: Flask) -> Caller:
    return Caller(app.test_client(), make_key(app, "read"))


@pytest.fixture
def writer(app: Flask) -> Caller:
    return Caller(app.test_client(), make_key(app, "write"))


@pytest.fixture
def corrector(app: Flask) -> Caller:
    return Caller(app.test_client(), make_key(app, "correct"))


@pytest.fixture
def bound(app: Flask, kursk: Caller) -> Caller:
    """Who writes for Kindratenko alone, and for CNN."""
    return Caller(app.test_client(), make_key(app, "write", sources=["kindratenko", "cnn"]))


@pytest.fixture
def admin(app: Flask) -> Caller:
    return Caller(app.test_client(), make_key(app, "admin"))


@pytest.fixture
def kursk(writer: Caller) -> Caller:
    """The dispute in small: sources, two questions, one claim."""
    for id_, source in SOURCES.items():
        assert writer.put(f"/v1/sources/{id_}", source).status_code == 201
    assert writer.put("/v1/questions/dprk-on-kursk-front", QUESTION).status_code == 201
    assert writer.put("/v1/questions/dprk-casualties", CASUALTIES).status_code == 201
    assert writer.post("/v1/claims", CLAIM).status_code == 201
    return writer


@pytest.fixture
def claim() -> dict[str, Any]:
    """A claim's body that `kursk` would take."""
    return {**CLAIM, "id": "another-claim", "stated_at": "2025-02-01T08:00:00Z"}


@pytest.fixture
def narrowing() -> dict[str, Any]:
    """A correction's body that `kursk` would take for its claim."""
    return dict(NARROWING)
