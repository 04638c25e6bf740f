"""What every test shares: the same examples each run, and the tables of a ledger made once."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import HealthCheck, settings
from sqlite_utils import Database

from data import database

# The same examples each time, so that nothing fails by chance; `make test-properties` tries others.
settings.register_profile(
    "suite", derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
settings.register_profile(
    "others", derandomize=False, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
settings.load_profile("suite")


@pytest.fixture(scope="session", autouse=True)
def _tables_made_once() -> Iterator[None]:
    """Copy the tables into each ledger in memory: running every migration again takes 40 ms a test."""
    migrate = database._migrate
    made = sqlite3.connect(database.MEMORY, isolation_level=None, check_same_thread=False)
    migrate(Database(made, strict=True), database.MEMORY)

    def copy(db: Database, path: str) -> None:
        if path == database.MEMORY:
            made.backup(db.conn)
        migrate(db, path)

    with closing(made), pytest.MonkeyPatch.context() as patched:
        patched.setattr(database, "_migrate", copy)
        yield
