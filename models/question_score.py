"""The score of a question: the credence of each answer, and what each claim brings to it."""

from __future__ import annotations

import numpy as np

from models.axis import quantiles
from models.dependence import independence
from models.posterior import Posterior
from models.record import Record
from models.scales import Grades, icd203, stix_confidence
from models.score import (
    AnswerCredence,
    Factor,
    Origins,
    QuantityCredence,
    Score,
    Share,
)
from models.sentences import questions
from models.source_score import interval_of


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
        summary=questions.summary(posterior, answers, quantity, origins, is_contested=is_contested),
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
    axis = posterior.axis
    low, median, high = quantiles(axis.grid, posterior.credence, levels, is_log=axis.is_log).tolist()
    return QuantityCredence(median, low, high, unit)


def _factors(posterior: Posterior) -> tuple[Factor, ...]:
    """Take the leading answer's log-odds apart: prior, what speaks for it, then what speaks against."""
    point = posterior.leading
    name, leading = posterior.axis.names[point], np.zeros(len(posterior.credence))
    leading[point] = 1.0
    usual = posterior.log_likelihood @ posterior.prior
    supporting = [i for i in posterior.voices if posterior.log_likelihood[i, point] > usual[i]]
    opposed = [i for i in posterior.voices if i not in set(supporting)]
    prior = posterior.log_odds(leading, posterior.prior)
    supported = posterior.log_odds(leading, posterior.from_claims(supporting))
    heard = posterior.log_odds(leading, posterior.from_claims(posterior.voices))

    def evidence_because(positions: list[int], verb: str) -> str:
        spoken = [posterior.voice(i).claim.id for i in positions]
        return questions.evidence_because(spoken, verb)

    factors = (
        Factor("baseline", prior, questions.baseline_because(name, len(posterior.axis.names))),
        Factor("evidence_for", supported - prior, evidence_because(supporting, "speaks for")),
        Factor("evidence_against", heard - supported, evidence_because(opposed, "speaks against")),
    )
    if not posterior.is_resolved:
        left = posterior.log_odds(leading) - heard
        because = questions.shared_doubt_because(posterior, leading, posterior.shared_doubt)
        return (*factors, Factor("shared_doubt", left, because))
    record = posterior.evidence.record
    resolution = record.resolutions[posterior.evidence.question.id]
    because = questions.resolution_because(resolution, record)
    return (*factors, Factor("resolution", posterior.log_odds(leading) - heard, because))


def _shares(posterior: Posterior, record: Record) -> tuple[Share, ...]:
    shares = [
        Share(
            claim=voice.claim.id,
            source=voice.claim.source,
            answer=voice.standing.answer.document,
            weight=voice.weight,
            log_odds=posterior.contribution(i),
            because=questions.share_because(voice, record),
        )
        for i, voice in enumerate(posterior.evidence.voices)
        if voice.commitment > 0 and len(posterior.credence)
    ]
    return tuple(sorted(shares, key=lambda share: (-share.weight, -share.log_odds, share.claim)))
