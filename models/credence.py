"""The estimator: reliabilities of sources and credences of answers, learned together by EM.

For claim i of source s on question q, with r_i = σ(x_i + u_s) the probability that the source
knew and told it right, m_i(ω) how far what it said fits answer ω, c_i its commitment and γ_i
how often someone who does not know would say this:

    L_i(ω) = c_i r_i m_i(ω) + (1 - c_i r_i) γ_i
    log P(ω) = log π(ω) + η Σ_i w_i log L_i(ω) + const

docs/model.md has it at length.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Self

import numpy as np
from scipy.special import expit
from sklearn.base import BaseEstimator

from models import coefficients
from models.acceleration import Anderson, newton_share
from models.attributions import Attributions
from models.axis import Array
from models.confusions import RightOnes, are_confused, are_dense, confusions
from models.constants import Constants
from models.copying import find_copying
from models.doubt import doubted, shared_doubt
from models.elsewhere import (
    CONTRADICTION,
    FAULT_INFORMATION,
    FAULT_PRECISION,
    INFORMATION,
    JUDGED,
    N_SUMS,
    OBSERVED,
    PRECISION,
    WEIGHTY,
    Elsewhere,
    Shares,
    totals,
)
from models.evidence import Evidence, EvidenceReader, Voice
from models.facts import NOTHING, FactLikelihood
from models.faults import Faults
from models.hierarchy import BODY, KIND, MEMBER, SourceTree
from models.likelihood import Likelihood
from models.observations import Expected
from models.proximity import body_of
from models.record import Record
from models.undeclared import discounted, find_families

# The search for copies asks who errs where, not by how much: its fits end when terms move by less.
SEARCH_TOL = 1e-3


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
        confusions, when posteriors move by less than a fiftieth of it on average.

    Attributes
    ----------
    evidence_ : dict of str to Evidence
        By question.
    families_ : Families
        Undeclared copying among the sources of a record, and what it leaves of each claim.
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
    coefficients_ : dict of str to Coefficient
        The factors' coefficients after the resolutions; empty where these tell too little.
    constants_ : Constants
        The constants with those coefficients in force.
    fact_credence_ : array of shape (n_facts,)
        For attributions, in place of `credence_`: the posterior of each value that is asserted.
    copying_ : Copying
        For attributions: who copies whom without saying so, and what that leaves of each claim.
    unnamed_credence_ : array of shape (n_objects,)
        For attributions: the posterior of all the values of an object that nobody asserts.
    elsewhere_ : Elsewhere or None
        What was known from outside the record, as given to `fit`.
    known_ : array of shape (n_nodes, N_SUMS)
        The same by node; see `models.elsewhere` for the columns.
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

    def fit(
        self,
        X: Record | Attributions,  # noqa: N803  scikit-learn's name
        y: None = None,  # noqa: ARG002  scikit-learn's name
        elsewhere: Elsewhere | None = None,
        start: Elsewhere | None = None,
    ) -> Self:
        """Fit to a record, forgetting any earlier fit.

        Parameters
        ----------
        X : Record or Attributions
            The ledger up to one moment, or a record that comes as a table.
        y : None
            Ignored: resolutions and corrections, the labels, are part of the record.
        elsewhere : Elsewhere or None
            Where the record is a part of a ledger: what the rest of it tells. The widths, the guess
            distributions and the coefficients are then taken from it and not learned.
        start : Elsewhere or None
            Where the record is a whole ledger that was fitted before: where to start from. It
            saves iterations and moves nothing beyond `tol`.
        """
        self.constants_ = self.constants or Constants()
        for name in [name for name in vars(self) if name.endswith("_") and name != "constants_"]:
            delattr(self, name)
        if isinstance(X, Attributions):
            return self._fit_attributions(X)
        self.coefficients_ = (
            coefficients.learned(X, self.constants_) if elsewhere is None else elsewhere.coefficients
        )
        self.constants_ = self.constants_.moved_to(self.coefficients_)
        return self._fit_record(X, elsewhere, start)

    def _fit_record(self, record: Record, elsewhere: Elsewhere | None, start: Elsewhere | None) -> Self:
        reader = EvidenceReader(record, self.constants_)
        evidence = {id_: reader.read(question) for id_, question in record.questions.items()}
        if elsewhere is None:
            self.families_ = find_families(evidence, lambda told: self._searched(record, told, start))
        else:
            self.families_ = elsewhere.families
        return self._fit_evidence(record, discounted(evidence, self.families_.copied), elsewhere, start)

    def _searched(
        self, record: Record, evidence: dict[str, Evidence], start: Elsewhere | None
    ) -> dict[str, Array]:
        """Return what a coarser fit to discounted evidence makes of each question, before doubt."""
        model = CredenceModel(self.constants, self.max_iter, max(self.tol, SEARCH_TOL))
        model.constants_ = self.constants_
        return model._fit_evidence(record, evidence, None, start).likelihood_.credences()

    def _fit_evidence(
        self,
        record: Record,
        evidence: dict[str, Evidence],
        elsewhere: Elsewhere | None,
        start: Elsewhere | None,
    ) -> Self:
        self.record_, self.evidence_ = record, evidence
        self._index()
        self.tree_ = SourceTree.of_record(record)
        self.elsewhere_ = elsewhere
        self.known_ = before = np.zeros((len(self.tree_.parent), N_SUMS))
        if start is not None:
            before = start.sums(self.tree_, self.constants_.widths)
        if elsewhere is not None:
            self.known_ = elsewhere.sums(self.tree_, self.constants_.widths)
            before = self.known_ + elsewhere.told_before(self.tree_)
        self.faults_ = Faults(self.evidence_, record, self.tree_, self.constants_, self.known_)
        given = elsewhere or start
        self.likelihood_ = Likelihood(
            self.evidence_,
            record,
            self.tree_,
            self.faults_,
            self.constants_,
            guesses=None if given is None else given.guesses,
            is_part=elsewhere is not None,
        )
        self.widths_ = self.constants_.widths if given is None else given.widths
        begin = self.tree_.smooth(before[:, PRECISION], before[:, INFORMATION], self.widths_).mean
        found = self._learn(self.likelihood_, begin)
        claims = self.likelihood_.observations
        self.reliability_ = expit(claims.offset + self.track_term_[claims.source])
        self.likelihood_.knew(self.reliability_)
        self._doubts(found.observed + self.faults_.precision + self.known_[:, OBSERVED])
        self.n_judged_ = found.judged + self.faults_.n_judged + self.known_[:, JUDGED]
        self.credence_ = {
            id_: self._doubted(id_, credence) for id_, credence in self.likelihood_.credences().items()
        }
        return self

    def _fit_attributions(self, facts: Attributions) -> Self:
        self.copying_ = find_copying(facts, lambda weight: self.fit_weighted(facts, weight).fact_credence_)
        return self.fit_weighted(facts, self.copying_.weight if self.copying_.is_found else NOTHING)

    def fit_weighted(self, facts: Attributions, weight: Array) -> Self:
        """Fit to attributions of which each counts as much as it is told to, looking for no copies.

        Parameters
        ----------
        facts : Attributions
        weight : array of shape (n_claims,), or of none where all count alike
        """
        self.constants_ = self.constants or Constants()
        self.tree_ = SourceTree.of_one_kind(len(facts.sources))
        self.elsewhere_ = None
        begin = np.zeros(len(self.tree_.parent))
        self.known_ = np.zeros((len(begin), N_SUMS))
        self.widths_ = self.constants_.widths
        likelihood: FactLikelihood | RightOnes
        is_dense = are_dense(facts, self.constants_)
        if is_dense and are_confused(facts, self.constants_, weight):
            dense = confusions(facts, self.constants_, self.max_iter, self.tol, weight)
            likelihood = RightOnes(facts, dense, self.constants_)
            found = self._learn(likelihood, begin)
            self.n_iter_, self.is_converged_ = dense.n_iter, dense.is_converged
        else:
            likelihood = FactLikelihood(facts, self.constants_, weight, is_dense=is_dense)
            found = self._learn(likelihood, begin)
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

    def share_of(self, voice: Voice) -> float:  # noqa: ARG002 - an excerpt's differ
        """Return how much a claim counts on its source's record, in [0, 1]: all in full."""
        return 1.0

    def reasons_on(self, question: str, source: str) -> list[str]:
        """Return a source's faults on one question, in words: as a speaker, and as a carrier."""
        told = []
        for voice in self.evidence_[question].voices:
            if voice.claim.source == source:
                told += [fault.because for fault in voice.standing.faults]
            if voice.divergence and voice.claim.via[-1] == source:
                told.append(f"its version differs from other carriers' in {voice.claim.id}")
        return told

    def reasons_elsewhere(self, source: str) -> list[str]:
        """Return a source's faults that lie outside the record, in words."""
        return [] if self.elsewhere_ is None else list(self.elsewhere_.reasons.get(source, ()))

    def _learn(self, likelihood: Likelihood | FactLikelihood | RightOnes, begin: Array) -> Expected:
        """Move terms and widths from `begin` until they stand; return what the claims told of them last."""
        tree, known = self.tree_, self.known_
        accelerated = Anderson()
        point = np.append(begin, np.log(self.widths_))
        self.is_converged_ = False
        for iteration in range(self.max_iter):
            self.n_iter_ = iteration + 1
            stood, widths = point[:-3], np.exp(point[-3:])
            found = likelihood.expected(stood)
            information = found.complete * stood + found.gradient + known[:, INFORMATION]
            proposed = tree.smooth(found.complete + known[:, PRECISION], information, widths).mean
            step = proposed - stood
            self.track_term_ = term = stood + newton_share(step) * step
            if self.elsewhere_ is None:
                smoothed = tree.smooth(found.observed, found.observed * term, widths)
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

    def shares(self) -> Shares:
        """Return what each question of the record tells of each of its sources."""
        claims, faults, last = self.likelihood_.observations, self.faults_, self.likelihood_.last
        n_claims, n_faults = len(claims.source), len(faults.question)
        number = {id_: i for i, id_ in enumerate(self.evidence_)}
        question = np.zeros(n_claims + n_faults, dtype=np.intp)
        sums = np.zeros((n_claims + n_faults, N_SUMS))
        for (id_, i), row in self.likelihood_.position.items():
            question[row] = number[id_]
            sums[row, CONTRADICTION] = self.evidence_[id_].voices[i].consistency.log_odds
        question[n_claims:] = [number[id_] for id_ in faults.question]
        term = self.track_term_[claims.source]
        sums[:n_claims, PRECISION] = claims.weight * last.spread
        sums[:n_claims, INFORMATION] = claims.weight * (last.spread * term + last.knew - self.reliability_)
        sums[:n_claims, OBSERVED] = claims.weight * last.spread * last.judged
        sums[:n_claims, JUDGED] = claims.weight * last.judged
        sums[:n_claims, WEIGHTY] = 1.0
        sums[n_claims:, [FAULT_PRECISION, FAULT_INFORMATION]] = faults.own_sums
        sums[n_claims:, OBSERVED] = faults.own_sums[:, 0]
        sums[n_claims:, JUDGED] = faults.observations.weight
        source = np.concatenate([claims.source, faults.observations.source])
        n_nodes = len(self.tree_.parent)
        pairs, of_pair = np.unique(question * n_nodes + source, return_inverse=True)
        summed = np.zeros((len(pairs), N_SUMS))
        np.add.at(summed, of_pair, sums)
        return Shares(list(self.evidence_), pairs // n_nodes, pairs % n_nodes, summed)

    def totals(self, shares: Shares) -> Array:
        """Return the whole ledger's sums, shape (n_nodes, N_SUMS), as `Elsewhere.totals` holds them."""
        own = self.known_.copy()
        np.add.at(own, shares.node, shares.sums)
        return totals(self.tree_, own, self.widths_, self.constants_.widths)

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
