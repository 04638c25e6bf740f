"""Claims that name no question: the one that their text is surely about, or a refusal that says what else."""

from dataclasses import replace

from api.errors import UnmatchedError
from api.ledger import ledger
from data import matches
from models.matching import Match
from models.record import Claim


def with_question(claim: Claim) -> tuple[Claim, Match | None]:
    """Return a claim with its question, and the match by which it was found where it named none.

    The write checks again that the question is there and has the answer.

    Raises
    ------
    UnmatchedError
        When its text is surely about none.
    """
    if claim.question:
        return claim, None
    found = matches.match(ledger(), claim.text or "", scope=claim.scope or None)
    if found.best is None:
        raise UnmatchedError(found)
    return replace(claim, question=found.best.question.id), found.best
