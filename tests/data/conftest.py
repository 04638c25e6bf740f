from collections.abc import Iterator

import pytest
from factories import make_question, make_source, moment
from sqlite_utils import Database

from data import questions, sources
from data.database import open_database, writing


@pytest.fixture
def empty() -> Iterator[Database]:
    db = open_database(":memory:")
    yield db
    db.close()


@pytest.fixture
def db(empty: Database) -> Database:
    """A ledger with three sources and a question."""
    with writing(empty):
        for name in ("budanov", "podolyak", "cnn"):
            sources.put(empty, make_source(name), at=moment(1))
        questions.put(empty, make_question(), at=moment(1))
    return empty
