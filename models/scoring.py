"""A record's scores: fitted once, then asked for by subject."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from scipy.special import expit

from models.calibration import calibration
from models.claim_score import claim_figures, claim_score
from models.credence import CredenceModel
from models.elsewhere import Elsewhere
from models.excerpt import Excerpt
from models.excerpt_model import ExcerptModel
from models.outlook import Outlook, outlook
from models.posterior import Posterior
from models.question_score import question_detail, question_figures, question_score
from models.record import Record
from models.score import Detail, Figures, Score
from models.source_score import reliability, source_score


class Scores:
    """The scores of everything in one record.

    Parameters
    ----------
    record : Record
        The ledger up to one moment, or a part of it.
    elsewhere : Elsewhere or None
        For a part: what the rest of the ledger tells.
    start : Elsewhere or None
        For a whole ledger: what an earlier fit found.
    """

    def __init__(
        self, record: Record, elsewhere: Elsewhere | None = None, start: Elsewhere | None = None
    ) -> None:
        self.record = record
        self.model = CredenceModel().fit(record, elsewhere=elsewhere, start=start)
        self._posteriors: dict[str, Posterior] = {}

    def of(self, kind: str, subject: str, scope: str | None = None, excerpt: Excerpt | None = None) -> Score:
        """Return the score of a source (on `scope`, by an excerpt of its record), a claim or a question.

        Raises
        ------
        KeyError
            When the record does not hold the subject.
        """
        if kind == "claim":
            question, position = self.model.place_of(subject)
            return claim_score(self.model, self.posterior(question), position)
        if kind == "question":
            return question_score(self.model, self.posterior(subject))
        if excerpt is None or subject not in self.record.sources:
            return source_score(self.model, subject, scope)
        return source_score(ExcerptModel(self.model, subject, excerpt), subject, scope)

    def posterior(self, question: str) -> Posterior:
        """Return a question's posterior; KeyError where the record does not hold the question."""
        if question not in self._posteriors:
            self._posteriors[question] = Posterior(self.model, question)
        return self._posteriors[question]

    def outlook(self, question: str) -> Outlook:
        """Return the outlook of a question; KeyError where the record does not hold it."""
        return outlook(self.model, self.posterior(question))

    def all(self) -> Iterator[Score]:
        """Yield every score, each source's on its own ground."""
        for source in self.record.sources:
            yield self.of("source", source)
        for claim in self.record.claims:
            yield self.of("claim", claim.id)
        for question in self.record.questions:
            yield self.of("question", question)

    def figures(self) -> Iterator[tuple[str, str, *Figures, Detail]]:
        """Yield kind, id, what lists sort by, and a question's answers: far cheaper than reasons."""
        model, level = self.model, self.model.constants_.interval_level
        for source in self.record.sources:
            held = reliability(model, source, None)
            yield "source", source, float(expit(held.log_odds)), held.interval.low, held.interval.high, None
        for question, evidence in model.evidence_.items():
            # Not kept: a posterior holds what each claim says of each answer.
            posterior = Posterior(model, question)
            yield "question", question, *question_figures(posterior, level), question_detail(posterior)
            for voice, found in zip(evidence.voices, claim_figures(model, posterior), strict=True):
                yield "claim", voice.claim.id, *found, None

    def summary(self) -> dict[str, object]:
        """Return what the fit learned, for those who operate it."""
        model = self.model
        kinds = {
            kind: float(model.track_term_[model.tree_.node_of_kind[kind]])
            for kind in model.tree_.node_of_kind
        }
        return {
            "n_sources": len(self.record.sources),
            "n_claims": len(self.record.claims),
            "n_questions": len(self.record.questions),
            "n_iter": model.n_iter_,
            "is_converged": model.is_converged_,
            "learned": {
                "kind_width": float(model.widths_[0]),
                "body_width": float(model.widths_[1]),
                "member_width": float(model.widths_[2]),
                "kinds": kinds,
                "coefficients": {name: asdict(found) for name, found in model.coefficients_.items()},
            },
            "calibration": [asdict(one) for one in calibration(model)],
        }
