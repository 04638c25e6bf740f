"""Dossiers: all that a page tells of a question, a claim or a source as of a moment, out of one state."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlite_utils import Database

from data import claims, corrections, questions, sources
from data import record as records
from data.database import reading
from data.errors import UnknownIdError
from data.fits import Document, Fit
from data.history import MOVED_BY
from data.scores import fit_of
from data.timeline import Timeline, timeline
from models.claim_groups import ClaimGroup, CountedClaim, claim_groups
from models.outlook import Outlook
from models.record import Claim, Correction, Question, Record, Source
from models.scoring import Scores

# What a page lists of one source, at most: its members, what others said of its claims, its own corrections.
MOST_LISTED = 200


@dataclass(frozen=True)
class QuestionDossier:
    """A question.

    Parameters
    ----------
    record : Record
        What was fitted; the names of all that is mentioned stand in it.
    groups : tuple of ClaimGroup
        Its claims, by the body that they lead back to.
    timeline : Timeline of Outlook
    left_out : tuple of Claim
        The claims that a reader wants to see it without.
    without : Outlook or None
        What held then.
    """

    question: Question
    record: Record
    score: Document
    outlook: Outlook
    groups: tuple[ClaimGroup, ...]
    timeline: Timeline[Outlook]
    left_out: tuple[Claim, ...] = ()
    without: Outlook | None = None


@dataclass(frozen=True)
class ClaimDossier:
    """A claim, its standing and what it counts for, and how its credence came about."""

    question: Question
    record: Record
    score: Document
    group: ClaimGroup
    counted: CountedClaim
    timeline: Timeline[Document]


@dataclass(frozen=True)
class ListedClaim:
    """A claim on a source's record, with its score where the fit holds it."""

    claim: Claim
    score: Document | None


@dataclass(frozen=True)
class SourceDossier:
    """A source.

    Parameters
    ----------
    scores : tuple of dict
        Its score on its own ground, then on each scope that it has a mandate in or has spoken on.
    said, carried : tuple of ListedClaim
        Its claims, and those that it brought, the latest first.
    corrected : tuple of Correction
        Corrections of its claims, the latest first.
    given : tuple of Correction
        Those that it gave about anyone's, the latest first.
    """

    source: Source
    record: Record
    scores: tuple[Document, ...]
    members: tuple[Source, ...]
    said: tuple[ListedClaim, ...]
    carried: tuple[ListedClaim, ...]
    corrected: tuple[Correction, ...]
    given: tuple[Correction, ...]


def question_dossier(
    db: Database, question_id: str, *, as_of: datetime | None = None, without: Collection[str] = ()
) -> QuestionDossier:
    """Return the dossier of a question.

    Parameters
    ----------
    as_of : datetime or None
        Only what had been said by then is used.
    without : collection of str
        Claims to see it without.

    Raises
    ------
    UnknownIdError
        When there is no such question.
    UnknownReferenceError
        When a claim of `without` does not exist.
    """

    def outlook_of(fit: Fit) -> Outlook:
        return fit.bare_scores(db, [question_id]).outlook(question_id)

    with reading(db):
        question = questions.get(db, question_id)
        claims.check_known(db, without, "without")
        fit = fit_of(db, as_of)
        scores = fit.scores(db, [question_id])
        score = scores.of("question", question_id)
        dossier = QuestionDossier(
            question=question,
            record=scores.record,
            score={**score.document, **fit.moment},
            outlook=scores.outlook(question_id),
            groups=claim_groups(scores.hearing.evidence[question_id], score.evidence),
            timeline=timeline(db, "question", question_id, outlook_of, _outlooks_differ, until=as_of),
        )
        if not without:
            return dossier
        return replace(
            dossier,
            left_out=tuple(claims.get(db, claim) for claim in sorted(without)),
            without=outlook_of(fit_of(db, as_of, without=without)),
        )


def claim_dossier(db: Database, claim_id: str, *, as_of: datetime | None = None) -> ClaimDossier:
    """Return the dossier of a claim; UnknownIdError where there is none, or was none then."""
    with reading(db):
        claim = claims.get(db, claim_id)
        question = questions.get(db, claim.question)

        def score_of(fit: Fit) -> Document:
            return fit.bare_scores(db, [question.id]).claim_reading(claim_id)

        fit = fit_of(db, as_of)
        scores = fit.scores(db, [question.id], speakers=[claim.source])
        if all(each.id != claim_id for each in scores.record.claims):
            raise UnknownIdError("claim", claim_id)
        place, position = scores.hearing.place_of(claim_id)
        group, found = next(
            (group, each)
            for group in claim_groups(scores.hearing.evidence[place])
            for each in group.claims
            if each.claim.id == claim_id
        )
        return ClaimDossier(
            question=question,
            record=scores.record,
            score={**scores.of("claim", claim_id).document, **fit.moment},
            group=group,
            counted=replace(found, log_odds=scores.posterior(place).contribution(position)),
            timeline=timeline(db, "claim", claim_id, score_of, _scores_differ, until=as_of),
        )


def source_dossier(db: Database, source_id: str, *, as_of: datetime | None = None) -> SourceDossier:
    """Return the dossier of a source; UnknownIdError where there is none.

    Of a long record the latest claims are told.
    """
    with reading(db):
        source = sources.get(db, source_id)
        members = sources.page(db, member_of=source_id, limit=MOST_LISTED)
        fit = fit_of(db, as_of)
        spoken = records.said_by(db, [source_id], as_of).claims[-MOST_LISTED:]
        scores = fit.scores(
            db, {claim.question for claim in spoken}, [source_id], speakers={claim.source for claim in spoken}
        )
        said = [claim for claim in spoken if claim.source == source_id]
        carried = [claim for claim in spoken if source_id in claim.via]
        given = corrections.page(db, by=source_id, limit=MOST_LISTED)
        own = {claim.id for claim in said}
        corrected = [each for each in scores.record.corrections if each.claim in own]
        return SourceDossier(
            source=source,
            record=scores.record,
            scores=tuple(
                {**scores.of("source", source_id, scope).document, **fit.moment}
                for scope in (None, *_grounds(source, scores.record, said))
            ),
            members=tuple(member for member, _ in members.items),
            said=tuple(_listed(scores, claim) for claim in reversed(said)),
            carried=tuple(_listed(scores, claim) for claim in reversed(carried)),
            corrected=tuple(reversed(corrected)),
            given=tuple(each for each in reversed(given.items) if as_of is None or each.stated_at <= as_of),
        )


def _grounds(source: Source, record: Record, said: list[Claim]) -> list[str]:
    """Return the scopes that a source, or its body, has a mandate in, or that it has spoken on."""
    grounds = {claim.scope for claim in said}
    body: Source | None = source
    while body is not None:
        grounds |= {mandate.scope for mandate in body.mandates}
        body = record.sources.get(body.member_of) if body.member_of else None
    grounds |= {
        correction.scope
        for correction in record.corrections
        if correction.scope is not None and any(claim.id == correction.claim for claim in said)
    }
    return sorted(grounds)


def _listed(scores: Scores, claim: Claim) -> ListedClaim:
    return ListedClaim(claim, scores.of("claim", claim.id).document)


def _outlooks_differ(one: Outlook, other: Outlook) -> bool:
    return other.moved_from(one) > MOVED_BY


def _scores_differ(one: Document, other: Document) -> bool:
    if one["standing"] != other["standing"] or (one["score"] is None) != (other["score"] is None):
        return True
    return one["score"] is not None and abs(one["score"] - other["score"]) > MOVED_BY
