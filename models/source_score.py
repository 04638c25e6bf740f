"""The score of a source: its reliability, speaking on a scope."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtri

from models.covariates import consistency_because, proximity_because
from models.evidence import Voice
from models.hearing import Hearing
from models.proximity import Proximity, bodies, proximity, worth
from models.scales import (
    JUDGED_CLAIMS_FLOOR,
    Grades,
    admiralty_letter,
    icd203,
    proximity_3x5x2,
    stix_confidence,
)
from models.score import Factor, Interval, Score, percent
from models.terms import CONTRADICTING, FAULT, JUDGED, TRACK, WEIGHTY

# A record of less than this many judged claims is told as none.
NOTHING_JUDGED = 0.05
# A share in the errors of its kind is told from here, in log-odds: a tenth of a per cent or so.
TOLD_LOG_ODDS = 0.005
# How many claims a reason names before it counts the rest.
NAMED_CLAIMS = 3


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
    consistency, because = _consistency(hearing, source)
    at = worth(near.amounts, constants)
    corrections, track_record = terms.of(source, FAULT), terms.of(source, TRACK)
    log_odds = constants.baseline + at + consistency + corrections + track_record
    interval = interval_of(log_odds, float(np.sqrt(terms.doubt(source))), constants.interval_level)
    factors = (
        Factor("baseline", constants.baseline, "where every source starts"),
        Factor("proximity", at, proximity_because(near, hearing.record)),
        Factor("consistency", consistency, because),
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
    track_record, corrections = record_because(hearing, source), corrections_because(hearing, source)
    summary = _summary(hearing.record.sources[source].name, scope, held, score)
    if hearing.excerpt is not None:
        excerpt, n_counted = hearing.excerpt.because, len(hearing.voices_of(source))
        track_record += f" ({n_counted} of {hearing.n_claims(source)} claims count: {excerpt})"
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
    reach = float(ndtri(0.5 + level / 2)) * spread
    return Interval(level, float(expit(log_odds - reach)), float(expit(log_odds + reach)))


def corrections_because(
    hearing: Hearing, source: str, fault_term: float | None = None, besides: str | None = None
) -> str:
    """Say which errors corrections have put on a source's record.

    Parameters
    ----------
    fault_term : float or None
        What they take from its log-odds; None for all of them.
    besides : str or None
        A question whose own are left out.
    """
    fault_term = hearing.terms.of(source, FAULT) if fault_term is None else fault_term
    own = _faults(hearing.voices_of(source), besides)
    diverging = [
        voice.claim.id
        for voice in hearing.voices_via(source)
        if voice.claim.question != besides and voice.divergence is not None
    ]
    if diverging:
        own.append(f"its version differs from other carriers' in {_named(diverging)}")
    shared = _faults(hearing.voices_of_body(source), besides)
    if own:
        return "; ".join(own)
    if shared:
        return "no error of its own, but it shares in its body's: " + "; ".join(shared)
    because = "no error of its own or of its body's" + ("" if besides is None else " on other questions")
    if fault_term < -TOLD_LOG_ODDS:
        kind = hearing.record.sources[source].kind.value
        because += f", but other sources of its kind ({kind}) have some"
    return because


def record_because(hearing: Hearing, source: str) -> str:
    """Say what a source's record rests on."""
    return "; ".join([_rests_on(hearing, source), *_family(hearing, source)])


def _family(hearing: Hearing, source: str) -> list[str]:
    kin = hearing.terms.families.kin.get(source, ())
    names = hearing.record.sources
    told = [each.because(names[each.source].name) for each in kin if each.source in names]
    n_more = len(kin) - 1
    return [told[0] + (f" with {n_more} more" if n_more else "")] if told else []


def _rests_on(hearing: Hearing, source: str) -> str:
    judged, n_weighty = hearing.terms.of(source, JUDGED), round(hearing.terms.of(source, WEIGHTY))
    claims = [voice.claim.id for voice in hearing.voices_of(source) if voice.weight > 0]
    fellows = [voice.claim.id for voice in hearing.voices_of_body(source) if voice.weight > 0]
    chain = list(bodies(source, hearing.record))
    kin = chain[1].name if len(chain) > 1 else f"other sources of the kind {chain[0].kind.value}"
    if claims or n_weighty:
        held = f"{_named(claims, n_weighty - len(claims))}, held against what others say"
        if judged < NOTHING_JUDGED:
            return f"{held}: nothing there to judge them by yet; otherwise taken as {kin}"
        return f"{held}, worth {judged:.1f} judged claims; shrunk towards {kin}"
    if fellows:
        return f"no claim of its own carries weight; taken as its body, by {_named(fellows)}"
    return f"no claim of its own carries weight, so it is taken as {kin}"


def _faults(voices: list[Voice], besides: str | None) -> list[str]:
    return [
        fault.because
        for voice in voices
        if voice.claim.question != besides
        for fault in voice.standing.faults
    ]


def _named(claims: list[str], n_others: int = 0) -> str:
    """Name some of the claims; those that are not at hand are counted."""
    named = claims[:NAMED_CLAIMS]
    n_more = len(claims) - len(named) + max(n_others, 0)
    if not named:
        return f"{n_more} claim{'s' if n_more > 1 else ''}"
    return ", ".join(named) + (f" and {n_more} more" if n_more else "")


def _consistency(hearing: Hearing, source: str) -> tuple[float, str]:
    """Return what contradictions within its body take from a source, and the reason."""
    contradicting = hearing.terms.of(source, CONTRADICTING)
    if not contradicting:
        return 0.0, "no other voice of the same body contradicts its claims"
    at_hand = (voice for voice in hearing.voices_of(source) if voice.weight > 0)
    first = next((voice for voice in at_hand if voice.contradicted_by is not None), None)
    because = "other voices of the same body contradict some of its claims"
    if first is not None:
        because = consistency_because(first, hearing.record)
    # An average, but less than one claim's worth of a record charges no more than it is.
    counted = max(hearing.terms.of(source, WEIGHTY), 1.0)
    return hearing.terms.constants.contradiction * contradicting / counted, because


def _summary(name: str, scope: str | None, held: Reliability, score: float) -> str:
    ground = f"speaking on {scope}" if scope else "on its own ground"
    if held.n_judged < NOTHING_JUDGED:
        judged = "None of its claims could be judged so far, so this rests on where it stood"
    elif held.n_judged < JUDGED_CLAIMS_FLOOR:
        judged = f"Only {held.n_judged:.1f} claims' worth of its record could be judged so far"
    else:
        judged = f"About {held.n_judged:.1f} claims' worth of its record could be judged"
    between = f"{percent(held.interval.low)} to {percent(held.interval.high)}"
    return (
        f"{name}, {ground}, is right with probability {percent(score)} ({between}): "
        f"it {held.factors[1].because}. {judged}."
    )
