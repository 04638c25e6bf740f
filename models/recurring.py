"""Values that recur: what asserting a value is worth, told by all other objects it is asserted of.

Where objects share no list, but a value recurs (a country among birth places), t_v says how far those who
assert it know: a Gaussian term of the value, added to their log-odds. A ledger's questions, with their closed
lists, have no use for it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.attributions import Attributions
from models.axis import Array
from models.columns import Columns, Index
from models.constants import Constants
from models.likelihood import Likelihood

# Half of a step, so that terms of values and of sources, each moved given the other, do not swing.
DAMPING = 0.5
# A value's term is bounded, so that one iteration cannot carry it away: e^4 is fifty to one.
LARGEST_TERM = 4.0


class RecurringValues(Likelihood):
    """The likelihood of a table whose values have terms, fact by fact: no fact is its own witness.

    Parameters
    ----------
    facts : Attributions
        The table; the others are of its claims, and as in `models.likelihood.Likelihood`.
    """

    def __init__(
        self,
        columns: Columns,
        node: Index,
        offset: Array,
        *,
        constants: Constants,
        facts: Attributions,
    ) -> None:
        super().__init__(columns, node, offset, constants=constants)
        self._facts, self._offset, self._term = facts, offset, np.zeros(facts.n_facts)
        self._width = constants.answer_width
        # Asserted of objects enough to tell what asserting it is worth.
        self._recurs = np.bincount(facts.fact_value) >= constants.recurring_objects

    def known(self, reliability: Array) -> Array:
        """As that of any likelihood; also moves the terms of the values."""
        knew = super().known(reliability)
        if not self._recurs.any():
            return knew
        n_said = np.diff(self._facts.fact_start)
        precision, gradient = (
            np.bincount(self._facts.claim_fact, told) / n_said
            for told in (reliability * (1 - reliability), knew - reliability)
        )
        self._move(precision, gradient)
        offset = self._offset + self._term[self._facts.claim_fact]
        self.observations = replace(self.observations, offset=offset)
        return knew

    def _move(self, precision: Array, gradient: Array) -> None:
        """Move each fact's term to what the other objects tell of its value."""
        value, constants, recurs = self._facts.fact_value, self._constants, self._recurs
        information = precision * self._term + gradient
        total, weighted = np.bincount(value, precision), np.bincount(value, information)
        others = np.maximum(total[value] - precision, 0.0) + 1 / self._width**2
        term = np.clip((weighted[value] - information) / others, -LARGEST_TERM, LARGEST_TERM)
        self._term += DAMPING * (np.where(recurs[value], term, 0.0) - self._term)
        variance = 1 / (total + 1 / self._width**2)
        told = np.where(recurs, 1 - variance / self._width**2, 0.0)
        strength, initial = constants.width_strength, constants.answer_width
        squares = (told * ((weighted * variance) ** 2 + variance)).sum()
        width = np.sqrt((strength * initial**2 + squares) / (strength + told.sum()))
        self._width = float(min(width, constants.widest_answer))
