"""The disputes: what stands on every question, and how far it moved of late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlite_utils import Database

from data import parts
from data import record as records
from data.database import reading
from data.fits import fit_to
from data.scores import MOVED_BY
from models.record import Question, Record

if TYPE_CHECKING:
    from models.outlook import Outlook


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

    None for a large ledger: all of its questions cannot be fitted while somebody waits.
    """
    with reading(db):
        if parts.is_large(db):
            return None
        record, earlier = records.load(db, as_of), records.load(db, since)
    now, then = fit_to(record).scores, fit_to(earlier).scores
    return Disputes(
        {
            id_: Dispute(question, now.outlook(id_), then.outlook(id_))
            for id_, question in record.questions.items()
        },
        _last_at(record),
    )


def _last_at(record: Record) -> datetime | None:
    said = [claim.stated_at for claim in record.claims]
    said += [correction.stated_at for correction in record.corrections]
    said += [resolution.resolved_at for resolution in record.resolutions.values()]
    return max(said, default=None)
