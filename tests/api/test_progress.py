"""Progress bars, at a real terminal."""

import os
import pty
import re
import subprocess
from contextlib import closing, suppress
from pathlib import Path

import pytest
from service import COMMAND, environment

from data.database import open_database

KURSK = Path(__file__).parents[2] / "data" / "corpora" / "kursk-2025"


def at_a_terminal(database: Path, *arguments: object) -> str:
    """Run a command at a terminal of its own, and return all that it drew there."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)], env=environment(database), stdout=subprocess.PIPE, stderr=theirs
    )
    os.close(theirs)
    drawn = b""
    # A terminal that its last program has left ends in an error.
    with suppress(OSError):
        while part := os.read(ours, 2**16):
            drawn += part
    os.close(ours)
    assert process.communicate(timeout=60)[0] == b""
    assert process.returncode == 0, drawn
    return drawn.decode()


def percents(drawn: str, work: str) -> list[int]:
    return [int(found) for found in re.findall(rf"{work} .*?(\d+)%", drawn)]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "kursk.db"


def test_load_copy_backup_and_refit_tell_how_far_they_are(database: Path, tmp_path: Path) -> None:
    loaded = at_a_terminal(database, "load", KURSK)
    for work in ("Loading", "Fitting"):
        assert percents(loaded, work)[-1] == 100, loaded
    assert len(set(percents(loaded, "Loading"))) > 20
    assert percents(loaded, "Loading") == sorted(percents(loaded, "Loading"))
    assert percents(at_a_terminal(database, "copy", tmp_path / "copied"), "Copying")[-1] == 100
    assert percents(at_a_terminal(database, "backup", tmp_path / "backup.db"), "Copying")[-1] == 100
    with closing(open_database(str(database))) as ledger:
        ledger.execute("UPDATE fits SET version = 'older'")
        ledger.conn.commit()
    assert percents(at_a_terminal(database, "refit"), "Fitting")[-1] == 100


def test_a_log_gets_no_bar(database: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "load", str(KURSK)], env=environment(database), capture_output=True, text=True, check=True
    )
    assert re.fullmatch(r"Loaded .*corrections\.\n", done.stderr)
    assert done.stdout == ""
