"""The trial: ready on the first start, and as it was left on the second."""

import re
import socket
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.errors import StartError
from api.settings import Settings
from api.trial import prepare, stored_key
from data import claims, keys
from data.database import changes, open_database
from data.errors import DatabaseError

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_the_first_start_makes_everything_and_the_second_finds_it(tmp_path: Path, port: int) -> None:
    settings = Settings(database=str(tmp_path / "kursk.db"))
    told = prepare(settings, port=port, at=NOW)
    ledger = open_database(settings.database)
    assert claims.get(ledger, "kindratenko-cnn").via == ("cnn",)
    (key,) = set(re.findall(r"credence_[\w-]+", told))
    found = keys.find(ledger, key, at=NOW)
    assert found is not None
    assert (found.name, found.scope) == ("trial, 2026-11-22 00:00:00", "write")
    written = changes(ledger)
    assert prepare(settings, port=port, at=NOW) == told
    assert changes(ledger) == written
    ledger.close()


def test_the_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    ledger, file = open_database(":memory:"), tmp_path / "kursk.db.key"
    stored_key(ledger, file, at=NOW)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    ledger.close()


def test_a_key_that_opens_nothing_is_replaced(tmp_path: Path) -> None:
    ledger, file = open_database(":memory:"), tmp_path / "kursk.db.key"
    file.write_bytes(b"of a database that is gone\xff")
    key = stored_key(ledger, file, at=NOW)
    assert keys.find(ledger, key, at=NOW)
    assert file.read_text() == f"{key}\n"
    ledger.close()


def test_a_busy_port_leaves_no_database_behind(tmp_path: Path) -> None:
    settings = Settings(database=str(tmp_path / "kursk.db"))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with pytest.raises(StartError, match="is busy"):
            prepare(settings, port=listener.getsockname()[1], at=NOW)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_kept_is_refused(tmp_path: Path, port: int) -> None:
    with pytest.raises(StartError, match="kept in a file"):
        prepare(Settings(database=":memory:"), port=port, at=NOW)
    with pytest.raises(DatabaseError, match="there is no folder"):
        prepare(Settings(database=str(tmp_path / "nowhere" / "kursk.db")), port=port, at=NOW)
    (tmp_path / "kursk.db.key").mkdir()
    with pytest.raises(StartError, match="The key cannot be kept"):
        prepare(Settings(database=str(tmp_path / "kursk.db")), port=port, at=NOW)
