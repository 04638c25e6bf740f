"""POST of reference data: what is new is written, what is there already is left alone."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sqlite_utils import Database

from api.auth import writer
from api.clock import now
from api.ledger import ledger
from data import scores
from data.database import writing
from data.errors import TakenIdError, UnknownIdError
from models.record import Question, Source


def create(
    kind: str, value: Source | Question, version: Callable[[Database, str], int], put: Callable[..., Any]
) -> None:
    """Write a value whose id is new, with the scores that it moves, in one transaction.

    Parameters
    ----------
    version, put : callable
        Those of the noun's module in `data`.

    Raises
    ------
    TakenIdError
        When the id is used already.
    """
    db = ledger()
    with writing(db):
        with suppress(UnknownIdError):
            version(db, value.id)
            raise TakenIdError(kind, value.id)
        put(db, value, at=now(), by=writer())
        scores.refresh(db)
