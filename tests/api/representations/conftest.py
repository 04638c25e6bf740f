"""The record of the Kursk dispute, asked for in any form."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.clock import now
from api.corpus import load
from api.settings import Settings
from data.database import open_database

CORPUS = Path(__file__).parents[3] / "data" / "corpora" / "kursk-2025"

Ask = Callable[..., Any]


@pytest.fixture(scope="session")
def record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Ask the service with the whole record for an address, in a media type."""
    path = str(tmp_path_factory.mktemp("record") / "kursk.db")
    database = open_database(path)
    load(database, CORPUS, at=now())
    database.close()
    app = create_app(Settings(database=path, log_level="error"))
    client = app.test_client()

    def ask(path: str, accept: str = "application/json") -> Any:
        answer = client.get(path, headers={"Accept": accept})
        assert answer.status_code == 200, answer.text
        return answer

    yield ask
    app.extensions["credence"]["handles"].open().close()
