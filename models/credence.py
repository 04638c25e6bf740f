"""The estimator: reliabilities of sources and credences of answers, learned together by EM.

For claim i of source s on question q, with r_i = σ(x_i + u_s) the probability that the source
knew and told it right, m_i(ω) how far what it said fits answer ω, c_i its commitment and γ_i
how often someone who does not know would say this:

    L_i(ω) = c_i r_i m_i(ω) + (1 - c_i r_i) γ_i
    log P(ω) = log π(ω) + η Σ_i w_i log L_i(ω) + const

DESIGN.md tells it at length.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Self

import numpy as np
from scipy.special import expit
from sklearn.base import BaseEstimator

from models.acceleration import Anderson
from models.attributions import Attributions
from models.axis import Array
from models.confusions import RightOnes, are_confused, are_dense, confusions
from models.constants import Constants
from models.doubt import doubted, shared_doubt
from models.evidence import Evidence, EvidenceReader, Voice
from models.facts import NOTHING, FactLikelihood
from models.faults import Faults
from models.hierarchy import BODY, KIND, MEMBER, SourceTree
from models.likelihood import Likelihood
from models.observations import Expected
from models.proximity import body_of
from models.record import Record


class CredenceModel(BaseEstimator):  # type: ignore[misc]
    """Latent credibility analysis with source and claim covariates and dependence by provenance.

    Parameters
    ----------
    constants : Constants or None
        The model's defaults; None means those of `models.constants`.
    max_iter : int
        EM iterations at most.
    tol : float
        EM ends when no source term, nor the logarithm of a width, moves by more than this; with
        confusions, when posteriors move by less than a tenth of it on average.

    Attributes
    ----------
    evidence_ : dict of str to Evidence
        By question.
    likelihood_ : Likelihood
        The claims that carry weight, with their guess rates.
    tree_ : SourceTree
        Where each source stands in the arrays below.
    credence_ : dict of str to array of shape (n_points,)
        The posterior over each question's axis.
    reliability_ : array of shape (n_weighty_claims,)
        Of each claim in `likelihood_`, for attributions of each source: the probability that the
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
    fact_credence_ : array of shape (n_facts,)
        For attributions, in place of `credence_`: the posterior of each value that is asserted.
    unnamed_credence_ : array of shape (n_objects,)
        For attributions: the posterior of all the values of an object that nobody asserts.
    n_iter_ : int
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

    def fit(self, X: Record | Attributions, y: None = None) -> Self:  # noqa: N803, ARG002  scikit-learn's names
        """Fit to a record, forgetting any earlier fit.

        Parameters
        ----------
        X : Record or Attributions
            The ledger up to one moment, or a record that comes as a table.
        y : None
            Ignored: resolutions and corrections, the labels, are part of the record.
        """
        self.constants_ = self.constants or Constants()
        for name in [name for name in vars(self) if name.endswith("_") and name != "constants_"]:
            delattr(self, name)
        return self._fit_attributions(X) if isinstance(X, Attributions) else self._fit_record(X)

    def _fit_record(self, record: Record) -> Self:
        self.record_ = record
        reader = EvidenceReader(record, self.constants_)
        self.evidence_: dict[str, Evidence] = {
            id_: reader.read(question) for id_, question in record.questions.items()
        }
        self._index()
        self.tree_ = SourceTree.of_record(record)
        self.faults_ = Faults(self.evidence_, record, self.tree_, self.constants_)
        self.likelihood_ = Likelihood(self.evidence_, record, self.tree_, self.faults_, self.constants_)
        found = self._learn(self.likelihood_)
        claims = self.likelihood_.observations
        self.reliability_ = expit(claims.offset + self.track_term_[claims.source])
        self.likelihood_.knew(self.reliability_)
        self._doubts(found.observed + self.faults_.precision)
        self.n_judged_ = found.judged + self.faults_.n_judged
        self.credence_ = {
            id_: self._doubted(id_, credence) for id_, credence in self.likelihood_.credences().items()
        }
        return self

    def _fit_attributions(self, facts: Attributions) -> Self:
        self.tree_ = SourceTree.of_one_kind(len(facts.sources))
        likelihood: FactLikelihood | RightOnes
        weight = NOTHING
        is_dense = are_dense(facts, self.constants_)
        if is_dense and are_confused(facts, self.constants_, weight):
            dense = confusions(facts, self.constants_, self.max_iter, self.tol, weight)
            likelihood = RightOnes(facts, dense, self.constants_)
            found = self._learn(likelihood)
            self.n_iter_, self.is_converged_ = dense.n_iter, dense.is_converged
        else:
            likelihood = FactLikelihood(facts, self.constants_, weight, is_dense=is_dense)
            found = self._learn(likelihood)
        self.reliability_ = expit(self.constants_.baseline + self.track_term_[:-1])
        self._doubts(found.observed)
        self.n_judged_ = found.judged
        self.fact_credence_, self.unnamed_credence_ = self._doubted_facts(facts, likelihood)
        return self

    def _doubted_facts(
        self, facts: Attributions, likelihood: FactLikelihood | RightOnes
    ) -> tuple[Array, Array]:
        """Leave to the answers' prior what an error that all claims on an object share would."""
        doubt = self.constants_.table_doubt
        unnamed = likelihood.unnamed
        prior = doubt / (np.diff(facts.object_start) + unnamed)
        return (
            (1 - doubt) * likelihood.posterior + prior[facts.fact_object],
            (1 - doubt) * likelihood.elsewhere + prior * unnamed,
        )

    def _doubted(self, question: str, credence: Array) -> Array:
        """Leave to the prior what an error that all claims share would; a resolution ends that doubt."""
        if question in self.record_.resolutions:
            return credence
        found = self.evidence_[question]
        return doubted(credence, shared_doubt(found, self.constants_), found.axis.prior)

    def _index(self) -> None:
        self._places: dict[str, tuple[str, int]] = {}
        self._by_source: dict[str, list[Voice]] = defaultdict(list)
        self._by_body: dict[str, list[Voice]] = defaultdict(list)
        self._by_carrier: dict[str, list[Voice]] = defaultdict(list)
        for question, found in self.evidence_.items():
            for i, voice in enumerate(found.voices):
                self._places[voice.claim.id] = question, i
                self._by_source[voice.claim.source].append(voice)
                self._by_body[body_of(voice.claim.source, self.record_)].append(voice)
                if voice.claim.via:
                    self._by_carrier[voice.claim.via[-1]].append(voice)

    def place_of(self, claim: str) -> tuple[str, int]:
        """Return a claim's question and its position in that question's evidence."""
        return self._places[claim]

    def voices_of(self, source: str) -> list[Voice]:
        """Return all claims of a source."""
        return self._by_source.get(source, [])

    def voices_of_body(self, source: str) -> list[Voice]:
        """Return all claims of the body that a source speaks for, its members' among them."""
        return self._by_body.get(body_of(source, self.record_), [])

    def voices_via(self, carrier: str) -> list[Voice]:
        """Return all claims that a carrier brought last."""
        return self._by_carrier.get(carrier, [])

    def _learn(self, likelihood: Likelihood | FactLikelihood | RightOnes) -> Expected:
        """Move terms and widths until they stand; return what the claims told of them last."""
        tree = self.tree_
        accelerated = Anderson()
        point = np.append(np.zeros(len(tree.parent)), np.log(self.constants_.widths))
        self.is_converged_ = False
        for iteration in range(self.max_iter):
            self.n_iter_ = iteration + 1
            stood, widths = point[:-3], np.exp(point[-3:])
            found = likelihood.expected(stood)
            term = tree.smooth(found.complete, found.complete * stood + found.gradient, widths).mean
            smoothed = tree.smooth(found.observed, found.observed * term, widths)
            self.track_term_ = term
            self.widths_ = self._widths(tree.steps(term) ** 2 + smoothed.step_variance, smoothed.told)
            reached = np.append(term, np.log(self.widths_))
            if float(np.abs(reached - point).max()) < self.tol:
                self.is_converged_ = True
                break
            point = accelerated.following(point, reached)
        return found

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
