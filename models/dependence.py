"""Dependence: how many origins a question's claims really have, and what each weighs.

Voices are heard in an order: named before unnamed, then the better placed first. Each adds
what Kish's effective number, n / (1 + (n - 1)ρ), grows by when it is heard:

    w = (1 - ρ_max) / ((1 + s)(1 + s - ρ_max)),    s = Σ ρ over the voices heard before,

which is 1 for a voice that nobody preceded and 0 for one that only repeats (ρ = 1). Kish's
own symmetric weight, 1 / (1 + Σ ρ), would let a hedged second voice of a body water down its
first, and an unnamed one the named; here another voice never takes weight from a stronger one.
Voices of equal strength share what they add.

References
----------
L. Kish, Survey Sampling, Wiley 1965, section 5.4 (design effect).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from models.axis import Array, Assertions
from models.constants import Constants
from models.grouping import Flags, Index, blocks, ordered, spread, total
from models.origins import Origin
from models.proximity import body_of
from models.record import Record, SourceKind

# Two strengths nearer than this are equal: they differ by rounding alone.
STRENGTH_TOLERANCE = 1e-9
# Strengths are summed in this unit, an exact one.
SMALLEST_STRENGTH = 2.0**-40


class Independence(StrEnum):
    """Whether the origins that agree with a claim are known to be apart."""

    INDEPENDENT = "independent"
    NOT_ESTABLISHED = "not_established"
    SINGLE_ORIGIN = "single_origin"


@dataclass(frozen=True, eq=False)
class Speakers:
    """The origins of the claims on some questions, as they are weighed.

    Parameters
    ----------
    question : array of int of shape (n_origins,)
    body : array of int of shape (n_origins,)
        The outermost body that each leads back to.
    bodies : mapping of int to set of int
        All bodies of those origins that lead back to several.
    is_unnamed : array of bool of shape (n_origins,)
    said : array of int of shape (n_origins,)
        What each asserts.
    strength : array of shape (n_origins,)
        How much each says, in (0, 1]: commitment times reliability before any record.
    """

    question: Index
    body: Index
    bodies: Mapping[int, set[int]]
    is_unnamed: Flags
    said: Index
    strength: Array


def weights_of(speakers: Speakers, assertions: Assertions, constants: Constants) -> Array:
    """Return the weight of each origin, in (0, 1]; their sum is the effective number of origins."""
    choir, listens = _choirs(speakers)
    near, near_most, near_tied = _repeated(speakers, assertions, choir, listens)
    # An unnamed voice may be, or have heard, anybody, its own body's voices among them.
    unnamed = np.flatnonzero(speakers.is_unnamed)
    listens = unnamed, speakers.question[unnamed]
    anybody, most, tied = _repeated(speakers, assertions, speakers.question, listens)
    institution, unestablished = constants.institution_overlap, constants.unestablished_overlap
    beyond = np.where(speakers.is_unnamed, unestablished, 0.0)
    repeated = institution * near + beyond * (anybody - near)
    largest = np.maximum(institution * near_most, beyond * most)
    equals = institution * (near_tied - 1) + beyond * (tied - near_tied)
    return np.asarray((1 - largest) / ((1 + repeated) * (1 + repeated - largest)) / (1 + equals))


def _choirs(speakers: Speakers) -> tuple[Index, tuple[Index, Index]]:
    """Return the choir of each speaker, and pairs of a speaker and a choir with a body in common.

    A choir speaks for one body on one question; who leads back to several bodies is one by itself.
    """
    several = speakers.bodies
    alone = np.full(len(speakers.body), -1)
    alone[list(several)] = list(several)
    order, start = ordered(speakers.question, speakers.body, alone)
    choir = np.empty(len(order), dtype=np.intp)
    choir[order] = np.repeat(np.arange(len(start)), np.diff(start, append=len(order)))
    listener, heard = [np.arange(len(choir))], [choir]
    if several:
        by_body: dict[tuple[int, int], list[int]] = defaultdict(list)
        asked = np.flatnonzero(np.isin(speakers.question, speakers.question[list(several)]))
        for i in asked.tolist():
            for body in several.get(i, (int(speakers.body[i]),)):
                by_body[int(speakers.question[i]), body].append(i)
        beside = {
            pair
            for i, bodies in several.items()
            for body in bodies
            for other in by_body[int(speakers.question[i]), body]
            if other != i
            for pair in ((i, int(choir[other])), (other, int(choir[i])))
        }
        listener.append(np.array([i for i, _ in sorted(beside)], dtype=np.intp))
        heard.append(np.array([other for _, other in sorted(beside)], dtype=np.intp))
    return choir, (np.concatenate(listener), np.concatenate(heard))


def _repeated(
    speakers: Speakers, assertions: Assertions, circle: Index, listens: tuple[Index, Index]
) -> tuple[Array, Array, Array]:
    """Return how far each speaker agrees with those heard before it in circles that it listens to.

    The named are heard first, then the strong. A weaker voice overlaps a stronger one by no more than
    it says itself, which matters where a strong unnamed voice hears a weak named one. Those of a circle
    who say the same stand together, so that each speaker is held against every assertion once.

    Parameters
    ----------
    circle : array of int of shape (n_origins,)
        Where each speaks.
    listens : arrays of int of one length
        Pairs of a speaker and a circle.

    Returns
    -------
    repeated, most, tied : arrays of shape (n_origins,)
        Sum and maximum over those who are heard before it; sum over its equals, itself among them.
    """
    n, strength, is_unnamed = len(circle), speakers.strength, speakers.is_unnamed
    order, start = ordered(circle, speakers.said, is_unnamed, within=strength)
    end = np.append(start[1:], n)[: len(start)]
    of_saying = order[start]
    rising = strength[order]
    # Whole numbers, so that their sums do not rest on which other questions stand before.
    sums = np.append(0, np.cumsum(np.nan_to_num(np.rint(rising / SMALLEST_STRENGTH)).astype(np.int64)))
    # Strengths lie in [0, 1], so that what rises by two from saying to saying keeps them apart.
    place = rising + 2.0 * np.repeat(np.arange(len(start)), end - start)
    listener, heard = listens
    first = np.searchsorted(circle[of_saying], heard, side="left")
    last = np.searchsorted(circle[of_saying], heard, side="right")
    repeated, most, tied = np.zeros(n), np.zeros(n), np.zeros(n)
    for block in blocks(last - first):
        pair, saying = spread(first[block], (last - first)[block])
        one, other = listener[block][pair], of_saying[saying]
        is_heard = is_unnamed[one] | ~is_unnamed[other]
        one, other, saying = one[is_heard], other[is_heard], saying[is_heard]
        agrees = assertions.agreement(speakers.said[one], speakers.said[other])
        is_equal, own = is_unnamed[one] == is_unnamed[other], strength[one]
        below = np.searchsorted(place, own + 2.0 * saying - STRENGTH_TOLERANCE, side="left")
        above = np.searchsorted(place, own + 2.0 * saying + STRENGTH_TOLERANCE, side="right")
        n_before = end[saying] - np.where(is_equal, above, below)
        own = np.maximum(own, STRENGTH_TOLERANCE)
        reach = np.where(is_equal, 0.0, (sums[below] - sums[start[saying]]) * SMALLEST_STRENGTH / own)
        reaches = np.where(is_equal, n_before > 0, np.minimum(rising[end[saying] - 1] / own, 1.0))
        repeated += total(one, agrees * (n_before + reach), n)
        np.maximum.at(most, one, agrees * reaches)
        tied += total(one, np.where(is_equal, agrees * (above - below), 0.0), n)
    return repeated, most, tied


def independence(
    supporting: Sequence[Origin], record: Record, copied: Mapping[str, str] | None = None
) -> Independence:
    """Say whether the origins that agree with a claim are known to be apart.

    Parameters
    ----------
    copied : mapping of str to str, or None
        By source, another one of its family that says the same: the two are not known to be apart.
    """
    if len(supporting) == 1:
        return Independence.SINGLE_ORIGIN
    body = {
        origin.roots[0]: body_of(origin.roots[0], record)
        for origin in supporting
        if all(record.sources[root].kind is not SourceKind.UNNAMED for root in origin.roots)
    }
    family = {name: name for name in body.values()}
    for source, kin in (copied or {}).items():
        if source in body and kin in body:
            one, other = family[body[source]], family[body[kin]]
            family = {name: one if first == other else first for name, first in family.items()}
    return Independence.INDEPENDENT if len(set(family.values())) > 1 else Independence.NOT_ESTABLISHED
