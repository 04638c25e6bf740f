"""The terms that an excerpt of one source's record implies.

The fit stands, and with it how every claim is judged by the others. What that tells of the source,
and of all who speak for its body, is counted as far as the excerpt goes, and the terms of the
corrections and of the record are solved again on the same tree, with the widths as learned.
"""

from __future__ import annotations

from copy import copy

import numpy as np
from scipy.special import expit

from models.acceleration import Anderson, newton_share
from models.axis import Array
from models.credence import CredenceModel
from models.excerpt import Excerpt
from models.faults import Faults
from models.observations import Expected, Observations
from models.proximity import of_one_body
from models.record import Record
from models.terms import Terms

# The solution ends when no term moves by more than this, in log-odds: far below the fit's own tolerance.
TOLERANCE = 1e-10


def excerpt_terms(model: CredenceModel, said: Record, source: str, excerpt: Excerpt) -> Terms:
    """Return the terms with one source's record, and its body's, counted as far as an excerpt.

    Parameters
    ----------
    model : CredenceModel
        Fitted to a ledger; it stays as it is.
    said : Record
        Of that ledger at least all that the source's body has said or carried, and all who speak for it.
    """
    columns, fellows = model.columns_, set(of_one_body(source, said))
    share = {claim.id: excerpt.share(claim, said.questions[claim.question]) for claim in said.claims}
    claims, faults = (
        np.array(
            [
                share[claim] if charged in fellows else 1.0
                for claim, charged in zip(ids, sources, strict=True)
            ]
        )
        for ids, sources in (
            (columns.claims, columns.source), (columns.fault_claim, columns.fault_source)
        )
    )  # fmt: skip
    # Where all count in full, the fit has found the terms already.
    if not ((claims < 1).any() or (faults < 1).any()):
        return model.terms_
    solved = copy(model)
    _solve(solved, model.faults_, claims, faults)
    return solved.terms_


def _solve(model: CredenceModel, before: Faults, claim_shares: Array, fault_shares: Array) -> None:
    columns, constants = model.columns_, model.constants_
    model.faults_ = faults = Faults(
        columns, model.tree_, columns.fault_amounts @ constants.coefficients, constants.widths, fault_shares
    )
    claims, question = model.likelihood_.observations, model.likelihood_.question
    moved = faults.outside(question, claims.source) - before.outside(question, claims.source)
    counted = Observations(claims.source, claims.offset + moved, claims.weight * claim_shares)
    found = _settled(model, counted)
    model._doubts(found.observed + faults.precision)
    model.n_judged_ = found.judged + faults.n_judged
    model.terms_ = model._terms(claim_shares)


def _settled(model: CredenceModel, claims: Observations) -> Expected:
    """Move the terms until they stand; return what the claims told of them last."""
    term, accelerated = model.track_term_, Anderson()
    for _ in range(model.max_iter):
        reliability = expit(claims.offset + term[claims.source])
        knew = model.likelihood_.known_by_others(reliability)
        found = claims.expected(reliability, knew, len(term))
        information = found.complete * term + found.gradient
        step = model.tree_.smooth(found.complete, information, model.widths_).mean - term
        model.track_term_ = reached = term + newton_share(step) * step
        if float(np.abs(reached - term).max()) < TOLERANCE:
            break
        term = accelerated.following(term, reached)
    return found
