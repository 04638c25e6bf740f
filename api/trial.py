"""A trial on one's own machine: the Kursk record, a key to write with, and what to call first."""

import os
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

import data
from api.corpus import load
from api.errors import StartError
from api.server import listen
from api.settings import Settings
from data import keys, questions
from data.database import open_database
from data.errors import UnknownIdError

LOOPBACK = "127.0.0.1"
RECORD = Path(data.__file__).parent / "corpora" / "kursk-2025"
# The record is loaded whole or not at all, so that one question tells whether it is there.
QUESTION = "dprk-on-kursk-front"

GREETING = """\
Credence is at {address}, where anyone can read it; {address}/docs says how to call it. Ctrl-C stops it.
The key to write with, stored in {file}: {key}

Which answer led on 30 January, what was left of it the day after, and a source of your own:

curl '{address}/v1/questions/dprk-on-kursk-front/score?as_of=2025-01-30T23:59:59Z'
curl '{address}/v1/claims/kindratenko-cnn/score?as_of=2025-01-31T23:59:59Z'
curl -X PUT '{address}/v1/sources/my-desk' -H 'Authorization: Bearer {key}' \
-H 'Content-Type: application/json' -d '{{"name": "My desk", "kind": "organisation"}}'
"""


def prepare(settings: Settings, *, port: int, at: datetime) -> str:
    """Make ready what a trial needs where it is not there yet, and return what to tell its user.

    Raises
    ------
    StartError
        When the port is busy, the ledger is no file, or the key cannot be kept beside it.
    DatabaseError
        When the database cannot be used.
    """
    if settings.database == ":memory:":
        raise StartError("A trial is kept in a file: name one.")
    listen(LOOPBACK, port).close()
    file = Path(settings.database.removeprefix("sqlite:///") + ".key")
    with closing(open_database(settings.database)) as ledger:
        try:
            questions.get(ledger, QUESTION)
        except UnknownIdError:
            load(ledger, RECORD, at=at)
        key = stored_key(ledger, file, at=at)
    return GREETING.format(address=f"http://{LOOPBACK}:{port}", file=file, key=key)


def stored_key(ledger: Database, file: Path, *, at: datetime) -> str:
    """Return the key that `file` holds; where it opens nothing, a new one, kept there for its owner alone.

    Raises
    ------
    StartError
        When the file cannot be read or written.
    """
    try:
        if file.exists():
            key = file.read_text(errors="replace").strip()
            if keys.find(ledger, key, at=at):
                return key
            file.unlink()
        key = keys.create(ledger, name=f"trial, {at:%Y-%m-%d %H:%M:%S}", scope="write", at=at)
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(f"{key}\n")
    except OSError as error:
        raise StartError(f"The key cannot be kept in {file}: {error.strerror}.") from error
    return key
