"""The ledger's handle: one a thread, opened on first use and so after the fork."""

import os
import threading
from collections.abc import Sequence

from flask import current_app
from sqlite_utils import Database

from data.database import WriteObserver, identity, observe_writes, open_database
from data.errors import DatabaseError


class Handles(threading.local):
    """Each thread's own handle: SQLite binds a handle to the thread that opened it."""

    def __init__(self, url: str, observers: Sequence[WriteObserver]) -> None:
        self.url = url
        self.observers = observers
        self.process: int | None = None
        self.database: Database | None = None
        self.identity: tuple[int, int] | None = None

    def open(self) -> Database:
        """Return this thread's handle, opened in this very process.

        Raises
        ------
        DatabaseError
            When the database cannot be opened, or its file was moved away under the service. The
            handle is kept then: closing it would remove the log of the file in its place.
        """
        if self.database is None or self.process != os.getpid():
            self.database = open_database(self.url)
            observe_writes(self.database, self.observers)
            self.process = os.getpid()
            self.identity = identity(self.url)
        elif identity(self.url) != self.identity:
            raise DatabaseError(
                "The database was moved or replaced while it was in use: restart the service."
            )
        return self.database


def ledger() -> Database:
    """Return the handle that the present request works on."""
    handles: Handles = current_app.extensions["credence"]["handles"]
    return handles.open()
