"""The columns of a ledger: all that a fit and the figures of lists look at, made question by question.

Nothing in them rests on a fit, nor on any other question, so that a write makes anew only the questions
that it touched. A factor is a column of `amounts`, and its coefficient is learned.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.axis import Array
from models.grouping import total

Index = NDArray[np.intp]
Flags = NDArray[np.bool_]
# Of a claim that is no word a copy could hide among; see `models.undeclared`.
NO_WORD = -1


@dataclass(frozen=True, eq=False)
class Columns:
    """Some questions with their claims, as flat arrays: of one question, or of many one behind the other.

    Only the answers that a claim fits are its entries.

    Parameters
    ----------
    questions : array of str of shape (n_questions,)
    shared_list : array of object of shape (n_questions,)
        The sorted answers of a list, a tuple; None for a quantity.
    is_log : array of bool of shape (n_questions,)
        Whether it is a quantity on a logarithmic scale.
    is_clamped : array of bool of shape (n_questions,)
        Whether it is resolved.
    n_points, n_claims, n_faults : array of int of shape (n_questions,)
    grid, prior, clamp, doubt : array of shape (n_all_points,)
        Of each answer: its value where it is one of a quantity, its prior, what a resolution makes of it,
        and the share of its credence that is left to an error that all share.
    rank : array of int of shape (n_all_points,)
        The place of an answer in the sorted list.
    claims : array of str of shape (n_all_claims,)
    source : array of str of shape (n_all_claims,)
    coverage, commitment, weight, judged_weight, strength : array of shape (n_all_claims,)
        As in `models.voices.Voices`.
    revised : array of shape (n_all_claims,)
        How far its side now says something else than at first.
    is_kept_narrowing : array of bool of shape (n_all_claims,)
        Whether its side narrowed it and stands by the rest.
    said : array of int of shape (n_all_claims,)
        The first claim on its question that asserts the same, as its place among the claims there.
    amounts : array of shape (n_all_claims, n_coefficients)
    n_entries : array of int of shape (n_all_claims,)
    word : array of int of shape (n_all_claims,)
        The answer that it names on its source's own word, as its place on the question's axis, or `NO_WORD`.
    point : array of int of shape (n_all_entries,)
        The place on the question's axis.
    fit : array of shape (n_all_entries,)
        How far it fits what the claim says.
    fault_claim : array of str of shape (n_all_faults,)
        The claim that a fault was made with.
    fault_source : array of str of shape (n_all_faults,)
        Who is charged.
    is_version : array of bool of shape (n_all_faults,)
        Whether that is a carrier's version of it, which differs from the others'.
    fault_weight : array of shape (n_all_faults,)
    fault_amounts : array of shape (n_all_faults, n_coefficients)
    """

    questions: NDArray[np.object_]
    shared_list: NDArray[np.object_]
    is_log: Flags
    is_clamped: Flags
    n_points: Index
    n_claims: Index
    n_faults: Index
    grid: Array
    prior: Array
    clamp: Array
    doubt: Array
    rank: Index
    claims: NDArray[np.object_]
    source: NDArray[np.object_]
    coverage: Array
    commitment: Array
    weight: Array
    judged_weight: Array
    strength: Array
    revised: Array
    is_kept_narrowing: Flags
    said: Index
    amounts: Array
    n_entries: Index
    word: Index
    point: Index
    fit: Array
    fault_claim: NDArray[np.object_]
    fault_source: NDArray[np.object_]
    is_version: Flags
    fault_weight: Array
    fault_amounts: Array

    @cached_property
    def question_of_claim(self) -> Index:
        """The place of each claim's question, shape (n_all_claims,)."""
        return np.repeat(np.arange(len(self.questions)), self.n_claims)

    @cached_property
    def question_of_fault(self) -> Index:
        """The place of each fault's question, shape (n_all_faults,)."""
        return np.repeat(np.arange(len(self.questions)), self.n_faults)

    @cached_property
    def question_of_point(self) -> Index:
        """The place of each answer's question, shape (n_all_points,)."""
        return np.repeat(np.arange(len(self.questions)), self.n_points)

    @cached_property
    def first_point(self) -> Index:
        """The place of each question's first answer, shape (n_questions,)."""
        return np.cumsum(self.n_points) - self.n_points

    @cached_property
    def claim_of_entry(self) -> Index:
        """The claim of each entry, shape (n_all_entries,)."""
        return np.repeat(np.arange(len(self.claims)), self.n_entries)

    @cached_property
    def point_of_entry(self) -> Index:
        """The place of each entry's answer among all points, shape (n_all_entries,)."""
        return self.point + self.first_point[self.question_of_claim][self.claim_of_entry]

    @cached_property
    def weighty(self) -> Columns:
        """The same with only the claims that carry weight: those that a fit looks at."""
        is_weighty = self.weight > 0
        if is_weighty.all():
            return self
        every = slice(None)
        found = self._taken({
            "question": every,
            "point": every,
            "claim": is_weighty,
            "entry": np.repeat(is_weighty, self.n_entries),
            "fault": every,
        })  # fmt: skip
        left = np.bincount(self.question_of_claim[is_weighty], minlength=len(self.questions))
        return replace(found, n_claims=left)

    def of_questions(self, chosen: Flags) -> Columns:
        """Return those of some questions, in their order.

        Parameters
        ----------
        chosen : array of bool of shape (n_questions,)
        """
        of_claims = np.repeat(chosen, self.n_claims)
        return self._taken({
            "question": chosen,
            "point": np.repeat(chosen, self.n_points),
            "claim": of_claims,
            "entry": np.repeat(of_claims, self.n_entries),
            "fault": np.repeat(chosen, self.n_faults),
        })  # fmt: skip

    def by_id(self, questions: Collection[str]) -> Columns:
        """Return those of some questions, by their ids: as they come, in time that these alone take."""
        return Columns.joined([self.of_question(self._places[question]) for question in questions])

    @cached_property
    def _places(self) -> dict[str, int]:
        return {question: place for place, question in enumerate(self.questions.tolist())}

    def silent(self) -> Columns:
        """Return these questions as they were before anyone had spoken."""
        n_questions, nobody = len(self.questions), np.zeros(len(self.claims), dtype=bool)
        nothing: dict[str, Any] = {
            **{name: getattr(self, name)[nobody] for name in CLAIMWISE},
            **{name: getattr(self, name)[:0] for name in (*ENTRYWISE, *FAULTWISE)},
            **dict.fromkeys(("n_claims", "n_faults"), np.zeros(n_questions, dtype=np.intp)),
            "is_clamped": np.zeros(n_questions, dtype=bool),
            "clamp": self.prior,
        }
        return replace(self, **nothing)

    def of_question(self, place: int) -> Columns:
        """Return those of one question, by its place among them."""
        return self._taken({kind: slice(*ends[place : place + 2]) for kind, ends in self.ends.items()})

    def _taken(self, rows: Mapping[str, Flags | slice]) -> Columns:
        """Return some rows of each kind."""
        return Columns(**{name: getattr(self, name)[rows[kind]] for name, kind in _KIND_OF.items()})

    @cached_property
    def ends(self) -> dict[str, list[int]]:
        """Where the rows of each kind begin for each question, and where the last end."""
        n_questions = len(self.questions)
        counts = {
            "question": np.ones(n_questions, dtype=np.intp),
            "point": self.n_points,
            "claim": self.n_claims,
            "entry": total(self.question_of_claim, self.n_entries.astype(float), n_questions).astype(np.intp),
            "fault": self.n_faults,
        }
        return {kind: np.cumsum([0, *count]).tolist() for kind, count in counts.items()}

    @classmethod
    def joined(cls, parts: Sequence[Columns]) -> Columns:
        """Return several columns, one behind the other."""
        return cls(**{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)})

    def discounted(self, kept: Array) -> Columns:
        """Return these columns with less of each claim's weight.

        Parameters
        ----------
        kept : array of shape (n_all_claims,)
            The share that is left of each claim's weight.
        """
        return replace(self, weight=self.weight * kept, judged_weight=self.judged_weight * kept)


QUESTIONWISE = ("questions", "shared_list", "is_log", "is_clamped", "n_points", "n_claims", "n_faults")
POINTWISE = ("grid", "prior", "clamp", "doubt", "rank")
CLAIMWISE = (
    "claims", "source", "coverage", "commitment", "weight", "judged_weight", "strength", "revised",
    "is_kept_narrowing", "said", "amounts", "n_entries", "word",
)  # fmt: skip
ENTRYWISE = ("point", "fit")
FAULTWISE = ("fault_claim", "fault_source", "is_version", "fault_weight", "fault_amounts")


_KIND_OF = {
    name: kind
    for kind, names in (
        ("question", QUESTIONWISE), ("point", POINTWISE), ("claim", CLAIMWISE),
        ("entry", ENTRYWISE), ("fault", FAULTWISE),
    )
    for name in names
}  # fmt: skip
