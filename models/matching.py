"""Matching: which question a text speaks about, how sure that is, and what to ask where none is sure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.record import Question

# Below this a text is matched to nothing. Of the texts above it that were about other disputes than the fit
# had seen, 74 of 75 were matched rightly (`make bench-matching`); docs/model.md says where it fails.
SURE_ABOVE = 0.95
# What a proposed question quotes at most, in characters: one sentence.
LONGEST_QUOTATION = 200

# A token is what a text is looked up by: the beginning of a word, so that its endings do not matter, or a
# number; in scripts that write no spaces, each two characters.
LONGEST_TOKEN = 6
SHORTEST_WORD = 3
MOST_TOKENS = 24
_WORD = re.compile(r"\w+")
_LETTER = re.compile(r"[^\W_]")
_UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]+")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|[\n。！？]")


@dataclass(frozen=True)
class Candidate:
    """A question that a text may speak about, with the texts of claims already made on it."""

    question: Question
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Match:
    """A question with what it has in common with a text.

    `similarity` lies in [0, 1]; `probability` is that of the text being about this question.
    """

    question: Question
    similarity: float
    probability: float


@dataclass(frozen=True)
class Proposal:
    """A yes/no question made from a text that is about none that is known; nothing is written."""

    text: str
    scope: str | None
    answers: tuple[str, ...] = ("yes", "no")


@dataclass(frozen=True)
class Matching:
    """What a text may be about, the likeliest first, and what to ask instead where none is sure.

    `proposed` is None also where the text has no word to ask about.
    """

    matches: tuple[Match, ...]
    proposed: Proposal | None = None

    @property
    def best(self) -> Match | None:
        """The question that the text is about; None where none is sure enough."""
        is_sure = bool(self.matches) and self.matches[0].probability >= SURE_ABOVE
        return self.matches[0] if is_sure else None


def matched(text: str, candidates: Sequence[Candidate], scope: str | None = None) -> Matching:
    """Say which of the candidates a text is about, and how sure that is.

    Parameters
    ----------
    scope : str or None
        For the question that is proposed where none is sure.
    """
    found = Matching(_ranked(text, candidates))
    return found if found.best else replace(found, proposed=_proposed(text, scope))


def tokens_of(text: str) -> tuple[str, ...]:
    """Return what a text is looked up by, at most `MOST_TOKENS`, the longest first."""
    found: dict[str, None] = {}
    for word in _WORD.findall(text.casefold()):
        for run in _UNSPACED.findall(word):
            found.update((run[i : i + 2], None) for i in range(max(len(run) - 1, 1)))
        for part in _UNSPACED.split(word):
            if len(part) >= SHORTEST_WORD or part.isdigit():
                found[part[:LONGEST_TOKEN]] = None
    return tuple(sorted(found, key=lambda token: -len(token))[:MOST_TOKENS])


def _ranked(text: str, candidates: Sequence[Candidate]) -> tuple[Match, ...]:
    if not candidates or not _WORD.search(text):
        return ()
    # scikit-learn takes a while to import, and most that is asked of the service needs none of it.
    from models.likeness import likeness  # noqa: PLC0415

    found = likeness(text, candidates)
    matches = (
        Match(candidate.question, float(similar), float(probable))
        for candidate, similar, probable in zip(candidates, found.similarity, found.probability, strict=True)
    )
    return tuple(sorted(matches, key=lambda match: (-match.probability, match.question.id)))


def _proposed(text: str, scope: str | None) -> Proposal | None:
    """Return the question of the first sentence that has a word; None where there is none."""
    sentences = _SENTENCE_END.split(" ".join(text.split()))
    sentence = next((each.rstrip(".!?…") for each in sentences if _LETTER.search(each)), None)
    if sentence is None:
        return None
    if len(sentence) > LONGEST_QUOTATION:
        sentence = sentence[:LONGEST_QUOTATION].rsplit(" ", 1)[0] + " …"
    return Proposal(f"Is it true that “{sentence}”?", scope)
