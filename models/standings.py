"""The standings of a record's claims, each worked out when it is asked for."""

from __future__ import annotations

from collections import defaultdict
from itertools import accumulate

from models.constants import Constants
from models.proximity import ELICITED
from models.record import Claim, Correction, Record
from models.standing import Authority, Consequence, Standing, as_stated, authority_of, corrected


class Standings:
    """What the corrections of a record have left of its claims.

    Parameters
    ----------
    record : Record
    authority : callable or None
        How likely whoever corrects a claim is right; None goes by the coefficients.
    constants : Constants

    Attributes
    ----------
    corrected : set of str
        The claims that anybody corrected.
    """

    def __init__(
        self, record: Record, authority: Authority | None = None, constants: Constants = ELICITED
    ) -> None:
        self._record, self._constants = record, constants
        self._authority = authority or self._by_coefficients
        self._corrections: dict[str, list[Correction]] = defaultdict(list)
        for correction in sorted(record.corrections, key=lambda each: (each.stated_at, each.id)):
            self._corrections[correction.claim].append(correction)
        self.corrected = self._corrections.keys()
        self._claims = {claim.id: claim for claim in record.claims}
        self._steps: dict[str, tuple[Standing, ...]] = {}

    def of(self, claim: Claim) -> Standing:
        """Return how a claim stands after all its corrections."""
        return self.steps(claim)[-1]

    def steps(self, claim: Claim) -> tuple[Standing, ...]:
        """Return how a claim stood at first, and after each of its corrections."""
        if claim.id not in self._steps:
            said = self._corrections.get(claim.id, ())
            self._steps[claim.id] = tuple(accumulate(said, self._corrected, initial=as_stated(claim)))
        return self._steps[claim.id]

    def consequence(self, correction_id: str, claim_id: str) -> Consequence | None:
        """Return what came of a correction of a claim; None where the record does not hold both."""
        if claim_id not in self._claims:
            return None
        found = self.of(self._claims[claim_id]).consequences
        return next((each for each in found if each.correction.id == correction_id), None)

    def _corrected(self, standing: Standing, correction: Correction) -> Standing:
        return corrected(standing, correction, self._authority, self._record, self._constants)

    def _by_coefficients(self, correction: Correction, claim: Claim) -> float:
        return authority_of(correction, claim, self._record, self._constants)
