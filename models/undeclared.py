"""Undeclared copying in a ledger: the claims that declare no source, as a table for `models.copying`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import numpy as np

from models.attributions import Attributions
from models.axis import Array
from models.columns import NO_WORD, Columns
from models.copying import Copying, find_copying
from models.evidence import LEAST_KEPT
from models.families import Copied, Families, Kin

# Two sources need this many such claims each before anything is searched for.
LEAST_CLAIMS = 10
# Of two answers a wrong one is the other one: sharing it tells nothing.
LEAST_ANSWERS = 3


def find_families(columns: Columns, fit: Callable[[Array], Array]) -> tuple[Families, Array | None]:
    """Search a ledger for undeclared copying.

    Parameters
    ----------
    columns : Columns
        All of the ledger.
    fit : function
        Fits it with what is left of each claim's weight, an array of shape (n_claims,), and returns the
        posterior of each answer. Not called where nothing is found at first sight.

    Returns
    -------
    families : Families
    kept : array of shape (n_claims,), or None
        What is left of each claim's weight; None where nothing is found.
    """
    n_points = np.repeat(columns.n_points, columns.n_claims)
    rows = np.flatnonzero((columns.word != NO_WORD) & (n_points >= LEAST_ANSWERS))
    _, n_words = np.unique(columns.source[rows].astype(str), return_counts=True)
    if (n_words >= LEAST_CLAIMS).sum() < 2:
        return Families(), None
    question = columns.question_of_claim[rows]
    # The search takes the first of equals, so its rows stand in an order that no arrival changes.
    order = np.lexsort((columns.questions[question].astype(str), columns.source[rows].astype(str)))
    rows, question = rows[order], question[order]
    answer = columns.first_point[question] + columns.word[rows]
    lists, ranks = columns.shared_list[question], columns.rank[answer]
    said = [names[rank] for names, rank in zip(lists, ranks.tolist(), strict=True)]
    facts = Attributions.from_columns(
        columns.source[rows].tolist(), columns.questions[question].tolist(), said
    )
    answer_of_fact = answer[facts.claim_row[facts.fact_start[:-1]]]
    kept, posterior = np.ones(len(columns.claims)), np.zeros(facts.n_facts)

    def keep(weight: Array) -> None:
        kept[rows[facts.claim_row]] = np.where(weight < 1, np.maximum(weight, LEAST_KEPT), 1.0)

    def fit_weighted(weight: Array) -> Array:
        nonlocal posterior
        keep(weight)
        posterior = fit(kept.copy())[answer_of_fact]
        return np.asarray(posterior)

    found = find_copying(facts, fit_weighted, float(np.mean(1 / (columns.n_points[question] - 1))))
    if not found.is_found:
        return Families(), None
    keep(found.weight)
    return _families(facts, columns.claims[rows].tolist(), found, posterior), kept


def _families(facts: Attributions, claims: list[str], found: Copying, posterior: Array) -> Families:
    of_source: dict[int, set[int]] = defaultdict(set)
    for source, fact in zip(facts.claim_source, facts.claim_fact, strict=True):
        of_source[int(source)].add(int(fact))
    families: dict[int, list[tuple[Kin, set[int]]]] = defaultdict(list)
    for pair in zip(found.source.tolist(), found.partner.tolist(), strict=True):
        both = of_source[pair[0]] & of_source[pair[1]]
        n_errors = sum(posterior[fact] < 0.5 for fact in both)
        for one, other in (pair, pair[::-1]):
            families[one].append((Kin(facts.sources[other], len(both), int(n_errors)), both))
    for family in families.values():
        family.sort(key=lambda each: (-each[0].n_errors, -each[0].n_shared, each[0].source))
    copied = {}
    laid_out = zip(facts.claim_source, facts.claim_fact, facts.claim_row, found.weight, strict=True)
    for source, fact, row, kept in laid_out:
        if kept < 1:
            kin = next(kin for kin, both in families[int(source)] if int(fact) in both)
            copied[claims[row]] = Copied(float(kept), kin)
    by_source = {facts.sources[s]: tuple(kin for kin, _ in family) for s, family in families.items()}
    return Families(copied, by_source)
