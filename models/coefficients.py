"""The coefficients of the factors, moved by resolutions from where they were elicited.

A claim on a resolved question is a labelled observation. The coefficients β are found together with
the terms u of the sources, as the mode of

    Σ_i w_i log(r_i f_i + (1 - r_i) γ_i) - ½ Σ_k ((β_k - b_k) / s_k)² + log p(u)
    r_i = σ(offset_i + Σ_k a_ik β_k + u_i)

with f_i how well the claim fits what proved true, γ_i how often one who did not know would have
said it, a_ik what it holds of each coefficient, b_k ± s_k the elicited value and its width, and p(u)
the tree-shaped prior. It is a logistic regression with a random term for each source, on the
probability that the source knew: what was right by a lucky guess counts for less, and a hedge that
proved wrong for less than an error.

References
----------
K. Lange, A gradient algorithm locally equivalent to the EM algorithm, JRSS B 57(2), 1995.
doi:10.1111/j.2517-6161.1995.tb02037.x
N. Breslow, D. Clayton, Approximate inference in generalized linear mixed models, JASA 88, 1993.
doi:10.1080/01621459.1993.10594284
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import expit

from models.acceleration import Anderson, newton_share
from models.axis import Array
from models.columns import Columns, Index
from models.constants import Coefficient, Coefficients, Constants
from models.faults import Faults
from models.hierarchy import SourceTree
from models.likelihood import Likelihood
from models.observations import LEAST_SPREAD, Observations

# Labels' worth below which nothing is learned: five certain ones take an eighth off a width of a half, so
# less stays well inside the doubt that every interval states anyway. No single question is worth as much.
FEWEST_LABELS = 5.0
# Steps at most, and what the last one moves in widths: both far beyond what a score shows.
MOST_STEPS = 500
TOLERANCE = 1e-8


def learned(columns: Columns, tree: SourceTree, node: Index, elicited: Constants) -> Coefficients:
    """Return what the resolutions of a ledger make of the coefficients; none where they tell too little.

    Only what was said on resolved questions is looked at, so nothing said on an open one moves a
    coefficient.

    Parameters
    ----------
    columns : Columns
    tree : SourceTree
    node : array of int of shape (n_claims,)
        Where each claim's source stands in it.
    elicited : Constants
    """
    if not columns.is_clamped.any():
        return {}
    node = node[np.repeat(columns.is_clamped, columns.n_claims)]
    part = columns.of_questions(columns.is_clamped)
    faults = Faults(part, tree, part.fault_amounts @ elicited.coefficients, elicited.widths)
    offset = part.amounts @ elicited.coefficients + faults.outside(part.question_of_claim, node)
    likelihood = Likelihood(part, node, offset, constants=elicited)
    labels = _labels(likelihood, part.question_of_claim, elicited.shared_doubt)
    if labels.weight.sum() < FEWEST_LABELS:
        return {}
    # In widths.
    design = part.amounts * np.array(list(elicited.coefficient_widths.values()))
    return _mode(likelihood, labels, design, tree, elicited)


def _labels(likelihood: Likelihood, question: Index, doubt: float) -> Observations:
    """Return the claims as labels: each weighs what it does on its source's record, or less.

    All that is said on one question may rest on one error, so its claims' labels are correlated by
    the shared doubt, and n of them counted for Kish's n / (1 + (n - 1) doubt).
    """
    claims = likelihood.observations
    n_claims = np.bincount(question, claims.weight)
    return replace(claims, weight=claims.weight / (1 + doubt * np.maximum(n_claims - 1, 0.0))[question])


def _mode(
    likelihood: Likelihood, labels: Observations, design: Array, tree: SourceTree, elicited: Constants
) -> Coefficients:
    # It takes most of a second to import, and only resolutions need it.
    from sklearn.linear_model import Ridge  # noqa: PLC0415

    # In widths, so that the penalty of each is 1.
    ridge = Ridge(alpha=1.0, fit_intercept=False)
    n_nodes, n_coefficients = len(tree.parent), design.shape[1]
    point, accelerated = np.zeros(n_coefficients + n_nodes), Anderson()
    for _ in range(MOST_STEPS):
        step, term = point[:n_coefficients], point[n_coefficients:]
        moved = design @ step
        reliability = expit(labels.offset + moved + term[labels.source])
        spread = np.maximum(reliability * (1 - reliability), LEAST_SPREAD)
        knew = likelihood.known(reliability)
        complete = labels.total(spread, n_nodes)
        gradient = labels.total(knew - reliability, n_nodes)
        told = tree.smooth(complete, complete * term + gradient, elicited.widths).mean
        response = moved + (knew - reliability) / spread - (told - term)[labels.source]
        proposed = np.append(ridge.fit(design, response, sample_weight=labels.weight * spread).coef_, told)
        change = proposed - point
        moves = design @ change[:n_coefficients] + change[n_coefficients:][labels.source]
        reached = point + newton_share(moves) * change
        if float(np.abs(reached - point).max()) < TOLERANCE:
            break
        point = accelerated.following(point, reached)
    # Louis: what is not known of who knew tells nothing.
    width = _width(np.maximum(spread - knew * (1 - knew), 0.0), labels, design, tree, elicited)
    return {
        name: Coefficient(float(getattr(elicited, name) + before * reached[k]), float(before * width[k]))
        for k, (name, before) in enumerate(elicited.coefficient_widths.items())
    }


def _width(
    observed: Array, labels: Observations, design: Array, tree: SourceTree, elicited: Constants
) -> Array:
    """Return the share that is left of each width, the terms of the sources integrated out."""
    n_nodes = len(tree.parent)
    precision = labels.total(observed, n_nodes)
    information = design.T @ ((labels.weight * observed)[:, None] * design)
    for k, column in enumerate(design.T):
        # What the sources' terms would make of this column, had it been what is to be explained.
        told = tree.smooth(precision, labels.total(observed * column, n_nodes), elicited.widths).mean
        information[:, k] -= design.T @ (labels.weight * observed * told[labels.source])
    return np.asarray(np.sqrt(np.linalg.inv(np.eye(len(information)) + information).diagonal()))
