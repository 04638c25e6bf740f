"""The ledger's handle: one a thread, opened on first use and so after the fork."""

import os
import threading
from collections.abc import Sequence

from flask import current_app
from sqlite_utils import Database

from data.database import WriteObserver, identity, observe_writes, open_database
from data.errors import DatabaseError


class Handles(threading.local):
    """Each thread's own handle: SQLite binds a handle to the thread that opened it.

    Parameters
    ----------
    file : tuple of (int, int) or None
        Identity of the file to open, and no other; None takes what bears the name when a thread first
        opens it, or makes it.
    """

    def __init__(
        self, url: str, observers: Sequence[WriteObserver], file: tuple[int, int] | None = None
    ) -> None:
        self.url = url
        self.observers = observers
        self.process: int | None = None
        self.database: Database | None = None
        self.file = file

    def open(self) -> Database:
        """Return this thread's handle, opened in this very process.

        Raises
        ------
        DatabaseError
            When the database cannot be opened, or its file was moved away under the service. The
            handle is kept then: closing it would remove the log of the file in its place.
        """
        if self.file is not None and identity(self.url) != self.file:
            raise DatabaseError(
                "The database was moved or replaced while it was in use: restart the service."
            )
        if self.database is None or self.process != os.getpid():
            self.database = open_database(self.url, create=self.file is None)
            observe_writes(self.database, self.observers)
            self.process = os.getpid()
            self.file = self.file or identity(self.url)
        return self.database


def ledger() -> Database:
    """Return the handle that the present request works on."""
    handles: Handles = current_app.extensions["credence"]["handles"]
    return handles.open()
