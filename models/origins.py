"""Origins: where the information in claims comes from, once relaying and citing are followed back."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from models.axis import Assertions
from models.grouping import Flags, Index, alike
from models.record import Claim
from models.relaying import Relaying
from models.wording import listed

# Two assertions agree when more than half of the narrower one lies in the other.
AGREEMENT_FLOOR = 0.5
# Of a claim that leads back to no origin: it says nothing on its question.
NOWHERE = -1


class Origin(NamedTuple):
    """Where the information in some claims comes from: they are one piece of evidence.

    Parameters
    ----------
    roots : tuple of str
        The sources that the claims lead back to.
    speaking : tuple of int
        The claims that carry its weight, as positions in the question's claims.
    repeating : tuple of int
        The claims that only cite it, or that its source has since replaced.
    """

    roots: tuple[str, ...]
    speaking: tuple[int, ...]
    repeating: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Origins:
    """The origins of the claims on some questions, question by question.

    Parameters
    ----------
    question : array of int of shape (n_origins,)
    roots : list of tuple of str
        The sources that each leads back to.
    source : array of int of shape (n_origins,)
        The only root of those who speak for themselves, as in `origins_of`; of others `NOWHERE`.
    of : array of int of shape (n_claims,)
        The origin of each claim, or `NOWHERE`.
    speaks : array of bool of shape (n_claims,)
        Whether a claim carries the weight of its origin.
    """

    question: Index
    roots: list[tuple[str, ...]]
    source: Index
    of: Index
    speaks: Flags


def origins_of(
    claims: Sequence[Claim], question: Index, source: Index, *, heard: Flags, cites: Flags
) -> Origins:
    """Follow relaying and citing back, and return the origins of the claims on some questions.

    A source's latest statement is its origin's voice, and the versions in which several
    carriers bring that statement share its weight. A claim that cites a source with a
    statement of its own only repeats it. Claims that cite a source which nobody heard speak
    for that source together.

    Parameters
    ----------
    claims : sequence of Claim
        Those on one question side by side.
    question, source : array of int of shape (n_claims,)
    heard, cites : array of bool of shape (n_claims,)
        Which of them still say something, and which cite somebody.
    """
    own = np.flatnonzero(heard & ~cites)
    key = question[own] * (source.max(initial=0) + 1) + source[own]
    _, first, of_own = np.unique(key, return_index=True, return_inverse=True)
    of, speaks = np.full(len(claims), NOWHERE), np.zeros(len(claims), dtype=bool)
    of[own], speaks[own] = of_own, True
    for group in alike(key):
        rows = own[group].tolist()
        latest = max(claims[row].stated_at for row in rows)
        speaks[[row for row in rows if claims[row].stated_at < latest]] = False
    begins = own[first].tolist()
    roots: list[tuple[str, ...]] = [(claims[row].source,) for row in begins]
    for rows in _who_cite(question, heard, cites):
        repeating, orphans = _followed([claims[row] for row in rows])
        for place, repeated in repeating.items():
            of[rows[place]] = of[rows[repeated]]
        for led_to, group in orphans:
            cited = [rows[place] for place in group]
            of[cited], speaks[cited] = len(roots), True
            roots.append(tuple(sorted(led_to)))
            begins.append(cited[0])
    of_begin = np.array(begins, dtype=np.intp)
    is_orphan = np.arange(len(roots)) >= len(first)
    root = np.where(is_orphan, NOWHERE, source[of_begin])
    # After those who speak for themselves.
    order = np.lexsort((of_begin, is_orphan, question[of_begin]))
    reached = np.append(np.argsort(order), NOWHERE)
    return Origins(
        question[of_begin][order], [roots[i] for i in order.tolist()], root[order], reached[of], speaks
    )


def _who_cite(question: Index, heard: Flags, cites: Flags) -> list[list[int]]:
    """Return the claims that are heard on each question where somebody cites."""
    asked = np.unique(question[heard & cites])
    rows = np.flatnonzero(heard & np.isin(question, asked))
    return (
        [group.tolist() for group in np.split(rows, np.flatnonzero(np.diff(question[rows])) + 1)]
        if len(rows)
        else []
    )


def _followed(claims: Sequence[Claim]) -> tuple[dict[int, int], list[tuple[set[str], list[int]]]]:
    """Return, of the claims of one question that cite, which statement each repeats, or where it leads.

    Those that lead back to sources of which nobody heard stand together by their roots; shared roots
    make one of two.
    """
    relaying = Relaying.of(claims)
    own = relaying.own
    moments = {(source, claims[i].stated_at) for source, said in own.items() for i in said}
    repeating: dict[int, int] = {}
    of_root: dict[str, tuple[set[str], list[int]]] = {}
    rootless: list[tuple[set[str], list[int]]] = []
    for i, claim in enumerate(claims):
        if not claim.cites:
            continue
        roots = relaying.roots(claim.cites)
        heard = min((root for root in roots if root in own), default=None)
        if (claim.source, claim.stated_at) in moments:  # a version of its own statement
            heard = claim.source
        if heard is not None:
            repeating[i] = own[heard][0]
        elif roots:
            _join(of_root, roots, i)
        else:
            rootless.append((roots, [i]))
    orphans = {id(group): group for group in of_root.values()}
    return repeating, [(led_to, sorted(group)) for led_to, group in (*orphans.values(), *rootless)]


def _join(of_root: dict[str, tuple[set[str], list[int]]], roots: set[str], claim: int) -> None:
    """Add a claim to the groups of its roots, which become one: the smaller ones join the largest."""
    groups = {id(group): group for group in map(of_root.get, roots) if group is not None}
    joined = max(groups.values(), key=lambda group: len(group[0]), default=(set(), []))
    for other in groups.values():
        if other is not joined:
            joined[0].update(other[0])
            joined[1].extend(other[1])
            of_root.update(dict.fromkeys(other[0], joined))
    joined[0].update(roots)
    joined[1].append(claim)
    of_root.update(dict.fromkeys(roots, joined))


def diverging(claims: Sequence[Claim], said: Index, assertions: Assertions) -> dict[int, str]:
    """Return by its position, for each claim that does, how it diverges from the other versions.

    Versions are claims of one source made at one moment and brought by different carriers. A
    version diverges when it asserts another answer than most of the others, or cites a source
    that the others do not.

    Parameters
    ----------
    claims : sequence of Claim
        Of one source on one question.
    said : array of int of shape (n_claims,)
        What each asserts.
    """
    versions: dict[object, list[int]] = defaultdict(list)
    for i, claim in enumerate(claims):
        if claim.via:
            versions[claim.stated_at].append(i)
    found: dict[int, str] = {}
    for statement in versions.values():
        carriers = Counter(claims[i].via for i in statement)
        # A carrier that brings two statements of one moment does not contradict another carrier.
        group = [i for i in statement if carriers[claims[i].via] == 1]
        if len(group) < 2:
            continue
        distinct, which, n_versions = np.unique(said[group], return_inverse=True, return_counts=True)
        support = [
            int(
                n_versions[
                    assertions.agreement(np.full_like(distinct, one), distinct) >= AGREEMENT_FLOOR
                ].sum()
            )
            for one in distinct.tolist()
        ]
        most = max(support)
        cited = Counter(source for i in group for source in set(claims[i].cites))
        is_plainly_told = any(not claims[i].cites for i in group)
        for i, one in zip(group, which.tolist(), strict=True):
            new = sorted(source for source in set(claims[i].cites) if cited[source] == 1)
            if support[one] < most or most == 1:
                found[i] = "asserts another answer than the other versions of this statement"
            elif new and is_plainly_told:
                found[i] = f"lays the words of {listed(new)} in this source's mouth"
    return found
