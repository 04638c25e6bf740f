"""The inner loops of the fit on attributions, compiled: one pass over the claims an iteration.

Claims stand by object and by fact, so that a pass reads them in order; what it looks up by
source stands together in one row of a small table. Nothing here decides anything: the
equations are those of `models.facts` and `models.confusions`, which call it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

# A product of likelihood ratios is turned into a logarithm before it leaves the range of a double.
LARGEST_PRODUCT = 1e250
# Objects with more claims than this are sorted by numpy, the rest where they stand.
SHORT_LIST = 48
THREE_QUARTERS = 0.75
# Columns of the table of sources.
SPREAD, KNEW, OBSERVED, COMPLETE = range(4)


def _compiled(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Compile a function on its first call, and keep the result where there is a place to keep it."""

    def compile_(function: Callable[..., Any]) -> Callable[..., Any]:
        try:
            compiled: Callable[..., Any] = numba.njit(cache=True, **options)(function)
        except RuntimeError:  # neither the package's folder nor a home can be written
            compiled = numba.njit(**options)(function)
        return compiled

    return compile_


# Sums may be taken in another order and quotients as products; NaN and infinity keep their meaning.
REORDERED = {"reassoc", "contract", "nsz", "arcp"}


@_compiled()
def layout(source, object_, value, n_sources, n_objects):  # type: ignore[no-untyped-def]
    """Sort rows by object, then value; a source's repetition of a fact is left out.

    Returns
    -------
    order : array of int32 of shape (n_claims,)
        The row of each claim.
    fact_start, fact_value, object_start : arrays of int32
        As in `models.attributions.Attributions`.
    """
    n = len(source)
    start = np.zeros(n_objects + 1, np.int32)
    for i in range(n):
        start[object_[i] + 1] += 1
    for o in range(n_objects):
        start[o + 1] += start[o]
    order = np.empty(n, np.int32)
    place = start[:-1].copy()
    for i in range(n):
        o = object_[i]
        order[place[o]] = i
        place[o] += 1
    fact_start = np.empty(n + 1, np.int32)
    fact_value = np.empty(n, np.int32)
    object_start = np.zeros(n_objects + 1, np.int32)
    said = np.full(n_sources, -1, np.int32)
    n_facts = 0
    n_claims = 0
    for o in range(n_objects):
        low, high = start[o], start[o + 1]
        if high - low > SHORT_LIST:
            rows = order[low:high].copy()
            order[low:high] = rows[np.argsort(value[rows], kind="mergesort")]
        else:
            for i in range(low + 1, high):
                row = order[i]
                j = i - 1
                while j >= low and value[order[j]] > value[row]:
                    order[j + 1] = order[j]
                    j -= 1
                order[j + 1] = row
        before = -1
        for i in range(low, high):
            row = order[i]
            if value[row] != before:
                before = value[row]
                fact_value[n_facts] = before
                fact_start[n_facts] = n_claims
                n_facts += 1
            if said[source[row]] != n_facts:
                said[source[row]] = n_facts
                order[n_claims] = row
                n_claims += 1
        object_start[o + 1] = n_facts
    fact_start[n_facts] = n_claims
    return (
        order[:n_claims].copy(),
        fact_start[: n_facts + 1].copy(),
        fact_value[:n_facts].copy(),
        object_start,
    )


@numba.njit(inline="always")
def _power(base, exponent):  # type: ignore[no-untyped-def]
    """Return base**exponent for 1 <= base < 1e300, to five digits: a third of the time of the exact one."""
    bits = np.float64(base).view(np.int64)
    whole = ((bits >> 52) & 2047) - 1023
    mantissa = np.int64((bits & 4503599627370495) | 4607182418800017408).view(np.float64)
    ratio = (mantissa - 1.4142135623730951) / (mantissa + 1.4142135623730951)
    square = ratio * ratio
    # atanh series of the logarithm around the root of two
    log2 = 0.5 + ratio * (
        2.885390081777927
        + square * (0.961796693925976 + square * (0.577078016355585 + square * 0.412198583111132))
    )
    power = exponent * (whole + log2)
    floor = math.floor(power)
    rest = power - floor
    # Taylor series of 2**rest
    exp2 = 1.0 + rest * (
        0.6931471805599453
        + rest
        * (
            0.2402265069591007
            + rest
            * (
                0.05550410866482158
                + rest * (0.009618129107628477 + rest * (0.001333355814642844 + rest * 0.000154035303938161))
            )
        )
    )
    return exp2 * np.int64((np.int64(floor) + 1023) << 52).view(np.float64)


@numba.njit(inline="always")
def _counted(weight, first, last):  # type: ignore[no-untyped-def]
    """Return what the claims from `first` up to `last` count for together."""
    if len(weight) == 0:
        return float(last - first)
    total = 0.0
    for i in range(first, last):
        total += weight[i]
    return total


@_compiled(fastmath=REORDERED)
def expect(  # type: ignore[no-untyped-def]
    claim_source, weight, fact_start, object_start, unnamed, fact_odds, counts_right, strength, temper,
    odds_of, table, posterior, elsewhere, fact_precision, fact_gradient,
):  # fmt: skip
    """E-step: the posterior of every fact, and of every claim whether its source knew.

    Parameters
    ----------
    claim_source, fact_start, object_start
        As in `models.attributions.Attributions`.
    weight : array of shape (n_claims,) or (0,)
        What each claim counts for; empty where all count fully.
    unnamed : array of shape (n_objects,)
        How many answers each object has that nobody named.
    fact_odds : array of shape (n_facts,) or (0,)
        Factor on the odds that those who assert a fact knew; empty where there is none.
    counts_right : bool
        Whether a source is credited with being right, and not with having known.
    strength : float
        c, the weight of the prior in the guess.
    temper : float
        η, the power to which all evidence is raised.
    odds_of : array of shape (n_sources,)
        Odds that each source knows.
    table : array of shape (n_sources, 4)
        In: r(1 - r). Out: sums over its claims of "knew", of observed information and, where there
        is weight or are fact odds, of complete information.
    posterior : array of shape (n_facts,)
        Out.
    elsewhere : array of shape (n_objects,)
        Out: the posterior of all answers that nobody named.
    fact_precision, fact_gradient : arrays of shape (n_facts,) or (0,)
        Out, where there are fact odds: mean information on the log of a fact's odds, and mean gradient.
    """
    weighs = len(weight) > 0
    differs = len(fact_odds) > 0
    # Two square roots take half the time of a power.
    is_three_quarters = temper == THREE_QUARTERS and not weighs
    for o in range(len(object_start) - 1):
        first, last = object_start[o], object_start[o + 1]
        if first == last:
            elsewhere[o] = 1.0
            continue
        total = _counted(weight, fact_start[first], fact_start[last])
        prior = strength / (last - first + unnamed[o])
        top = 0.0
        for f in range(first, last):
            said = _counted(weight, fact_start[f], fact_start[f + 1])
            rarity = (total + strength) / (said + prior)
            if differs:
                rarity *= fact_odds[f]
            log = 0.0
            if weighs:
                for i in range(fact_start[f], fact_start[f + 1]):
                    log += weight[i] * math.log(1.0 + odds_of[claim_source[i]] * rarity)
            else:
                product = 1.0
                for i in range(fact_start[f], fact_start[f + 1]):
                    product *= 1.0 + odds_of[claim_source[i]] * rarity
                    if product > LARGEST_PRODUCT:
                        log += math.log(product)
                        product = 1.0
                log += math.log(product)
            posterior[f] = temper * log
            top = max(top, posterior[f])
        mass = unnamed[o] * math.exp(-top)
        for f in range(first, last):
            posterior[f] = math.exp(posterior[f] - top)
            mass += posterior[f]
        elsewhere[o] = unnamed[o] * math.exp(-top) / mass
        for f in range(first, last):
            posterior[f] /= mass
            said = _counted(weight, fact_start[f], fact_start[f + 1])
            rarity = (total + strength) / (said + prior)
            scale = 1.0
            if differs:
                scale = fact_odds[f]
                rarity *= scale
                fact_precision[f] = 0.0
                fact_gradient[f] = 0.0
            own = 1.0
            guess = (said - own + prior) / (total - own + strength)
            true, false = posterior[f], 1.0 - posterior[f]
            for i in range(fact_start[f], fact_start[f + 1]):
                counts = 1.0
                if weighs:
                    counts = weight[i]
                    guess = (said - counts + prior) / (total - counts + strength)
                source = claim_source[i]
                odds = odds_of[source]
                # The claim's own words taken out of the posterior: they are no witness of themselves.
                ratio = 1.0 + odds * rarity
                if is_three_quarters:
                    root = math.sqrt(ratio)
                    without = root * math.sqrt(root)
                else:
                    without = _power(ratio, temper * counts)
                if differs:
                    odds *= scale
                if counts_right:
                    knew = true / (true + false * without)
                else:
                    knows = odds * true
                    knew = knows / (knows + guess * (true + false * without))
                spread = table[source, SPREAD]
                if differs:
                    spread = odds / ((1.0 + odds) * (1.0 + odds))
                    gradient = knew - odds / (1.0 + odds)
                    fact_precision[f] += spread
                    fact_gradient[f] += gradient
                    table[source, COMPLETE] += counts * spread
                    table[source, KNEW] += counts * gradient
                else:
                    table[source, KNEW] += counts * knew
                    if weighs:
                        table[source, COMPLETE] += counts
                table[source, OBSERVED] += counts * max(spread - knew * (1.0 - knew), 0.0)
            if differs:
                n = fact_start[f + 1] - fact_start[f]
                fact_precision[f] /= n
                fact_gradient[f] /= n


@_compiled(fastmath=REORDERED)
def expect_alike(  # type: ignore[no-untyped-def]
    claim_source, weight, fact_start, object_start, unnamed, alike_start, alike, strength, temper, odds_of,
    table, posterior, elsewhere,
):  # fmt: skip
    """E-step where facts of one object resemble each other; as `expect`, but for one thing.

    Parameters
    ----------
    alike_start : array of int64 of shape (n_objects + 1,)
    alike : array of shape (Σ n_facts_of_object²,)
        For each object the matrix of how far what asserts one fact fits another, row by row.
    """
    for o in range(len(object_start) - 1):
        first, last = object_start[o], object_start[o + 1]
        size = last - first
        if size == 0:
            elsewhere[o] = 1.0
            continue
        fits = alike[alike_start[o] : alike_start[o + 1]].reshape(size, size)
        said = np.zeros(size)
        for f in range(size):
            said[f] = _counted(weight, fact_start[first + f], fact_start[first + f + 1])
        total = said.sum()
        prior = strength / (size + unnamed[o])
        log = np.zeros(size)
        near = np.zeros(size)
        for f in range(size):
            for other in range(size):
                near[f] += fits[other, f] * said[other]
            for i in range(fact_start[first + f], fact_start[first + f + 1]):
                rarity = odds_of[claim_source[i]] * (total + strength) / (near[f] + prior)
                counts = temper * (weight[i] if len(weight) else 1.0)
                for other in range(size):
                    if fits[f, other] > 0.0:
                        log[other] += counts * math.log(1.0 + rarity * fits[f, other])
        top = max(log.max(), 0.0)
        mass = np.exp(log - top)
        unsaid = unnamed[o] * math.exp(-top)
        everything = mass.sum() + unsaid
        elsewhere[o] = unsaid / everything
        for f in range(size):
            posterior[first + f] = mass[f] / everything
            for i in range(fact_start[first + f], fact_start[first + f + 1]):
                source = claim_source[i]
                counts = weight[i] if len(weight) else 1.0
                odds = odds_of[source]
                rarity = odds * (total + strength) / (near[f] + prior)
                fit = 0.0
                rest = unsaid
                for other in range(size):
                    left = mass[other] * (1.0 + rarity * fits[f, other]) ** (-temper * counts)
                    fit += left * fits[f, other]
                    rest += left
                guess = (near[f] - counts + prior) / (total - counts + strength)
                knows = odds * fit / rest
                knew = knows / (knows + guess)
                if len(weight):
                    table[source, COMPLETE] += counts
                table[source, KNEW] += counts * knew
                table[source, OBSERVED] += counts * max(table[source, SPREAD] - knew * (1.0 - knew), 0.0)


@_compiled(fastmath=REORDERED)
def expect_labels(claim_row, weight, claim_start, log_prior, table, posterior):  # type: ignore[no-untyped-def]
    """E-step of the confusions: the posterior over shared labels, and who said what of which truth.

    Truths are taken four at a time, so that what a claim needs of one source and label stands in
    one line of the cache and in registers.

    Parameters
    ----------
    claim_row : array of int32 of shape (n_claims,)
        Source and label of each claim, as the first of its `n_blocks` rows of the table.
    weight : array of shape (n_claims,) or (0,)
    claim_start : array of int32 of shape (n_objects + 1,)
        Where the claims on each object begin.
    log_prior : array of shape (4 n_blocks,)
        Minus infinity beyond the last label.
    table : array of shape (n_sources * n_values * n_blocks, 8)
        In: log P(said | truth) of four truths. Out: four expected counts, added to what is there.
    posterior : array of shape (n_objects, 4 n_blocks)
        Out.

    Returns
    -------
    float
        The mean over all objects of the largest change of a posterior.
    """
    n_blocks = len(log_prior) // 4
    weighs = len(weight) > 0
    log = np.empty(4 * n_blocks)
    moved = 0.0
    n_objects = len(claim_start) - 1
    for o in range(n_objects):
        first, last = claim_start[o], claim_start[o + 1]
        top = -np.inf
        for block in range(n_blocks):
            t = 4 * block
            p, q, r, s = log_prior[t], log_prior[t + 1], log_prior[t + 2], log_prior[t + 3]
            for i in range(first, last):
                row = claim_row[i] + block
                if weighs:
                    counts = weight[i]
                    p += counts * table[row, 0]
                    q += counts * table[row, 1]
                    r += counts * table[row, 2]
                    s += counts * table[row, 3]
                else:
                    p += table[row, 0]
                    q += table[row, 1]
                    r += table[row, 2]
                    s += table[row, 3]
            log[t], log[t + 1], log[t + 2], log[t + 3] = p, q, r, s
            top = max(top, p, q, r, s)
        mass = 0.0
        for t in range(4 * n_blocks):
            log[t] = math.exp(log[t] - top)
            mass += log[t]
        largest = 0.0
        for t in range(4 * n_blocks):
            log[t] /= mass
            largest = max(largest, abs(log[t] - posterior[o, t]))
            posterior[o, t] = log[t]
        moved += largest
        for block in range(n_blocks):
            t = 4 * block
            p, q, r, s = log[t], log[t + 1], log[t + 2], log[t + 3]
            for i in range(first, last):
                row = claim_row[i] + block
                counts = weight[i] if weighs else 1.0
                table[row, 4] += counts * p
                table[row, 5] += counts * q
                table[row, 6] += counts * r
                table[row, 7] += counts * s
    return moved / max(n_objects, 1)
