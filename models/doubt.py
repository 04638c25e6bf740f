"""Shared doubt: what is kept back from an answer, since all that speaks for it may rest on one error.

However many voices agree, they may have one mistaken report behind them that none of them names:
the common cause of reliability engineering. Of what the claims give an answer, a share

    d(ω) = δ ** max(1, n(ω)) · (1 - v(ω))

goes back to the prior, P(ω) = (1 - d(ω)) p(ω) + π(ω) Σ d p: δ for the first account; n the bodies that
stood close and assert ω, each of which would have to share the error anew; v how far a side
asserts ω that has given up another answer for it. To the question as a whole a side that speaks of a
part asserts it by that share; to that part, in full.

References
----------
K. N. Fleming, A reliability model for common mode failures in redundant safety systems, 1975
(the beta factor: the share of failures that redundancy does not help against).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.axis import Array
from models.constants import Constants
from models.grouping import Index, ordered, total

if TYPE_CHECKING:
    from models.evidence import Evidence


def left_to_prior(confirmed: Array, looked: Array, constants: Constants) -> Array:
    """Return d from n, the bodies that stood close and assert each answer, and v, a second look."""
    return np.asarray(constants.shared_doubt ** np.maximum(confirmed, 1.0) * (1 - looked))


def confirmed(point: Index, body: Index, said: Array, n_points: int) -> Array:
    """Return how many bodies assert each answer: of each body what its surest voice says.

    Parameters
    ----------
    point, body, said : arrays of one length
        What close voices say: for which answer, for which body, and how much.
    """
    if not len(point):
        return np.zeros(n_points)
    order, start = ordered(point, body)
    return total(point[order[start]], np.maximum.reduceat(said[order], start), n_points)


def shared_doubt(evidence: Evidence, constants: Constants) -> Array:
    """Return d, the share of each answer's credence that goes back to the prior, shape (n_points,).

    Zero for a quantity, where an error that all share is one of size.
    """
    if evidence.question.quantity is not None:
        return np.zeros(len(evidence.axis.grid))
    return left_to_prior(confirmations(evidence), _second_looks(evidence), constants)


def confirmations(evidence: Evidence) -> Array:
    """Return how many bodies that stood close assert each answer, shape (n_points,).

    A hedge, an answer among several, and what was likely copied count in part.
    """
    n_points = len(evidence.axis.grid)
    close = [voice for voice in evidence.voices if voice.weight > 0 and voice.is_close]
    number = {body: i for i, body in enumerate(dict.fromkeys(voice.body for voice in close))}
    said = [
        voice.certainty * voice.own_word * voice.membership / max(float(voice.membership.sum()), 1.0)
        for voice in close
    ]
    body = np.array([number[voice.body] for voice in close], dtype=np.intp)
    points = np.tile(np.arange(n_points), len(close))
    return confirmed(points, np.repeat(body, n_points), np.concatenate([np.zeros(0), *said]), n_points)


def _second_looks(evidence: Evidence) -> Array:
    looks = [
        voice.strength * voice.standing.revised * voice.membership
        for voice in evidence.voices
        if voice.weight > 0 and voice.standing.revised
    ]
    return np.asarray(np.max([np.zeros(len(evidence.axis.grid)), *looks], axis=0))


def doubted(credence: Array, doubt: Array, prior: Array) -> Array:
    """Return credences with the doubt about each answer left to the prior, all of shape (…, n_points)."""
    return np.asarray((1 - doubt) * credence + (credence * doubt).sum(axis=-1, keepdims=True) * prior)
