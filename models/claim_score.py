"""The score of a claim: the credence that it is true as it stands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import expit

from models.axis import Array
from models.constants import Constants
from models.covariates import COVARIATES
from models.dependence import independence
from models.doubt import doubted
from models.evidence import Evidence, Voice
from models.hearing import Hearing
from models.posterior import SUREST, Posterior, log_odds_of
from models.proximity import worth
from models.scales import Grades, admiralty_digit, admiralty_letter, icd203, proximity_3x5x2, stix_confidence
from models.score import Factor, Figures, Origins, Score
from models.sentences import claims, questions, sources
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
    is_judged = _is_judged(posterior, voice)
    log_odds = sum(factor.log_odds for factor in factors)
    score = float(expit(log_odds)) if is_judged else None
    interval = interval_of(log_odds, _spread(posterior, position), posterior.constants.interval_level)
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


def claim_figures(posterior: Posterior, positions: Sequence[int] | None = None) -> list[Figures]:
    """Return score, low and high of each claim of a question, as `claim_score` does, without reasons.

    Of a claim about the whole of an open question that is the credence of what it asserts; one
    about a part, or of a resolved question, is taken by itself.

    Parameters
    ----------
    positions : sequence of int or None
        Of which claims; None for all.
    """
    voices = posterior.evidence.voices
    positions = range(len(voices)) if positions is None else positions
    asserted = np.array([voice.membership for voice in voices]).reshape(len(voices), len(posterior.credence))
    log_odds, spread = log_odds_of(asserted, posterior.credence), posterior.spreads(asserted)
    level = posterior.constants.interval_level
    found: list[Figures] = []
    for position in positions:
        voice = voices[position]
        if not _is_judged(posterior, voice):
            found.append((None, None, None))
        elif voice.coverage == 1 and not posterior.is_resolved:
            interval = interval_of(log_odds[position], spread[position], level)
            found.append((float(expit(log_odds[position])), interval.low, interval.high))
        else:
            found.append(_figures(posterior, position))
    return found


def _figures(posterior: Posterior, position: int) -> Figures:
    voice, constants = posterior.voice(position), posterior.constants
    learned = posterior.terms.of(voice.claim.source, TRACK)
    log_odds = constants.baseline + worth(voice.amounts, constants) + learned + _corrected(posterior, voice)
    words = _own_words(
        np.array([log_odds]), np.array([voice.certainty]), voice, posterior.guess.get(position), constants
    )
    credence = _times(_bearing(posterior, position), words)
    credence = doubted(credence, posterior.doubt_on_scope_of(position), posterior.axis.prior)
    reached = float(log_odds_of(credence, voice.membership)[0])
    interval = interval_of(reached, _spread(posterior, position), constants.interval_level)
    return float(expit(reached)), interval.low, interval.high


def _is_judged(posterior: Posterior, voice: Voice) -> bool:
    is_asserted = voice.certainty > 0 or bool(posterior.voices) or posterior.is_resolved
    return is_asserted and voice.coverage > 0


def _corrected(posterior: Posterior, voice: Voice) -> float:
    """Return what corrections take from the speaker's log-odds, and what standing by a narrowing adds."""
    corrected = posterior.fault_term[voice.claim.source]
    if voice.coverage < 1 and voice.standing.is_kept_narrowing:
        corrected += posterior.constants.kept_narrowing
    return corrected


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
            _corrected(posterior, voice) + given_up,
            claims.corrections_because(hearing, posterior, voice),
        ),
    ]
    reliabilities = np.cumsum([term[1] for term in terms])
    # The last row takes off what others' corrections have taken; it is told with the corrections.
    reliabilities = np.append(reliabilities, reliabilities[-1])
    certainty = np.full(len(reliabilities), voice.claim.certainty if voice.standing.is_standing else 0.0)
    certainty[-1] = voice.certainty
    words = _own_words(reliabilities, certainty, voice, posterior.guess.get(position), constants)
    reached = log_odds_of(_times(posterior.axis.prior, words), voice.membership)
    moved = np.diff(reached, prepend=0.0)
    moved[-2] += moved[-1]
    factors = [
        Factor(name, float(log_odds), because)
        for (name, _, because), log_odds in zip(terms, moved[:-1], strict=True)
    ]
    credence = _times(_bearing(posterior, position), words[-1:])
    total = float(log_odds_of(credence, voice.membership)[0])
    name = "resolution" if posterior.is_resolved else "other_claims"
    others = Factor(name, total - float(reached[-1]), claims.others_because(posterior, position))
    doubt = posterior.doubt_on_scope_of(position)
    if not doubt.any():
        return (*factors, others)
    left = float(log_odds_of(doubted(credence, doubt, posterior.axis.prior), voice.membership)[0]) - total
    because = questions.shared_doubt_because(posterior, voice.membership, doubt)
    return (*factors, others, Factor("shared_doubt", left, because))


def _own_words(
    log_odds: Array, certainty: Array, voice: Voice, guess: float | None, constants: Constants
) -> Array:
    """Return the speaker's word on the claim's own scope as log-likelihoods, shape (n, n_points).

    Parameters
    ----------
    log_odds, certainty : array of shape (n,)
        Reliabilities that the speaker might have, and how far it might commit itself.
    """
    if guess is None:
        return np.zeros((len(log_odds), len(voice.membership)))
    told = (certainty * expit(log_odds))[:, None]
    weight = constants.evidence_temper * voice.own_weight
    return np.asarray(weight * np.log(told * voice.membership + (1 - told) * guess))


def _bearing(posterior: Posterior, position: int) -> Array:
    """Return what the other claims say of the claim's own scope, shape (n_points,).

    What supports the claim on the whole question holds for its part; what contradicts it bears
    on the part by its share.
    """
    voice, prior = posterior.voice(position), posterior.axis.prior
    rest = posterior.without(position)
    if posterior.log_odds(voice.membership, rest) >= posterior.log_odds(voice.membership, prior):
        return rest
    share = voice.coverage * np.log(np.maximum(rest, SUREST) / prior)
    return np.asarray(_times(prior, share[None, :])[0])


def _times(credence: Array, log_likelihood: Array) -> Array:
    """Return the posteriors, shape (n, n_points), that log-likelihoods of that shape make of a credence."""
    mass = credence * np.exp(log_likelihood - log_likelihood.max(axis=1, initial=-np.inf, keepdims=True))
    return np.asarray(mass / mass.sum(axis=1, keepdims=True))


def _spread(posterior: Posterior, position: int) -> float:
    voice = posterior.voice(position)
    spread = posterior.spread(voice.membership)
    if voice.coverage == 1 or voice.certainty == 0:
        return spread
    own = posterior.constants.evidence_temper * voice.own_weight
    return float(np.sqrt(spread**2 + own**2 * posterior.terms.doubt(voice.claim.source)))


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
