"""Calibration: the credences that the claims gave resolved questions, against what proved true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.axis import Array
from models.columns import Columns

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


def calibration(columns: Columns, from_claims: Array) -> tuple[Bin, ...]:
    """Return the table over all answers of resolved lists on which somebody spoke; empty without any.

    The credence is the one that the claims give an answer, before the resolution settles it. It is
    no forecast: the sources' records have learned from the same resolutions.

    Parameters
    ----------
    columns : Columns
    from_claims : array of shape (n_points,)
        What the claims alone give each answer.
    """
    is_list = np.array([names is not None for names in columns.shared_list], dtype=bool)
    part = columns.of_questions(counted := columns.is_clamped & is_list & (columns.n_claims > 0))
    if not len(part.questions):
        return ()
    question = part.question_of_point
    credence = from_claims[np.repeat(counted, columns.n_points)]
    # As `models.doubt.doubted`, question by question.
    left = np.bincount(question, credence * part.doubt)
    credence = (1 - part.doubt) * credence + part.prior * left[question]
    # What a resolution names has nearly all of its clamp; of several answers each counts in part.
    named = np.where(
        2 * part.clamp > np.maximum.reduceat(part.clamp, part.first_point)[question], part.clamp, 0.0
    )
    outcome = named / np.bincount(question, named)[question]
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
