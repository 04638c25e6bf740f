"""Attributions: a record as arrays, for what was coded as a table and not as a ledger.

One row says that a source asserts a value of an object: an object is a question, a value an
answer, an attribution a claim on its whole scope, fully certain, on the source's own ground.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.axis import Array

Codes = NDArray[np.int32]
# Longer lists of answers than this are no list that questions share.
LONGEST_SHARED_LIST = 100
# A value belongs to a shared list when it is claimed of this many objects, on average.
SHARED_BY_OBJECTS = 5


@dataclass(frozen=True, eq=False)
class Attributions:
    """Claims laid out by fact: the distinct pairs of an object and a value that somebody asserts.

    Parameters
    ----------
    sources, objects, values : sequence
        The labels behind the codes.
    claim_source : array of int32 of shape (n_claims,)
        Who made each claim; claims stand by object, then by value and by source.
    claim_row : array of int32 of shape (n_claims,)
        The row that each claim was read from. Rows that repeat a claim, or that a later row of
        the same source on the same object replaces, are no claim.
    fact_start : array of int32 of shape (n_facts + 1,)
        Where the claims of each fact begin.
    fact_value : array of int32 of shape (n_facts,)
    object_start : array of int32 of shape (n_objects + 1,)
        Where the facts of each object begin.
    """

    sources: Sequence[Any]
    objects: Sequence[Any]
    values: Sequence[Any]
    claim_source: Codes = field(repr=False)
    claim_row: Codes = field(repr=False)
    fact_start: Codes = field(repr=False)
    fact_value: Codes = field(repr=False)
    object_start: Codes = field(repr=False)

    @classmethod
    def from_columns(
        cls,
        source: Sequence[Hashable] | NDArray[Any],
        object: Sequence[Hashable] | NDArray[Any],  # noqa: A002  the literature's word
        value: Sequence[Hashable] | NDArray[Any],
        time: Sequence[Any] | NDArray[Any] | None = None,
    ) -> Self:
        """Code and lay out three columns of labels.

        Parameters
        ----------
        source, object, value : sequence of labels of length n_rows
            Anything hashable; integers from zero up without large gaps are taken as codes.
        time : sequence of comparable values, or None
            With it, only a source's latest row on an object is a claim: the latest statement counts.
            Of rows of one moment the last is.

        Raises
        ------
        ValueError
            When the columns differ in length.
        """
        sources, source_code = _coded(source)
        objects, object_code = _coded(object)
        values, value_code = _coded(value)
        if not len(source_code) == len(object_code) == len(value_code):
            raise ValueError("source, object and value must be of one length")
        row = np.arange(len(source_code), dtype=np.int32)
        if time is not None:
            row = _latest(source_code, object_code, time)
            source_code, object_code, value_code = source_code[row], object_code[row], value_code[row]
        # Each pair of an object and a value as one number, in their order.
        code = object_code * np.int64(len(values)) + value_code
        order = np.lexsort((source_code, code))
        source_code, code = source_code[order], code[order]
        is_fact = np.diff(code, prepend=-1) > 0
        is_claim = is_fact | (np.diff(source_code, prepend=-1) != 0)
        fact_object, fact_value = np.divmod(code[is_fact], len(values) or 1)
        return cls(
            sources=sources,
            objects=objects,
            values=values,
            claim_source=source_code[is_claim],
            claim_row=row[order[is_claim]],
            fact_start=np.append(np.flatnonzero(is_fact[is_claim]), is_claim.sum()).astype(np.int32),
            fact_value=fact_value.astype(np.int32),
            object_start=np.searchsorted(fact_object, np.arange(len(objects) + 1)).astype(np.int32),
        )

    @property
    def n_claims(self) -> int:
        """How many claims there are."""
        return len(self.claim_source)

    @property
    def n_facts(self) -> int:
        """How many distinct (object, value) pairs are asserted."""
        return len(self.fact_value)

    @cached_property
    def fact_object(self) -> Codes:
        """The object of each fact, shape (n_facts,)."""
        return np.repeat(np.arange(len(self.objects), dtype=np.int32), np.diff(self.object_start))

    @cached_property
    def claim_fact(self) -> Codes:
        """The fact of each claim, shape (n_claims,)."""
        return np.repeat(np.arange(self.n_facts, dtype=np.int32), np.diff(self.fact_start))

    @cached_property
    def has_shared_answers(self) -> bool:
        """Whether the objects share one short list of values, as yes and no, or a survey's labels."""
        n_objects = int((np.diff(self.object_start) > 0).sum())
        enough = max(min(SHARED_BY_OBJECTS, n_objects / 2), 2)
        n_values = len(self.values)
        return 1 < n_values <= LONGEST_SHARED_LIST and self.n_facts >= enough * n_values

    @cached_property
    def magnitude(self) -> Array | None:
        """Numbers on a scale of ratios, shape (n_values,), where all values are numbers; else None.

        The inverse hyperbolic sine in units of the smallest: a logarithm that knows zero and sign.
        Values that came as codes are no numbers.
        """
        if isinstance(self.values, range):
            return None
        try:
            numbers = np.array([float(value) for value in self.values])
        except (TypeError, ValueError):
            return None
        if not np.all(np.isfinite(numbers)) or not numbers.any():
            return None
        return np.asarray(np.arcsinh(numbers / np.abs(numbers[numbers != 0]).min()))


def _coded(column: Sequence[Hashable] | NDArray[Any]) -> tuple[Sequence[Any], Codes]:
    if isinstance(column, np.ndarray) and np.issubdtype(column.dtype, np.integer) and len(column):
        low, high = int(column.min()), int(column.max())
        if low >= 0 and high < 2 * len(column):
            return range(high + 1), column.astype(np.int32, copy=False)
    index: dict[Any, int] = {}
    listed = column.tolist() if isinstance(column, np.ndarray) else column
    codes = np.fromiter((index.setdefault(label, len(index)) for label in listed), np.int32, len(listed))
    return list(index), codes


def _latest(source: Codes, object_: Codes, time: Sequence[Any] | NDArray[Any]) -> Codes:
    """Return the rows that no later row of the same source on the same object replaces, in order."""
    if len(time) != len(source):
        raise ValueError("time must be as long as the other columns")
    _, rank = np.unique(np.asarray(time), return_inverse=True)
    order = np.lexsort((rank, source, object_))
    last = np.ones(len(order), dtype=bool)
    last[:-1] = (source[order][1:] != source[order][:-1]) | (object_[order][1:] != object_[order][:-1])
    return np.sort(order[last]).astype(np.int32)
