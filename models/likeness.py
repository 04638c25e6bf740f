"""Likeness: what a text has in common with questions, and the probability that it is about one.

A text is compared with each question's own words and with those of the claims already made on it:
words and pairs of words, and runs of three to five letters, which see through endings and slips, each
weighed by how rare it is among the candidates. What the nearest text and all texts together have in
common with it is its similarity; how far the next question lies behind makes a probability of it, by a
logistic regression that ``benchmarks/matching.py`` fits to labelled claims.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import expit
from sklearn.feature_extraction.text import TfidfVectorizer

from models.axis import Array
from models.matching import Candidate

# The constant of the regression, and the slope of the lead, as `make bench-matching` prints them. How near
# the nearest question lies tells nothing more once the lead is known, and does not tell twins apart.
COEFFICIENTS = (0.61, 55.1)
# What counts as the next question's similarity at least: in trials the nearest of ten others, of which none
# was right, came to 0.13 once in a hundred. Without, a lone question would be ahead of nothing.
BACKGROUND = 0.15
# What a probability is at most where another question's own words lie nearer: notes on one question often
# repeat the wording of notes on its neighbour, and some two in three such texts were matched rightly.
OTHERWISE_AT_MOST = 0.65
# A length below this is that of no text at all.
SMALLEST = 1e-12

_VECTORISED: tuple[dict[str, Any], ...] = (
    {"token_pattern": r"(?u)\b\w+\b", "ngram_range": (1, 2)},
    {"analyzer": "char_wb", "ngram_range": (3, 5)},
)


@dataclass(frozen=True)
class Likeness:
    """What a text has in common with candidates, each an array of shape (n_candidates,).

    Parameters
    ----------
    similarity : array
        The mean of the cosines with the nearest text of each and with all its texts together.
    lead : array
        By how much each is ahead of the best other one in these, or of `BACKGROUND`.
    own_words : array
        The cosine with the question's own words.
    """

    similarity: Array
    lead: Array
    own_words: Array

    @property
    def probability(self) -> Array:
        """The probability of the text being about each candidate."""
        return self.probability_by(COEFFICIENTS)

    def probability_by(self, coefficients: Sequence[float] | Array) -> Array:
        """Return the same by other coefficients than those in force."""
        constant, slope = coefficients
        found = expit(constant + slope * self.lead)
        is_nearest = (self.own_words == self.own_words.max()) & (self.own_words > 0)
        return np.asarray(np.where(is_nearest, found, np.minimum(found, OTHERWISE_AT_MOST)))


def likeness(text: str, candidates: Sequence[Candidate]) -> Likeness:
    """Compare a text with the candidates, of which there is one at least."""
    texts = [
        [" ".join((candidate.question.text, *candidate.question.answers)), *candidate.texts]
        for candidate in candidates
    ]
    words, letters = (_similar(text, texts, options) for options in _VECTORISED)
    nearest, together, own_words = (words + letters) / 2
    lead = (_lead(nearest) + _lead(together)) / 2
    return Likeness((nearest + together) / 2, lead, own_words)


def _similar(text: str, texts: Sequence[Sequence[str]], options: Mapping[str, Any]) -> Array:
    """Return the cosine of a text with each candidate's nearest, all and first texts, shape (3, n)."""
    starts = np.cumsum([0, *(len(each) for each in texts[:-1])])
    flat = [each for of_one in texts for each in of_one]
    # The text itself counts too: what no question knows then weighs the most.
    vectors = TfidfVectorizer(sublinear_tf=True, **options).fit_transform([*flat, text])
    known, asked = vectors[:-1], vectors[-1]
    cosine = (known @ asked.T).toarray().ravel()
    owner = np.repeat(np.arange(len(texts)), [len(of_one) for of_one in texts])
    whole = (
        csr_matrix((np.ones(len(flat)), (owner, np.arange(len(flat)))), shape=(len(texts), len(flat))) @ known
    )
    lengths = np.sqrt(np.asarray(whole.multiply(whole).sum(axis=1)).ravel())
    together = np.add.reduceat(cosine, starts) / np.maximum(lengths, SMALLEST)
    return np.array([np.maximum.reduceat(cosine, starts), together, cosine[starts]])


def _lead(similar: Array) -> Array:
    second, first = np.sort(np.append(similar, 0.0))[-2:]
    others = np.where(similar == first, second, first)
    return np.asarray(similar - np.maximum(others, BACKGROUND))
