"""The estimator that scores the service, given a labelled record: one model, no setting for any record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from benchmarks.folder import LabelledRecord
from models.answer import Names
from models.credence import CredenceModel
from models.record import Claim, Question, Record, Source, SourceKind

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
    start = perf_counter()
    credence, iterations = _fitted(record)
    seconds = perf_counter() - start
    estimate = {about: _estimate(said) for about, said in credence.items()} if record.is_quantity else {}
    return Fitted(credence, estimate, seconds, iterations)


def _estimate(credence: dict[str, float]) -> tuple[float, float, float]:
    amount = np.array([float(value) for value in credence])
    order = np.argsort(amount)
    weight = np.array(list(credence.values()))[order]
    below: NDArray[np.float64] = np.cumsum(weight) / weight.sum()
    low, point, high = amount[order][np.searchsorted(below, [TAIL, 0.5, 1 - TAIL])]
    return float(point), float(low), float(high)


def _fitted(record: LabelledRecord) -> tuple[dict[str, dict[str, float]], int]:
    stated_at = datetime(2000, 1, 1, tzinfo=UTC)
    asserted: dict[str, dict[str, None]] = {}
    for about, value in zip(record.object, record.value, strict=True):
        asserted.setdefault(about, {})[value] = None
    model = CredenceModel().fit(
        Record(
            sources={name: Source(name, name, SourceKind.ACCOUNT) for name in record.source},
            questions={
                about: Question(about, about, "world", tuple(said)) for about, said in asserted.items()
            },
            claims=tuple(
                Claim(str(i), source, about, Names((value,)), "world", stated_at)
                for i, (source, about, value) in enumerate(
                    zip(record.source, record.object, record.value, strict=True)
                )
            ),
        )
    )
    credence = {
        about: dict(zip(said, model.credence_[about].tolist(), strict=True))
        for about, said in asserted.items()
    }
    return credence, model.n_iter_
