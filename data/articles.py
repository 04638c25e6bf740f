"""The articles: what is recorded under an address, and what has become of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from data import claims, reference, rows, scores
from data import record as records
from data.database import reading
from data.errors import UnknownAddressError
from data.fits import Document
from data.instant import until
from data.reference import QUESTIONS
from models.address import address_of
from models.article import Article, CarriedClaim, Leading, QuestionNow, Reading
from models.record import Claim, Correction, Resolution
from models.relaying import resting_on
from models.standings import Standings

_CLAIMS = """
SELECT c.* FROM claim_addresses a JOIN claim_rows c ON c.id = a.claim
WHERE address = :address AND stated_at <= :as_of
AND c.id NOT IN (SELECT claim FROM voids)
ORDER BY stated_at, c.id"""

_SAID_ON = """
SELECT * FROM claim_rows
WHERE question IN (SELECT value FROM json_each(:ids)) AND stated_at <= :as_of
AND id NOT IN (SELECT claim FROM voids)
ORDER BY stated_at, id"""

_CORRECTIONS = """
SELECT c.* FROM correction_addresses a JOIN correction_rows c ON c.id = a.correction
WHERE address = :address AND stated_at <= :as_of
AND c.claim NOT IN (SELECT claim FROM voids)
ORDER BY stated_at, c.id"""

# In the order of writing: what is read last of a question is in force.
_RESOLUTIONS_OF = """
SELECT * FROM resolutions
WHERE question IN (SELECT value FROM json_each(:ids)) AND resolved_at <= :as_of
ORDER BY seq"""


@dataclass(frozen=True)
class Carried:
    """A claim that an address carries.

    Parameters
    ----------
    through : tuple of str
        The claims at the address that rest on it; empty where it stands there itself.
    """

    claim: Claim
    through: tuple[str, ...] = ()


def claims_at(db: Database, url: str, *, as_of: datetime | None = None) -> tuple[Carried, ...]:
    """Return the claims that an address carries, directly before by relay, each in the order of saying.

    Directly: those recorded under it, in whatever way their URL is written (`models.address`). By
    relay: what those rest on (`models.relaying.resting_on`). Voided claims are left out.

    Parameters
    ----------
    as_of : datetime or None
        Only what had been said by then.
    """
    with reading(db):
        direct = rows.events(db, Claim, _CLAIMS, {"address": address_of(url), "as_of": until(as_of)})
        questions = {claim.question for claim in direct if claim.cites or claim.via}
        said = rows.events(db, Claim, _SAID_ON, _asked(questions, as_of))
    return _with_relayed(direct, said)


def corrections_at(db: Database, url: str, *, as_of: datetime | None = None) -> tuple[Correction, ...]:
    """Return the corrections recorded under an address, in the order of saying."""
    return rows.events(db, Correction, _CORRECTIONS, {"address": address_of(url), "as_of": until(as_of)})


def article(
    db: Database,
    url: str,
    *,
    as_of: datetime | None = None,
    published_at: datetime | None = None,
    limit: int,
    after: int = 0,
) -> tuple[Article, int | None]:
    """Return what an address carries, with the scores of a moment beside those of when it appeared.

    Parameters
    ----------
    as_of : datetime or None
        Only what had been said by then is used.
    published_at : datetime or None
        When the article appeared. None takes the latest statement that it carries directly: it
        cannot have appeared before that.
    limit : int
        How many claims are looked at, at most: on a large ledger, each question that they are
        about takes two fits.
    after : int
        The position to go on from, as returned before.

    Returns
    -------
    Article
    following : int or None
        The position to go on from; None at the end.

    Raises
    ------
    UnknownAddressError
        When neither a claim nor a correction is recorded under the address.
    """
    with reading(db):
        carried = claims_at(db, url, as_of=as_of)
        own = corrections_at(db, url, as_of=as_of)
        if not carried and not own:
            raise UnknownAddressError(url)
        appeared = published_at or max((c.claim.stated_at for c in carried if not c.through), default=None)
        shown = carried[after : after + limit]
        own_of = claims.several(db, [correction.claim for correction in own])
        spoken_of = {claim.id: claim for claim in (*(each.claim for each in shown), *own_of)}
        record = records.load_around(db, spoken_of.values(), as_of)
        said = _with_scores(db, shown, Standings(record), appeared, as_of)
        found = Article(
            address=address_of(url),
            published_at=appeared,
            is_dated=published_at is not None,
            n_claims=len(carried),
            claims=said,
            questions=_questions(db, said, appeared, as_of),
            corrections=own,
            record=record,
        )
    return found, after + limit if after + limit < len(carried) else None


def _with_relayed(direct: Sequence[Claim], said: Sequence[Claim]) -> tuple[Carried, ...]:
    """Add to the claims at an address what they rest on, out of all that was said on their questions."""
    at_address = {claim.id for claim in direct}
    on, bringing = defaultdict(list), defaultdict(list)
    for claim in said:
        on[claim.question].append(claim)
    for claim in direct:
        bringing[claim.question].append(claim)
    through = {
        other: tuple(claim.id for claim in resting)
        for question, claims in on.items()
        for other, resting in resting_on(claims, bringing[question]).items()
        if other not in at_address
    }
    relayed = (Carried(claim, through[claim.id]) for claim in said if claim.id in through)
    return (*(Carried(claim) for claim in direct), *relayed)


def _with_scores(
    db: Database,
    shown: Sequence[Carried],
    known: Standings,
    appeared: datetime | None,
    as_of: datetime | None,
) -> tuple[CarriedClaim, ...]:
    ids = [carried.claim.id for carried in shown]
    then, now = _then_and_now(db, "claim", ids, appeared, as_of)
    return tuple(
        CarriedClaim(
            standing=(standing := known.of(carried.claim)),
            through=carried.through,
            then=None if before is None else Reading.of(before),
            now=Reading.of(after),
            n_before=sum(not _is_since(came.correction, appeared) for came in standing.consequences),
        )
        for carried, before, after in zip(shown, then, now, strict=True)
        if after is not None
    )


def _questions(
    db: Database, claims: Sequence[CarriedClaim], appeared: datetime | None, as_of: datetime | None
) -> tuple[QuestionNow, ...]:
    ids = list(dict.fromkeys(each.claim.question for each in claims))
    then, now = _then_and_now(db, "question", ids, appeared, as_of)
    resolved = rows.events(db, Resolution, _RESOLUTIONS_OF, _asked(ids, as_of))
    resolutions = {resolution.question: resolution for resolution in resolved}
    questions = reference.known(db, QUESTIONS, None, ids)
    return tuple(
        QuestionNow(
            questions[id_],
            None if before is None else Leading.of(before),
            Leading.of(after),
            resolutions.get(id_),
        )
        for id_, before, after in zip(ids, then, now, strict=True)
        if after is not None
    )


def _then_and_now(
    db: Database, kind: str, ids: Sequence[str], appeared: datetime | None, as_of: datetime | None
) -> tuple[list[Document | None], list[Document | None]]:
    subjects = [(kind, id_, None) for id_ in ids]
    now = scores.many(db, subjects, as_of=as_of)
    if appeared is None or (as_of is not None and appeared >= as_of):
        return now, now
    return scores.many(db, subjects, as_of=appeared), now


def _is_since(correction: Correction, appeared: datetime | None) -> bool:
    return appeared is not None and correction.stated_at > appeared


def _asked(ids: Iterable[str], as_of: datetime | None) -> dict[str, str]:
    return {"ids": rows.to_json(sorted(ids)), "as_of": until(as_of)}
