"""Histories: the scores of a subject at the events that moved them."""

from __future__ import annotations

from sqlite_utils import Database

from data import scores
from data.database import reading
from data.errors import UnknownIdError
from data.fits import Document
from data.moments import moments_of

# A history lists a moment when the score moved by more than this: a hundredth of a per cent.
MOVED_BY = 0.0001
# Claims that are fitted for one page of a history, at most, about: some seconds' work.
FITTED_CLAIMS = 500_000


def history(
    db: Database, kind: str, subject_id: str, *, scope: str | None = None, limit: int, after: int = 0
) -> tuple[list[Document], int | None]:
    """Return the scores of a subject at the events that moved them, oldest first.

    Each item is a score as of an event, with that event; events of one moment stand together,
    the first as ``event`` and the rest in ``also``.

    Parameters
    ----------
    limit : int
        How many moments are looked at, at most; fewer where each takes a fit of a large ledger.
    after : int
        The position to go on from, as returned before.

    Returns
    -------
    items : list of dict
    following : int or None
        The position to go on from; None at the end.

    Raises
    ------
    UnknownIdError
        When there is no such subject.
    """
    with reading(db):
        if not scores.places(db, [(kind, subject_id)]):
            raise UnknownIdError(kind, subject_id)
        moments = moments_of(db, kind, subject_id)
        n_claims = max(int(db.execute("SELECT count(*) FROM claims").fetchone()[0]), 1)
        limit = max(1, min(limit, FITTED_CLAIMS // n_claims))
        passed = moments[:after]
        before = scores.at(db, kind, subject_id, scope=scope, as_of=passed[-1].at) if passed else None
        items = []
        for moment in moments[after : after + limit]:
            document = scores.at(db, kind, subject_id, scope=scope, as_of=moment.at)
            if before is None or _distance(before, document) > MOVED_BY:
                items.append({**document, "event": moment.events[0], "also": list(moment.events[1:])})
            before = document
    return items, after + limit if after + limit < len(moments) else None


def _distance(one: Document, other: Document) -> float:
    """Return how far two scores of one subject lie apart, on the scale of a probability."""
    if one.get("standing") != other.get("standing"):
        return 1.0
    if "answers" in one:
        before = {answer["answer"]: float(answer["credence"]) for answer in one["answers"]}
        return max((abs(before[a["answer"]] - a["credence"]) for a in other["answers"]), default=0.0)
    if "quantity" in one:
        return _relative(one["quantity"]["median"], other["quantity"]["median"])
    if one["score"] is None or other["score"] is None:
        return 0.0 if one["score"] is other["score"] else 1.0
    return abs(float(one["score"]) - float(other["score"]))


def _relative(one: float | None, other: float | None) -> float:
    if one is None or other is None:
        return 0.0 if one is other else 1.0
    return abs(one - other) / max(abs(one), abs(other), 1e-300)
