"""The E-step on flat arrays, against the same equations written out question by question."""

import numpy as np
import pytest
from factories import make_claim, make_question, make_record, make_resolution, make_source
from hypothesis import HealthCheck, given, settings
from ledgers import records

from models.answer import Names
from models.constants import Constants
from models.credence import CredenceModel
from models.doubt import doubted, shared_doubt
from models.likelihood import OPEN_MIND
from models.scoring import Scores

some = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def places(model):
    """Where each claim that carries weight stands: its question and its voice's position there, in order."""
    return [
        (question, i)
        for question in model.columns_.questions
        for i, voice in enumerate(model.evidence_[question].voices)
        if voice.weight > 0
    ]


def written_out(model, question, left_out=None):
    """P(ω) ∝ π(ω) Π L_i(ω)^(η w_i), with L_i = c r m + (1 - c r) γ."""
    found, likelihood = model.evidence_[question], model.likelihood_
    log = np.log(found.axis.prior)
    for row, (place, i) in enumerate(places(model)):
        voice = model.evidence_[place].voices[i]
        if place == question and i != left_out:
            told = voice.commitment * model.reliability_[row]
            said = told * voice.membership + (1 - told) * likelihood.guess[row]
            log = log + Constants().evidence_temper * voice.weight * np.log(said)
    mass = np.exp(log - log.max(initial=-np.inf))
    return (1 - OPEN_MIND) * mass / mass.sum() + OPEN_MIND * found.axis.prior


@some
@given(records(resolutions=False))
def test_a_posterior_is_the_prior_times_what_each_claim_says_less_the_shared_doubt(record):
    model = Scores(record).model
    for question, credence in model.credence_.items():
        found = model.evidence_[question]
        expected = doubted(written_out(model, question), shared_doubt(found, Constants()), found.axis.prior)
        np.testing.assert_allclose(credence, expected, atol=1e-10)


@some
@given(records(resolutions=False))
def test_whether_a_source_knew_is_judged_by_the_other_claims_alone(record):
    model = Scores(record).model
    likelihood, reliability = model.likelihood_, model.reliability_
    for row, (question, i) in enumerate(places(model)):
        voice = model.evidence_[question].voices[i]
        fit, guess = likelihood._fit_without[row], likelihood._guess_without[row]
        expected = voice.membership @ written_out(model, question, left_out=i)
        assert fit == pytest.approx(expected, rel=1e-4, abs=5e-6)
        r, said = reliability[row], voice.commitment * fit + (1 - voice.commitment) * guess
        assert likelihood.knew[row] == pytest.approx(r * said / (r * said + (1 - r) * guess))


@some
@given(records())
def test_judged_by_the_others_as_they_stood_nothing_moves(record):
    model = CredenceModel().fit(record)
    likelihood = model.likelihood_
    knew, posterior = likelihood.knew.copy(), likelihood.posterior.copy()
    np.testing.assert_array_equal(likelihood.known_by_others(model.reliability_), knew)
    likelihood.known_by_others(model.reliability_ / 2)
    np.testing.assert_array_equal(likelihood.knew, knew)
    np.testing.assert_array_equal(likelihood.posterior, posterior)


@some
@given(records(min_claims=1))
def test_guesses_and_reliabilities_are_probabilities(record):
    model = Scores(record).model
    for values in (model.likelihood_.guess, model.reliability_):
        assert np.all((values > 0) & (values <= 1))


def heard(*answers, n_questions=1, **fields):
    questions = [make_question(f"q{i}", **fields) for i in range(n_questions)]
    values = [
        value
        for i, question in enumerate(questions)
        for j, answer in enumerate(answers)
        for value in (
            make_source(f"s{j}"),
            make_claim(f"{i}-{j}", source=f"s{j}", question=question.id, answer=Names((answer,))),
        )
    ]
    return Scores(make_record(*questions, *values))


def test_what_many_say_is_guessed_more_often():
    model = heard("fighting", "fighting", "fighting", "withdrawn").model
    guess = model.likelihood_.guess
    assert guess[0] == guess[1] > 1 / 3 > guess[3]


def test_a_tendency_to_affirm_is_learned_across_questions_once_enough_share_their_answers():
    def guess(n_questions):
        """Everybody affirms; half of the questions were settled, and what was affirmed was false."""
        questions = [make_question(f"q{i}", answers=("yes", "no")) for i in range(n_questions)]
        claims = [
            make_claim(f"{question.id}-{source}", source=source, question=question.id, answer=Names(("yes",)))
            for question in questions for source in ("a", "b")
        ]  # fmt: skip
        settled = [make_resolution(q.id, answer=Names(("no",)), by="a") for q in questions[::2]]
        people = [make_source("a"), make_source("b")]
        return Scores(make_record(*people, *questions, *claims, *settled)).model.likelihood_.guess

    enough = Constants().shared_answers_questions
    assert guess(enough)[0] > guess(enough - 1)[0] + 0.1


@pytest.mark.parametrize("answer", ["fighting", "reduced"])
def test_a_resolution_settles_a_question_whatever_was_said(answer):
    sources = [make_source(f"s{i}") for i in range(5)]
    claims = [make_claim(f"c{i}", source=f"s{i}", answer=Names(("withdrawn",))) for i in range(5)]
    resolution = make_resolution(answer=Names((answer,)), by="s0")
    scores = Scores(make_record(make_question(), *sources, *claims, resolution))
    found = {a.answer: a.credence for a in scores.of("question", "dprk-on-kursk-front").answers}
    assert found[answer] == pytest.approx(Constants().resolved_credence)
    assert scores.model.track_term_[0] < -0.1
