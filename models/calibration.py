"""Calibration: the credences that the claims gave resolved questions, against what proved true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.axis import Array
from models.credence import CredenceModel
from models.doubt import doubted, shared_doubt

# Bins of equal width, as reliability diagrams have them.
N_BINS = 10


@dataclass(frozen=True)
class Bin:
    """The answers whose credence lies in [low, high), the last bin with its end.

    Parameters
    ----------
    n : int
        How many answers.
    mean_credence, frequency : float or None
        Their mean credence, and the share of them that proved true; None where there are none.
    """

    low: float
    high: float
    n: int
    mean_credence: float | None
    frequency: float | None


def calibration(model: CredenceModel) -> tuple[Bin, ...]:
    """Return the table over all answers of resolved lists on which somebody spoke; empty without any.

    The credence is the one that the claims give an answer, before the resolution settles it. It is
    no forecast: the sources' records have learned from the same resolutions.
    """
    credence, outcome = _outcomes(model)
    if not len(credence):
        return ()
    place = np.minimum((credence * N_BINS).astype(np.intp), N_BINS - 1)
    n = np.bincount(place, minlength=N_BINS)
    mean, frequency = (
        np.bincount(place, values, minlength=N_BINS) / np.maximum(n, 1) for values in (credence, outcome)
    )
    return tuple(
        Bin(
            low=k / N_BINS,
            high=(k + 1) / N_BINS,
            n=int(n[k]),
            mean_credence=float(mean[k]) if n[k] else None,
            frequency=float(frequency[k]) if n[k] else None,
        )
        for k in range(N_BINS)
    )


def _outcomes(model: CredenceModel) -> tuple[Array, Array]:
    """Return credence and outcome of each answer; one of several that a resolution names counts in part."""
    from_claims = model.likelihood_.from_claims()
    credences, outcomes = [np.zeros(0)], [np.zeros(0)]
    for id_, resolution in model.record_.resolutions.items():
        found = model.evidence_[id_]
        if found.question.quantity is None and any(voice.weight > 0 for voice in found.voices):
            true = found.axis.membership(resolution.answer)
            doubt = shared_doubt(found, model.constants_)
            credences.append(doubted(from_claims[id_], doubt, found.axis.prior))
            outcomes.append(true / true.sum())
    return np.concatenate(credences), np.concatenate(outcomes)
