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

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from models.axis import Array, overlap
from models.constants import Constants
from models.proximity import body_of
from models.record import Record, SourceKind
from models.relaying import Relaying
from models.standing import Standing
from models.wording import listed

# Two strengths nearer than this are equal: they differ by rounding alone.
STRENGTH_TOLERANCE = 1e-9
# Two assertions agree when more than half of the narrower one lies in the other.
AGREEMENT_FLOOR = 0.5


class Independence(StrEnum):
    """Whether the origins that agree with a claim are known to be apart."""

    INDEPENDENT = "independent"
    NOT_ESTABLISHED = "not_established"
    SINGLE_ORIGIN = "single_origin"


@dataclass(frozen=True)
class Origin:
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


def origins_of(standings: Sequence[Standing]) -> list[Origin]:
    """Follow relaying and citing back, and return the origins of one question's claims.

    A source's latest statement is its origin's voice, and the versions in which several
    carriers bring that statement share its weight. A claim that cites a source with a
    statement of its own only repeats it. Claims that cite a source which nobody heard speak
    for that source together.

    Parameters
    ----------
    standings : sequence of Standing
        The claims of one question that still stand.
    """
    relaying = Relaying.of(standing.claim for standing in standings)
    own = relaying.own
    repeating: dict[str, list[int]] = defaultdict(list)
    orphans: list[tuple[set[str], list[int]]] = []
    for i, standing in enumerate(standings):
        if not standing.claim.cites:
            continue
        roots = relaying.roots(standing.claim.cites)
        heard = sorted(root for root in roots if root in own)
        if standing.claim.source in own and _is_version(standing, own, standings):
            repeating[standing.claim.source].append(i)
        elif heard:
            repeating[heard[0]].append(i)
        else:
            orphans = _merge(orphans, roots, i)
    origins = []
    for source, claims in own.items():
        latest = max(standings[i].claim.stated_at for i in claims)
        speaking = tuple(i for i in claims if standings[i].claim.stated_at == latest)
        replaced = [i for i in claims if standings[i].claim.stated_at < latest]
        origins.append(Origin((source,), speaking, (*replaced, *repeating[source])))
    return [*origins, *(Origin(tuple(sorted(roots)), tuple(claims)) for roots, claims in orphans)]


def diverging(standings: Sequence[Standing], memberships: Array) -> dict[int, str]:
    """Return by its position, for each claim that does, how it diverges from the other versions.

    Versions are claims of one source made at one moment and brought by different carriers. A
    version diverges when it asserts another answer than most of the others, or cites a source
    that the others do not.
    """
    versions: dict[tuple[str, object], list[int]] = defaultdict(list)
    for i, standing in enumerate(standings):
        if standing.claim.via:
            versions[standing.claim.source, standing.claim.stated_at].append(i)
    found: dict[int, str] = {}
    for statement in versions.values():
        if len(statement) < 2:
            continue
        carriers = Counter(standings[i].claim.via for i in statement)
        # A carrier that brings two statements of one moment does not contradict another carrier.
        group = [i for i in statement if carriers[standings[i].claim.via] == 1]
        if len(group) < 2:
            continue
        support = (overlap(memberships[group], memberships[group]) >= AGREEMENT_FLOOR).sum(axis=1)
        for position, i in enumerate(group):
            others = [standings[j].claim for j in group if j != i]
            new = set(standings[i].claim.cites) - {cited for other in others for cited in other.cites}
            if support[position] < support.max() or support.max() == 1:
                found[i] = "asserts another answer than the other versions of this statement"
            elif new and any(not other.cites for other in others):
                found[i] = f"lays the words of {listed(sorted(new))} in this source's mouth"
    return found


def weights_of(
    origins: Sequence[Origin],
    strengths: Array,
    memberships: Array,
    *,
    record: Record,
    constants: Constants,
    body_of: Callable[[str], str],
) -> Array:
    """Return the weight of each origin, in (0, 1]; their sum is the effective number of origins.

    Parameters
    ----------
    strengths : array of shape (n_claims,)
        How much each claim says: commitment times reliability before any record.
    memberships : array of shape (n_claims, n_points)
    body_of : function
        The outermost body of a source.
    """
    bodies = [{body_of(root) for root in origin.roots} for origin in origins]
    is_unnamed = np.array(
        [any(record.sources[root].kind is SourceKind.UNNAMED for root in origin.roots) for origin in origins]
    )
    if not is_unnamed.any() and len(set().union(*bodies)) == sum(map(len, bodies)):
        return np.ones(len(origins))
    said, strength = _together(origins, memberships), _together(origins, strengths)
    # A weaker voice overlaps a stronger one by no more than it says itself.
    reach = np.minimum(strength[None, :] / np.maximum(strength[:, None], STRENGTH_TOLERANCE), 1.0)
    shared = np.where(is_unnamed[:, None] | is_unnamed[None, :], constants.unestablished_overlap, 0.0)
    shared[_share_a_body(bodies)] = constants.institution_overlap
    shared *= overlap(said, said) * reach
    np.fill_diagonal(shared, 0.0)
    rank = np.round(strength / STRENGTH_TOLERANCE) * STRENGTH_TOLERANCE + ~is_unnamed
    before = np.where(rank[None, :] > rank[:, None], shared, 0.0)
    tied = np.where(rank[None, :] == rank[:, None], shared, 0.0).sum(axis=1)
    total, largest = before.sum(axis=1), before.max(axis=1, initial=0.0)
    return np.asarray((1 - largest) / ((1 + total) * (1 + total - largest)) / (1 + tied))


def _together(origins: Sequence[Origin], of_claims: Array) -> Array:
    """Return the mean over the claims that speak for each origin, shape (n_origins, …)."""
    means = of_claims[[origin.speaking[0] for origin in origins]]
    for i, origin in enumerate(origins):
        if len(origin.speaking) > 1:
            means[i] = of_claims[list(origin.speaking)].mean(axis=0)
    return means


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


def _is_version(standing: Standing, own: Mapping[str, list[int]], standings: Sequence[Standing]) -> bool:
    moment = standing.claim.stated_at
    return any(standings[i].claim.stated_at == moment for i in own[standing.claim.source])


def _merge(
    orphans: list[tuple[set[str], list[int]]], roots: set[str], claim: int
) -> list[tuple[set[str], list[int]]]:
    """Add a claim to the origins that nobody heard; shared roots make one origin of two."""
    merged, claims = set(roots), [claim]
    apart = []
    for other_roots, other_claims in orphans:
        if other_roots & roots:
            merged |= other_roots
            claims = [*other_claims, *claims]
        else:
            apart.append((other_roots, other_claims))
    return [*apart, (merged, claims)]


def _share_a_body(bodies: Sequence[set[str]]) -> NDArray[np.bool_]:
    index = {body: i for i, body in enumerate(sorted(set().union(*bodies)))}
    incidence = np.zeros((len(bodies), len(index)))
    for i, found in enumerate(bodies):
        incidence[i, [index[body] for body in found]] = 1.0
    return np.asarray(incidence @ incidence.T > 0)
