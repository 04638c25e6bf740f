"""Grouping: rows that have a key in common, side by side, without a loop over all pairs of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.intp]
Flags = NDArray[np.bool_]
# Pairs that are looked at side by side: some tens of megabytes.
PAIRS_AT_ONCE = 500_000


def total(place: Index, values: NDArray[np.float64], n_places: int) -> NDArray[np.float64]:
    """Return the sum of the values at each place, shape (n_places,)."""
    return np.bincount(place, values, n_places).astype(float)


def spread(start: Index, count: Index) -> tuple[Index, Index]:
    """Return the owner and the item of each element of some ranges of items."""
    owner = np.repeat(np.arange(len(count)), count)
    return owner, np.arange(len(owner)) + np.repeat(start - (np.cumsum(count) - count), count)


def blocks(count: Index) -> Iterator[slice]:
    """Yield runs of ranges that have some hundred thousand items together, or one range that has more."""
    ends = np.cumsum(count)
    first = 0
    while first < len(count):
        before = ends[first] - count[first]
        last = max(int(np.searchsorted(ends, before + PAIRS_AT_ONCE, side="right")), first + 1)
        yield slice(first, last)
        first = last


def ordered(*keys: Index | Flags, within: NDArray[np.float64] | None = None) -> tuple[Index, Index]:
    """Return the order of rows by their keys, the first key first, and where each group begins in it.

    Parameters
    ----------
    keys : arrays of int of shape (n_rows,)
    within : array of shape (n_rows,), or None
        What a group's rows rise by; None leaves them as they come.
    """
    order = np.lexsort(keys[::-1] if within is None else (within, *keys[::-1]))
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = np.logical_or.reduce([np.diff(key[order]) != 0 for key in keys])
    return order, np.flatnonzero(is_first)


def alike(*keys: Index | Flags) -> list[list[int]]:
    """Return the groups of several rows that have all keys in common, each in the order of its rows."""
    order, start = ordered(*keys)
    size = np.diff(start, append=len(order))
    return [
        order[first : first + n].tolist() for first, n in zip(start[size > 1], size[size > 1], strict=True)
    ]
