"""One running service for all hostile tests of a run; each module ends by looking whether it was harmed."""

from collections.abc import Iterator

import pytest
from hostile.service import Service, make_ledger, serving


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    database = tmp_path_factory.mktemp("hostile") / "kursk.db"
    held = make_ledger(database)
    with serving(database, held) as service:
        yield service


@pytest.fixture(scope="module")
def service(running: Service) -> Iterator[Service]:
    """The service, which has to be unharmed when a module is through with it."""
    yield running
    running.assert_unharmed()
