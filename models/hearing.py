"""A hearing: the evidence at hand and what a fit found, which a score is put into words from."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from models.evidence import Evidence, discounted
from models.evidence_reader import EvidenceReader
from models.excerpt import Excerpt
from models.posterior import Posterior
from models.record import Claim, Record
from models.standing import Standing
from models.terms import Terms


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
            read = self._reader.read_all(
                question for id_, question in record.questions.items() if id_ in asked
            )
            evidence = discounted(read, terms.families)
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

    def charges(self, source: str, besides: str | None, *, is_version: bool) -> list[Claim]:
        """Return the claims at hand with which a source erred, those on question `besides` left out.

        Parameters
        ----------
        is_version : bool
            Whether it is asked for those that it carried in another version than others, or that it made.
        """
        charged = (c for c in self.terms.charged.get(source, ()) if c.is_version is is_version)
        found = (self._claims.get(charge.claim) for charge in charged)
        return [claim for claim in found if claim is not None and claim.question != besides]

    def standing(self, claim: Claim) -> Standing:
        """Return how a claim of the record stands."""
        return self._reader.standings.of(claim)
