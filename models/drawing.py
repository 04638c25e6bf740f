"""The columns of a ledger as they are drawn up from the claims on its questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.axis import Array, Axis
from models.columns import NO_WORD, Columns, Index
from models.constants import COEFFICIENTS, Constants
from models.covariates import table
from models.doubt import confirmed, left_to_prior
from models.grouping import ordered
from models.proximity import NO_GAIN, Amounts, claim_proximity
from models.record import Resolution

if TYPE_CHECKING:
    from models.voices import Voices


def drawn(voices: Voices) -> Columns:
    """Return the columns of some questions, in their order."""
    standings = voices.standings
    return Columns(
        **_of_questions(voices),
        **_of_faults(voices),
        claims=_objects([claim.id for claim in voices.claims]),
        source=_objects([claim.source for claim in voices.claims]),
        coverage=voices.coverage,
        commitment=voices.commitment,
        weight=voices.weight,
        judged_weight=voices.judged_weight,
        strength=voices.strength,
        revised=voices.revised,
        is_kept_narrowing=np.isin(
            np.arange(len(voices.claims)), [row for row in standings if standings[row].is_kept_narrowing]
        ),
        said=_first_said(voices),
        amounts=voices.amounts,
        word=_words(voices),
    )


def _of_questions(voices: Voices) -> dict[str, NDArray[Any]]:
    """Return what columns hold of questions and their answers, and of the claims as entries."""
    axes, constants = voices.axes, voices.constants
    resolutions = [voices.record.resolutions.get(question.id) for question in voices.questions]
    n_points = np.array([len(axis.grid) for axis in axes], dtype=np.intp)
    _, point, fit = voices.assertions.entries(voices.said)
    clamps = [
        axis.prior if resolution is None else clamp(axis, resolution, constants)
        for axis, resolution in zip(axes, resolutions, strict=True)
    ]
    return {
        "questions": _objects([question.id for question in voices.questions]),
        "shared_list": _objects([axis.shared_list for axis in axes]),
        "is_log": np.array([axis.is_log for axis in axes], dtype=bool),
        "is_clamped": np.array([resolution is not None for resolution in resolutions], dtype=bool),
        "n_points": n_points,
        "n_claims": np.diff(voices.start),
        "grid": np.concatenate([np.zeros(0), *(axis.grid for axis in axes)]),
        "prior": np.concatenate([np.zeros(0), *(axis.prior for axis in axes)]),
        "clamp": np.concatenate([np.zeros(0), *clamps]),
        "doubt": _doubt(voices, np.cumsum(n_points) - n_points),
        "rank": np.concatenate([np.zeros(0, dtype=np.intp), *(axis.rank for axis in axes)]),
        "n_entries": voices.assertions.n_entries[voices.said],
        "point": point,
        "fit": fit,
    }


def _doubt(voices: Voices, first_point: Index) -> Array:
    """Return the share of each answer that is left to an error that all share; see `models.doubt`."""
    rows = np.flatnonzero(voices.weight > 0)
    which, point, fit = voices.assertions.entries(voices.said[rows])
    place = first_point[voices.question[rows][which]] + point
    n_points = sum(len(axis.grid) for axis in voices.axes)
    close = voices.is_close[rows][which]
    size = np.maximum(voices.assertions.size[voices.said[rows]], 1.0)
    said = (voices.certainty[rows] / size)[which] * fit
    looked = np.zeros(n_points)
    np.fmax.at(looked, place, (voices.strength * voices.revised)[rows][which] * fit)
    bodies = confirmed(place[close], voices.body[rows][which][close], said[close], n_points)
    is_list = [np.full(len(axis.grid), axis.quantity is None) for axis in voices.axes]
    doubt = left_to_prior(bodies, looked, voices.constants)
    return np.where(np.concatenate([np.zeros(0, dtype=bool), *is_list]), doubt, 0.0)


def _first_said(voices: Voices) -> Index:
    """Return the first claim on each one's question that asserts the same, as its place among those there."""
    order, start = ordered(voices.question, voices.said)
    first = np.zeros_like(voices.said)
    first[order] = np.repeat(order[start], np.diff(start, append=len(order)))
    return first - voices.start[voices.question]


def _of_faults(voices: Voices) -> dict[str, NDArray[Any]]:
    """Return what columns hold of faults: of claims as they were made, and of versions that diverge."""
    constants, record = voices.constants, voices.record
    relaying: Amounts = (("vantage_relayed", 1.0),)
    charged: list[tuple[int, bool, str, float, Amounts]] = []
    for row, standing in voices.standings.items():
        if standing.fault > 0:
            claim = standing.claim
            near = claim_proximity(claim, claim.scope, record, constants)
            held = (*near.amounts, *voices.gains.get(row, NO_GAIN).amounts)
            charged.append((row, False, claim.source, standing.fault, held))
    for row in voices.divergence:
        charged.append((row, True, voices.claims[row].via[-1], constants.divergence_severity, relaying))
    charged.sort(key=lambda fault: fault[:2])
    rows = np.array([row for row, *_ in charged], dtype=np.intp)
    amounts = table([(("baseline", 1.0), *amounts) for *_, amounts in charged], COEFFICIENTS)
    return {
        "n_faults": np.bincount(voices.question[rows], minlength=len(voices.questions)),
        "fault_claim": _objects([voices.claims[row].id for row in rows.tolist()]),
        "fault_source": _objects([source for _, _, source, _, _ in charged]),
        "is_version": np.array([is_version for _, is_version, *_ in charged], dtype=bool),
        "fault_weight": np.array([weight for *_, weight, _ in charged], dtype=float),
        "fault_amounts": amounts,
    }


def _words(voices: Voices) -> Index:
    """Return the one answer that each claim names on its source's own word, as a point, or `NO_WORD`.

    What cites somebody, versions of one statement, and several voices of one body are dependent by
    what they declare, and weighed so already.
    """
    words = np.full(len(voices.claims), NO_WORD)
    rows = np.flatnonzero(voices.origins.speaks)
    rows = rows[voices.n_speaking[voices.origins.of[rows]] == 1]
    _, voice_of, n_voices = np.unique(
        voices.question[rows] * len(voices.sources) + voices.body[rows],
        return_inverse=True,
        return_counts=True,
    )
    is_list = np.array([question.quantity is None for question in voices.questions], dtype=bool)
    said, n_entries = voices.said[rows], voices.assertions.n_entries[voices.said[rows]]
    is_word = (n_voices[voice_of] == 1) & (n_entries == 1) & (voices.coverage[rows] == 1)
    is_word &= is_list[voices.question[rows]] & ~voices.cites[rows]
    words[rows[is_word]] = voices.assertions.entries(said[is_word])[1]
    return words


def _objects(listed: Sequence[object]) -> NDArray[np.object_]:
    column = np.empty(len(listed), dtype=np.object_)
    column[:] = listed
    return column


def clamp(axis: Axis, resolution: Resolution, constants: Constants) -> Array:
    """Return what a resolution makes of the answers, shape (n_points,)."""
    true = axis.membership(resolution.answer)
    rest = 1 - true if axis.quantity is None else axis.prior
    sure = constants.resolved_credence
    clamped = sure * true / true.sum() + (1 - sure) * rest / max(rest.sum(), 1e-300)
    return np.asarray(clamped / clamped.sum())
