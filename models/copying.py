"""Undeclared copying between sources, found by the rare answers that they share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Codes = NDArray[np.int32]
Floats = NDArray[np.float64]

FLAT = 0.7
PRIOR_RIGHT, PRIOR_WRONG = 4.0, 2.0
BACKGROUND = 0.05
RATES = np.array([0.5, 0.75, 0.95])
EVENTS = 16.0
PARTNERS = 64
ROUNDS = 10
COPIERS = 0.1
GUESS = 16.0
OPEN = 2.0
LEAST_SHARED = 3
EXCESS = 4.0


@dataclass
class Found:
    weight: Floats
    first: Codes
    second: Codes
    probability: Floats
    n_shared: Codes
    n_rounds: int = 0
    rate: object = None


class Index:
    def __init__(self, source: Codes, fact: Codes, fact_object: Codes, n_sources: int, fact_value=None) -> None:
        self.source, self.fact, self.fact_object, self.n_sources = source, fact, fact_object, n_sources
        self.object_first = _object_first(fact_object)
        self.fact_first, self.supporter, self.source_first, self.held = _index(source, fact, len(fact_object), n_sources)
        self.coincidence = 0.0 if fact_value is None else _coincidence(np.bincount(fact_value[fact]))
        self.support = np.diff(self.fact_first).astype(np.int32)


def _coincidence(n_said):
    share = n_said[n_said > 0] / n_said.sum()
    if len(share) < 2:
        return 1.0
    return float((share * (np.sum(share**2) - share**2) / (1 - share) ** 2).sum())


@numba.njit(cache=True)
def _object_first(fact_object):
    n = fact_object[-1] + 1 if len(fact_object) else 0
    first = np.zeros(n + 1, np.int32)
    for f in range(len(fact_object)):
        first[fact_object[f] + 1] = f + 1
    for o in range(n):
        first[o + 1] = max(first[o + 1], first[o])
    return first


@numba.njit(cache=True)
def _index(source, fact, n_facts, n_sources):
    n = len(source)
    ff = np.zeros(n_facts + 1, np.int64)
    for i in range(n):
        ff[fact[i] + 1] += 1
    for f in range(n_facts):
        ff[f + 1] += ff[f]
    place = ff[:-1].copy()
    sup = np.empty(n, np.int32)
    for i in range(n):
        sup[place[fact[i]]] = source[i]
        place[fact[i]] += 1
    sf = np.zeros(n_sources + 1, np.int64)
    for i in range(n):
        sf[source[i] + 1] += 1
    for s in range(n_sources):
        sf[s + 1] += sf[s]
    place2 = sf[:-1].copy()
    held = np.empty(n, np.int32)
    for f in range(n_facts):
        for k in range(ff[f], ff[f + 1]):
            held[place2[sup[k]]] = f
            place2[sup[k]] += 1
    return ff, sup, sf, held


def candidates(ix: Index):
    sup = ix.support
    hist = np.bincount(sup)
    k = np.arange(len(hist))
    ev = np.cumsum(hist * k * (k - 1) / 2)
    cap = int(np.searchsorted(ev, EVENTS * len(ix.source), side="right"))
    cap = min(max(cap - 1, 2), len(hist) - 1)
    return _candidates(ix.fact_first, ix.supporter, ix.source_first, ix.held, ix.fact_object, ix.object_first, cap, PARTNERS, LEAST_SHARED, EXCESS)


@numba.njit(cache=True)
def _candidates(ff, sup, sf, held, fo, of, cap, best, least, excess):
    S = len(sf) - 1
    T = np.zeros(S)
    total = 0.0
    for s in range(S):
        for i in range(sf[s], sf[s + 1]):
            k = ff[held[i] + 1] - ff[held[i]]
            if k <= cap:
                T[s] += k - 1
        total += T[s]
    n = float(len(held))
    cnt = np.zeros(S, np.int32)
    ev = np.zeros(S)
    touched = np.empty(S, np.int32)
    A = [0]
    B = [0]
    A.pop()
    B.pop()
    tb = np.empty(best, np.int32)
    te = np.empty(best)
    for a in range(S):
        nt = 0
        for i in range(sf[a], sf[a + 1]):
            f = held[i]
            k = ff[f + 1] - ff[f]
            if k < 2 or k > cap:
                continue
            o = fo[f]
            no = ff[of[o + 1]] - ff[of[o]]
            w = -np.log((k - 1) / (no - 2 + of[o + 1] - of[o] + 2.0))
            for j in range(ff[f], ff[f + 1]):
                b = sup[j]
                if b == a:
                    continue
                if cnt[b] == 0:
                    touched[nt] = b
                    nt += 1
                cnt[b] += 1
                ev[b] += w
        m = 0
        for t in range(nt):
            b = touched[t]
            c = cnt[b]
            if c >= least:
                lam = min(T[a] * T[b] / total, total * (sf[a + 1] - sf[a]) / n * (sf[b + 1] - sf[b]) / n)
                if c > lam and c * np.log(c / lam) - (c - lam) > excess + np.log(S):
                    # keep best
                    if m < best:
                        tb[m] = b
                        te[m] = ev[b]
                        m += 1
                    else:
                        w = 0
                        for q in range(1, best):
                            if te[q] < te[w]:
                                w = q
                        if ev[b] > te[w]:
                            te[w] = ev[b]
                            tb[w] = b
            cnt[b] = 0
            ev[b] = 0
        for q in range(m):
            A.append(a)
            B.append(tb[q])
    return np.array(A, dtype=np.int32), np.array(B, dtype=np.int32), total


@numba.njit(cache=True)
def _scores(source, fact, fo, of, weight, accuracy):
    S = np.zeros(len(fo))
    for i in range(len(source)):
        f = fact[i]
        o = fo[f]
        K = of[o + 1] - of[o] + OPEN
        r = accuracy[source[i]]
        S[f] += weight[i] * np.log(r * (K - 1) / (1 - r))
    return S


@numba.njit(cache=True)
def _posterior(S, of):
    p = np.empty(len(S))
    for o in range(len(of) - 1):
        mx = 0.0
        for f in range(of[o], of[o + 1]):
            mx = max(mx, S[f])
        z = OPEN * np.exp(-mx)
        for f in range(of[o], of[o + 1]):
            p[f] = np.exp(S[f] - mx)
            z += p[f]
        for f in range(of[o], of[o + 1]):
            p[f] /= z
    return p


@numba.njit(cache=True)
def _accuracy(source, fact, weight, p, n_sources):
    num = np.full(n_sources, PRIOR_RIGHT)
    den = np.full(n_sources, PRIOR_RIGHT + PRIOR_WRONG)
    num1 = num.copy()
    den1 = den.copy()
    for i in range(len(source)):
        s = source[i]
        num[s] += weight[i] * p[fact[i]]
        den[s] += weight[i]
        num1[s] += p[fact[i]]
        den1[s] += 1
    return np.minimum(num / den, 0.99), np.minimum(num1 / den1, 0.99)


@numba.njit(cache=True)
def _outside(first, partner, suspicion, is_first, sf, held, fo, of, ff, sup, S, wf, v):
    """Posterior of each held fact without its source and all that source's partners."""
    q = np.ones(len(held))
    mark = np.zeros(len(sf) - 1)
    rest = np.empty(len(S))
    for a in range(len(sf) - 1):
        if first[a] == first[a + 1]:
            continue
        mark[a] = 1.0
        for p in range(first[a], first[a + 1]):
            mark[partner[p]] = suspicion[p]
        for i in range(sf[a], sf[a + 1]):
            f = held[i]
            o = fo[f]
            K = of[o + 1] - of[o] + OPEN
            mx = 0.0
            for g in range(of[o], of[o + 1]):
                rest[g] = S[g]
                if is_first or g == f:
                    for j in range(ff[g], ff[g + 1]):
                        s = sup[j]
                        if mark[s] > 0:
                            rest[g] -= mark[s] * wf[j] * np.log(v[s] * (K - 1) / (1 - v[s]))
                mx = max(mx, rest[g])
            z = OPEN * np.exp(-mx)
            for g in range(of[o], of[o + 1]):
                z += np.exp(rest[g] - mx)
            own = rest[f]
            q[i] = np.exp(own - mx) / z
        mark[a] = 0.0
        for p in range(first[a], first[a + 1]):
            mark[partner[p]] = 0.0
    return q


@numba.njit(cache=True)
def _agreement(f, o, q, k, no, of, ta, tb, gamma):
    """Return (m, j): k, no weighted support of the fact and its object without the two."""
    K = of[o + 1] - of[o] + OPEN
    g = max((max(k, 0.0) + GUESS / K) / (max(no, 0.0) + GUESS), gamma)
    jt = q * ta * tb
    j = jt + (1 - q) * (1 - ta) * (1 - tb) * g * g
    m = jt + (1 - q) * 0.5 * (2 - ta - tb) * g
    return m, j


@numba.njit(cache=True)
def _support(source, fact, fo, n_objects, weight):
    k = np.zeros(len(fo))
    n = np.zeros(n_objects)
    for i in range(len(fact)):
        k[fact[i]] += weight[i]
        n[fo[fact[i]]] += weight[i]
    return k, n


@numba.njit(cache=True)
def _collision(A, B, sf, held, fo, of, keep, p):
    """How often two wrong claims about one object say the same, suspected pairs left out."""
    n_objects = len(of) - 1
    e = np.zeros(len(fo))
    own = np.zeros(n_objects)
    total = np.zeros(n_objects)
    for i in range(len(held)):
        f = held[i]
        if p[f] < 0.5:
            x = keep[i] * (1 - p[f])
            e[f] += x
            own[fo[f]] += x * x
            total[fo[f]] += x
    num = 1.0
    den = 10.0
    same = np.zeros(n_objects)
    for f in range(len(fo)):
        same[fo[f]] += e[f] * e[f]
    for o in range(n_objects):
        num += same[o] - own[o]
        den += total[o] * total[o] - own[o]
    for c in range(len(A)):
        a, b = A[c], B[c]
        i, j = sf[a], sf[b]
        while i < sf[a + 1] and j < sf[b + 1]:
            f, g = held[i], held[j]
            if fo[f] == fo[g] and p[f] < 0.5 and p[g] < 0.5:
                x = 2 * keep[i] * keep[j] * (1 - p[f]) * (1 - p[g])
                den -= x
                if f == g:
                    num -= x
            if f <= g:
                i += 1
            if g <= f:
                j += 1
    return min(max(num, 1.0) / max(den, 10.0), 1.0)


@numba.njit(cache=True)
def _test(A, B, sf, held, fo, of, keep, k, no, q, t, gamma, rates, delta):
    n = len(A)
    out = np.empty(n)
    rate = np.empty(n)
    shared = np.empty(n, np.int32)
    logs = np.empty(len(rates))
    for p in range(n):
        a, b = A[p], B[p]
        if sf[a + 1] - sf[a] > sf[b + 1] - sf[b]:
            a, b = b, a
        logs[:] = 0
        i, j = sf[a], sf[b]
        ns = 0
        nd = 0
        gallop = (sf[b + 1] - sf[b]) > 16 * (sf[a + 1] - sf[a])
        while i < sf[a + 1] and j < sf[b + 1]:
            o = fo[held[i]]
            ob = fo[held[j]]
            if o < ob:
                i += 1
                continue
            if ob < o:
                if gallop:
                    j += np.searchsorted(held[j : sf[b + 1]], of[o])
                else:
                    j += 1
                continue
            ie, je = i, j
            while ie < sf[a + 1] and fo[held[ie]] == o:
                ie += 1
            while je < sf[b + 1] and fo[held[je]] == o:
                je += 1
            agreed = False
            for x in range(i, ie):
                for y in range(j, je):
                    if held[x] == held[y] and (x == i or held[x] != held[x - 1]) and (y == j or held[y] != held[y - 1]):
                        agreed = True
                        m, jj = _agreement(held[x], o, max(q[x], q[y]), k[held[x]] - keep[x] - keep[y], no[o] - keep[x] - keep[y], of, t[a], t[b], gamma)
                        null = np.log(delta * m + (1 - delta) * jj)
                        for r in range(len(rates)):
                            logs[r] += np.log(rates[r] * m + (1 - rates[r]) * jj) - null
                        ns += 1
            if not agreed:
                nd += 1
            i, j = ie, je
        top = -np.inf
        for r in range(len(rates)):
            logs[r] += nd * np.log((1 - rates[r]) / (1 - delta))
            if logs[r] > top:
                top = logs[r]
                rate[p] = rates[r]
        z = 0.0
        for r in range(len(rates)):
            z += np.exp(logs[r] - top)
        out[p] = top + np.log(z / len(rates))
        shared[p] = ns
    return out, rate, shared


@numba.njit(cache=True)
def _discount(A, B, pi, rate, rank, sf, held, q, t, gamma):
    keep = np.ones(len(held))
    for p in range(len(A)):
        a, b = A[p], B[p]  # a is the copier: lower rank
        if rank[a] > rank[b]:
            a, b = b, a
        i, j = sf[a], sf[b]
        while i < sf[a + 1] and j < sf[b + 1]:
            if held[i] < held[j]:
                i += 1
            elif held[i] > held[j]:
                j += 1
            else:
                f = held[i]
                # copied claims may be true: here the agreement on truth counts
                qq = max(q[i], q[j])
                m = 0.5 * (qq * (t[a] + t[b]) + (1 - qq) * (2 - t[a] - t[b]) * gamma)
                jj = qq * t[a] * t[b] + (1 - qq) * (1 - t[a]) * (1 - t[b]) * gamma * gamma
                k = rate[p] * m / (rate[p] * m + (1 - rate[p]) * jj)
                while i < sf[a + 1] and held[i] == f:
                    keep[i] *= 1 - pi[p] * k
                    i += 1
                j += 1
    return keep


@numba.njit(cache=True)
def _rows(source, fact, sf, held, keep):
    w = np.ones(len(source))
    for i in range(len(source)):
        s = source[i]
        k = sf[s] + np.searchsorted(held[sf[s] : sf[s + 1]], fact[i])
        w[i] = keep[k]
    return w


@numba.njit(cache=True)
def _by_fact(fact, weight, ff):
    place = ff[:-1].copy()
    w = np.empty(len(fact))
    for i in range(len(fact)):
        w[place[fact[i]]] = weight[i]
        place[fact[i]] += 1
    return w


def detect(ix: Index, fit: Callable[[Floats], Floats], rounds: int = ROUNDS, verbose: bool = False) -> Found:
    n, S = len(ix.source), ix.n_sources
    weight = np.ones(n)
    if ix.coincidence > 0.6:
        e = np.zeros(0, np.int32)
        return Found(weight, e, e, np.zeros(0), e)
    A, B, _ = candidates(ix)
    lo, hi = np.minimum(A, B).astype(np.int64), np.maximum(A, B).astype(np.int64)
    key = np.unique(lo * S + hi)
    A, B = (key // S).astype(np.int32), (key % S).astype(np.int32)
    none = Found(weight, A[:0], B[:0], np.zeros(0), A[:0])
    if not len(A):
        return none
    vote = test = np.full(S, FLAT)
    both = np.concatenate([A, B])
    order = np.argsort(both, kind="stable")
    partner = np.concatenate([B, A])[order]
    pfirst = np.searchsorted(both[order], np.arange(S + 1))
    n_objects = len(ix.object_first) - 1
    keep = np.ones(n)
    hub = np.zeros(S)
    n_copiers = 0
    suspicion = np.ones(2 * len(A))
    before = None
    gamma = max(0.1, ix.coincidence)
    for r in range(rounds):
        if r:
            p = fit(weight)
            vote, test = _accuracy(ix.source, ix.fact, weight, p, S)
            gamma = max(ix.coincidence, _collision(A, B, ix.source_first, ix.held, ix.fact_object, ix.object_first, keep, p))
        score = _scores(ix.source, ix.fact, ix.fact_object, ix.object_first, weight, vote)
        q = _outside(pfirst, partner, suspicion, r == 0, ix.source_first, ix.held, ix.fact_object, ix.object_first, ix.fact_first, ix.supporter, score, _by_fact(ix.fact, weight, ix.fact_first), vote)
        k, no = _support(ix.source, ix.fact, ix.fact_object, n_objects, weight)
        llr, rate, shared = _test(A, B, ix.source_first, ix.held, ix.fact_object, ix.object_first, keep, k, no, q, test, gamma, RATES, BACKGROUND)
        copiers = (0.1 * 20 + n_copiers) / (20 + S)
        prior = copiers * (np.maximum(hub[A], hub[B]) + 1) / (hub.sum() / 2 + S)
        lo = llr + np.log(prior / (1 - prior))
        pi = 1 / (1 + np.exp(-np.clip(lo, -50, 50)))
        on = pi > 0.5
        if verbose:
            print(r, len(A), on.sum(), "gamma %.3f" % gamma)
        if not on.any():
            return none
        hub = np.bincount(A[on], pi[on], minlength=S) + np.bincount(B[on], pi[on], minlength=S)
        n_copiers = (hub > 0).sum() / 2
        mass = np.bincount(A[on], (pi * shared)[on], minlength=S) + np.bincount(B[on], (pi * shared)[on], minlength=S)
        size = np.diff(ix.source_first)
        rank = np.empty(S, np.int64)
        rank[np.lexsort((np.arange(S), size, mass))] = np.arange(S)
        keep = _discount(A[on], B[on], pi[on], rate[on], rank, ix.source_first, ix.held, q, test, gamma)
        if before is not None and np.array_equal(on, before):
            break
        before = on
        weight = _rows(ix.source, ix.fact, ix.source_first, ix.held, keep)
    return Found(weight, A[on], B[on], pi[on], shared[on], r + 1, rate[on])
