"""How far probabilities of yes-or-no outcomes agree with what came of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

N_BINS = 10
N_RESAMPLES = 1000
# No probability is scored as surer than this: the logarithm of a rounded zero says nothing.
BOLDEST = 1e-6


def measures_of(probability: np.ndarray, is_right: np.ndarray) -> dict[str, Any]:
    """Return accuracy, Brier score, log loss, area under the curve and calibration, of arrays of shape (n,).

    The area is None where all or none came true.
    """
    probability = np.clip(probability, BOLDEST, 1 - BOLDEST)
    has_both = 0 < is_right.mean() < 1
    hits = (probability > 0.5) == is_right
    table = calibration_of(probability, is_right)
    gap = sum(row["n"] * abs(row["mean_credence"] - row["frequency"]) for row in table)
    return {
        "accuracy": rounded(hits.mean()),
        "accuracy_interval": resampled(hits),
        "brier": rounded(brier_score_loss(is_right, probability)),
        "brier_interval": resampled((probability - is_right) ** 2),
        "log_loss": rounded(log_loss(is_right, probability, labels=[False, True])),
        "auc": rounded(roc_auc_score(is_right, probability)) if has_both else None,
        "ece": rounded(gap / len(probability)),
        "calibration": table,
    }


def calibration_of(probability: np.ndarray, is_right: np.ndarray) -> list[dict[str, float]]:
    """Return how often what was given each tenth of probability came true, empty tenths left out."""
    which = np.minimum((probability * N_BINS).astype(int), N_BINS - 1)
    return [
        {
            "low": rounded(tenth / N_BINS),
            "high": rounded((tenth + 1) / N_BINS),
            "n": int((which == tenth).sum()),
            "mean_credence": rounded(probability[which == tenth].mean()),
            "frequency": rounded(is_right[which == tenth].mean()),
        }
        for tenth in np.unique(which)
    ]


def resampled(loss: np.ndarray) -> list[float]:
    """Return the 95 % bootstrap interval of a mean loss, shape (n,)."""
    random = np.random.default_rng(0)
    loss = np.asarray(loss, dtype=float)
    means = [loss[random.integers(len(loss), size=len(loss))].mean() for _ in range(N_RESAMPLES)]
    return [rounded(end) for end in np.quantile(means, [0.025, 0.975])]


def rounded(number: float) -> float:
    """Return a figure to four digits."""
    return round(float(number), 4)
