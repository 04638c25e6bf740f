"""How far credences agree with what proved right, each figure with a bootstrap interval over objects.

With p_v the credence of value v of an object, t its truth, and p_0 = 1 - Σ p_v what is left to values
that nobody asserts:

- accuracy: the share of objects whose truth leads; where k values tie for the lead, 1/k;
- brier: ½ Σ_v (p_v - 1[v = t])², over the asserted values and the rest as one more. With two labels this
  is the familiar (p - y)². Without the half, the multi-class sum is twice that, and records of two and
  of many labels could not stand in one column;
- log_loss: -ln p_t, an unasserted truth having p_0, and no credence counting below `LEAST_CREDENCE`;
- ece: expected calibration error of the leading answer, in ten bins of equal width: Σ_b (n_b / n)
  |frequency - mean credence|;
- auc and f1, where there are two labels: of the one that sorts last (1, true, yes);
- mae and coverage, of amounts: absolute error of the point estimate, and how often the truth lies
  within the 90 % interval.

All are functions of the objects' weights, of which the resamples are drawn at once, and so that ties
count by their share; scikit-learn's functions, which do neither, agree with them where they apply
(a test holds it).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Support = Mapping[str, Mapping[str, float]]
Statistic = Callable[[Numbers], float]

# Credences closer than this differ by rounding alone: they tie.
TIE = 1e-9
# The tolerance of a fit, in log-odds: no measure here moves in its fourth digit below it.
TOLERANCE = 1e-3
# The model leaves one in a million of every posterior to the unknown; less than that is a rounded zero.
LEAST_CREDENCE = 1e-6
N_BINS = 10
N_RESAMPLES = 1000
SEED = 20250131
LEVEL = 0.95


@dataclass(frozen=True)
class Outcomes:
    """What was expected of each measured object, and what proved right; arrays of shape (n,).

    Attributes
    ----------
    hit : share of the lead that the truth holds
    leading, truth : credence of the leading answer, and of the true one
    brier : loss
    positive : credence of the label that sorts last, or None unless there are two
    is_positive : whether that label is the truth, or None
    positive_lead : share of the lead that that label holds, or None
    """

    hit: Numbers
    leading: Numbers
    truth: Numbers
    brier: Numbers
    positive: Numbers | None = None
    is_positive: Numbers | None = None
    positive_lead: Numbers | None = None


def leaders(support: Mapping[str, float]) -> list[str]:
    """Return the values that no other exceeds."""
    most = max(support.values())
    return [value for value, much in support.items() if much >= most - TIE * max(1.0, abs(most))]


def hits(support: Support, truth: Mapping[str, str], objects: Iterable[str]) -> Numbers:
    """Return for each object the share of its lead that the truth holds; 0 for an object without support."""
    shares = []
    for about in objects:
        lead = leaders(support[about]) if support.get(about) else []
        shares.append((truth[about] in lead) / len(lead) if lead else 0.0)
    return np.array(shares, dtype=float)


def outcomes(
    credence: Support,
    truth: Mapping[str, str],
    objects: Sequence[str],
    labels: Sequence[str],
    *,
    are_known: bool,
) -> Outcomes:
    """Compare credences with truths.

    Where there are two labels, and `are_known` to whoever stated the credences, one that is not
    asserted of an object has what the other leaves, and may lead.
    """
    two = sorted(labels) if len(labels) == 2 else None
    full = {about: _completed(credence[about], two if are_known else None) for about in objects}
    hit = hits(full, truth, objects)
    rest = np.array([max(0.0, 1 - sum(full[about].values())) for about in objects])
    leading = np.array([max(full[about].values()) for about in objects])
    true = np.array([full[about].get(truth[about], -1.0) for about in objects])
    squares = np.array([sum(p * p for p in full[about].values()) for about in objects]) + rest**2
    true = np.where(true < 0, rest, true)
    # Σ (p_v - y_v)² = Σ p_v² - 2 p_t + 1, the rest counting as a value.
    brier = 0.5 * (squares - 2 * true + 1)
    if two is None:
        return Outcomes(hit, leading, true, brier)
    last = two[1]
    leads = [leaders(full[about]) for about in objects]
    return Outcomes(
        hit,
        leading,
        true,
        brier,
        positive=np.array([full[about].get(last, left) for about, left in zip(objects, rest, strict=True)]),
        is_positive=np.array([truth[about] == last for about in objects], dtype=float),
        positive_lead=np.array([(last in lead) / len(lead) for lead in leads]),
    )


def _completed(credence: Mapping[str, float], two: Sequence[str] | None) -> Mapping[str, float]:
    if two is None or len(credence) != 1:
        return credence
    (said,) = credence
    other = two[1] if said == two[0] else two[0]
    return {said: credence[said], other: 1.0 - credence[said]}


def answer_statistics(found: Outcomes) -> dict[str, Statistic]:
    """Return each measure of answers as a function of the objects' weights."""
    statistics: dict[str, Statistic] = {
        "accuracy": mean_of(found.hit),
        "brier": mean_of(found.brier),
        "log_loss": mean_of(-np.log(np.clip(found.truth, LEAST_CREDENCE, 1.0))),
        "ece": lambda weight: calibration_error(found.leading, found.hit, weight),
    }
    if found.positive is not None and found.is_positive is not None and found.positive_lead is not None:
        score, label, lead = found.positive, found.is_positive, found.positive_lead
        if 0 < label.sum() < len(label):
            statistics["auc"] = _auc(score, label)
        if label.any():
            statistics["f1"] = lambda weight: _f1(lead, label, weight)
    return statistics


def amount_statistics(point: Numbers, low: Numbers, high: Numbers, truth: Numbers) -> dict[str, Statistic]:
    """Return each measure of amounts as a function of the objects' weights."""
    return {
        "mae": mean_of(np.abs(point - truth)),
        "coverage": mean_of(((low <= truth) & (truth <= high)).astype(float)),
    }


def mean_of(figure: Numbers) -> Statistic:
    """Return the weighted mean of a figure, as a function of the weights."""
    return lambda weight: float(weight @ figure / weight.sum())


def measured(statistics: Mapping[str, Statistic], n: int) -> dict[str, object]:
    """Return each figure, and under `<name>_interval` its 95 % percentile interval over resampled objects."""
    drawn = np.array([[statistic(weight) for statistic in statistics.values()] for weight in resampled(n)])
    tails = 100 * (1 - LEVEL) / 2
    figures: dict[str, object] = {}
    for (name, statistic), column in zip(statistics.items(), drawn.T, strict=True):
        figures[name] = rounded(statistic(np.ones(n)))
        defined = column[np.isfinite(column)]
        figures[f"{name}_interval"] = (
            [rounded(limit) for limit in np.percentile(defined, [tails, 100 - tails])]
            if len(defined)
            else None
        )
    return figures


def resampled(n: int) -> Iterator[Numbers]:
    """Yield how often each of `n` objects is drawn, resample by resample, the same in every call."""
    generator = np.random.default_rng(SEED)
    for _ in range(N_RESAMPLES):
        yield np.bincount(generator.integers(n, size=n), minlength=n).astype(float)


def rounded(figure: float) -> float:
    """Return a figure with as many digits as resampling could ever tell apart."""
    return round(float(figure), 5)


def calibration_error(credence: Numbers, hit: Numbers, weight: Numbers) -> float:
    """Return the expected calibration error: (n_b / n) |frequency - mean credence|, summed over the bins."""
    gap = np.bincount(_bins(credence), weight * (hit - credence), N_BINS)
    return float(np.abs(gap).sum() / weight.sum())


def calibration_table(credence: Numbers, hit: Numbers) -> list[dict[str, float | int]]:
    """Return for each bin that is not empty its limits, count, mean credence and frequency of being right."""
    within = _bins(credence)
    count = np.bincount(within, minlength=N_BINS)
    total = np.bincount(within, credence, N_BINS)
    right = np.bincount(within, hit, N_BINS)
    return [
        {
            "low": b / N_BINS,
            "high": (b + 1) / N_BINS,
            "n": int(count[b]),
            "mean_credence": rounded(total[b] / count[b]),
            "frequency": rounded(right[b] / count[b]),
        }
        for b in np.flatnonzero(count)
    ]


def _bins(credence: Numbers) -> NDArray[np.intp]:
    return np.clip((credence * N_BINS).astype(np.intp), 0, N_BINS - 1)


def _auc(score: Numbers, label: Numbers) -> Statistic:
    place = np.unique(score, return_inverse=True)[1]

    def statistic(weight: Numbers) -> float:
        positive, negative = np.bincount(place, weight * label), np.bincount(place, weight * (1 - label))
        below = np.cumsum(negative) - negative / 2
        pairs = positive.sum() * negative.sum()
        return float(positive @ below / pairs) if pairs else float("nan")

    return statistic


def _f1(lead: Numbers, label: Numbers, weight: Numbers) -> float:
    both, either = weight @ (lead * label), weight @ (lead + label)
    return float(2 * both / either) if either else float("nan")
