"""The estimator that scores the service, given a labelled record: one model, no setting for any record."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from benchmarks.folder import LabelledRecord
from models.attributions import Attributions
from models.credence import CredenceModel

# Log-odds: no measure here moves in its fourth digit below it.
TOLERANCE = 1e-3
# A 90 % interval leaves a twentieth on either side.
TAIL = 0.05


@dataclass(frozen=True)
class Fitted:
    """What the estimator says of a record.

    Attributes
    ----------
    credence : dict of str to dict of str to float
        By object and value.
    estimate : dict of str to (point, low, high)
        Of amounts, by object, with their 90 % interval; empty where values are answers.
    seconds : float
        From labels to credences.
    iterations : int
    """

    credence: dict[str, dict[str, float]]
    estimate: dict[str, tuple[float, float, float]]
    seconds: float
    iterations: int


def fit(record: LabelledRecord) -> Fitted:
    """Fit the estimator to a record, without its truths."""
    _compile()
    start = perf_counter()
    credence, iterations = _fitted(record)
    seconds = perf_counter() - start
    estimate = {about: _estimate(said) for about, said in credence.items()} if record.is_quantity else {}
    return Fitted(credence, estimate, seconds, iterations)


@cache
def _compile() -> None:
    """Have the kernel compiled, which a first fit does once and no figure is to hold."""
    for values in ("xy", "xx"):
        CredenceModel(tol=TOLERANCE).fit(Attributions.from_columns("ab", "qq", values))


def _estimate(credence: dict[str, float]) -> tuple[float, float, float]:
    amount = np.array([float(value) for value in credence])
    order = np.argsort(amount)
    weight = np.array(list(credence.values()))[order]
    below: NDArray[np.float64] = np.cumsum(weight) / weight.sum()
    low, point, high = amount[order][np.searchsorted(below, [TAIL, 0.5, 1 - TAIL])]
    return float(point), float(low), float(high)


def _fitted(record: LabelledRecord) -> tuple[dict[str, dict[str, float]], int]:
    facts = Attributions.from_columns(record.source, record.object, record.value)
    model = CredenceModel(tol=TOLERANCE).fit(facts)
    credence: dict[str, dict[str, float]] = {}
    found = zip(
        facts.fact_object.tolist(), facts.fact_value.tolist(), model.fact_credence_.tolist(), strict=True
    )
    for about, value, much in found:
        credence.setdefault(facts.objects[about], {})[facts.values[value]] = much
    return credence, model.n_iter_
