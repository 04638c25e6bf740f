"""The score of a claim: the credence that it is true as it stands."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from models.axis import Array
from models.covariates import COVARIATES
from models.dependence import independence
from models.doubt import doubted
from models.evidence import Evidence, Voice
from models.hearing import Hearing
from models.posterior import Posterior
from models.proximity import worth
from models.scales import Grades, admiralty_digit, admiralty_letter, icd203, proximity_3x5x2, stix_confidence
from models.score import Factor, Origins, Score
from models.sentences import claims, questions, sources
from models.solution import log_odds_of, own_words, times
from models.source_score import interval_of, reliability
from models.terms import TRACK


def claim_score(hearing: Hearing, posterior: Posterior, position: int) -> Score:
    """Return the credence of a claim as it stands.

    On the question's whole scope it is the credence of what the claim asserts. A claim about a
    part is carried by its own speaker in full; what supports it for the whole holds for the
    part, and what contradicts it there bears on the part only by its share.

    Parameters
    ----------
    hearing : Hearing
        As of the moment that is asked about.
    posterior : Posterior
        Of the claim's question.
    position : int
        The claim's position in the question's evidence.
    """
    voice = posterior.voice(position)
    factors = _factors(hearing, posterior, position)
    is_judged = bool(posterior.is_judged[position])
    log_odds = sum(factor.log_odds for factor in factors)
    score = float(expit(log_odds)) if is_judged else None
    spread = posterior.own_spreads(np.array([position]), posterior.spreads(voice.membership[None, :]))
    interval = interval_of(log_odds, float(spread[0]), posterior.constants.interval_level)
    origins, contradicted = _origins(posterior.evidence, voice.membership)
    return Score(
        kind="claim",
        id=voice.claim.id,
        scope=voice.standing.scope,
        score=score,
        interval=interval if is_judged else None,
        effective_n=origins.effective,
        grades=_grades(hearing, voice, score, origins, is_contradicted=contradicted),
        factors=factors if is_judged else (),
        summary=claims.summary(hearing.record, voice, score, origins),
        standing=voice.standing.kind.value,
        origins=origins,
    )


def _factors(hearing: Hearing, posterior: Posterior, position: int) -> tuple[Factor, ...]:
    """Credit each property of the speaker with what it moves when added to those before it."""
    voice, constants = posterior.voice(position), posterior.constants
    learned = posterior.terms.of(voice.claim.source, TRACK)
    held = [(each, worth(each.amounts(voice), constants)) for each in COVARIATES]
    given_up = sum(log_odds for each, log_odds in held if each.factor == "corrections")
    terms = [
        ("baseline", constants.baseline, claims.baseline_because(voice)),
        *(
            (each.factor, log_odds, each.because(voice, hearing.record))
            for each, log_odds in held
            if each.factor != "corrections"
        ),
        ("track_record", learned, sources.record_because(hearing, voice.claim.source)),
        (
            "corrections",
            float(posterior.taken_back[position]) + given_up,
            claims.corrections_because(hearing, posterior, position),
        ),
    ]
    reliabilities = np.cumsum([term[1] for term in terms])
    # The last row takes off what others' corrections have taken; it is told with the corrections.
    reliabilities = np.append(reliabilities, reliabilities[-1])
    certainty = np.full(len(reliabilities), voice.claim.certainty if voice.standing.is_standing else 0.0)
    certainty[-1] = voice.certainty
    every, row = np.full(len(reliabilities), position), np.array([position])
    guess, temper = posterior.guess[every], posterior.own_temper[every]
    words = own_words(reliabilities, certainty, voice.membership, guess, temper)
    reached = log_odds_of(times(posterior.prior, words), voice.membership)
    moved = np.diff(reached, prepend=0.0)
    moved[-2] += moved[-1]
    factors = [
        Factor(name, float(log_odds), because)
        for (name, _, because), log_odds in zip(terms, moved[:-1], strict=True)
    ]
    credence = times(posterior.bearing(row), words[-1:])
    total = float(log_odds_of(credence, voice.membership)[0])
    name = "resolution" if posterior.is_resolved else "other_claims"
    others = Factor(name, total - float(reached[-1]), claims.others_because(posterior, position))
    doubt = posterior.doubts_on_scope_of(row)[0]
    if not doubt.any():
        return (*factors, others)
    left = float(log_odds_of(doubted(credence, doubt, posterior.prior), voice.membership)[0]) - total
    because = questions.shared_doubt_because(posterior, voice.membership, doubt)
    return (*factors, others, Factor("shared_doubt", left, because))


def _origins(evidence: Evidence, membership: Array) -> tuple[Origins, bool]:
    supporting = evidence.supporting(membership)
    found = [evidence.origins[i] for i in supporting]
    origins = Origins(
        claims=len(evidence.agreeing(membership)),
        effective=float(evidence.origin_weights[supporting].sum()),
        independence=independence(found, evidence.record, evidence.kin).value if found else None,
    )
    return origins, bool(evidence.contradicting(membership))


def _grades(
    hearing: Hearing, voice: Voice, score: float | None, origins: Origins, *, is_contradicted: bool
) -> Grades:
    held = reliability(hearing, voice.claim.source, voice.standing.scope)
    independent = origins.effective if origins.independence == "independent" else min(origins.effective, 1.0)
    digit = admiralty_digit(score, independent, is_contradicted=is_contradicted)
    return Grades(
        admiralty=f"{admiralty_letter(held.interval.low, held.n_judged)}{digit}",
        icd203=None if score is None else icd203(score),
        stix_confidence=None if score is None else stix_confidence(score),
        proximity_3x5x2=proximity_3x5x2(
            voice.proximity.vantage, score, independent, is_contradicted=is_contradicted
        ),
    )
