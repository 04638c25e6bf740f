"""Where a claim speaks when it does not say so."""

from dataclasses import replace

from sqlite_utils import Database

from data import questions
from data.errors import UnknownIdError, UnknownReferenceError
from models.record import Claim


def placed(db: Database, claim: Claim) -> Claim:
    """Return the claim with its question's scope, unless it has its own.

    Raises
    ------
    UnknownReferenceError
        When its question does not exist.
    """
    if claim.scope:
        return claim
    try:
        return replace(claim, scope=questions.get(db, claim.question).scope)
    except UnknownIdError:
        raise UnknownReferenceError("question", "question", claim.question) from None
