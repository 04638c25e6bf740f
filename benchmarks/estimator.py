"""The estimator that scores the service, given a labelled record: one model, no setting for any record."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from time import perf_counter

import numpy as np

from benchmarks.dated_claims import NOT_KNOWN, DatedClaims
from benchmarks.folder import LabelledRecord
from benchmarks.measures import TOLERANCE
from benchmarks.quantities import QuantityRecord
from models.attributions import Attributions
from models.copying import compile_search
from models.credence import CredenceModel

# A 90 % interval leaves a twentieth on either side.
TAIL = 0.05
# Where this share of rows repeats another number exactly, one of these is right; elsewhere rows measure.
REPEATED = 0.4

# The search for copies is compiled once, which no figure is to hold.
_compiled = cache(compile_search)


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
    _compiled()
    start = perf_counter()
    credence, iterations = _fitted(record)
    seconds = perf_counter() - start
    estimate: dict[str, tuple[float, float, float]] = {}
    if record.is_quantity:
        is_repeated = _share_repeated(record) > REPEATED
        estimate = (
            {a: _quantiles(said) for a, said in credence.items()} if is_repeated else _estimates(record)
        )
    return Fitted(credence, estimate, seconds, iterations)


def _share_repeated(record: LabelledRecord) -> float:
    """Return the share of rows, of objects with several, that say exactly what another row says."""
    rows = Counter(record.object)
    facts = Counter(zip(record.object, record.value, strict=True))
    several = [facts[fact] > 1 for fact in zip(record.object, record.value, strict=True) if rows[fact[0]] > 1]
    return float(np.mean(several)) if several else 0.0


def _quantiles(credence: dict[str, float]) -> tuple[float, float, float]:
    """Return median and interval of an amount of which one of the stated values is right."""
    amount = np.array([float(value) for value in credence])
    order = np.argsort(amount)
    weight = np.array(list(credence.values()))[order]
    below = np.cumsum(weight) / weight.sum()
    low, point, high = amount[order][np.searchsorted(below, [TAIL, 0.5, 1 - TAIL])]
    return float(point), float(low), float(high)


def _estimates(record: LabelledRecord) -> dict[str, tuple[float, float, float]]:
    """Return mean and interval of each amount, from how far statements of one object differ."""
    objects = {about: code for code, about in enumerate(dict.fromkeys(record.object))}
    sources = {source: code for code, source in enumerate(dict.fromkeys(record.source))}
    kinds = {kind: code for code, kind in enumerate(dict.fromkeys(record.kind or ()))}
    kinds[""] = NOT_KNOWN
    n_rows = len(record.source)
    day = np.zeros(n_rows) if record.time is None else np.nan_to_num(record.time)
    claims = DatedClaims(
        source=np.array([sources[source] for source in record.source]),
        object=np.array([objects[about] for about in record.object]),
        value=np.array([float(value) for value in record.value]),
        day=day,
        kind=np.array([kinds[kind] for kind in record.kind or [""] * n_rows]),
        certainty=np.full(n_rows, np.nan),
    )
    untyped = np.full(len(objects), NOT_KNOWN)
    nothing = np.full(len(objects), np.nan)
    found = QuantityRecord().fit(claims, nothing, nothing, untyped).predict(claims, untyped)
    low, high = found.interval(1 - 2 * TAIL)
    named = list(objects)
    return {
        named[about]: (float(mean), float(least), float(most))
        for about, mean, least, most in zip(found.object, found.mean, low, high, strict=True)
    }


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
