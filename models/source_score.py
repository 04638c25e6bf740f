"""The score of a source: its reliability, speaking on a scope."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtri

from models.axis import Array
from models.covariates import proximity_because
from models.hearing import Hearing
from models.proximity import Proximity, proximity, worth
from models.scales import (
    Grades,
    admiralty_letter,
    icd203,
    proximity_3x5x2,
    stix_confidence,
)
from models.score import Factor, Interval, Score
from models.sentences import sources
from models.terms import CONTRADICTED, FAULT, JUDGED, TRACK, WEIGHTY


@dataclass(frozen=True)
class Reliability:
    """The probability that a source, speaking on a scope, knows and tells it right, by its terms."""

    proximity: Proximity
    factors: tuple[Factor, ...]
    corrections: float
    track_record: float
    log_odds: float
    interval: Interval
    n_judged: float


def reliability(hearing: Hearing, source: str, scope: str | None) -> Reliability:
    """Return the reliability of a source that speaks on `scope`; without one, on its own ground."""
    terms, constants = hearing.terms, hearing.terms.constants
    near = proximity(source, scope, hearing.record, constants)
    consistency = _consistency(hearing, source)
    at = worth(near.amounts, constants)
    corrections, track_record = terms.of(source, FAULT), terms.of(source, TRACK)
    log_odds = constants.baseline + at + consistency + corrections + track_record
    interval = interval_of(log_odds, float(np.sqrt(terms.doubt(source))), constants.interval_level)
    factors = (
        Factor("baseline", constants.baseline, "where every source starts"),
        Factor("proximity", at, proximity_because(near, hearing.record)),
        Factor("consistency", consistency, sources.consistency_because(hearing, source)),
    )
    n_judged = terms.of(source, JUDGED)
    return Reliability(near, factors, corrections, track_record, log_odds, interval, n_judged)


def source_score(hearing: Hearing, source: str, scope: str | None = None) -> Score:
    """Return the score of a source that speaks on `scope`; without one, on its own ground.

    Parameters
    ----------
    hearing : Hearing
        As of the moment that is asked about.
    """
    held = reliability(hearing, source, scope)
    near, interval, score = held.proximity, held.interval, float(expit(held.log_odds))
    track_record = sources.record_because(hearing, source)
    corrections = sources.corrections_because(hearing, source)
    summary = sources.summary(hearing.record.sources[source].name, scope, held, score)
    if hearing.excerpt is not None:
        excerpt, questions = hearing.excerpt.because, hearing.said.questions
        said = [claim for claim in hearing.said.claims if claim.source == source]
        n_counted = sum(hearing.excerpt.share(claim, questions[claim.question]) > 0 for claim in said)
        track_record += f" ({n_counted} of {len(said)} claims count: {excerpt})"
        corrections += f" ({excerpt})"
        summary += f" Of its record only an excerpt counts: {excerpt}."
    return Score(
        kind="source",
        id=source,
        scope=scope,
        score=score,
        interval=interval,
        effective_n=held.n_judged,
        grades=Grades(
            admiralty=admiralty_letter(interval.low, held.n_judged),
            icd203=icd203(score),
            stix_confidence=stix_confidence(score),
            proximity_3x5x2=proximity_3x5x2(near.vantage, None, 0.0, is_contradicted=False),
        ),
        factors=(
            *held.factors,
            Factor("track_record", held.track_record, track_record),
            Factor("corrections", held.corrections, corrections),
        ),
        summary=summary,
    )


def interval_of(log_odds: float, spread: float, level: float) -> Interval:
    """Return the interval of a probability whose log-odds are normal around `log_odds`."""
    low, high = ends_of(np.array(log_odds), np.array(spread), level)
    return Interval(level, float(low), float(high))


def ends_of(log_odds: Array, spread: Array, level: float) -> tuple[Array, Array]:
    """Return the lower and the upper end of such intervals, of many at once."""
    reach = ndtri(0.5 + level / 2) * spread
    return expit(log_odds - reach), expit(log_odds + reach)


def _consistency(hearing: Hearing, source: str) -> float:
    """Return what contradictions within its body take from a source."""
    terms = hearing.terms
    contradicted = terms.of(source, CONTRADICTED)
    if not contradicted:
        return 0.0
    # An average, but less than one claim's worth of a record charges no more than it is.
    return terms.constants.contradiction * contradicted / max(terms.of(source, WEIGHTY), 1.0)
