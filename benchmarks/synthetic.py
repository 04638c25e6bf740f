"""Seeded synthetic records whose truth and whose copies are known.

No real record says which of its claims were copied, so detection is measured on made ones. What the
literature leaves open (values a question, claims a question, family sizes) is a parameter, because
one lucky choice proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

Codes = NDArray[np.int32]

# Accuracy of sources: mean two thirds, a fifth of them wrong more often than right.
ACCURACY = (4.0, 2.0)
# A parent is weak when it is wrong more often than right: copying it does harm.
WEAK = 0.5
# Sources with fewer claims than this are not worth copying.
LEAST_PARENT = 20
# A copier takes at least this share of what its parent says.
LEAST_TAKEN = 0.5
# Share of the wrong claims on a question that fall for its popular misconception.
MISLED = 0.7


@dataclass(frozen=True)
class SyntheticRecord:
    """A record as arrays, with what is known of it only because it was made.

    Attributes
    ----------
    source, object, value : arrays of shape (n,)
        Row i says that `source[i]` asserts `value[i]` of `object[i]`; one row a source and object.
    truth : array of shape (n_objects,)
    is_copied : array of shape (n,)
    family : array of shape (n_sources,)
        A parent and its copiers share a number; -1 where nobody copies.
    """

    source: Codes
    object: Codes
    value: Codes
    truth: Codes
    is_copied: NDArray[np.bool_]
    family: Codes

    @property
    def n_sources(self) -> int:
        """How many sources there are."""
        return len(self.family)


def independent_record(
    n: int,
    *,
    seed: int = 0,
    claims_per_object: float = 9,
    claims_per_source: float = 50,
    n_values: int = 10,
    zipf: float = 1.0,
    misconceptions: float = 0.0,
    topics: int = 1,
    hardness: float = 0.0,
) -> SyntheticRecord:
    """Return a record in which nobody copies.

    Parameters
    ----------
    n : int
        Attributions.
    claims_per_object, claims_per_source : float
        On average; sources speak on as many objects as Zipf's law gives them, objects are chosen evenly.
    n_values : int
        Values an object can take, one of them true.
    zipf : float
        Exponent of the law of activity.
    misconceptions : float
        Share of objects on which most wrong claims fall for one and the same value.
    topics : int
        Groups of objects; a source speaks on one of them, so that sources of one group meet often.
    hardness : float
        Standard deviation of how hard objects are, in log-odds of being right.
    """
    rng = np.random.default_rng(seed)
    n_objects = max(int(n / claims_per_object), 1)
    n_sources = max(int(n / claims_per_source), 2)
    activity = np.arange(1.0, n_sources + 1) ** -zipf
    source, object_ = _pairs(rng, n, activity, n_objects, topics)
    log_odds = logit(rng.beta(*ACCURACY, n_sources))
    ease = hardness * rng.standard_normal(n_objects)
    truth = rng.integers(n_values, size=n_objects, dtype=np.int32)
    value = _said(rng, expit(log_odds[source] + ease[object_]), truth[object_], n_values)
    if misconceptions:
        popular = ((truth + rng.integers(1, n_values, n_objects)) % n_values).astype(np.int32)
        is_misled = (rng.random(n_objects) < misconceptions)[object_]
        is_misled &= (value != truth[object_]) & (rng.random(n) < MISLED)
        value = np.where(is_misled, popular[object_], value)
    return SyntheticRecord(source, object_, value, truth, np.zeros(n, bool), np.full(n_sources, -1, np.int32))


def copying_record(
    n: int,
    *,
    seed: int = 0,
    copied: float = 0.3,
    own: float = 0.0,
    is_own_beside: bool = False,
    children: float = 8,
    chained: float = 0.0,
    claims_per_object: float = 9,
    claims_per_source: float = 50,
    n_values: int = 10,
    zipf: float = 1.0,
    topics: int = 1,
) -> SyntheticRecord:
    """Return a record in which families of copiers repeat weak sources.

    Parameters
    ----------
    copied : float
        Share of all attributions that are copies.
    own : float
        Share of a copier's claims that are its own work, of accuracy Beta(4, 2) like anybody's.
    is_own_beside : bool
        Whether a copier's own claims are about other questions of its parent's, not about any.
    children : float
        Copiers a parent, on average.
    chained : float
        Share of copiers that copy an earlier copier of the same family in place of its parent.

    Notes
    -----
    The others are as in `independent_record`. Parents are drawn among the weak sources until the
    share of copies is reached.
    """
    rng = np.random.default_rng([seed, 1])
    n_copied = int(n * copied)
    n_own = int(n_copied * own / (1 - own)) if own else 0
    n_free = n - n_copied - n_own
    n_objects = max(int(n / claims_per_object), 1)
    n_sources = max(int(n_free / claims_per_source), 2)
    activity = np.arange(1.0, n_sources + 1) ** -zipf
    source, object_ = _pairs(rng, n_free, activity, n_objects, topics)
    accuracy = rng.beta(*ACCURACY, n_sources)
    truth = rng.integers(n_values, size=n_objects, dtype=np.int32)
    value = _said(rng, accuracy[source], truth[object_], n_values)
    order = np.argsort(source, kind="stable")
    start = np.searchsorted(source[order], np.arange(n_sources + 1))
    is_parent = (accuracy < WEAK) & (np.diff(start) >= LEAST_PARENT) & (np.diff(start) < n_objects / 4)
    columns: list[tuple[Codes, Codes, Codes, NDArray[np.bool_]]] = []
    family_of = list(np.full(n_sources, -1))
    n_done = 0
    pool = rng.permutation(np.flatnonzero(is_parent))
    for parent in np.resize(pool, 100 * len(pool)):
        rows = order[start[parent] : start[parent + 1]]
        family_of[parent] = parent
        family = [(object_[rows], value[rows])]
        for _ in range(1 + rng.poisson(children - 1)):
            from_copier = len(family) > 1 and rng.random() < chained
            objects, values = family[rng.integers(1, len(family))] if from_copier else family[0]
            taken = rng.permutation(len(objects))[: round(len(objects) * rng.uniform(LEAST_TAKEN, 1))]
            if is_own_beside and own:
                taken = taken[: round(len(objects) * (1 - own))]
            taken = taken[: n_copied - n_done]
            family.append((objects[taken], values[taken]))
            n_done += len(taken)
            n_own_here = round(len(taken) * own / (1 - own)) if own else 0
            spare = (
                object_[rows]
                if is_own_beside
                else rng.choice(n_objects, min(n_own_here + len(taken), n_objects), replace=False)
            )
            mine = np.setdiff1d(spare, objects[taken])
            mine = rng.permutation(mine)[:n_own_here].astype(np.int32)
            said = _said(rng, np.full(len(mine), rng.beta(*ACCURACY)), truth[mine], n_values)
            code = np.full(len(taken) + len(mine), n_sources, np.int32)
            is_copied = np.arange(len(code)) < len(taken)
            columns.append(
                (
                    code,
                    np.concatenate([objects[taken], mine]),
                    np.concatenate([values[taken], said]),
                    is_copied,
                )
            )
            family_of.append(parent)
            n_sources += 1
            if n_done >= n_copied:
                break
        if n_done >= n_copied:
            break
    columns.append((source, object_, value, np.zeros(len(source), bool)))
    said_by, about, what, is_copied = (np.concatenate(column) for column in zip(*columns, strict=True))
    # Codes in random order: nothing may be learned from who comes first.
    code = rng.permutation(n_sources).astype(np.int32)
    row = rng.permutation(len(said_by))
    kin = np.empty(n_sources, np.int32)
    kin[code] = family_of
    return SyntheticRecord(code[said_by[row]], about[row], what[row], truth, is_copied[row], kin)


def _pairs(
    rng: np.random.Generator, n: int, activity: NDArray[np.float64], n_objects: int, topics: int = 1
) -> tuple[Codes, Codes]:
    """Return n distinct pairs of a source and an object of its topic, sources as active as asked for."""
    share = np.cumsum(activity) / activity.sum()
    topic = rng.integers(topics, size=len(activity))
    size = n_objects // topics
    keys = np.zeros(0, np.int64)
    while len(keys) < n:
        n_more = int(1.05 * (n - len(keys))) + 16
        drawn = np.searchsorted(share, rng.random(n_more)).astype(np.int64)
        about = topic[drawn] * size + rng.integers(size, size=n_more)
        keys = np.unique(np.concatenate([keys, drawn * n_objects + about]))
    keys = rng.permutation(keys)[:n]
    source, object_ = np.divmod(keys, n_objects)
    return source.astype(np.int32), object_.astype(np.int32)


def _said(rng: np.random.Generator, accuracy: NDArray[np.float64], truth: Codes, n_values: int) -> Codes:
    """Return what sources of that accuracy say: the truth, or any other value alike."""
    wrong = (truth + rng.integers(1, n_values, len(truth), dtype=np.int32)) % n_values
    return np.where(rng.random(len(truth)) < accuracy, truth, wrong).astype(np.int32)
