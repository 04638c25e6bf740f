"""The columns of a ledger: all that a fit looks at, as flat arrays, made question by question.

Nothing in them rests on a fit, nor on any other question, so that a write makes anew only the questions
that it touched. A factor is a column of `amounts`, and its coefficient is learned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.answer import Names
from models.axis import Array
from models.constants import COEFFICIENTS, Constants
from models.doubt import shared_doubt
from models.evidence import Evidence, Voice
from models.proximity import Amounts, claim_proximity, proximity
from models.record import Resolution

Index = NDArray[np.intp]
Flags = NDArray[np.bool_]
COLUMN = {name: k for k, name in enumerate(COEFFICIENTS)}
# What fits an answer less than this does not bear on it: the rarest guess is a million times likelier.
LEAST_FIT = 1e-18
# Of a claim that is no word a copy could hide among; see `models.undeclared`.
NO_WORD = -1


@dataclass(frozen=True, eq=False)
class Columns:
    """Some questions with their claims, for a fit: of one question, or of many one behind the other.

    Only claims that carry weight are claims here, and only the answers that a claim fits are its entries.

    Parameters
    ----------
    questions : array of str of shape (n_questions,)
    shared_list : array of object of shape (n_questions,)
        The sorted answers of a list, a tuple; None for a quantity.
    is_clamped : array of bool of shape (n_questions,)
        Whether it is resolved.
    n_points, n_claims, n_faults : array of int of shape (n_questions,)
    n_said : array of shape (n_questions,)
        How much was said on it, weighed.
    prior, clamp, said, doubt : array of shape (n_all_points,)
        Of each answer: its prior, what a resolution makes of it, how much was said for it, and the share
        of its credence that is left to an error that all share.
    rank : array of int of shape (n_all_points,)
        The place of an answer in the sorted list.
    claims : array of str of shape (n_all_claims,)
    source : array of str of shape (n_all_claims,)
    commitment, weight, judged_weight, strength : array of shape (n_all_claims,)
        As in `models.evidence.Voice`.
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
    is_clamped: Flags
    n_points: Index
    n_claims: Index
    n_faults: Index
    n_said: Array
    prior: Array
    clamp: Array
    said: Array
    doubt: Array
    rank: Index
    claims: NDArray[np.object_]
    source: NDArray[np.object_]
    commitment: Array
    weight: Array
    judged_weight: Array
    strength: Array
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

    @classmethod
    def of(cls, evidence: Iterable[Evidence], constants: Constants) -> Columns:
        """Return the columns of some questions, in their order."""
        drawing = _Drawing(constants)
        for found in evidence:
            drawing.add(found)
        return drawing.columns()

    def of_questions(self, chosen: Flags) -> Columns:
        """Return those of some questions, in their order.

        Parameters
        ----------
        chosen : array of bool of shape (n_questions,)
        """
        of_claims = np.repeat(chosen, self.n_claims)
        kept = {
            **dict.fromkeys(QUESTIONWISE, chosen),
            **dict.fromkeys(POINTWISE, np.repeat(chosen, self.n_points)),
            **dict.fromkeys(CLAIMWISE, of_claims),
            **dict.fromkeys(ENTRYWISE, np.repeat(of_claims, self.n_entries)),
            **dict.fromkeys(FAULTWISE, np.repeat(chosen, self.n_faults)),
        }
        return Columns(**{name: getattr(self, name)[rows] for name, rows in kept.items()})

    def silent(self) -> Columns:
        """Return these questions as they were before anyone had spoken."""
        n_questions, nobody = len(self.questions), np.zeros(len(self.claims), dtype=bool)
        nothing: dict[str, Any] = {
            **{name: getattr(self, name)[nobody] for name in CLAIMWISE},
            **{name: getattr(self, name)[:0] for name in (*ENTRYWISE, *FAULTWISE)},
            **dict.fromkeys(("n_claims", "n_faults"), np.zeros(n_questions, dtype=np.intp)),
            "n_said": np.zeros(n_questions),
            "is_clamped": np.zeros(n_questions, dtype=bool),
            "clamp": self.prior,
            "said": np.zeros_like(self.said),
        }
        return replace(self, **nothing)

    @classmethod
    def joined(cls, parts: Sequence[Columns]) -> Columns:
        """Return several columns, one behind the other."""
        return cls(**{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)})


QUESTIONWISE = ("questions", "shared_list", "is_clamped", "n_points", "n_claims", "n_faults", "n_said")
POINTWISE = ("prior", "clamp", "said", "doubt", "rank")
CLAIMWISE = (
    "claims", "source", "commitment", "weight", "judged_weight", "strength", "amounts", "n_entries", "word",
)  # fmt: skip
ENTRYWISE = ("point", "fit")
FAULTWISE = ("fault_claim", "fault_source", "is_version", "fault_weight", "fault_amounts")


class _Drawing:
    """Columns while they are drawn up."""

    def __init__(self, constants: Constants) -> None:
        self._constants = constants
        self._lists: dict[str, list[object]] = {f.name: [] for f in fields(Columns)}
        self._arrays: dict[str, list[NDArray[Any]]] = {name: [] for name in (*POINTWISE, *ENTRYWISE)}
        self._rows: dict[Amounts, Array] = {}
        self._fits: dict[int, tuple[list[int], list[float]]] = {}

    def add(self, found: Evidence) -> None:
        lists, names = self._lists, found.question.answers
        size = len(found.axis.grid)
        said = np.zeros(size)
        n_claims = n_faults = 0
        words = _words(found)
        fits: dict[int, tuple[Index, Array, Array]] = {}
        for i, voice in enumerate(found.voices):
            n_faults += self._add_faults(voice, found)
            if voice.weight <= 0:
                continue
            n_claims += 1
            held = fits.get(id(voice.membership))
            if held is None:
                points = np.flatnonzero(voice.membership > LEAST_FIT)
                fit = voice.membership[points]
                held = fits[id(voice.membership)] = points, fit, voice.membership / voice.membership.sum()
            said += (voice.strength * voice.weight) * held[2]
            lists["claims"].append(voice.claim.id)
            lists["source"].append(voice.claim.source)
            lists["commitment"].append(voice.commitment)
            lists["weight"].append(voice.weight)
            lists["judged_weight"].append(voice.judged_weight)
            lists["strength"].append(voice.strength)
            lists["amounts"].append(self._row(voice.amounts))
            lists["n_entries"].append(len(held[0]))
            lists["word"].append(words.get(i, NO_WORD))
            self._arrays["point"].append(held[0])
            self._arrays["fit"].append(held[1])
        resolution = found.record.resolutions.get(found.question.id)
        lists["questions"].append(found.question.id)
        lists["shared_list"].append(tuple(sorted(names)) if names else None)
        lists["is_clamped"].append(resolution is not None)
        lists["n_points"].append(size)
        lists["n_claims"].append(n_claims)
        lists["n_faults"].append(n_faults)
        lists["n_said"].append(said.sum())
        arrays = self._arrays
        arrays["prior"].append(found.axis.prior)
        arrays["clamp"].append(
            found.axis.prior if resolution is None else clamp(found, resolution, self._constants)
        )
        arrays["said"].append(said)
        arrays["doubt"].append(shared_doubt(found, self._constants))
        arrays["rank"].append(np.argsort(np.argsort(names)) if names else np.zeros(size))

    def _add_faults(self, voice: Voice, found: Evidence) -> int:
        claim, constants, charged = voice.claim, self._constants, 0
        if voice.standing.fault > 0:
            held = proximity(claim.source, claim.scope, found.record, constants)
            near = claim_proximity(claim, held)
            self._charge(claim.id, claim.source, voice.standing.fault, (*near.amounts, *voice.gain.amounts))
            self._lists["is_version"].append(False)
            charged += 1
        if voice.divergence:
            relaying: Amounts = (("vantage_relayed", 1.0),)
            self._charge(claim.id, claim.via[-1], constants.divergence_severity, relaying)
            self._lists["is_version"].append(True)
            charged += 1
        return charged

    def _charge(self, claim: str, source: str, weight: float, amounts: Amounts) -> None:
        self._lists["fault_claim"].append(claim)
        self._lists["fault_source"].append(source)
        self._lists["fault_weight"].append(weight)
        self._lists["fault_amounts"].append(self._row(amounts))

    def _row(self, amounts: Amounts) -> Array:
        row = self._rows.get(amounts)
        if row is None:
            row = self._rows[amounts] = np.zeros(len(COEFFICIENTS))
            row[COLUMN["baseline"]] = 1.0
            for name, amount in amounts:
                row[COLUMN[name]] += amount
        return row

    def columns(self) -> Columns:
        drawn: dict[str, NDArray[np.generic]] = {}
        for f in fields(Columns):
            kind = _KINDS.get(f.name, np.float64)
            if f.name in self._arrays:
                drawn[f.name] = np.concatenate([np.zeros(0), *self._arrays[f.name]]).astype(kind)
            elif f.name in ("amounts", "fault_amounts"):
                drawn[f.name] = np.array(self._lists[f.name], dtype=float).reshape(-1, len(COEFFICIENTS))
            else:
                column = np.empty(len(self._lists[f.name]), dtype=kind)
                column[:] = self._lists[f.name]
                drawn[f.name] = column
        return Columns(**drawn)  # type: ignore[arg-type]  # each of the kind that its name has


_OBJECTS = ("questions", "shared_list", "claims", "source", "fault_claim", "fault_source")
_COUNTS = ("n_points", "n_claims", "n_faults", "n_entries", "rank", "word", "point")
_KINDS: dict[str, type[np.generic]] = {
    **dict.fromkeys(_OBJECTS, np.object_),
    **dict.fromkeys(_COUNTS, np.intp),
    "is_clamped": np.bool_,
    "is_version": np.bool_,
}


def clamp(found: Evidence, resolution: Resolution, constants: Constants) -> Array:
    """Return what a resolution makes of the answers, shape (n_points,)."""
    true = found.axis.membership(resolution.answer)
    rest = 1 - true if found.axis.quantity is None else found.axis.prior
    sure = constants.resolved_credence
    clamped = sure * true / true.sum() + (1 - sure) * rest / max(rest.sum(), 1e-300)
    return np.asarray(clamped / clamped.sum())


def _words(found: Evidence) -> dict[int, int]:
    """Return, by the position of a claim, the one answer that it names on its source's own word.

    What cites somebody, versions of one statement, and several voices of one body are dependent by
    what they declare, and weighed so already.
    """
    alone = [origin.speaking[0] for origin in found.origins if len(origin.speaking) == 1]
    n_voices = Counter(found.voices[i].body for i in alone)
    words = {}
    for i in alone:
        voice = found.voices[i]
        answer = voice.standing.answer
        if (
            isinstance(answer, Names) and len(answer.names) == 1 and not voice.claim.cites
            and voice.weight > 0 and voice.coverage == 1 and n_voices[voice.body] == 1
        ):  # fmt: skip
            words[i] = found.axis.names.index(answer.names[0])
    return words
