"""Backups: the whole ledger in one file, taken while others read and write."""

from pathlib import Path

from sqlite_utils import Database

from data.database import explained
from data.errors import DatabaseError


def backup(db: Database, path: str | Path) -> None:
    """Write the ledger, as it is at this moment, to a new file that `open_database` opens.

    Raises
    ------
    DatabaseError
        When the file exists already or cannot be written.
    """
    target = Path(path).absolute()
    if target.exists():
        raise DatabaseError(f"The backup {path} exists already, and is left as it is.")
    if not target.parent.is_dir():
        raise DatabaseError(f"The backup {path} cannot be written: there is no folder {target.parent}.")
    with explained(f"The backup {path}"):
        db.execute("VACUUM INTO ?", [str(target)])
