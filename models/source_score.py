"""The score of a source: its reliability, speaking on a scope."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtri

from models.credence import CredenceModel
from models.proximity import Proximity, Term, bodies, proximity
from models.scales import (
    JUDGED_CLAIMS_FLOOR,
    Grades,
    admiralty_letter,
    icd203,
    proximity_3x5x2,
    stix_confidence,
)
from models.score import Factor, Interval, Score


@dataclass(frozen=True)
class Reliability:
    """The probability that a source, speaking on a scope, knows and tells it right, by its terms."""

    proximity: Proximity
    consistency: Term
    corrections: float
    track_record: float
    log_odds: float
    interval: Interval
    n_judged: float


def reliability(model: CredenceModel, source: str, scope: str | None) -> Reliability:
    """Return the reliability of a source that speaks on `scope`; without one, on its own ground."""
    constants, node = model.constants_, model.tree_.index[source]
    near = proximity(source, scope, model.record_, constants)
    consistency = _consistency(model, source)
    corrections, track_record = float(model.faults_.term[node]), float(model.track_term_[node])
    log_odds = constants.baseline + near.log_odds + consistency.log_odds + corrections + track_record
    spread = float(np.sqrt(model.source_variance_[node] + constants.elicitation_width**2))
    interval = interval_of(log_odds, spread, constants.interval_level)
    n_judged = float(model.n_judged_[node])
    return Reliability(near, consistency, corrections, track_record, log_odds, interval, n_judged)


def source_score(model: CredenceModel, source: str, scope: str | None = None) -> Score:
    """Return the score of a source that speaks on `scope`; without one, on its own ground.

    Parameters
    ----------
    model : CredenceModel
        Fitted to the record as of the moment that is asked about.
    """
    held = reliability(model, source, scope)
    near, interval, score = held.proximity, held.interval, float(expit(held.log_odds))
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
            Factor("baseline", model.constants_.baseline, "where every source starts"),
            Factor("proximity", near.log_odds, near.because),
            Factor("consistency", held.consistency.log_odds, held.consistency.because),
            Factor("track_record", held.track_record, record_because(model, source)),
            Factor("corrections", held.corrections, corrections_because(model, source)),
        ),
        summary=_summary(model.record_.sources[source].name, scope, held, score),
    )


def interval_of(log_odds: float, spread: float, level: float) -> Interval:
    """Return the interval of a probability whose log-odds are normal around `log_odds`."""
    reach = float(ndtri(0.5 + level / 2)) * spread
    return Interval(level, float(expit(log_odds - reach)), float(expit(log_odds + reach)))


def corrections_because(model: CredenceModel, source: str, besides: str | None = None) -> str:
    """Say which errors corrections have put on a source's record, those on question `besides` left out."""
    parts = [
        fault.because
        for voice in model.voices_of(source)
        if voice.claim.question != besides
        for fault in voice.standing.faults
    ]
    diverging = [
        voice.claim.id
        for voice in model.voices_via(source)
        if voice.claim.question != besides and voice.divergence is not None
    ]
    if diverging:
        parts.append(f"its version differs from other carriers' in {', '.join(diverging)}")
    outermost = list(bodies(source, model.record_))[-1]
    body = outermost.name if outermost.id != source else "its members"
    elsewhere = "" if besides is None else " on other questions"
    return "; ".join(parts) or f"no error of its own{elsewhere}; it shares in those of {body} and of its kind"


def record_because(model: CredenceModel, source: str) -> str:
    """Say what a source's record rests on."""
    judged = float(model.n_judged_[model.tree_.index[source]])
    claims = [voice.claim.id for voice in model.voices_of(source) if voice.weight > 0]
    chain = list(bodies(source, model.record_))
    towards = chain[1].name if len(chain) > 1 else f"other sources of the kind {chain[0].kind.value}"
    if not claims:
        return f"no claim of its own carries weight, so it is taken as {towards}"
    named = ", ".join(claims[:3]) + (f" and {len(claims) - 3} more" if len(claims) > 3 else "")
    return (
        f"{named}, held against what others say: {judged:.1f} judged claims' worth, shrunk towards {towards}"
    )


def _consistency(model: CredenceModel, source: str) -> Term:
    voices = [voice for voice in model.voices_of(source) if voice.weight > 0]
    terms = [voice.consistency for voice in voices if voice.consistency.log_odds]
    if not terms:
        return Term(0.0, "no other voice of the same body contradicts its claims")
    return Term(sum(term.log_odds for term in terms) / len(voices), terms[0].because)


def _summary(name: str, scope: str | None, held: Reliability, score: float) -> str:
    ground = f"on {scope}" if scope else "on its own ground"
    if held.n_judged < JUDGED_CLAIMS_FLOOR:
        count = f"Only about {held.n_judged:.1f}" if held.n_judged >= 0.05 else "None"
        judged = f"{count} of its claims could be judged so far, so this rests mostly on where it stood"
    else:
        judged = f"About {held.n_judged:.1f} of its claims could be judged"
    return (
        f"{name}, speaking {ground}, is right with probability {score:.0%} "
        f"({held.interval.low:.0%} to {held.interval.high:.0%}): it {held.proximity.because}. {judged}."
    )
