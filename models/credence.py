"""The estimator: reliabilities of sources and credences of answers, learned together by EM.

For claim i of source s on question q, with r_i = σ(x_i + u_s) the probability that the source
knew and told it right, m_i(ω) how far what it said fits answer ω, c_i its commitment and γ_i
how often someone who does not know would say this:

    L_i(ω) = c_i r_i m_i(ω) + (1 - c_i r_i) γ_i
    log P(ω) = log π(ω) + η Σ_i w_i log L_i(ω) + const

docs/model.md has it at length.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

import numpy as np
from scipy.special import expit
from sklearn.base import BaseEstimator

from models import coefficients
from models.acceleration import Anderson, newton_share
from models.attributions import Attributions
from models.axis import Array
from models.columns import Columns, Flags, Index
from models.confusions import are_confused, are_dense, confusions
from models.constants import COLUMN, Constants
from models.copying import find_copying
from models.doubt import doubted, shared_doubt
from models.evidence import by_question, discounted
from models.evidence_reader import EvidenceReader
from models.faults import Faults
from models.hierarchy import BODY, KIND, MEMBER, SourceTree
from models.likelihood import Likelihood
from models.record import Record
from models.table import likelihood_of
from models.terms import Charge, Terms
from models.undeclared import find_families

# The search for copies asks who errs where, not by how much: its fits end when terms move by less.
SEARCH_TOL = 1e-3
# A ledger is fitted to this, so that what is answered does not depend on what it was fitted to before.
LEDGER_TOL = 1e-12
# What two fits that began apart differ by when they end is far less than the last of these decimals, and what
# the rounding itself does is undone by the steps that follow, to some billionths.
START_DECIMALS = 7
PLAIN_STEPS = 2
# How many of its claims a source's record is told by.
NAMED_CLAIMS = 3


class CredenceModel(BaseEstimator):  # type: ignore[misc]
    """Latent credibility analysis with source and claim covariates and dependence by provenance.

    Parameters
    ----------
    constants : Constants or None
        The model's defaults; None means those of `models.constants`.
    max_iter : int
        EM iterations at most.
    tol : float
        EM ends when no source term, nor the logarithm of a width, moves by more than this; that of
        confusions, when posteriors move by less than a fiftieth of it on average.

    Attributes
    ----------
    evidence_ : mapping of str to Evidence
        By question, where a record was fitted.
    columns_ : Columns
        The claims that carry weight, and the faults.
    families_ : Families
        Undeclared copying among the sources of a record, and what it leaves of each claim.
    likelihood_ : Likelihood
        The claims with their guess rates, and the posterior that they give.
    tree_ : SourceTree
        Where each source stands in the arrays below.
    credence_ : dict of str to array of shape (n_points,)
        The posterior over each question's axis, where a record was fitted.
    reliability_ : array of shape (n_claims,)
        Of each claim in `columns_`, for attributions of each source: the probability that the
        source knew and told it right.
    faults_ : Faults
        What corrections take from each source.
    track_term_ : array of shape (n_nodes,)
        What the rest of the record adds to each source's log-odds; kinds follow the sources.
    source_variance_ : array of shape (n_nodes,)
        Of what the record and its corrections add.
    doubt_ : array of shape (n_nodes,)
        Variance of each source's log-odds: `source_variance_` and the doubt about what is elicited.
    n_judged_ : array of shape (n_nodes,)
        Effective number of each source's claims that the record could judge.
    widths_ : array of shape (3,)
        Learned widths of kinds, bodies and members.
    coefficients_ : dict of str to Coefficient
        The factors' coefficients after the resolutions; empty where these tell too little.
    constants_ : Constants
        The constants with those coefficients in force.
    terms_ : Terms
        All of this that a score is made of, besides the claims of its question.
    fact_credence_ : array of shape (n_facts,)
        For attributions, in place of `credence_`: the posterior of each value that is asserted.
    copying_ : Copying
        For attributions: who copies whom without saying so, and what that leaves of each claim.
    unnamed_credence_ : array of shape (n_objects,)
        For attributions: the posterior of all the values of an object that nobody asserts.
    n_iter_ : int
        Iterations, with those of the confusions where a table has any.
    is_converged_ : bool

    Notes
    -----
    E-step: each question's posterior, and for each claim the probability y_i that its source
    knew, given the *other* claims. M-step: one Newton step of all source terms on
    Σ w_i (y_i log r_i + (1 - y_i) log(1 - r_i)) under their tree-shaped prior, then the widths,
    by their expected squared steps. Intervals use Louis's observed information: a claim that
    nothing else bears on teaches nothing.

    References
    ----------
    .. [1] J. Pasternack, D. Roth, Latent credibility analysis, WWW 2013. doi:10.1145/2488388.2488476
    .. [2] T. Rekatsinas et al., SLiMFast, SIGMOD 2017. doi:10.1145/3035918.3035951
    .. [3] T. A. Louis, Finding the observed information matrix when using the EM algorithm,
       JRSS B 44(2), 1982. doi:10.1111/j.2517-6161.1982.tb01203.x

    Examples
    --------
    >>> from models.record import Record
    >>> CredenceModel().fit(Record()).credence_
    {}
    """

    def __init__(self, constants: Constants | None = None, max_iter: int = 500, tol: float = 1e-6) -> None:
        self.constants = constants
        self.max_iter = max_iter
        self.tol = tol

    def fit(
        self,
        X: Record | Columns | Attributions,  # noqa: N803  scikit-learn's name
        y: None = None,  # noqa: ARG002  scikit-learn's name
        *,
        tree: SourceTree | None = None,
        start: Terms | None = None,
    ) -> Self:
        """Fit to a record, forgetting any earlier fit.

        Parameters
        ----------
        X : Record, Columns or Attributions
            The ledger up to one moment, its columns, or a record that comes as a table.
        y : None
            Ignored: resolutions and corrections, the labels, are part of the record.
        tree : SourceTree or None
            Of the sources of columns.
        start : Terms or None
            What an earlier fit found: where to start from. It saves iterations and moves nothing
            beyond `tol`.
        """
        for name in [name for name in vars(self) if name.endswith("_")]:
            delattr(self, name)
        self.constants_ = elicited = self.constants or Constants()
        if isinstance(X, Attributions):
            return self._fit_attributions(X)
        if isinstance(X, Columns):
            return self._fit_columns(X, tree or SourceTree.of_sources({}), start)
        voices = EvidenceReader(X, elicited).voices(X.questions.values())
        self._fit_columns(voices.columns, SourceTree.of_sources(X.sources), start)
        self.record_ = X
        self.evidence_ = discounted(by_question(voices), self.families_)
        self.credence_ = self._credences()
        return self

    def _fit_columns(self, columns: Columns, tree: SourceTree, start: Terms | None) -> Self:
        elicited, columns = self.constants_, columns.weighty
        node = tree.nodes(columns.source)
        self.coefficients_ = coefficients.learned(columns, tree, node, elicited)
        self.constants_ = constants = elicited.moved_to(self.coefficients_)
        in_force = constants.coefficients
        self.columns_, self.tree_ = columns, tree
        self.faults_ = faults = Faults(columns, tree, columns.fault_amounts @ in_force, constants.widths)
        offset = columns.amounts @ in_force + faults.outside(columns.question_of_claim, node)
        begin = (None, constants.widths) if start is None else (start.track(tree), start.widths)

        def fitted(kept: Array | None, tol: float, begin: tuple[Array | None, Array]) -> Likelihood:
            heard = columns if kept is None else columns.discounted(kept)
            likelihood = Likelihood(heard, node, offset, constants=constants)
            self._learn(likelihood, begin, tol)
            return likelihood

        self.families_, kept = find_families(
            columns,
            node,
            tree,
            lambda kept: fitted(kept, max(self.tol, SEARCH_TOL), (None, constants.widths)).posterior,
        )
        self.likelihood_ = fitted(kept, self.tol, begin)
        self._forget_start(self.likelihood_)
        claims, found = self.likelihood_.observations, self._told
        self.reliability_ = expit(claims.offset + self.track_term_[claims.source])
        self.likelihood_.known(self.reliability_)
        self._doubts(found.observed + faults.precision)
        self.n_judged_ = found.judged + faults.n_judged
        self.terms_ = self._terms()
        return self

    def _terms(self, share: Array | None = None) -> Terms:
        """Return what was found, each claim counted by its share of its source's record."""
        node, columns = self.likelihood_.observations.source, self.columns_
        n_nodes = len(self.tree_.parent)
        share = np.ones(len(node)) if share is None else share
        contradicting = columns.amounts[:, COLUMN["contradiction"]]
        return Terms(
            elicited=self.constants or Constants(),
            coefficients=self.coefficients_,
            widths=self.widths_,
            guesses=self.likelihood_.guesses(),
            families=self.families_,
            tree=self.tree_,
            columns=np.stack(
                [
                    self.track_term_,
                    self.faults_.term,
                    self.source_variance_,
                    self.n_judged_,
                    np.bincount(node, share, minlength=n_nodes),
                    np.bincount(node, share * contradicting, minlength=n_nodes),
                    *self.faults_.sums.T,
                ],
                axis=1,
            ),
            named=self._named(share > 0),
            contradicted=self._named((share > 0) & (contradicting > 0)),
            charged=self._charged(),
        )

    def _in_order(self, question: Index, node: Index) -> Iterator[tuple[str, list[int]]]:
        """Yield each source with its rows, whatever the order in which its questions stand."""
        rank = np.argsort(np.argsort(self.columns_.questions))[question]
        order = np.lexsort((rank, node))
        starts = np.flatnonzero(np.diff(node[order], prepend=-1))
        for rows in np.split(order, starts[1:]) if len(order) else ():
            yield self.tree_.names[node[rows[0]]], rows.tolist()

    def _named(self, chosen: Flags) -> dict[str, tuple[str, ...]]:
        node, claims = self.likelihood_.observations.source, self.columns_.claims
        counted = np.flatnonzero(chosen)
        found = self._in_order(self.likelihood_.question[counted], node[counted])
        return {source: tuple(claims[counted[row]] for row in rows[:NAMED_CLAIMS]) for source, rows in found}

    def _charged(self) -> dict[str, tuple[Charge, ...]]:
        columns = self.columns_
        found = self._in_order(columns.question_of_fault, self.tree_.nodes(columns.fault_source))
        return {
            source: tuple(
                Charge(columns.fault_claim[row], bool(columns.is_version[row]))
                for row in rows
                if self.faults_.weight[row] > 0
            )
            for source, rows in found
        }

    def _credences(self) -> dict[str, Array]:
        """Return the posterior of each question, less what an error that all claims share may explain.

        A resolution ends that doubt.
        """
        columns, posterior = self.columns_, self.likelihood_.posterior
        parts = np.split(posterior, columns.first_point)[1:]
        return {
            question: credence if is_resolved else self._doubted(question, credence)
            for question, credence, is_resolved in zip(
                columns.questions, parts, columns.is_clamped, strict=True
            )
        }

    def _fit_attributions(self, facts: Attributions) -> Self:
        self.copying_ = find_copying(facts, lambda weight: self.fit_weighted(facts, weight).fact_credence_)
        return self.fit_weighted(facts, self.copying_.weight if self.copying_.is_found else None)

    def fit_weighted(self, facts: Attributions, weight: Array | None = None) -> Self:
        """Fit to attributions of which each counts as much as it is told to, looking for no copies.

        Parameters
        ----------
        facts : Attributions
        weight : array of shape (n_claims,), or None where all count fully
        """
        self.constants_ = constants = self.constants or Constants()
        self.tree_ = SourceTree.of_one_kind(len(facts.sources))
        is_dense, found = are_dense(facts, constants), None
        if is_dense and are_confused(facts, constants, weight):
            found = confusions(facts, constants, self.max_iter, self.tol, weight)
        self.likelihood_ = likelihood_of(facts, constants, weight, is_dense=is_dense, found=found)
        self._learn(self.likelihood_, (None, constants.widths), self.tol)
        if found is not None:
            self.n_iter_ += found.n_iter
            self.is_converged_ &= found.is_converged
        self.columns_ = columns = self.likelihood_.columns
        self.reliability_ = expit(constants.baseline + self.track_term_[:-1])
        self._doubts(self._told.observed)
        self.n_judged_ = self._told.judged
        credence = (1 - columns.doubt) * self.likelihood_.posterior + columns.doubt * columns.prior
        # The last answer of each object is all that nobody named.
        last = columns.first_point + columns.n_points - 1
        self.fact_credence_, self.unnamed_credence_ = np.delete(credence, last), credence[last]
        return self

    def _doubted(self, question: str, credence: Array) -> Array:
        found = self.evidence_[question]
        return doubted(credence, shared_doubt(found, self.constants_), found.axis.prior)

    def _learn(self, likelihood: Likelihood, begin: tuple[Array | None, Array], tol: float) -> None:
        """Move terms and widths from where they begin until they stand.

        `_told` is then what the claims told of the terms last.
        """
        accelerated = Anderson()
        term, widths = begin
        term = np.zeros(len(self.tree_.parent)) if term is None else term
        point = np.append(term, np.log(widths))
        self.is_converged_ = False
        for iteration in range(self.max_iter):
            self.n_iter_ = iteration + 1
            reached = self._step(likelihood, point)
            if float(np.abs(reached - point).max()) < tol:
                self.is_converged_ = True
                break
            point = accelerated.following(point, reached)
        self._reached = reached

    def _step(self, likelihood: Likelihood, point: Array) -> Array:
        """Return what one iteration makes of the terms and the logarithms of the widths."""
        tree, stood, widths = self.tree_, point[:-3], np.exp(point[-3:])
        self._told = told = likelihood.expected(stood)
        step = tree.smooth(told.complete, told.complete * stood + told.gradient, widths).mean - stood
        self.track_term_ = term = stood + newton_share(step) * step
        smoothed = tree.smooth(told.observed, told.observed * term, widths)
        self.widths_ = self._widths(tree.steps(term) ** 2 + smoothed.step_variance, smoothed.told)
        return np.append(term, np.log(self.widths_))

    def _forget_start(self, likelihood: Likelihood) -> None:
        """Take a few plain steps from a rounded point: wherever one began, one result is reached."""
        point = np.round(self._reached, START_DECIMALS)
        for _ in range(PLAIN_STEPS):
            point = self._step(likelihood, point)

    def _doubts(self, precision: Array) -> None:
        self.source_variance_ = self.tree_.smooth(precision, precision, self.widths_).variance
        self.doubt_ = self.source_variance_ + self.constants_.elicitation_width**2

    def _widths(self, step_squared: Array, told: Array) -> Array:
        """Return the widths that the expected squared steps imply, each step counted as far as it is told."""
        strength = self.constants_.width_strength
        initial = self.constants_.widths
        widths = initial.copy()
        for edge in (KIND, BODY, MEMBER):
            if (self.tree_.edge == edge).sum() < 2:  # one step shows its size, but no width
                continue
            counted = np.where(self.tree_.edge == edge, told, 0.0)
            total = strength * initial[edge] ** 2 + (counted * step_squared).sum()
            widths[edge] = np.sqrt(total / (strength + counted.sum()))
        return widths
