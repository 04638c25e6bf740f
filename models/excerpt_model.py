"""A fit in which only an excerpt of one source's record counts.

The fit stands, and with it how every claim is judged by the others. What that tells of the source,
and of all who speak for its body, is counted as far as the excerpt goes, and the terms of the
corrections and of the record are solved again on the same tree, with the widths as learned.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import expit

from models.acceleration import Anderson, newton_share
from models.axis import Array
from models.credence import CredenceModel
from models.elsewhere import INFORMATION, JUDGED, OBSERVED, PRECISION
from models.evidence import Voice
from models.excerpt import Excerpt
from models.observations import Expected, Observations
from models.proximity import body_of

# The solution ends when no term moves by more than this, in log-odds: far below the fit's own tolerance.
TOLERANCE = 1e-10


class ExcerptModel(CredenceModel):
    """A fit with one source's record, and its body's, counted as far as an excerpt: no other's is told.

    Parameters
    ----------
    fitted : CredenceModel
        To a record. What it knows from elsewhere as sums bears no dates and counts in full.
    """

    def __init__(self, fitted: CredenceModel, source: str, excerpt: Excerpt) -> None:
        self.__dict__.update(vars(fitted))
        self.excerpt = excerpt
        self._shares: Mapping[str, float] = {
            voice.claim.id: excerpt.share(voice.claim, found.question)
            for found in self.evidence_.values()
            for voice in found.voices
        }
        self.n_claims, self.n_counted = len(super().voices_of(source)), len(self.voices_of(source))
        body = body_of(source, self.record_)
        claims, faults = self._claim_shares(body), self._fault_shares(body)
        # Where all count in full, the fit has found the terms already.
        if (claims < 1).any() or (faults < 1).any():
            self._solve(claims, faults)

    def share_of(self, voice: Voice) -> float:
        """Return how much a claim counts on its source's record, in [0, 1]."""
        return self._shares[voice.claim.id]

    def voices_of(self, source: str) -> list[Voice]:
        """Return the claims of a source that count."""
        return [voice for voice in super().voices_of(source) if self.share_of(voice) > 0]

    def voices_of_body(self, source: str) -> list[Voice]:
        """Return the claims that count of the body that a source speaks for, its members' among them."""
        return [voice for voice in super().voices_of_body(source) if self.share_of(voice) > 0]

    def voices_via(self, carrier: str) -> list[Voice]:
        """Return the claims that count of those that a carrier brought last."""
        return [voice for voice in super().voices_via(carrier) if self.share_of(voice) > 0]

    def _claim_shares(self, body: str) -> Array:
        shares = np.ones(len(self.likelihood_.position))
        for (question, i), row in self.likelihood_.position.items():
            voice = self.evidence_[question].voices[i]
            if voice.body == body:
                shares[row] = self.share_of(voice)
        return shares

    def _fault_shares(self, body: str) -> Array:
        charged = (self.tree_.names[node] for node in self.faults_.observations.source)
        return np.array(
            [
                self._shares[claim.id] if body_of(source, self.record_) == body else 1.0
                for claim, source in zip(self.faults_.claim, charged, strict=True)
            ]
        )

    def _solve(self, claim_shares: Array, fault_shares: Array) -> None:
        before, known = self.faults_, self.known_
        self.faults_ = before.counted(fault_shares)
        claims = self.likelihood_.observations
        offset = claims.offset.copy()
        for (question, _), row in self.likelihood_.position.items():
            node = claims.source[row]
            offset[row] += self.faults_.term_outside(question)[node] - before.term_outside(question)[node]
        found = self._settled(Observations(claims.source, offset, claims.weight * claim_shares))
        self._doubts(found.observed + self.faults_.precision + known[:, OBSERVED])
        self.n_judged_ = found.judged + self.faults_.n_judged + known[:, JUDGED]

    def _settled(self, claims: Observations) -> Expected:
        """Move the terms until they stand; return what the claims told of them last."""
        term, known, accelerated = self.track_term_, self.known_, Anderson()
        for _ in range(self.max_iter):
            reliability = expit(claims.offset + term[claims.source])
            knew = self.likelihood_.knew_by_others(reliability)
            found, _ = claims.expected(reliability, knew, len(term))
            information = found.complete * term + found.gradient + known[:, INFORMATION]
            proposed = self.tree_.smooth(found.complete + known[:, PRECISION], information, self.widths_).mean
            step = proposed - term
            self.track_term_ = reached = term + newton_share(step) * step
            if float(np.abs(reached - term).max()) < TOLERANCE:
                break
            term = accelerated.following(term, reached)
        return found
