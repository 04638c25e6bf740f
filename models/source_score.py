"""The score of a source: its reliability, speaking on a scope."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtri

from models.covariates import proximity_because
from models.hearing import Hearing
from models.proximity import Proximity, bodies, of_one_body, proximity, worth
from models.scales import (
    JUDGED_CLAIMS_FLOOR,
    Grades,
    admiralty_letter,
    icd203,
    proximity_3x5x2,
    stix_confidence,
)
from models.score import Factor, Interval, Score
from models.terms import CONTRADICTED, FAULT, JUDGED, TRACK, WEIGHTY
from models.wording import percent, some_of

# A record of less than this many judged claims is told as none.
NOTHING_JUDGED = 0.05
# A share in the errors of its kind is told from here, in log-odds: a tenth of a per cent or so.
TOLD_LOG_ODDS = 0.005
# How many claims a reason names before it counts the rest.
NAMED_CLAIMS = 3
# How many errors it names before it says that there are more.
NAMED_FAULTS = 5


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
    own = _faults(hearing, [source], besides)
    diverging = [claim.id for claim in hearing.charges(source, besides, is_version=True)]
    if diverging:
        named = [*diverging[:NAMED_CLAIMS], *(["more"] if len(diverging) > NAMED_CLAIMS else [])]
        own.append(f"its version differs from other carriers' in {', '.join(named)}")
    if own:
        return "; ".join(own)
    shared = _faults(hearing, of_one_body(source, hearing.record), besides)
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
    terms = hearing.terms
    judged, n_weighty = terms.of(source, JUDGED), round(terms.of(source, WEIGHTY))
    chain = list(bodies(source, hearing.record))
    kin = chain[1].name if len(chain) > 1 else f"other sources of the kind {chain[0].kind.value}"
    if source in terms.named:
        held = f"{_named(terms.named[source], n_weighty)}, held against what others say"
        if judged < NOTHING_JUDGED:
            return f"{held}: nothing there to judge them by yet; otherwise taken as {kin}"
        return f"{held}, worth {judged:.1f} judged claims; shrunk towards {kin}"
    fellows = [other for other in of_one_body(source, hearing.record) if other in terms.named]
    if fellows:
        named = [claim for other in fellows for claim in terms.named[other]]
        n_fellow = round(sum(terms.of(other, WEIGHTY) for other in fellows))
        return f"no claim of its own carries weight; taken as its body, by {_named(named, n_fellow)}"
    return f"no claim of its own carries weight, so it is taken as {kin}"


def _faults(hearing: Hearing, sources: Iterable[str], besides: str | None) -> list[str]:
    """Say what some sources erred in: the first few errors, and that there are more."""
    claims = [claim for source in sources for claim in hearing.charges(source, besides, is_version=False)]
    named = [fault.because for claim in claims[:NAMED_FAULTS] for fault in hearing.standing(claim).faults]
    return [*named, "and more"] if len(claims) > NAMED_FAULTS else named


def _named(claims: Sequence[str], n_claims: int) -> str:
    """Name some of so many claims, and count the rest."""
    return some_of(claims, NAMED_CLAIMS, max(n_claims - len(claims), 0))


def _consistency(hearing: Hearing, source: str) -> tuple[float, str]:
    """Return what contradictions within its body take from a source, and the reason."""
    terms = hearing.terms
    contradicted = terms.of(source, CONTRADICTED)
    if not contradicted:
        return 0.0, "no other voice of the same body contradicts its claims"
    named = _named(terms.contradicted.get(source, ()), round(contradicted))
    because = f"another voice of the same body contradicts {named}"
    # An average, but less than one claim's worth of a record charges no more than it is.
    return terms.constants.contradiction * contradicted / max(terms.of(source, WEIGHTY), 1.0), because


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
