"""Undeclared copying between sources, found by the errors that they share.

Two sources that know a thing agree on it. Two that err agree by chance, and seldom on what is
rare; a source that copies another repeats its errors too. For a pair of sources that agree on
fact f of an object, with q the posterior of f by outsiders alone, r and r' their accuracies and
g how often someone who errs says f,

    alone  = q r r' + (1 - q) (1 - r) (1 - r') g²
    copied = q r r' + (1 - q) (1 - (r + r')/2) g

and at a rate c of copying the agreement has probability c · copied + (1 - c) · alone; where they
disagree there is 1 - c. Agreeing on the truth says nothing here, so that good sources on one
topic are no family. The null is not c = 0 but a little background agreement, and g is never less
than how often two wrong claims of unsuspected sources coincide on this very record.

Who is suspected at all comes from an inverted index on rare facts, never from all pairs. The fit
and the search take turns: each fit starts anew with the discounted claims, each search again
with what the fit found. A source's accuracy has two readings: by its discounted claims where it
votes, by all of them in the test, or what was discounted would argue for more discounts. What is
discounted are the shared claims, not the sources, each pair's on the side that shares less; of two
that share alike, on both.

References
----------
.. [1] X. L. Dong, L. Berti-Equille, D. Srivastava, Integrating conflicting data: the role of source
   dependence, PVLDB 2(1), 2009. doi:10.14778/1687627.1687690
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from models import copying_kernel as kernel
from models.attributions import Attributions, Codes
from models.axis import Array

# Where sources share short lists of answers, wrong claims coincide anyway and tell nothing of copying.
# Three even answers make a half, yes and no one.
LARGEST_COINCIDENCE = 0.6
# Records with more claims are searched only when a sample of their sources shows something.
SAMPLED_CLAIMS = 50_000
# At least this share of the sources is sampled: a sixty-fourth of all pairs.
LEAST_SAMPLE = 0.125
# Fibonacci hashing, by the golden ratio of 2³²: source codes may come in any order.
HASH = 2654435769
# Supporter pairs looked at, a claim: rarest facts first. A cap on support instead loses large families.
MEETINGS = 16
# Partners kept a source. Families are larger than one would think: shops that share one wholesaler.
PARTNERS = 64
# Shared facts and nats over Poisson that make a pair suspect: there are as many partners as sources.
LEAST_SHARED = 3
EXCESS = 2.0
# In a sample, where families are cut to a few members, a pair must share twice what is expected.
SAMPLE_RATIO = 2.0
# Rates of copying that are compared, as shares of the objects that both speak on.
RATES = np.array([0.5, 0.75, 0.95])
# Agreement that needs no copying: common sources, common habits.
BACKGROUND = 0.03
# Before a record is seen, one source in five copies; worth twenty sources.
COPIERS, COPIERS_STRENGTH = 0.2, 20
# Accuracy of every source in the flat vote that starts, and the prior of accuracies later, in claims.
FLAT = 0.7
RIGHT, WRONG = 4.0, 2.0
# Values that nobody names, an object.
UNNAMED = 2.0
# Weight of even guesses against an object's claims, as in the fit.
GUESS_STRENGTH = 16.0
# Before a record is seen, one pair of wrong claims in ten coincides; worth ten pairs.
COINCIDING, COINCIDING_STRENGTH = 0.1, 10.0
# The pairs found seldom change after the fourth.
MOST_ROUNDS = 10
# Two numbers of shared facts that differ by less than a thousandth differ by rounding alone.
RANKED_DIGITS = 3
# Rounds in which suspects are heard nowhere: the flat vote, and one fit that judges what it accused.
WARY_ROUNDS = 2

Fit = Callable[[Array], Array]


@dataclass(frozen=True, eq=False)
class Copying:
    """Pairs of sources of which one likely copies the other, or both a third.

    Parameters
    ----------
    weight : array of shape (n_claims,)
        Of each claim, how likely it is not copied; all exactly 1 where nothing was found.
    source, partner : arrays of int32 of shape (n_pairs,)
        Codes of the two. Who copied whom is unknown: by and large the partner shares more with others.
    probability : array of shape (n_pairs,)
    n_shared : array of int32 of shape (n_pairs,)
        Facts that both assert.
    n_rounds : int
        Fits that the search took.
    """

    weight: Array
    source: Codes
    partner: Codes
    probability: Array
    n_shared: Codes
    n_rounds: int

    @property
    def is_found(self) -> bool:
        """Whether there is any pair; if not, a fit on the record as it is stands."""
        return len(self.source) > 0


def find_copying(facts: Attributions, fit: Fit, coincide: float = 0.0) -> Copying:
    """Search a record for undeclared copying.

    Parameters
    ----------
    facts : Attributions
    fit : function of an array of shape (n_claims,) to one of shape (n_facts,)
        Fits the record anew, each claim at its weight, and returns the posterior of each fact.
        Not called where nothing is found at first sight.
    coincide : float
        How often two wrong claims say the same at least, where more is known than the labels tell.
    """
    coincide = max(labels_coincide(facts), coincide)
    if coincide > LARGEST_COINCIDENCE or not _is_suspicious(facts):
        return _nothing(facts, 0)
    return _Search(facts).run(fit, coincide)


def compile_search() -> None:
    """Have the search compiled and kept: it takes seconds, once, and nobody should wait for it."""
    repeated, objects = range(4), range(40)
    rows = [
        (source, about, about % 7 if source in repeated else about % 8)
        for source in range(10)
        for about in objects
    ]
    source, about, value = zip(*rows, strict=True)
    facts = Attributions.from_columns(source, about, [f"v{code}" for code in value])
    find_copying(facts, lambda _: np.full(facts.n_facts, 1 / 8))


def labels_coincide(facts: Attributions) -> float:
    """Return how often two wrong claims would say the same if labels alone decided: γ.

    With s_v the share of claims that say v, wherever they do, γ = Σ_v s_v Σ_u≠v (s_u / (1 - s_v))²:
    1 for two labels, 1/(K - 1) for K even ones, about 0 where every object has values of its own.
    """
    n_said = np.bincount(facts.fact_value, np.diff(facts.fact_start))
    share = n_said[n_said > 0] / max(n_said.sum(), 1)
    if len(share) < 2:
        return 1.0
    return float((share * (np.sum(share**2) - share**2) / (1 - share) ** 2).sum())


def _is_suspicious(facts: Attributions) -> bool:
    """Say whether any pair of a sample of sources shares far more than activity tells."""
    n_sources = len(facts.sources)
    share = max(SAMPLED_CLAIMS / max(facts.n_claims, 1), LEAST_SAMPLE)
    if share >= 1:
        return True
    is_sampled = (np.arange(n_sources, dtype=np.uint32) * np.uint32(HASH)) < np.uint32(share * 2**32)
    size, fact_start, claim_source = kernel.sampled(facts.claim_source, facts.fact_start, is_sampled)
    return len(_suspects(claim_source, fact_start, size, np.zeros(len(fact_start) - 1), SAMPLE_RATIO)[0]) > 0


def _suspects(
    claim_source: Codes, fact_start: Codes, size: Codes, rarity: Array, sample_ratio: float = 0.0
) -> tuple[Codes, Codes]:
    """Return the suspected pairs, each once, in order."""
    n_sources = len(size)
    support = np.bincount(np.diff(fact_start), minlength=3)
    meetings = np.cumsum(support * np.arange(len(support)) * np.arange(-1, len(support) - 1) / 2)
    widest = max(int(np.searchsorted(meetings, MEETINGS * int(size.sum()), side="right")) - 1, 2)
    start, held = kernel.held_facts(claim_source, fact_start, n_sources)
    excess = EXCESS + float(np.log(max(n_sources, 1)))
    limits = (widest, PARTNERS, LEAST_SHARED, excess, sample_ratio)
    first, second = kernel.suspects(claim_source, fact_start, start, held, size, rarity, *limits)
    pairs = np.unique(first.astype(np.int64) * n_sources + second)
    return (pairs // n_sources).astype(np.int32), (pairs % n_sources).astype(np.int32)


def _nothing(facts: Attributions, n_rounds: int) -> Copying:
    nobody = np.zeros(0, np.int32)
    return Copying(np.ones(facts.n_claims), nobody, nobody, np.zeros(0), nobody, n_rounds)


class _Search:
    """The rounds of fit and test on one record, over the facts of each source."""

    def __init__(self, facts: Attributions) -> None:
        self._facts = facts
        n_sources = len(facts.sources)
        support = np.diff(facts.fact_start)
        n_named = np.diff(facts.object_start)
        n_heard = np.bincount(facts.fact_object, support, minlength=len(n_named))
        rarity = np.log((n_heard + n_named)[facts.fact_object] / np.maximum(support - 1, 1))
        size = np.bincount(facts.claim_source, minlength=n_sources).astype(np.int32)
        self._first, self._second = _suspects(facts.claim_source, facts.fact_start, size, rarity)
        self._start, self._held = kernel.held_facts(facts.claim_source, facts.fact_start, n_sources)
        both = np.concatenate([self._first, self._second])
        order = np.argsort(both, kind="stable")
        self._partner = np.concatenate([self._second, self._first])[order]
        self._partner_start = np.searchsorted(both[order], np.arange(n_sources + 1))
        self._size = size

    def run(self, fit: Fit, labels: float) -> Copying:
        facts, n_sources = self._facts, len(self._size)
        kept = np.ones(facts.n_claims, np.float32)
        weight = np.ones(facts.n_claims)
        voting = testing = np.full(n_sources, FLAT)
        coincide = max(COINCIDING, labels)
        n_partners = np.zeros(n_sources)
        before = np.zeros(len(self._first), bool)
        for n_rounds in range(MOST_ROUNDS):
            if n_rounds:
                posterior = self._among_named(fit(weight))
                voting, testing = self._accuracies(weight, posterior)
                coincide = max(labels, self._coincidence(kept, posterior))
            outside = self._outside(weight, voting, n_rounds < WARY_ROUNDS)
            factor, rate, n_shared = self._compare(kept, weight, outside, testing, coincide)
            probability = expit(factor + self._prior_log_odds(n_partners))
            found = probability > 0.5
            if not found.any():
                return _nothing(facts, n_rounds)
            if n_rounds >= WARY_ROUNDS and np.array_equal(found, before):
                break
            before = found
            pairs = self._first[found], self._second[found], probability[found]
            n_partners = self._total(found, probability)
            rank = self._ranks(self._total(found, probability * n_shared))
            held = self._start, self._held, outside, testing
            kernel.discount(*pairs, rate[found], rank, *held, coincide, kept)
            weight = kernel.by_claim(facts.claim_source, self._start, kept)
        lower = np.where(rank[pairs[0]] < rank[pairs[1]], pairs[0], pairs[1])
        upper = pairs[0] + pairs[1] - lower
        return Copying(weight, lower, upper, pairs[2], n_shared[before], n_rounds)

    def _ranks(self, n_copied: Array) -> Codes:
        """Rank sources by what they share with their families, then by what they say; equals rank alike."""
        n_copied = np.round(n_copied, RANKED_DIGITS)
        order = np.lexsort((self._size, n_copied))
        is_more = (np.diff(n_copied[order]) > 0) | (np.diff(self._size[order]) > 0)
        rank = np.zeros(len(order), np.int32)
        rank[order[1:]] = np.cumsum(is_more)
        return rank

    def _among_named(self, posterior: Array) -> Array:
        """Return the posterior given that one of the named values is true: accuracies are relative here."""
        facts = self._facts
        total = np.bincount(facts.fact_object, posterior, minlength=len(facts.objects))
        return np.asarray(posterior / np.maximum(total, 1e-300)[facts.fact_object])

    def _accuracies(self, weight: Array, posterior: Array) -> tuple[Array, Array]:
        """Return each source's accuracy by its discounted claims, and by all of them."""
        right, source, n_sources = (
            posterior[self._facts.claim_fact],
            self._facts.claim_source,
            len(self._size),
        )
        n_right = np.bincount(source, weight * right, minlength=n_sources) + RIGHT
        n_all_right = np.bincount(source, right, minlength=n_sources) + RIGHT
        n_said = np.bincount(source, weight, minlength=n_sources) + RIGHT + WRONG
        voting, testing = n_right / n_said, n_all_right / (self._size + RIGHT + WRONG)
        return np.minimum(voting, 0.99), np.minimum(testing, 0.99)

    def _outside(self, weight: Array, accuracy: Array, is_wary: bool) -> NDArray[np.float32]:  # noqa: FBT001
        """Return the posterior of each claim without its source and its partners.

        At first partners are heard on no side of an object, or those who share a topic would be found
        to err by who contradicts them; once pairs stand, their other claims count.
        """
        facts = self._facts
        layout = facts.claim_source, facts.fact_start, facts.object_start
        score, _ = kernel.vote(*layout, weight, accuracy, UNNAMED)
        index = self._start, self._held, self._partner_start, self._partner
        out: NDArray[np.float32] = kernel.without_partners(
            *layout, facts.fact_object, *index, score, weight, accuracy, UNNAMED, is_wary
        )
        return out

    def _coincidence(self, kept: NDArray[np.float32], posterior: Array) -> float:
        pairs = self._first, self._second, self._start, self._held, self._facts.fact_object
        beforehand = COINCIDING * COINCIDING_STRENGTH, COINCIDING_STRENGTH
        return float(kernel.coincidence(*pairs, kept, posterior, *beforehand))

    def _compare(
        self,
        kept: NDArray[np.float32],
        weight: Array,
        outside: NDArray[np.float32],
        accuracy: Array,
        coincide: float,
    ) -> tuple[Array, Array, Codes]:
        facts = self._facts
        support = np.bincount(facts.claim_fact, weight, minlength=facts.n_facts)
        n_heard = np.bincount(facts.fact_object, support, minlength=len(facts.objects))
        index = self._first, self._second, self._start, self._held, facts.fact_object, facts.object_start
        heard = kept, support, n_heard, outside, accuracy
        factor, rate, n_shared = kernel.compare(
            *index, *heard, coincide, GUESS_STRENGTH, UNNAMED, RATES, BACKGROUND
        )
        return factor, rate, n_shared

    def _prior_log_odds(self, n_partners: Array) -> Array:
        """Return the prior of each pair: of one who copies, by preferential attachment to the other."""
        n_sources = len(self._size)
        copiers = (COPIERS * COPIERS_STRENGTH + (n_partners > 0).sum() / 2) / (COPIERS_STRENGTH + n_sources)
        most = np.maximum(n_partners[self._first], n_partners[self._second])
        prior = copiers * (most + 1) / (n_partners.sum() / 2 + n_sources)
        return np.asarray(np.log(prior / (1 - prior)))

    def _total(self, found: NDArray[np.bool_], amount: Array) -> Array:
        """Return the sum of an amount over the pairs of each source."""
        n_sources = len(self._size)
        first = np.bincount(self._first[found], amount[found], minlength=n_sources)
        second = np.bincount(self._second[found], amount[found], minlength=n_sources)
        return np.asarray(first + second, dtype=np.float64)
