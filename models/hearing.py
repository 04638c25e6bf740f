"""A hearing: the evidence at hand and what a fit found, which a score is put into words from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from models.evidence import Evidence, EvidenceReader, Voice
from models.excerpt import Excerpt
from models.posterior import Posterior
from models.proximity import body_of
from models.record import Record
from models.terms import Terms
from models.undeclared import discounted


class Hearing:
    """Some questions with their evidence, and the terms of the sources that speak there.

    Parameters
    ----------
    record : Record
        What the questions are read from: a ledger, or the part of it that a score names.
    terms : Terms
        Of the whole ledger.
    excerpt : Excerpt or None
        What counts of the record of `excerpt_of`; `terms` are then those of the excerpt.
    """

    def __init__(
        self,
        record: Record,
        terms: Terms,
        evidence: Mapping[str, Evidence] | None = None,
        *,
        excerpt: Excerpt | None = None,
    ) -> None:
        self.record, self.terms, self.excerpt = record, terms, excerpt
        if evidence is None:
            reader = EvidenceReader(record, terms.elicited)
            read = {id_: reader.read(question) for id_, question in record.questions.items()}
            evidence = discounted(read, terms.families.copied)
        self.evidence = evidence
        self._posteriors: dict[str, Posterior] = {}
        self._place: dict[str, tuple[str, int]] = {}
        self._by_source: dict[str, list[Voice]] = defaultdict(list)
        self._by_body: dict[str, list[Voice]] = defaultdict(list)
        self._by_carrier: dict[str, list[Voice]] = defaultdict(list)
        for question, found in evidence.items():
            for i, voice in enumerate(found.voices):
                claim = voice.claim
                self._place[claim.id] = question, i
                self._by_source[claim.source].append(voice)
                self._by_body[voice.body].append(voice)
                if claim.via:
                    self._by_carrier[claim.via[-1]].append(voice)

    def of_excerpt(self, terms: Terms, excerpt: Excerpt) -> Hearing:
        """Return the same evidence with the terms that an excerpt of a source's record implies."""
        return Hearing(self.record, terms, self.evidence, excerpt=excerpt)

    def place_of(self, claim: str) -> tuple[str, int]:
        """Return a claim's question and its position in that question's evidence; KeyError without one."""
        return self._place[claim]

    def posterior(self, question: str) -> Posterior:
        """Return a question's posterior; KeyError where it is not at hand."""
        if question not in self._posteriors:
            self._posteriors[question] = Posterior(self.evidence[question], self.terms)
        return self._posteriors[question]

    def share_of(self, voice: Voice) -> float:
        """Return how much a claim counts on its source's record, in [0, 1]: without an excerpt, in full."""
        if self.excerpt is None:
            return 1.0
        return self.excerpt.share(voice.claim, self.record.questions[voice.claim.question])

    def voices_of(self, source: str) -> list[Voice]:
        """Return the claims of a source that count on its record."""
        return self._counted(self._by_source.get(source, ()))

    def voices_of_body(self, source: str) -> list[Voice]:
        """Return those of the body that a source speaks for, its members' among them."""
        return self._counted(self._by_body.get(body_of(source, self.record), ()))

    def voices_via(self, carrier: str) -> list[Voice]:
        """Return those that a carrier brought last."""
        return self._counted(self._by_carrier.get(carrier, ()))

    def n_claims(self, source: str) -> int:
        """Return how many claims a source has made, whether they count or not."""
        return len(self._by_source.get(source, ()))

    def _counted(self, voices: list[Voice] | tuple[()]) -> list[Voice]:
        if self.excerpt is None:
            return list(voices)
        return [voice for voice in voices if self.share_of(voice) > 0]
