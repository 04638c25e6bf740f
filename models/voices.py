"""Voices: the claims on some questions as evidence, in columns, a claim a row.

Nothing here rests on a fit, and nothing on another question: questions stand side by side so that each rule
is applied to all of their claims at once. `models.evidence` takes one question's out, for who tells of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import expit

from models.axis import Array, Assertions, Axis
from models.columns import Columns
from models.constants import COEFFICIENTS, COLUMN, Constants
from models.covariates import COVARIATES, Covariate
from models.dependence import Speakers, weights_of
from models.drawing import drawn
from models.grouping import Flags, Index, alike, blocks, ordered, spread, total
from models.origins import NOWHERE, Origins, diverging, origins_of
from models.proximity import Gain, Proximity, body_of, worth
from models.record import Claim, Question, Record, SourceKind
from models.standing import Standing

# No voice of the same body contradicts a claim.
NOBODY = -1


@dataclass(eq=False)
class Voices:
    """The claims on some questions as evidence, question by question.

    Parameters
    ----------
    record : Record
        What they were read from.
    constants : Constants
        The elicited ones.
    questions : list of Question
    axes : list of Axis
        Of each question.
    claims : list of Claim
    standings : mapping of int to Standing
        Of the claims that were corrected, by their row; all others stand as they were stated.
    question : array of int of shape (n_claims,)
    source : array of int of shape (n_claims,)
        Who made each claim.
    sources : list of str
        The ids behind these.
    memberships : list of array
        What is asserted, each assertion once.
    said : array of int of shape (n_claims,)
        The assertion that each claim makes now.
    coverage : array of shape (n_claims,)
        The share of the question's scope that it speaks of.
    certainty : array of shape (n_claims,)
        How far the source, as it stands, commits itself; zero once it does not stand.
    cites : array of bool of shape (n_claims,)
        Whether it cites somebody.
    nears : list of Proximity
    near : array of int of shape (n_claims,)
        How close the source stood to what it says, as a place in `nears`.
    gains : mapping of int to Gain
        What claims do for the interest of their source, where they do anything.
    """

    record: Record
    constants: Constants
    questions: list[Question]
    axes: list[Axis]
    claims: list[Claim]
    standings: Mapping[int, Standing]
    question: Index
    source: Index
    sources: list[str]
    memberships: list[Array]
    said: Index
    coverage: Array
    certainty: Array
    cites: Flags
    nears: list[Proximity]
    near: Index
    gains: Mapping[int, Gain]

    @cached_property
    def commitment(self) -> Array:
        """The part of the question that each claim speaks for, shape (n_claims,)."""
        return self.certainty * self.coverage

    @cached_property
    def start(self) -> Index:
        """Where the claims on each question begin, and where the last end, shape (n_questions + 1,)."""
        return np.searchsorted(self.question, np.arange(len(self.questions) + 1))

    @cached_property
    def heard(self) -> Flags:
        """Whether each claim says anything on its question, shape (n_claims,)."""
        n_points = np.array([len(axis.grid) for axis in self.axes], dtype=np.intp)
        return (self.commitment > 0) & (n_points[self.question] > 0)

    @cached_property
    def bodies(self) -> list[str]:
        """The outermost body that each source speaks for."""
        return [body_of(source, self.record) for source in self.sources]

    @cached_property
    def _body_of_source(self) -> Index:
        number = {body: i for i, body in enumerate(dict.fromkeys(self.bodies))}
        return np.array([number[body] for body in self.bodies], dtype=np.intp)

    @cached_property
    def body(self) -> Index:
        """The outermost body that each claim speaks for, numbered, shape (n_claims,)."""
        return self._body_of_source[self.source]

    @cached_property
    def is_close(self) -> Flags:
        """Whether a claim's source is named, stood nearer than an unremarkable one, and gains nothing."""
        near = [not near.is_unnamed and worth(near.amounts, self.constants) >= 0 for near in self.nears]
        close = np.array(near, dtype=bool)[self.near]
        for row, gain in self.gains.items():
            close[row] &= worth(gain.amounts, self.constants) >= 0
        return close

    @cached_property
    def origins(self) -> Origins:
        """Where the information in the claims comes from."""
        return origins_of(self.claims, self.question, self.source, heard=self.heard, cites=self.cites)

    @cached_property
    def assertions(self) -> Assertions:
        """What is asserted: by each claim, and by the claims of each origin together."""
        return Assertions([*self.memberships, *self._together[1]])

    @cached_property
    def _together(self) -> tuple[Index, list[Array]]:
        """What the claims that speak for each origin say together, and the assertions that so come about."""
        origins = self.origins
        speaking = np.flatnonzero(origins.speaks)
        said = np.zeros(len(origins.roots), dtype=np.intp)
        said[origins.of[speaking]] = self.said[speaking]
        means: list[Array] = []
        for group in alike(origins.of[speaking]):
            rows = speaking[group]
            if len(set(self.said[rows].tolist())) > 1:
                said[origins.of[rows[0]]] = len(self.memberships) + len(means)
                means.append(np.mean([self.memberships[i] for i in self.said[rows].tolist()], axis=0))
        return said, means

    @cached_property
    def revised(self) -> Array:
        """How far each claim's side now says something else than at first, shape (n_claims,).

        A source's later statement that departs from its first is taken as an amendment of it.
        """
        revised = np.zeros(len(self.claims))
        for row, standing in self.standings.items():
            revised[row] = standing.revised
        later: list[tuple[int, int]] = []
        for group in alike(self.question, self.source):
            said = sorted(group, key=lambda row: (self.claims[row].stated_at, self.claims[row].id))
            first = next((row for row in said if self.heard[row] and not self.claims[row].cites), None)
            if first is not None:
                begun = self.claims[first].stated_at
                later += [(row, first) for row in said if self.claims[row].stated_at > begun]
        if later:
            rows, firsts = np.array(later).T
            departed = 1 - self.assertions.agreement(self.said[rows], self.said[firsts])
            # Two sums of the same terms may differ in their last digit.
            revised[rows] = np.maximum(revised[rows], np.round(departed, 9))
        return revised

    @cached_property
    def contradicted_by(self) -> Index:
        """The first claim of another source of the same body that excludes each, or `NOBODY`."""
        rows, nobody = np.flatnonzero(self.heard), len(self.claims)
        source = np.append(self.source, NOBODY)
        # Those of a body who say the same stand together: what excludes one of them excludes all.
        order, start = ordered(self.question[rows], self.body[rows], self.said[rows])
        rows = rows[order]
        saying = np.repeat(np.arange(len(start)), np.diff(start, append=len(rows)))
        first, said = rows[start], self.said[rows[start]]
        second, is_other = np.full(len(start), nobody), source[rows] != source[first][saying]
        np.minimum.at(second, saying[is_other], rows[is_other])
        _, begin = ordered(self.question[first], self.body[first])
        size = np.diff(begin, append=len(start))
        begin, size = np.repeat(begin, size), np.repeat(size, size)
        nearest, next_best = np.full(len(start), nobody), np.full(len(start), nobody)
        for block in blocks(size):
            one, other = spread(begin[block], size[block])
            one += block.start
            is_against = self.assertions.excludes(said[one], said[other])
            one, other = one[is_against], other[is_against]
            np.minimum.at(nearest, one, first[other])
            # Who made the nearest is excluded by the first of another source.
            is_same = source[first[other]] == source[nearest[one]]
            np.minimum.at(next_best, one, np.where(is_same, second[other], first[other]))
        found = np.full(len(self.claims), NOBODY)
        is_own = source[nearest[saying]] == source[rows]
        found[rows] = np.where(is_own, next_best[saying], nearest[saying])
        found[found == nobody] = NOBODY
        return found

    @property
    def is_contradicted(self) -> Flags:
        """Whether another voice of its body contradicts each claim, shape (n_claims,)."""
        return np.asarray(self.contradicted_by != NOBODY)

    @cached_property
    def _first_amounts(self) -> Array:
        return self._held([each for each in COVARIATES if each.is_first])

    @cached_property
    def amounts(self) -> Array:
        """How much each claim holds of each coefficient, shape (n_claims, n_coefficients)."""
        amounts = self._first_amounts + self._held([each for each in COVARIATES if not each.is_first])
        amounts[:, COLUMN["baseline"]] = 1.0
        return amounts

    def _held(self, covariates: Sequence[Covariate]) -> Array:
        held = np.zeros((len(self.claims), len(COEFFICIENTS)))
        for covariate in covariates:
            for name, amount in zip(covariate.coefficients, covariate.held(self), strict=True):
                held[:, COLUMN[name]] = amount
        return held

    @cached_property
    def strength(self) -> Array:
        """How much each claim says before any record, shape (n_claims,)."""
        # A coefficient at a time: how a product of matrices rounds depends on the rows beside.
        worths = (
            held * size for held, size in zip(self._first_amounts.T, self.constants.coefficients, strict=True)
        )
        log_odds = self.constants.baseline + sum(worths)
        return np.asarray(self.commitment * expit(log_odds))

    @cached_property
    def origin_weights(self) -> Array:
        """What each origin weighs, shape (n_origins,)."""
        origins, sources = self.origins, self.record.sources
        number = dict(zip(self.bodies, self._body_of_source.tolist(), strict=True))
        hidden = SourceKind.UNNAMED
        is_hidden = np.array([sources[source].kind is hidden for source in self.sources], dtype=bool)
        body, is_unnamed = self._body_of_source[origins.source], is_hidden[origins.source]
        several = {}
        for i in np.flatnonzero(origins.source == NOWHERE).tolist():
            roots = origins.roots[i]
            led_to = {number.setdefault(body_of(root, self.record), len(number)) for root in roots}
            body[i] = min(led_to, default=NOWHERE)
            is_unnamed[i] = any(sources[root].kind is hidden for root in roots)
            if len(led_to) != 1:
                several[i] = led_to
        speaking = np.flatnonzero(origins.speaks)
        strength = total(origins.of[speaking], self.strength[speaking], len(body))
        speakers = Speakers(
            question=origins.question,
            body=body,
            bodies=several,
            is_unnamed=is_unnamed,
            said=self._together[0],
            strength=strength / self.n_speaking,
        )
        return weights_of(speakers, self.assertions, self.constants)

    @cached_property
    def n_speaking(self) -> Index:
        """How many claims speak for each origin, shape (n_origins,)."""
        return np.bincount(self.origins.of[self.origins.speaks], minlength=len(self.origins.roots))

    @cached_property
    def weight(self) -> Array:
        """What each claim adds to the effective number of origins, shape (n_claims,)."""
        origins = self.origins
        weight = np.zeros(len(self.claims))
        of = origins.of[origins.speaks]
        weight[origins.speaks] = self.origin_weights[of] / self.n_speaking[of]
        return weight

    @cached_property
    def divergence(self) -> dict[int, str]:
        """How the version of a statement differs from the other carriers' versions, by its row."""
        is_version = self.heard & np.array([bool(claim.via) for claim in self.claims], dtype=bool)
        rows = np.flatnonzero(is_version)
        found = {}
        for group in alike(self.question[rows], self.source[rows]):
            versions = rows[group].tolist()
            claims = [self.claims[row] for row in versions]
            for place, how in diverging(claims, self.said[versions], self.assertions).items():
                found[versions[place]] = how
        return found

    @cached_property
    def judged_weight(self) -> Array:
        """What each claim weighs on its source's record, shape (n_claims,).

        A correction has judged its fault already; a version that diverges says nothing of the source.
        """
        weight = self.weight.copy()
        for row, standing in self.standings.items():
            weight[row] *= 1 - standing.fault
        weight[list(self.divergence)] = 0.0
        return weight

    @cached_property
    def columns(self) -> Columns:
        """The questions for a fit."""
        return drawn(self)
