"""The properties that every fit must have, on random ledgers."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from ledgers import START, correction_of, records
from scipy.special import logit

from models.answer import Names, Values
from models.record import Claim, CorrectionKind, Mandate, Source, SourceKind, Vantage
from models.scoring import Scores

many = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


def credences(scores, question):
    return {answer.answer: answer.credence for answer in scores.of("question", question).answers}


def all_numbers(scores):
    """Every number of every score, by subject."""
    return {
        (score.kind, score.id): (
            score.score,
            score.effective_n,
            [answer.credence for answer in score.answers],
            score.quantity and score.quantity.median,
        )
        for score in scores.all()
    }


def assert_same(one, other):
    assert one.keys() == other.keys()
    for subject, (score, effective, answers, median) in one.items():
        expected = other[subject]
        assert score == (None if expected[0] is None else pytest.approx(expected[0], abs=1e-7)), subject
        assert effective == pytest.approx(expected[1], abs=1e-6), subject
        assert answers == pytest.approx(expected[2], abs=1e-7), subject
        assert median == (None if expected[3] is None else pytest.approx(expected[3], rel=1e-6)), subject


@many
@given(records(), st.randoms())
def test_the_order_of_arrival_changes_nothing(record, random):
    claims, corrections = list(record.claims), list(record.corrections)
    random.shuffle(claims)
    random.shuffle(corrections)
    shuffled = replace(record, claims=tuple(claims), corrections=tuple(corrections))
    assert_same(all_numbers(Scores(record)), all_numbers(Scores(shuffled)))


@many
@given(records(min_claims=1), st.data())
def test_a_claim_that_only_cites_adds_no_origin_and_outweighs_no_origin(record, data):
    scores = Scores(record)
    cited = data.draw(st.sampled_from([c for c in record.claims if not c.cites] or [None]))
    assume(cited is not None)
    evidence = scores.model.evidence_[cited.question]
    assume(any(v.claim.id == cited.id and v.commitment > 0 for v in evidence.voices))
    relay = Source("relay", "Relay", data.draw(st.sampled_from(SourceKind)), mandates=(
        Mandate(cited.scope, data.draw(st.sampled_from(Vantage))),
    ))  # fmt: skip
    repeated = replace(
        cited,
        id="repeated",
        source="relay",
        via=(),
        certainty=1.0,
        cites=(cited.source,),
        stated_at=cited.stated_at + timedelta(hours=data.draw(st.integers(-5, 5))),
    )
    after = Scores(
        replace(record, sources={**record.sources, "relay": relay}, claims=(*record.claims, repeated))
    )
    before_question, after_question = (
        scores.of("question", cited.question),
        after.of("question", cited.question),
    )
    assert after_question.origins.effective == pytest.approx(before_question.origins.effective, abs=1e-9)
    weights = {share.claim: share.weight for share in after_question.evidence}
    assert weights["repeated"] <= max(weight for claim, weight in weights.items() if claim != "repeated")
    for answer, credence in credences(scores, cited.question).items():
        assert credences(after, cited.question)[answer] == pytest.approx(credence, abs=1e-7)


@many
@given(records(min_claims=1, resolutions=False), st.data())
def test_retracting_leaves_the_question_as_if_the_claim_had_never_been_made(record, data):
    claim = data.draw(st.sampled_from(record.claims))
    own = [c for c in record.corrections if c.claim != claim.id]
    # Errors show on other questions too; the question itself is what is held here.
    record = replace(
        record, claims=tuple(c for c in record.claims if c.question == claim.question), corrections=()
    )
    kept = {c.id for c in record.claims}
    record = replace(record, corrections=tuple(c for c in own if c.claim in kept))
    retraction = correction_of(data.draw, record, claim, "last", kind=CorrectionKind.RETRACT, by=claim.source)
    retracted = Scores(replace(record, corrections=(*record.corrections, retraction)))
    never = Scores(
        replace(
            record,
            claims=tuple(c for c in record.claims if c.id != claim.id),
            corrections=tuple(c for c in record.corrections if c.claim != claim.id),
        )
    )
    one, other = retracted.of("question", claim.question), never.of("question", claim.question)
    assert [a.credence for a in one.answers] == pytest.approx([a.credence for a in other.answers], abs=1e-9)
    assert (one.quantity and one.quantity.median) == pytest.approx(other.quantity and other.quantity.median)
    assert [share.claim for share in one.evidence] == [share.claim for share in other.evidence]
    assert retracted.of("claim", claim.id).standing == "retracted"
    shown = {factor.name: factor for factor in retracted.of("source", claim.source).factors}
    assert shown["corrections"].log_odds < 0
    assert claim.id in shown["corrections"].because


@many
@given(records(min_claims=1, resolutions=False), st.data())
def test_narrowing_moves_the_weight_towards_the_share_and_the_own_credence_up(record, data):
    record = replace(record, corrections=())
    scores = Scores(record)
    claim = data.draw(st.sampled_from(record.claims))
    question, position = scores.hearing.place_of(claim.id)
    before = scores.hearing.evidence[question].voices[position]
    # A claim that only repeats, or was replaced, is as likely as others make it.
    assume(before.weight > 0)
    narrowing = correction_of(data.draw, record, claim, "narrow", kind=CorrectionKind.NARROW, by=claim.source)
    narrowed = Scores(replace(record, corrections=(narrowing,)))
    after = narrowed.hearing.evidence[question].voices[position]
    share = after.coverage / before.coverage
    assert after.commitment == pytest.approx(before.commitment * share)
    assert after.weight <= before.weight + 1e-9
    assert narrowed.of("claim", claim.id).score >= scores.of("claim", claim.id).score - 1e-9


@many
@given(records(resolutions=False), st.data())
def test_one_more_independent_source_never_lowers_its_answer(record, data):
    listed = [question for question in record.questions.values() if question.answers]
    assume(listed)
    question = data.draw(st.sampled_from(listed))
    answer = data.draw(st.sampled_from(question.answers))
    kind = data.draw(st.sampled_from([kind for kind in SourceKind if kind is not SourceKind.UNNAMED]))
    mandate = Mandate(question.scope, data.draw(st.sampled_from(Vantage)))
    new = Source("new", "New", kind, mandates=(mandate,))
    moment = START + timedelta(hours=data.draw(st.integers(0, 100)))
    certainty = data.draw(st.floats(0.01, 1.0))
    said = Claim("said", "new", question.id, Names((answer,)), question.scope, moment, certainty=certainty)
    sources = {**record.sources, "new": new}
    before = Scores(replace(record, sources=sources))
    after = Scores(replace(record, sources=sources, claims=(*record.claims, said)))
    assert credences(after, question.id)[answer] >= credences(before, question.id)[answer] - 1e-9


@many
@given(records(max_claims=0, resolutions=False))
def test_without_evidence_the_answers_are_at_their_prior(record):
    scores = Scores(record)
    for question in record.questions.values():
        score = scores.of("question", question.id)
        assert all(a.credence == pytest.approx(1 / len(question.answers)) for a in score.answers)
        assert score.origins.claims == 0


@many
@given(records(), st.randoms())
def test_renaming_and_reordering_change_nothing_else(record, random):
    new = {id_: f"{random.random():.9f}-{id_}" for id_ in record.sources}
    names = {name: f"{random.random():.9f}-{name}" for name in ("alpha", "beta", "gamma", "delta")}

    def answer(value):
        return Names(tuple(names[n] for n in value.names)) if isinstance(value, Names) else value

    def question(value):
        answers = [names[name] for name in value.answers]
        random.shuffle(answers)
        stakes = tuple(
            replace(s, source=new[s.source], favours=tuple(answer(a) for a in s.favours))
            for s in value.stakes
        )
        return replace(value, id=f"x{value.id}", answers=tuple(answers), stakes=stakes)

    sources = {
        new[id_]: replace(source, id=new[id_], member_of=source.member_of and new[source.member_of])
        for id_, source in record.sources.items()
    }
    claims = [
        replace(
            claim,
            source=new[claim.source],
            question=f"x{claim.question}",
            answer=answer(claim.answer),
            via=tuple(new[s] for s in claim.via),
            cites=tuple(new[s] for s in claim.cites),
        )
        for claim in record.claims
    ]
    renamed = replace(
        record,
        sources=dict(sorted(sources.items())),
        questions={f"x{id_}": question(value) for id_, value in reversed(record.questions.items())},
        claims=tuple(claims),
        corrections=tuple(
            replace(c, by=new[c.by], answer=c.answer and answer(c.answer)) for c in record.corrections
        ),
        resolutions={
            f"x{id_}": replace(r, question=f"x{id_}", by=new[r.by], answer=answer(r.answer))
            for id_, r in record.resolutions.items()
        },
    )
    one, other = Scores(record), Scores(renamed)
    for id_, source in new.items():
        assert other.of("source", source).score == pytest.approx(one.of("source", id_).score, abs=1e-7)
    for claim in record.claims:
        assert other.of("claim", claim.id).score == pytest.approx(one.of("claim", claim.id).score, abs=1e-7)
    for id_ in record.questions:
        found = credences(other, f"x{id_}")
        assert {names[name]: p for name, p in credences(one, id_).items()} == pytest.approx(found, abs=1e-7)


@many
@given(records(), st.sampled_from([0.001, 1000.0, 0.5]))
def test_another_unit_scales_the_answer_of_a_quantity(record, factor):
    def scaled(value):
        return (
            replace(value, values=tuple(v * factor for v in value.values))
            if isinstance(value, Values)
            else value
        )

    def question(value):
        if value.quantity is None:
            return value
        low, high = (None if v is None else v * factor for v in (value.quantity.low, value.quantity.high))
        stakes = tuple(replace(s, favours=tuple(scaled(a) for a in s.favours)) for s in value.stakes)
        return replace(value, quantity=replace(value.quantity, low=low, high=high), stakes=stakes)

    other = replace(
        record,
        questions={id_: question(value) for id_, value in record.questions.items()},
        claims=tuple(replace(c, answer=scaled(c.answer)) for c in record.claims),
        corrections=tuple(replace(c, answer=c.answer and scaled(c.answer)) for c in record.corrections),
        resolutions={id_: replace(r, answer=scaled(r.answer)) for id_, r in record.resolutions.items()},
    )
    one, two = Scores(record), Scores(other)
    for id_, value in record.questions.items():
        if value.quantity is not None:
            before, after = one.of("question", id_).quantity, two.of("question", id_).quantity
            if before.median is None:
                assert after.median is None
            else:
                expected = [before.median * factor, before.low * factor, before.high * factor]
                assert [after.median, after.low, after.high] == pytest.approx(expected, rel=1e-5)


@many
@given(records())
def test_factors_sum_to_the_log_odds_and_credences_to_one(record):
    for score in Scores(record).all():
        total = sum(factor.log_odds for factor in score.factors)
        assert all(factor.because for factor in score.factors)
        if score.answers:
            assert sum(answer.credence for answer in score.answers) == pytest.approx(1, abs=1e-9)
            leading = max(score.answers, key=lambda answer: answer.credence)
            assert total == pytest.approx(logit(leading.credence), abs=1e-9)
            assert all(a.low < a.credence < a.high for a in score.answers)
        elif score.score is not None:
            assert total == pytest.approx(logit(score.score), abs=1e-9)
            assert score.interval.low < score.score < score.interval.high
        if score.quantity is not None and score.quantity.median is not None:
            assert score.quantity.low < score.quantity.median < score.quantity.high


@many
@given(records())
def test_the_fit_converges_and_the_same_record_gives_the_same_bytes(record):
    one, two = Scores(record), Scores(record)
    assert one.model.is_converged_
    assert [score.document for score in one.all()] == [score.document for score in two.all()]


@many
@given(records())
def test_no_weight_is_negative_and_origins_are_no_more_than_claims(record):
    for evidence in Scores(record).model.evidence_.values():
        assert np.all(evidence.origin_weights > 0)
        assert np.all(evidence.origin_weights <= 1)
        assert all(0 <= voice.weight <= 1 for voice in evidence.voices)
        assert evidence.effective_origins <= len(evidence.voices)
