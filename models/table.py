"""A table as a ledger without mandates: the columns of its claims, and their likelihood.

Every claim is certain, on its question's whole scope, and on its source's own ground. A table does not list
the answers that there are, so each object has one more, that no claim fits: all the values that nobody named
of it. Where values are numbers, a claim fits its neighbours too, as far as they are alike.

Where objects share a short list, sources are credited with being right, as in a ledger: records in which
heavy sources choose which side they cover, or hardly anybody is right, then stay with the vote. Where records
are dense, rarity tells who knew nonetheless; and where sources confuse answers in ways of their own, these
confusions say what is true, as a resolution would.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from models.attributions import Attributions
from models.axis import Array
from models.columns import Columns, Index
from models.confusions import Confusions
from models.constants import COEFFICIENTS, COLUMN, Constants
from models.grouping import spread
from models.likelihood import Likelihood
from models.recurring import RecurringValues

# Objects on which more values are named than this are compared by equal values alone.
MOST_COMPARED = 100


def likelihood_of(
    facts: Attributions,
    constants: Constants,
    weight: Array | None = None,
    *,
    is_dense: bool = False,
    found: Confusions | None = None,
) -> Likelihood:
    """Return the likelihood of a table.

    Parameters
    ----------
    facts : Attributions
    constants : Constants
    weight : array of shape (n_claims,) or None
        What is left of each claim's weight; None where all count fully.
    is_dense : bool
        Whether records are long enough to tell who knew where a list is shared.
    found : Confusions or None
        Where they say what is true.
    """
    columns = _columns(facts, constants)
    if weight is not None:
        columns = columns.discounted(weight)
    if found is not None:
        tempered = found.posterior**constants.evidence_temper
        tempered /= tempered.sum(axis=0)
        named = tempered[facts.fact_value, facts.fact_object]
        unnamed = 1 - np.bincount(facts.fact_object, named, minlength=len(facts.objects))
        columns = replace(
            columns, is_clamped=np.ones(len(unnamed), dtype=bool), clamp=_by_point(facts, named, unnamed)
        )
    elif is_dense:
        columns = replace(columns, shared_list=_all(None, len(facts.objects)))
    node, offset = facts.claim_source.astype(np.intp), _all(constants.baseline, facts.n_claims)
    # Numbers have no terms: their likeness tells more.
    if not facts.has_shared_answers and len(columns.fit) == facts.n_claims:
        return RecurringValues(columns, node, offset, constants=constants, facts=facts)
    return Likelihood(columns, node, offset, constants=constants)


def _columns(facts: Attributions, constants: Constants) -> Columns:
    n_named, n_claims = np.diff(facts.object_start).astype(np.intp), facts.n_claims
    if facts.has_shared_answers:
        n_unnamed = len(facts.values) - n_named.astype(float)
    else:
        n_unnamed = np.full(len(n_named), constants.unnamed_answers)
    each = 1 / (n_named + n_unnamed)
    prior = _by_point(facts, each[facts.fact_object], each * n_unnamed)
    # As far as a claim is believed before any record.
    strength = float(expit(constants.baseline))
    n_entries, fact, fit = _entries(facts, constants)
    place = (np.arange(facts.n_facts) - facts.object_start[facts.fact_object]).astype(np.intp)
    shared_list = np.empty(len(n_named), dtype=object)
    shared_list.fill(tuple(facts.values) if facts.has_shared_answers else None)
    on_own_ground = np.eye(len(COEFFICIENTS))[COLUMN["baseline"]]
    full = _all(1.0, n_claims)
    return Columns(
        questions=_all(None, len(n_named)),
        shared_list=shared_list,
        is_log=np.zeros(len(n_named), dtype=bool),
        is_clamped=np.zeros(len(n_named), dtype=bool),
        n_points=n_named + 1,
        n_claims=np.diff(facts.fact_start[facts.object_start]).astype(np.intp),
        n_faults=np.zeros_like(n_named),
        grid=_all(0.0, len(prior)),
        prior=prior,
        clamp=prior,
        doubt=_all(constants.table_doubt, len(prior)),
        rank=_by_point(facts, facts.fact_value.astype(np.intp), np.zeros(len(n_named))),
        claims=_all(None, n_claims),
        source=_all(None, n_claims),
        coverage=full,
        commitment=full,
        weight=full,
        judged_weight=full,
        strength=_all(strength, n_claims),
        revised=_all(0.0, n_claims),
        is_kept_narrowing=_all(value=False, n=n_claims),
        said=_all(0, n_claims),
        amounts=np.broadcast_to(on_own_ground, (n_claims, len(on_own_ground))),
        n_entries=n_entries,
        word=place[facts.claim_fact],
        point=place[fact],
        fit=fit,
        fault_claim=_all(None, 0),
        fault_source=_all(None, 0),
        is_version=np.zeros(0, dtype=bool),
        fault_weight=np.zeros(0),
        fault_amounts=np.zeros((0, len(COEFFICIENTS))),
    )


def _by_point(facts: Attributions, named: NDArray[Any], unnamed: NDArray[Any]) -> NDArray[Any]:
    """Return what is of each fact, and then what is of all that nobody named, object by object."""
    by_point = np.empty(len(named) + len(unnamed), dtype=named.dtype)
    by_point[np.arange(len(named)) + facts.fact_object] = named
    by_point[facts.object_start[1:] + np.arange(len(unnamed))] = unnamed
    return by_point


def _entries(facts: Attributions, constants: Constants) -> tuple[Index, Index, Array]:
    """Return how many facts each claim fits, which, and how far.

    Its own alone, but where values are numbers that objects do not share: those fit each other as far as
    they are alike.
    """
    own, size = facts.claim_fact.astype(np.intp), np.diff(facts.object_start)
    magnitude = None if facts.has_shared_answers else facts.magnitude
    if magnitude is None or size.max(initial=0) > MOST_COMPARED:
        return np.ones_like(own), own, np.ones(len(own))
    n_entries = size[facts.fact_object[own]]
    claim, fact = spread(facts.object_start[facts.fact_object[own]].astype(np.intp), n_entries)
    own = own[claim]
    of_fact = magnitude[facts.fact_value]
    apart = (of_fact[fact] - of_fact[own]) / constants.likeness_width
    return n_entries, fact, np.where(fact == own, 1.0, constants.likeness * np.exp(-0.5 * apart**2))


def _all(value: Any, n: int) -> NDArray[Any]:
    """Return a column of one value, which takes no room."""
    return np.broadcast_to(np.array(value), n)
