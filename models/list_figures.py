"""The figures of lists: what questions and claims are sorted and filtered by, without reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from scipy.special import expit

from models.axis import Array, quantiles
from models.columns import Columns
from models.hearing import Hearing
from models.record import Record
from models.score import Detail, Figures
from models.solution import Solution, SolvedQuestion, log_odds_of
from models.source_score import ends_of, reliability
from models.terms import Terms

# Kind and id, what it is sorted by, and of a question its answers.
Listed = tuple[str, str, float | None, float | None, float | None, Detail]
NOT_JUDGED: Figures = (None, None, None)


def of_questions(columns: Columns, terms: Terms) -> Iterator[Listed]:
    """Yield the figures of some questions with their claims, by the terms of a fit of the whole ledger."""
    heard = columns.discounted(terms.families.kept(columns.claims))
    solution = Solution(heard, terms)
    for place, id_ in enumerate(columns.questions.tolist()):
        question = SolvedQuestion(solution, place)
        yield "question", id_, *question_figures(question), question_detail(question)
        for claim, figures in zip(question.columns.claims.tolist(), claim_figures(question), strict=True):
            yield "claim", claim, *figures, None


def of_sources(record: Record, terms: Terms, sources: Iterable[str]) -> Iterator[Listed]:
    """Yield the figures of some sources of a record, each on its own ground."""
    hearing = Hearing(record, terms, {})
    for source in sources:
        held = reliability(hearing, source, None)
        yield "source", source, float(expit(held.log_odds)), held.interval.low, held.interval.high, None


def claim_figures(question: SolvedQuestion) -> list[Figures]:
    """Return score, low and high of each claim on a question, as its score has them.

    Of a claim about the whole of an open question that is the credence of what it asserts; one
    about a part, or of a resolved question, is taken by itself.
    """
    columns = question.columns
    # Those who say the same are asked about once.
    is_first = columns.said == np.arange(len(columns.said))
    of = (np.cumsum(is_first) - 1)[columns.said]
    asserted = question.fit[is_first]
    log_odds = log_odds_of(question.credence, asserted)[of]
    spread = question.spreads(asserted)[of]
    is_judged = question.is_judged
    rows = np.flatnonzero(is_judged & (question.is_resolved | (columns.coverage < 1)))
    if len(rows):
        log_odds[rows] = question.by_themselves(rows)
        spread[rows] = question.own_spreads(rows, spread[rows])
    found = _with_ends(question, log_odds, spread)
    for row in np.flatnonzero(~is_judged).tolist():
        found[row] = NOT_JUDGED
    return found


def question_figures(question: SolvedQuestion) -> Figures:
    """Return the leading answer's credence and the ends of its interval; None for a quantity."""
    if question.columns.shared_list[0] is None:
        return NOT_JUDGED
    leading = np.zeros((1, len(question.credence)))
    leading[0, question.leading] = 1.0
    (found,) = _with_ends(question, log_odds_of(question.credence, leading), question.spreads(leading))
    return found


def _with_ends(question: SolvedQuestion, log_odds: Array, spread: Array) -> list[Figures]:
    """Return probabilities, of log-odds and their deviations, with the ends of their intervals."""
    low, high = ends_of(log_odds, spread, question.constants.interval_level)
    return [*zip(expit(log_odds).tolist(), low.tolist(), high.tolist(), strict=True)]


def question_detail(question: SolvedQuestion) -> Detail:
    """Return the credence of each answer, or the median of a quantity, as the question's score has them."""
    columns, names = question.columns, question.columns.shared_list[0]
    if names is not None:
        credence = question.credence.tolist()
        return {names[rank]: share for rank, share in zip(columns.rank.tolist(), credence, strict=True)}
    if not len(question.credence):
        return None
    half, is_log = np.array([0.5]), bool(columns.is_log[0])
    return float(quantiles(columns.grid, question.credence, half, is_log=is_log)[0])
