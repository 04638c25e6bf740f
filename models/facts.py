"""The likelihood of attributions: the E-step of the fit where a record comes as a table.

The same equations as `models.likelihood` for claims that name one answer, on their question's
whole scope, fully certain. With o_s = r_s/(1 - r_s) and γ_f the guess of what fact f says,

    log P(f) = η Σ_{i says f} w_i log(1 + o_s(i) e^{v_f} / γ_f) + const

over the facts of an object and the answers that nobody named. Tables do not tell all answers
that there are, so an object whose values are no shared list has `unnamed_answers` more.

Where objects share a short list, many who guess are right, and rarity tells little of who knew:
unless records are long, a source is there credited with being right. Records in which heavy
sources choose which side they cover, or hardly anybody is right, then stay with the vote.

Two things are learned here that a ledger's questions, with their closed lists, have no use for.
Where a value recurs (a country among birth places), v_f says how far those who assert it know:
a Gaussian term of the value, from all *other* objects it is asserted of. And where values are
numbers, a claim fits its neighbours too, as far as they are alike.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from models import kernel
from models.attributions import Attributions
from models.axis import Array
from models.constants import Constants
from models.observations import Expected

NOTHING = np.zeros(0)
# Objects on which more values are named than this are compared by equal values alone.
MOST_COMPARED = 100
# Half of a step, so that terms of values and of sources, each moved given the other, do not swing.
DAMPING = 0.5
# A value's term is bounded, so that one iteration cannot carry it away: e^4 is fifty to one.
LARGEST_VALUE_TERM = 4.0


class FactLikelihood:
    """Every fact of a table of attributions.

    Attributes
    ----------
    posterior : array of shape (n_facts,)
        After `expected`, of each value that somebody asserts.
    elsewhere : array of shape (n_objects,)
        The posterior of all answers that nobody named.
    unnamed : array of shape (n_objects,)
        How many of those there are taken to be.
    """

    def __init__(
        self,
        attributions: Attributions,
        constants: Constants,
        weight: Array = NOTHING,
        *,
        is_dense: bool = False,
    ) -> None:
        self._counts_right = attributions.has_shared_answers and not is_dense
        self._facts, self._constants, self._weight = attributions, constants, weight
        n_named = np.diff(attributions.object_start)
        if attributions.has_shared_answers:
            self.unnamed = len(attributions.values) - n_named.astype(float)
        else:
            self.unnamed = np.full(len(n_named), float(constants.unnamed_answers))
        self.posterior = np.zeros(attributions.n_facts)
        self.elsewhere = np.ones(len(n_named))
        self._n_claims = np.bincount(attributions.claim_source, minlength=len(attributions.sources)).astype(
            float
        )
        self._alike_start, self._alike = self._likenesses()
        recurs = not attributions.has_shared_answers and not len(self._alike) and self._recurs()
        self._value_term = np.zeros(attributions.n_facts if recurs else 0)
        self.value_width = constants.answer_width

    def expected(self, term: Array) -> Expected:
        """Return what the claims tell of each node's term, the posterior moved to what `term` implies.

        Parameters
        ----------
        term : array of shape (n_sources + 1,)
            What the record adds to each source's log-odds of knowing, the last for all of them.
        """
        facts, constants = self._facts, self._constants
        reliability = expit(constants.baseline + term[:-1])
        odds = np.exp(constants.baseline + term[:-1])
        table = np.zeros((len(reliability), 4))
        table[:, kernel.SPREAD] = spread = np.maximum(reliability * (1 - reliability), 1e-300)
        layout = (facts.claim_source, self._weight, facts.fact_start, facts.object_start, self.unnamed)
        # Popularity counts each claim by what it says before any record, as a ledger's does.
        strength = constants.guess_strength / expit(constants.baseline)
        scale = (strength, constants.evidence_temper, odds, table, self.posterior, self.elsewhere)
        if len(self._alike):
            kernel.expect_alike(*layout, self._alike_start, self._alike, *scale)
        else:
            precision, gradient = np.zeros_like(self._value_term), np.zeros_like(self._value_term)
            values = np.exp(self._value_term)
            kernel.expect(*layout, values, self._counts_right, *scale, precision, gradient)
            if len(self._value_term):
                self._move_values(precision, gradient)
        complete, knew = table[:, kernel.COMPLETE], table[:, kernel.KNEW]
        if not len(self._weight) and not len(self._value_term):
            complete = self._n_claims
        if not len(self._value_term):
            complete, knew = complete * spread, knew - complete * reliability
        observed = table[:, kernel.OBSERVED]
        return Expected(*(np.append(found, 0.0) for found in (complete, knew, observed, observed / spread)))

    def _move_values(self, precision: Array, gradient: Array) -> None:
        """Move each fact's value term to what the other objects tell of that value."""
        value, n_values = self._facts.fact_value, len(self._facts.values)
        information = precision * self._value_term + gradient
        total = np.bincount(value, precision, minlength=n_values)
        weighted = np.bincount(value, information, minlength=n_values)
        others = np.maximum(total[value] - precision, 0.0) + 1 / self.value_width**2
        term = np.clip((weighted[value] - information) / others, -LARGEST_VALUE_TERM, LARGEST_VALUE_TERM)
        term[~self._recurring[value]] = 0.0
        self._value_term += DAMPING * (term - self._value_term)
        variance = 1 / (total + 1 / self.value_width**2)
        told = np.where(self._recurring, 1 - variance / self.value_width**2, 0.0)
        strength, initial = self._constants.width_strength, self._constants.answer_width
        squares = (told * ((weighted * variance) ** 2 + variance)).sum()
        width = np.sqrt((strength * initial**2 + squares) / (strength + told.sum()))
        self.value_width = float(min(width, self._constants.widest_answer))

    def _recurs(self) -> bool:
        """Say whether any value is asserted of objects enough to tell what asserting it is worth."""
        n_objects = np.bincount(self._facts.fact_value, minlength=len(self._facts.values))
        self._recurring = n_objects >= self._constants.recurring_objects
        return bool(self._recurring.any())

    def _likenesses(self) -> tuple[NDArray[np.int64], Array]:
        """Return the likeness of each object's facts, where values are numbers and objects share no list."""
        facts = self._facts
        magnitude = None if facts.has_shared_answers else facts.magnitude
        sizes = np.diff(facts.object_start).astype(np.int64)
        if magnitude is None or not (sizes > 1).any() or sizes.max() > MOST_COMPARED:
            return np.zeros(1, np.int64), NOTHING
        start = np.append(0, np.cumsum(sizes**2))
        alike = np.empty(start[-1])
        for o, size in enumerate(sizes):
            values = magnitude[facts.fact_value[facts.object_start[o] : facts.object_start[o + 1]]]
            apart = (values[:, None] - values[None, :]) / self._constants.likeness_width
            fits = self._constants.likeness * np.exp(-0.5 * apart**2)
            np.fill_diagonal(fits, 1.0)
            alike[start[o] : start[o + 1]] = fits.reshape(size * size)
        return start, alike
