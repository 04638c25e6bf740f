"""The disputes: what stands on every question, and how far it moved of late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from data.database import reading
from data.fits import of_moment
from data.history import MOVED_BY
from data.scores import fit_of
from models.outlook import Outlook
from models.record import Question, Record

# Questions that one page puts side by side, each as of two moments: a second's work.
MOST_QUESTIONS = 500


@dataclass(frozen=True)
class Dispute:
    """One question as of a moment, and as of an earlier one."""

    question: Question
    outlook: Outlook
    before: Outlook

    @property
    def moved(self) -> float:
        """How far its outlook moved, on the scale of a probability."""
        return self.outlook.moved_from(self.before)


@dataclass(frozen=True)
class Disputes:
    """All questions as of a moment.

    Parameters
    ----------
    by_id : dict of str to Dispute
    last_at : datetime or None
        When anything was said or resolved last; None where nothing was.
    """

    by_id: dict[str, Dispute]
    last_at: datetime | None

    @property
    def contested(self) -> list[Dispute]:
        """The contested ones, where the answers are nearest to each other first."""
        found = [dispute for dispute in self.by_id.values() if dispute.outlook.is_contested]
        return sorted(found, key=lambda dispute: (dispute.outlook.lead, dispute.question.id))

    @property
    def moved(self) -> list[Dispute]:
        """Those that moved, what moved most first; behind them what was first spoken of since."""
        found = [dispute for dispute in self.by_id.values() if dispute.moved > MOVED_BY]
        return sorted(found, key=lambda each: (not each.before.is_judged, -each.moved, each.question.id))


def disputes(db: Database, *, as_of: datetime | None, since: datetime) -> Disputes | None:
    """Return all questions as of a moment, and as of an earlier one that they are compared with.

    None where there are more questions than can be put side by side while somebody waits.
    """
    with reading(db):
        questions = [id_ for (id_,) in db.execute("SELECT id FROM questions LIMIT ?", [MOST_QUESTIONS + 1])]
        if len(questions) > MOST_QUESTIONS:
            return None
        now = fit_of(db, as_of).bare_scores(db, questions)
        then = of_moment(db, since).bare_scores(db, questions)
    return Disputes(
        {
            id_: Dispute(question, now.outlook(id_), then.outlook(id_))
            for id_, question in now.record.questions.items()
        },
        _last_at(now.record),
    )


def _last_at(record: Record) -> datetime | None:
    said = [claim.stated_at for claim in record.claims]
    said += [correction.stated_at for correction in record.corrections]
    said += [resolution.resolved_at for resolution in record.resolutions.values()]
    return max(said, default=None)
