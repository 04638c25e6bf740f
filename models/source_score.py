"""The score of a source: its reliability, speaking on a scope."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtri

from models.credence import CredenceModel
from models.elsewhere import CONTRADICTION, FAULT_PRECISION, WEIGHTY
from models.evidence import Voice
from models.excerpt_model import ExcerptModel
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
from models.wording import percent, some_of

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
    spread = float(np.sqrt(model.doubt_[node]))
    interval = interval_of(log_odds, spread, constants.interval_level)
    n_judged = float(model.n_judged_[node])
    return Reliability(near, consistency, corrections, track_record, log_odds, interval, n_judged)


def source_score(model: CredenceModel, source: str, scope: str | None = None) -> Score:
    """Return the score of a source that speaks on `scope`; without one, on its own ground.

    Parameters
    ----------
    model : CredenceModel
        Fitted to the record as of the moment that is asked about; an `ExcerptModel` where only
        a part of the source's record is to count.
    """
    held = reliability(model, source, scope)
    near, interval, score = held.proximity, held.interval, float(expit(held.log_odds))
    track_record, corrections = record_because(model, source), corrections_because(model, source)
    summary = _summary(model.record_.sources[source].name, scope, held, score)
    if isinstance(model, ExcerptModel):
        excerpt = model.excerpt.because
        track_record += f" ({model.n_counted} of {model.n_claims} claims count: {excerpt})"
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
            Factor("baseline", model.constants_.baseline, "where every source starts"),
            Factor("proximity", near.log_odds, near.because),
            Factor("consistency", held.consistency.log_odds, held.consistency.because),
            Factor("track_record", held.track_record, track_record),
            Factor("corrections", held.corrections, corrections),
        ),
        summary=summary,
    )


def interval_of(log_odds: float, spread: float, level: float) -> Interval:
    """Return the interval of a probability whose log-odds are normal around `log_odds`."""
    reach = float(ndtri(0.5 + level / 2)) * spread
    return Interval(level, float(expit(log_odds - reach)), float(expit(log_odds + reach)))


def corrections_because(model: CredenceModel, source: str, besides: str | None = None) -> str:
    """Say which errors corrections have put on a source's record, those on question `besides` left out."""
    own = _faults(model.voices_of(source), besides)
    own += model.reasons_elsewhere(source)
    diverging = [
        voice.claim.id
        for voice in model.voices_via(source)
        if voice.claim.question != besides and voice.divergence is not None
    ]
    if diverging:
        own.append(f"its version differs from other carriers' in {_named(diverging)}")
    shared = _faults(model.voices_of_body(source), besides)
    if own:
        return "; ".join(own)
    if not shared:
        return _blameless(model, source, besides)
    return "no error of its own, but it shares in its body's: " + "; ".join(shared)


def _blameless(model: CredenceModel, source: str, besides: str | None) -> str:
    term = model.faults_.term if besides is None else model.faults_.term_outside(besides)
    because = "no error of its own or of its body's" + ("" if besides is None else " on other questions")
    above = [body.id for body in bodies(source, model.record_)][1:]
    if any(model.known_[model.tree_.index[body], FAULT_PRECISION] > 0 for body in above):
        return "no error of its own, but it shares in its body's on other questions"
    if term[model.tree_.index[source]] < -TOLD_LOG_ODDS:
        kind = model.record_.sources[source].kind.value
        because += f", but other sources of its kind ({kind}) have some"
    return because


def record_because(model: CredenceModel, source: str) -> str:
    """Say what a source's record rests on."""
    return "; ".join([_rests_on(model, source), *_family(model, source)])


def _family(model: CredenceModel, source: str) -> list[str]:
    kin = model.families_.kin.get(source, ())
    names = model.record_.sources
    told = [each.because(names[each.source].name) for each in kin if each.source in names]
    n_more = len(kin) - 1
    return [told[0] + (f" with {n_more} more" if n_more else "")] if told else []


def _rests_on(model: CredenceModel, source: str) -> str:
    judged = float(model.n_judged_[model.tree_.index[source]])
    claims = [voice.claim.id for voice in model.voices_of(source) if voice.weight > 0]
    fellows = [voice.claim.id for voice in model.voices_of_body(source) if voice.weight > 0]
    chain = list(bodies(source, model.record_))
    kin = chain[1].name if len(chain) > 1 else f"other sources of the kind {chain[0].kind.value}"
    n_elsewhere = round(float(model.known_[model.tree_.index[source], WEIGHTY]))
    if claims or n_elsewhere:
        held = f"{_named(claims, n_elsewhere)}, held against what others say"
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


def _named(claims: list[str], n_elsewhere: int = 0) -> str:
    """Name some of the claims; those that the fit knows only by what they told are counted."""
    if not claims:
        return f"{n_elsewhere} claim{'s' if n_elsewhere > 1 else ''}"
    return some_of(claims, NAMED_CLAIMS, n_elsewhere)


def _consistency(model: CredenceModel, source: str) -> Term:
    voices = [voice for voice in model.voices_of(source) if voice.weight > 0]
    terms = [voice.consistency for voice in voices if voice.consistency.log_odds]
    known = model.known_[model.tree_.index[source]]
    total = sum(model.share_of(voice) * voice.consistency.log_odds for voice in voices)
    total += float(known[CONTRADICTION])
    if not total:
        return Term(0.0, "no other voice of the same body contradicts its claims")
    because = terms[0].because if terms else "other voices of the same body contradict some of its claims"
    counted = sum(model.share_of(voice) for voice in voices) + float(known[WEIGHTY])
    # An average, but less than one claim's worth of a record charges no more than it is.
    return Term(total / max(counted, 1.0), because)


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
        f"it {held.proximity.because}. {judged}."
    )
