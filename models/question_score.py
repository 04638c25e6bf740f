"""The score of a question: the credence of each answer, and what each claim brings to it."""

from __future__ import annotations

import numpy as np

from models.axis import Array
from models.covariates import COVARIATES
from models.dependence import independence
from models.evidence import Voice
from models.posterior import Posterior
from models.record import Record
from models.scales import Grades, icd203, stix_confidence
from models.score import (
    AnswerCredence,
    Detail,
    Factor,
    Figures,
    Origins,
    QuantityCredence,
    Score,
    Share,
)
from models.source_score import interval_of
from models.wording import percent, some_of


def question_score(posterior: Posterior) -> Score:
    """Return the credences of a question's answers, or the median and interval of its quantity.

    Parameters
    ----------
    posterior : Posterior
        Of the question, as of the moment that is asked about.
    """
    evidence, constants = posterior.evidence, posterior.constants
    answers, quantity = credences(posterior, constants.interval_level)
    leading = max(answers, key=lambda answer: answer.credence) if answers else None
    origins = Origins(
        claims=sum(len(origin.speaking) + len(origin.repeating) for origin in evidence.origins),
        effective=evidence.effective_origins,
        independence=independence(evidence.origins, evidence.record, evidence.kin).value
        if evidence.origins
        else None,
    )
    is_contested = not posterior.is_resolved and evidence.is_contested(constants.contested_origins)
    # Where nobody stands by anything, the prior is no judgement to grade.
    graded = leading.credence if leading and (evidence.origins or posterior.is_resolved) else None
    return Score(
        kind="question",
        id=evidence.question.id,
        scope=evidence.question.scope,
        score=None,
        interval=None,
        effective_n=origins.effective,
        grades=Grades(
            admiralty=None,
            icd203=None if graded is None else icd203(graded),
            stix_confidence=None if graded is None else stix_confidence(graded),
            proximity_3x5x2=None,
        ),
        factors=_factors(posterior) if leading else (),
        summary=_summary(posterior, answers, quantity, origins, is_contested=is_contested),
        origins=origins,
        answers=answers,
        quantity=quantity,
        is_contested=is_contested,
        evidence=_shares(posterior, evidence.record),
    )


def credences(
    posterior: Posterior, level: float
) -> tuple[tuple[AnswerCredence, ...], QuantityCredence | None]:
    """Return the credences of a question's answers, or none and those of its quantity."""
    asked = posterior.evidence.question.quantity
    if asked is None:
        return _answers(posterior, level), None
    return (), _quantity(posterior, asked.unit, level)


def question_figures(posterior: Posterior, level: float) -> Figures:
    """Return the leading answer's credence and the ends of its interval; None for a quantity."""
    if posterior.evidence.question.quantity is not None:
        return None, None, None
    leading = _leading(posterior)
    interval = interval_of(posterior.log_odds(leading), posterior.spread(leading), level)
    return float(posterior.credence @ leading), interval.low, interval.high


def question_detail(posterior: Posterior) -> Detail:
    """Return the credence of each answer, or the median of a quantity, as `question_score` has them."""
    if posterior.evidence.question.quantity is None:
        return dict(zip(posterior.axis.names, map(float, posterior.credence), strict=True))
    if not len(posterior.credence):
        return None
    return float(posterior.axis.quantiles(posterior.credence, np.array([0.5]))[0])


def _answers(posterior: Posterior, level: float) -> tuple[AnswerCredence, ...]:
    points = np.eye(len(posterior.axis.names))
    found = []
    for name, point in zip(posterior.axis.names, points, strict=True):
        interval = interval_of(posterior.log_odds(point), posterior.spread(point), level)
        found.append(AnswerCredence(name, float(posterior.credence @ point), interval.low, interval.high))
    return tuple(found)


def _quantity(posterior: Posterior, unit: str, level: float) -> QuantityCredence:
    if not len(posterior.credence):
        return QuantityCredence(None, None, None, unit)
    levels = np.array([0.5 - level / 2, 0.5, 0.5 + level / 2])
    low, median, high = (float(value) for value in posterior.axis.quantiles(posterior.credence, levels))
    return QuantityCredence(median, low, high, unit)


def _leading(posterior: Posterior) -> Array:
    point = np.zeros(len(posterior.credence))
    point[int(np.argmax(posterior.credence))] = 1.0
    return point


def _factors(posterior: Posterior) -> tuple[Factor, ...]:
    """Take the leading answer's log-odds apart: prior, what speaks for it, then what speaks against."""
    leading = _leading(posterior)
    point = int(np.argmax(leading))
    name = posterior.axis.names[point]
    usual = posterior.log_likelihood @ posterior.axis.prior
    supporting = [row for row in range(len(usual)) if posterior.log_likelihood[row, point] > usual[row]]
    prior = posterior.log_odds(leading, posterior.axis.prior)
    supported = posterior.log_odds(leading, posterior.from_claims(supporting))
    heard = posterior.log_odds(leading, posterior.from_claims(list(range(len(usual)))))
    ids = [posterior.voice(i).claim.id for i in posterior.voices]
    opposed = [row for row in range(len(usual)) if row not in supporting]
    factors = (
        Factor("baseline", prior, f"{name} is one of {len(posterior.axis.names)} answers"),
        Factor("evidence_for", supported - prior, _named([ids[row] for row in supporting], "speaks for")),
        Factor(
            "evidence_against", heard - supported, _named([ids[row] for row in opposed], "speaks against")
        ),
    )
    if not posterior.is_resolved:
        left = posterior.log_odds(leading) - heard
        because = shared_doubt_because(posterior, leading, posterior.shared_doubt)
        return (*factors, Factor("shared_doubt", left, because))
    record = posterior.evidence.record
    resolution = record.resolutions[posterior.evidence.question.id]
    because = f"resolved on the word of {record.sources[resolution.by].name}"
    return (*factors, Factor("resolution", posterior.log_odds(leading) - heard, because))


def shared_doubt_because(posterior: Posterior, membership: Array, doubt: Array) -> str:
    """Say how much of an assertion is left to an error that all share, and why.

    Parameters
    ----------
    doubt : array of shape (n_points,)
        The share that is left, of each answer.
    """
    point = int(np.argmax(membership * posterior.credence))
    left = percent(float(doubt[point]))
    if posterior.second_looks[point] > 0:
        return f"a side gave up another answer for it, which leaves {left} to an error that all share"
    bodies = posterior.confirmations[point]
    if bodies > 1:
        return f"{bodies:.1f} bodies that stood close say so, which leaves {left} to an error that all share"
    return f"no two bodies that stood close say so: {left} is left to an error that all share"


def _named(ids: list[str], verb: str) -> str:
    if not ids:
        return f"no claim {verb} it"
    return f"{verb} it: {some_of(ids, 5)}"


def _shares(posterior: Posterior, record: Record) -> tuple[Share, ...]:
    shares = [
        Share(
            claim=voice.claim.id,
            source=voice.claim.source,
            answer=voice.standing.answer.document,
            weight=voice.weight,
            log_odds=posterior.contribution(i),
            because=_because(voice, record),
        )
        for i, voice in enumerate(posterior.evidence.voices)
        if voice.commitment > 0 and len(posterior.credence)
    ]
    return tuple(sorted(shares, key=lambda share: (-share.weight, -share.log_odds, share.claim)))


def _because(voice: Voice, record: Record) -> str:
    nearness, *others = COVARIATES
    parts = [nearness.because(voice, record)]
    if voice.weight == 0 and voice.repeats is not None:
        if voice.repeats == voice.claim.source and not voice.claim.cites:
            parts.append("replaced by a later statement of its own")
        else:
            parts.append(f"adds no origin beyond {record.sources[voice.repeats].name}")
    if voice.copied is not None:
        kin = voice.copied.kin
        parts.append(f"{kin.because(record.sources[kin.source].name)}, counts for {voice.weight:.2f}")
    if voice.divergence is not None:
        parts.append(f"diverges: {voice.divergence}")
    if voice.coverage < 1:
        parts.append(f"speaks of {voice.coverage:.0%} of the question's scope")
    if voice.claim.certainty < 1:
        word = voice.claim.certainty_word or f"{voice.claim.certainty:.0%} sure"
        parts.append(f"hedged ({word})")
    parts.extend(each.because(voice, record) for each in others if each.amounts(voice))
    return "; ".join(parts)


def _summary(
    posterior: Posterior,
    answers: tuple[AnswerCredence, ...],
    quantity: QuantityCredence | None,
    origins: Origins,
    *,
    is_contested: bool,
) -> str:
    counted = f"{origins.claims} claims come from about {origins.effective:.1f} origins" + (
        ", and they contradict each other." if is_contested else "."
    )
    if origins.claims < 2:
        counted = "One claim alone stands on it." if origins.claims else "No claim stands on it."
    settled = "Resolved: " if posterior.is_resolved else ""
    if quantity is not None:
        if quantity.median is None:
            return counted
        low, median, high = (_spoken(value) for value in (quantity.low, quantity.median, quantity.high))
        about = "Resolved: about" if posterior.is_resolved else "About"
        return f"{about} {median} {quantity.unit} ({low} to {high}). {counted}"
    if not origins.claims and not settled:
        return f"{counted} Its {len(answers)} answers are taken as equally likely."
    first, *rest = sorted(answers, key=lambda answer: -answer.credence)
    second = f', then "{rest[0].answer}" ({percent(rest[0].credence)})' if rest else ""
    return f'{settled}"{first.answer}" leads ({percent(first.credence)}){second}. {counted}'


def _spoken(value: float | None) -> str:
    if value is None:
        return "unknown"
    return f"{value:,.3g}" if abs(value) < 1e3 else f"{float(f'{value:.3g}'):,.0f}"
