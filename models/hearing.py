"""A hearing: the evidence at hand and what a fit found, which a score is put into words from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from models.evidence import Evidence, EvidenceReader
from models.excerpt import Excerpt
from models.posterior import Posterior
from models.proximity import body_of
from models.record import Record
from models.standing import Standing
from models.terms import Terms
from models.undeclared import discounted


class Hearing:
    """Some questions with their evidence, and the terms of the sources that speak there.

    Parameters
    ----------
    record : Record
        What the questions are read from: a ledger, or what is named where a part of it is asked about.
    terms : Terms
        Of the whole ledger.
    evidence : mapping of str to Evidence, or None
        By question; None reads it from the record.
    questions : collection of str or None
        Those whose evidence is read; None for all of the record.
    said, excerpt : Record and Excerpt, or None
        What counts of a source's record; `terms` are then those that it implies.
    """

    def __init__(
        self,
        record: Record,
        terms: Terms,
        evidence: Mapping[str, Evidence] | None = None,
        *,
        questions: Collection[str] | None = None,
        said: Record | None = None,
        excerpt: Excerpt | None = None,
    ) -> None:
        self.record, self.terms, self.excerpt = record, terms, excerpt
        self.said = said or record
        self._reader = EvidenceReader(record, terms.elicited)
        if evidence is None:
            asked = record.questions if questions is None else questions
            read = {
                id_: self._reader.read(question) for id_, question in record.questions.items() if id_ in asked
            }
            evidence = discounted(read, terms.families.copied)
        self.evidence = evidence
        self._claims = {claim.id: claim for claim in record.claims}
        self._posteriors: dict[str, Posterior] = {}

    def of_excerpt(self, terms: Terms, said: Record, excerpt: Excerpt) -> Hearing:
        """Return the same evidence with the terms that an excerpt of a source's record implies.

        Parameters
        ----------
        said : Record
            All that the source has said, at least.
        """
        return Hearing(self.record, terms, self.evidence, said=said, excerpt=excerpt)

    def place_of(self, claim: str) -> tuple[str, int]:
        """Return a claim's question and its position in that question's evidence; KeyError without one."""
        question = self._claims[claim].question
        voices = self.evidence[question].voices
        return question, next(i for i, voice in enumerate(voices) if voice.claim.id == claim)

    def posterior(self, question: str) -> Posterior:
        """Return a question's posterior; KeyError where it is not at hand."""
        if question not in self._posteriors:
            self._posteriors[question] = Posterior(self.evidence[question], self.terms)
        return self._posteriors[question]

    def faulty(self, source: str, besides: str | None) -> Iterator[Standing]:
        """Yield how the claims stand with which a source erred, those on question `besides` left out."""
        for charge in self.terms.charged.get(source, ()):
            claim = self._claims.get(charge.claim)
            if not charge.is_version and claim is not None and claim.question != besides:
                yield self._reader.standing(claim)

    def diverging(self, carrier: str, besides: str | None) -> list[str]:
        """Return the claims of which a carrier's version differs, those on question `besides` left out."""
        found = (self._claims.get(charge.claim) for charge in self.terms.charged.get(carrier, ()) if charge.is_version)
        return [claim.id for claim in found if claim is not None and claim.question != besides]

    def of_one_body(self, source: str) -> list[str]:
        """Return all who speak for the body of a source, itself among them."""
        body = body_of(source, self.record)
        return [other for other in self.record.sources if body_of(other, self.record) == body]
