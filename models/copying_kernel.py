"""The inner loops of the search for undeclared copying, compiled.

Claims stand by object and by fact, as in `models.attributions`. The index the other way round
lists the facts of each source, ascending. Nothing here decides anything: `models.copying` does.
"""
# One pass that does it all is what makes compiled loops fast.
# ruff: noqa: PLR0912, PLR0915, PLR0917

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function on its first call, and keep the result where there is a place to keep it."""
    try:
        compiled: Callable[..., Any] = numba.njit(cache=True)(function)
    except RuntimeError:  # neither the package's folder nor a home can be written
        compiled = numba.njit(function)
    return compiled


@_compiled
def held_facts(claim_source, fact_start, n_sources):  # type: ignore[no-untyped-def]
    """Return where the facts of each source begin, and the facts."""
    start = np.zeros(n_sources + 1, np.int32)
    for source in claim_source:
        start[source + 1] += 1
    for s in range(n_sources):
        start[s + 1] += start[s]
    place = start[:-1].copy()
    held = np.empty(len(claim_source), np.int32)
    for f in range(len(fact_start) - 1):
        for i in range(fact_start[f], fact_start[f + 1]):
            held[place[claim_source[i]]] = f
            place[claim_source[i]] += 1
    return start, held


@_compiled
def by_claim(claim_source, start, by_source):  # type: ignore[no-untyped-def]
    """Return what stands by source and fact, by claim."""
    place = start[:-1].copy()
    ordered = np.empty(len(claim_source))
    for i in range(len(claim_source)):
        ordered[i] = by_source[place[claim_source[i]]]
        place[claim_source[i]] += 1
    return ordered


@_compiled
def sampled(claim_source, fact_start, is_sampled):  # type: ignore[no-untyped-def]
    """Return, of the sampled sources, their claims, and the supporters of what several of them say.

    Returns
    -------
    size : array of shape (n_sources,)
    fact_start, claim_source : arrays of int32
    """
    size = np.zeros(len(is_sampled), np.int32)
    n_facts = 0
    n_claims = 0
    supporter = np.empty(len(claim_source) // 2 + 1, np.int32)
    start = np.zeros(len(supporter) // 2 + 2, np.int32)
    for f in range(len(fact_start) - 1):
        first = n_claims
        for i in range(fact_start[f], fact_start[f + 1]):
            source = claim_source[i]
            if is_sampled[source]:
                size[source] += 1
                if n_claims == len(supporter):
                    return size, start[: n_facts + 1], supporter[:first]
                supporter[n_claims] = source
                n_claims += 1
        if n_claims - first < 2:
            n_claims = first
        elif n_facts + 1 < len(start):
            n_facts += 1
            start[n_facts] = n_claims
    return size, start[: n_facts + 1], supporter[:n_claims]


@_compiled
def suspects(claim_source, fact_start, start, held, size, rarity, widest, most, least, excess, sample_ratio):  # type: ignore[no-untyped-def]
    """Return the pairs of sources that share far more facts than their activity tells.

    Parameters
    ----------
    size : array of shape (n_sources,)
        Claims of each source.
    rarity : array of shape (n_facts,)
        What sharing a fact says, in nats, to keep the `most` telling pairs of a source.
    widest : int
        Facts with more supporters are left out.
    least : int
        Shared facts of a pair, at least.
    excess : float
        What the Poisson log-likelihood ratio of a pair must exceed.
    sample_ratio : float
        0 for a whole record. In a sample a pair must share this many times the larger of two
        expectations: by claims, and by meetings, which accurate sources have more of. In a whole
        record any excess over the smaller one counts, for a family inflates its own meetings.
    """
    n_sources = len(start) - 1
    n_meetings = np.zeros(n_sources)
    total = 0.0
    for s in range(n_sources):
        for i in range(start[s], start[s + 1]):
            support = fact_start[held[i] + 1] - fact_start[held[i]]
            if support <= widest:
                n_meetings[s] += support - 1
        total += n_meetings[s]
    n = float(size.sum())
    n_shared = np.zeros(n_sources, np.int32)
    telling = np.zeros(n_sources)
    met = np.empty(n_sources, np.int32)
    best = np.empty(most, np.int32)
    first = np.empty(64, np.int32)
    second = np.empty(64, np.int32)
    n_pairs = 0
    for a in range(n_sources):
        n_met = 0
        for i in range(start[a], start[a + 1]):
            f = held[i]
            if fact_start[f + 1] - fact_start[f] > widest:
                continue
            for j in range(fact_start[f], fact_start[f + 1]):
                b = claim_source[j]
                if n_shared[b] == 0:
                    met[n_met] = b
                    n_met += 1
                n_shared[b] += 1
                telling[b] += rarity[f]
        n_best = 0
        for m in range(n_met):
            b = met[m]
            shared = n_shared[b]
            if b == a or shared < least:
                continue
            by_claims = total * (size[a] / n) * (size[b] / n)
            by_meetings = n_meetings[a] * n_meetings[b] / total
            if sample_ratio > 0:
                expected = sample_ratio * max(by_claims, by_meetings)
            else:
                expected = min(by_claims, by_meetings)
            if shared <= expected:
                continue
            if shared * np.log(shared / expected) - (shared - expected) <= excess:
                continue
            if n_best < most:
                best[n_best] = b
                n_best += 1
                continue
            weakest = 0
            for k in range(1, most):
                if telling[best[k]] < telling[best[weakest]]:
                    weakest = k
            if telling[b] > telling[best[weakest]]:
                best[weakest] = b
        for m in range(n_met):
            n_shared[met[m]] = 0
            telling[met[m]] = 0.0
        if n_pairs + n_best > len(first):
            first = np.append(first, np.empty(n_pairs + n_best, np.int32))
            second = np.append(second, np.empty(n_pairs + n_best, np.int32))
        for k in range(n_best):
            first[n_pairs] = min(a, best[k])
            second[n_pairs] = max(a, best[k])
            n_pairs += 1
    return first[:n_pairs], second[:n_pairs]


@_compiled
def vote(claim_source, fact_start, object_start, weight, accuracy, n_unnamed):  # type: ignore[no-untyped-def]
    """Return the log-odds of each fact against a value that nobody names, and its posterior."""
    score = np.zeros(len(fact_start) - 1)
    posterior = np.empty(len(score))
    for o in range(len(object_start) - 1):
        low, high = object_start[o], object_start[o + 1]
        n_wrong = high - low + n_unnamed - 1
        top = 0.0
        for f in range(low, high):
            for i in range(fact_start[f], fact_start[f + 1]):
                right = accuracy[claim_source[i]]
                score[f] += weight[i] * np.log(right * n_wrong / (1 - right))
            top = max(top, score[f])
        total = n_unnamed * np.exp(-top)
        for f in range(low, high):
            posterior[f] = np.exp(score[f] - top)
            total += posterior[f]
        for f in range(low, high):
            posterior[f] /= total
    return score, posterior


@_compiled
def without_partners(  # type: ignore[no-untyped-def]
    claim_source, fact_start, object_start, fact_object, start, held,
    partner_start, partner, score, weight, accuracy, n_unnamed, on_all_sides,
):  # fmt: skip
    """Return the posterior of each held fact without its source and that source's partners.

    With `on_all_sides` the partners are not heard on the object at all, else only not for the fact.
    """
    posterior = np.ones(len(held), np.float32)
    is_left_out = np.zeros(len(start) - 1, np.bool_)
    rest = np.empty(len(score))
    for a in range(len(start) - 1):
        low, high = partner_start[a], partner_start[a + 1]
        if low == high:
            continue
        is_left_out[a] = True
        is_left_out[partner[low:high]] = True
        for i in range(start[a], start[a + 1]):
            fact = held[i]
            o = fact_object[fact]
            n_wrong = object_start[o + 1] - object_start[o] + n_unnamed - 1
            top = 0.0
            for f in range(object_start[o], object_start[o + 1]):
                rest[f] = score[f]
                if on_all_sides or f == fact:
                    for j in range(fact_start[f], fact_start[f + 1]):
                        if is_left_out[claim_source[j]]:
                            right = accuracy[claim_source[j]]
                            rest[f] -= weight[j] * np.log(right * n_wrong / (1 - right))
                top = max(top, rest[f])
            total = n_unnamed * np.exp(-top)
            for f in range(object_start[o], object_start[o + 1]):
                total += np.exp(rest[f] - top)
            posterior[i] = np.exp(rest[fact] - top) / total
        is_left_out[a] = False
        is_left_out[partner[low:high]] = False
    return posterior


@_compiled
def coincidence(first, second, start, held, fact_object, kept, posterior, same, pairs):  # type: ignore[no-untyped-def]
    """Return how often two wrong claims on one object say the same, suspected pairs left out.

    `same` of `pairs` is what is known beforehand, in pairs of claims.
    """
    n_objects = fact_object[-1] + 1
    wrong = np.zeros(len(fact_object))
    square = np.zeros(n_objects)
    total = np.zeros(n_objects)
    for i in range(len(held)):
        f = held[i]
        if posterior[f] < 0.5:
            amount = kept[i] * (1 - posterior[f])
            wrong[f] += amount
            square[fact_object[f]] += amount * amount
            total[fact_object[f]] += amount
    n_same, n_pairs = same, pairs
    for f in range(len(fact_object)):
        n_same += wrong[f] * wrong[f]
    for o in range(n_objects):
        n_same -= square[o]
        n_pairs += total[o] * total[o] - square[o]
    for p in range(len(first)):
        i, j = start[first[p]], start[second[p]]
        while i < start[first[p] + 1] and j < start[second[p] + 1]:
            f, g = held[i], held[j]
            if fact_object[f] == fact_object[g] and posterior[f] < 0.5 and posterior[g] < 0.5:
                amount = 2 * kept[i] * kept[j] * (1 - posterior[f]) * (1 - posterior[g])
                n_pairs -= amount
                if f == g:
                    n_same -= amount
            if f <= g:
                i += 1
            if g <= f:
                j += 1
    return min(max(n_same, same) / max(n_pairs, pairs), 1.0)


@_compiled
def compare(  # type: ignore[no-untyped-def]
    first, second, start, held, fact_object, object_start, kept, support, n_heard,
    outside, accuracy, coincide, guess_strength, n_unnamed, rates, background,
):  # fmt: skip
    """Return each pair's log Bayes factor for copying, its likeliest rate and its shared facts."""
    factor = np.empty(len(first))
    rate = np.empty(len(first))
    n_shared = np.zeros(len(first), np.int32)
    log = np.empty(len(rates))
    for p in range(len(first)):
        a, b = first[p], second[p]
        if start[a + 1] - start[a] > start[b + 1] - start[b]:
            a, b = b, a
        right, other = accuracy[a], accuracy[b]
        log[:] = 0.0
        n_apart = 0
        is_far_longer = start[b + 1] - start[b] > 16 * (start[a + 1] - start[a])
        i, j = start[a], start[b]
        while i < start[a + 1] and j < start[b + 1]:
            o = fact_object[held[i]]
            if o < fact_object[held[j]]:
                i += 1
                continue
            if o > fact_object[held[j]]:
                if is_far_longer:
                    j += np.searchsorted(held[j : start[b + 1]], object_start[o])
                else:
                    j += 1
                continue
            n_before = n_shared[p]
            j_from = j
            while i < start[a + 1] and fact_object[held[i]] == o:
                f = held[i]
                while j < start[b + 1] and held[j] < f:
                    j += 1
                if j < start[b + 1] and held[j] == f:
                    n_shared[p] += 1
                    q = max(outside[i], outside[j])
                    two = kept[i] + kept[j]
                    n_answers = object_start[o + 1] - object_start[o] + n_unnamed
                    guess = max(support[f] - two, 0.0) + guess_strength / n_answers
                    guess = max(guess / (max(n_heard[o] - two, 0.0) + guess_strength), coincide)
                    true = q * right * other
                    alone = true + (1 - q) * (1 - right) * (1 - other) * guess * guess
                    copied = true + (1 - q) * (1 - (right + other) / 2) * guess
                    null = np.log(background * copied + (1 - background) * alone)
                    for r in range(len(rates)):
                        log[r] += np.log(rates[r] * copied + (1 - rates[r]) * alone) - null
                i += 1
            j = j_from
            while j < start[b + 1] and fact_object[held[j]] == o:
                j += 1
            if n_shared[p] == n_before:
                n_apart += 1
        log += n_apart * np.log((1 - rates) / (1 - background))
        best = np.argmax(log)
        rate[p] = rates[best]
        factor[p] = log[best] + np.log(np.exp(log - log[best]).mean())
    return factor, rate, n_shared


@_compiled
def discount(first, second, probability, rate, rank, start, held, outside, accuracy, coincide, kept):  # type: ignore[no-untyped-def]
    """Multiply what is kept of the lower one's shared claims by how likely they were not copied.

    Sources of one rank share what their family adds: of n clones each keeps 1/n.
    """
    kept[:] = 1.0
    tied = np.zeros(len(kept))
    for p in range(len(first)):
        a, b = first[p], second[p]
        if rank[a] > rank[b]:
            a, b = b, a
        right, other = accuracy[a], accuracy[b]
        i, j = start[a], start[b]
        while i < start[a + 1] and j < start[b + 1]:
            if held[i] < held[j]:
                i += 1
            elif held[i] > held[j]:
                j += 1
            else:
                q = max(outside[i], outside[j])
                both_wrong = (1 - q) * (1 - right) * (1 - other) * coincide**2
                alone = q * right * other + both_wrong
                mean = (right + other) / 2
                copied = q * mean + (1 - q) * (1 - mean) * coincide
                copied *= rate[p]
                repeated = probability[p] * copied / (copied + (1 - rate[p]) * alone)
                if rank[a] < rank[b]:
                    kept[i] *= 1 - repeated
                else:
                    tied[i] += repeated
                    tied[j] += repeated
                i += 1
                j += 1
    for i in range(len(kept)):
        kept[i] /= 1 + tied[i]
