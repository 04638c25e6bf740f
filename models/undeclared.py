"""Undeclared copying in a ledger: the claims that declare no source, as a table for `models.copying`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from models.attributions import Attributions
from models.axis import Array
from models.columns import NO_WORD, Columns, Index
from models.copying import Copying, find_copying
from models.families import LEAST_KEPT, Copied, Families, Kin
from models.hierarchy import SourceTree

# Two sources need this many such claims each before anything is searched for.
LEAST_CLAIMS = 10
# Of two answers a wrong one is the other one: sharing it tells nothing.
LEAST_ANSWERS = 3


def find_families(
    columns: Columns, node: Index, tree: SourceTree, fit: Callable[[Array], Array]
) -> tuple[Families, Array | None]:
    """Search a ledger for undeclared copying.

    Parameters
    ----------
    columns : Columns
        All of the ledger.
    node : array of int of shape (n_claims,)
        Where each claim's source stands in the tree.
    fit : function
        Fits it with what is left of each claim's weight, an array of shape (n_claims,), and returns the
        posterior of each answer. Not called where nothing is found at first sight.

    Returns
    -------
    families : Families
    kept : array of shape (n_claims,), or None
        What is left of each claim's weight; None where nothing is found.
    """
    question = columns.question_of_claim
    rows = np.flatnonzero((columns.word != NO_WORD) & (columns.n_points[question] >= LEAST_ANSWERS))
    if (np.bincount(node[rows]) >= LEAST_CLAIMS).sum() < 2:
        return Families(), None
    question = question[rows]
    # The search takes the first of equals, so its rows stand in an order that no arrival changes.
    source, asked = _rank(tree.names)[node[rows]], _rank(columns.questions.tolist())[question]
    order = np.lexsort((asked, source))
    rows, question = rows[order], question[order]
    answer = columns.first_point[question] + columns.word[rows]
    facts = Attributions.from_columns(
        _codes(source[order]), _codes(asked[order]), _named(columns, question, answer)
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
    sources = list(dict.fromkeys(columns.source[rows].tolist()))
    return _families(facts, sources, columns.claims[rows].tolist(), found, posterior), kept


def _rank(names: Sequence[str]) -> Index:
    """Return the place of each name among all of them, sorted."""
    rank = np.empty(len(names), dtype=np.intp)
    rank[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    return rank


def _codes(labels: Index) -> Index:
    """Return labels as numbers from zero up without gaps, in their order."""
    _, codes = np.unique(labels, return_inverse=True)
    return codes


def _named(columns: Columns, question: Index, answer: Index) -> Index:
    """Return a number for what each answer is called, the same on every question that has it."""
    lists = dict.fromkeys(names for names in columns.shared_list.tolist() if names is not None)
    number = {name: i for i, name in enumerate(sorted({name for names in lists for name in names}))}
    first: dict[tuple[str, ...], int] = {}
    numbers: list[int] = []
    for names in lists:
        first[names] = len(numbers)
        numbers += [number[name] for name in names]
    start = np.array([first.get(names, 0) for names in columns.shared_list.tolist()], dtype=np.intp)
    return np.asarray(np.array(numbers, dtype=np.intp)[start[question] + columns.rank[answer]])


def _families(
    facts: Attributions, sources: list[str], claims: list[str], found: Copying, posterior: Array
) -> Families:
    of_source: dict[int, set[int]] = defaultdict(set)
    for source, fact in zip(facts.claim_source, facts.claim_fact, strict=True):
        of_source[int(source)].add(int(fact))
    families: dict[int, list[tuple[Kin, set[int]]]] = defaultdict(list)
    for pair in zip(found.source.tolist(), found.partner.tolist(), strict=True):
        both = of_source[pair[0]] & of_source[pair[1]]
        n_errors = sum(posterior[fact] < 0.5 for fact in both)
        for one, other in (pair, pair[::-1]):
            families[one].append((Kin(sources[other], len(both), int(n_errors)), both))
    for family in families.values():
        family.sort(key=lambda each: (-each[0].n_errors, -each[0].n_shared, each[0].source))
    copied = {}
    laid_out = zip(facts.claim_source, facts.claim_fact, facts.claim_row, found.weight, strict=True)
    for source, fact, row, kept in laid_out:
        if kept < 1:
            kin = next(kin for kin, both in families[int(source)] if int(fact) in both)
            copied[claims[row]] = Copied(float(kept), kin)
    by_source = {sources[s]: tuple(kin for kin, _ in family) for s, family in families.items()}
    return Families(copied, by_source)
