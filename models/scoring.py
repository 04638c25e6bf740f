"""The scores of a record: asked for by subject, and put into words when they are."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from models.claim_score import claim_score
from models.excerpt import Excerpt
from models.hearing import Hearing
from models.list_figures import claim_figures
from models.outlook import Outlook, outlook
from models.posterior import Posterior
from models.question_score import question_score
from models.record import Record
from models.score import Score
from models.source_score import source_score
from models.terms import Terms

if TYPE_CHECKING:
    from models.credence import CredenceModel


class Scores:
    """The scores of what stands in one record.

    Parameters
    ----------
    record : Record
        The ledger up to one moment, or the part of it that is asked about.
    terms : Terms or None
        What a fit of the whole ledger found; None fits to the record, as a ledger of its own.
    questions : collection of str or None
        With terms, those that are asked about: what else the record holds is only named.
    """

    def __init__(
        self, record: Record, terms: Terms | None = None, questions: Collection[str] | None = None
    ) -> None:
        self.record = record
        if terms is None:
            self.hearing = Hearing(record, self.model.terms_, self.model.evidence_)
        else:
            self.hearing = Hearing(record, terms, questions=questions)

    @cached_property
    def model(self) -> CredenceModel:
        """The model, fitted to this record."""
        # scikit-learn takes a second to import, and scores by terms that are known need none of it.
        from models.credence import LEDGER_TOL, CredenceModel  # noqa: PLC0415

        return CredenceModel(tol=LEDGER_TOL).fit(self.record)

    def of(self, kind: str, subject: str, scope: str | None = None, excerpt: Excerpt | None = None) -> Score:
        """Return the score of a source (on `scope`, by an excerpt of its record), a claim or a question.

        Raises
        ------
        KeyError
            When the record does not hold the subject.
        """
        if kind == "claim":
            question, position = self.hearing.place_of(subject)
            return claim_score(self.hearing, self.posterior(question), position)
        if kind == "question":
            return question_score(self.posterior(subject))
        if excerpt is None or subject not in self.record.sources:
            return source_score(self.hearing, subject, scope)
        from models.excerpt_terms import excerpt_terms  # noqa: PLC0415 - it takes a fit, and so scikit-learn

        terms = excerpt_terms(self.model, self.record, subject, excerpt)
        return source_score(self.hearing.of_excerpt(terms, self.record, excerpt), subject, scope)

    def posterior(self, question: str) -> Posterior:
        """Return a question's posterior; KeyError where the record does not hold the question."""
        return self.hearing.posterior(question)

    def outlook(self, question: str) -> Outlook:
        """Return the outlook of a question; KeyError where the record does not hold it."""
        return outlook(self.posterior(question))

    def claim_reading(self, claim: str) -> dict[str, Any]:
        """Return the score and the standing of a claim, without reasons; KeyError where there is none."""
        question, position = self.hearing.place_of(claim)
        posterior = self.posterior(question)
        score, low, high = claim_figures(posterior)[position]
        standing = posterior.voice(position).standing.kind.value
        interval = None if score is None else {"low": low, "high": high}
        return {"score": score, "standing": standing, "interval": interval}

    def all(self) -> Iterator[Score]:
        """Yield every score, each source's on its own ground."""
        for source in self.record.sources:
            yield self.of("source", source)
        for claim in self.record.claims:
            yield self.of("claim", claim.id)
        for question in self.record.questions:
            yield self.of("question", question)
