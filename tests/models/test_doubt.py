"""What is kept back from an answer, since all that speaks for it may rest on one error."""

import numpy as np
import pytest
from factories import (
    make_claim,
    make_correction,
    make_quantity_question,
    make_question,
    make_record,
    make_resolution,
    make_source,
    moment,
)
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.answer import Names, Values
from models.constants import Constants
from models.doubt import doubted, shared_doubt
from models.evidence import discounted
from models.families import Copied, Families, Kin
from models.record import CorrectionKind, SourceKind, Stake
from models.scoring import Scores

DOUBT = Constants().shared_doubt
ID = "dprk-on-kursk-front"
FIGHTING, REDUCED, WITHDRAWN = range(3)
SOURCES = (
    *(make_source(id_) for id_ in ("a", "b", "c")),
    make_source("gur", kind=SourceKind.ORGANISATION),
    make_source("budanov", member_of="gur"),
    make_source("spokesman", member_of="gur"),
    make_source("officials", kind=SourceKind.UNNAMED),
    make_source("blogger", mandates=()),
)


def said(source, *answers, **fields):
    return make_claim(source, source=source, answer=Names(answers or ("withdrawn",)), **fields)


def scores(*values, **question):
    return Scores(make_record(*SOURCES, make_question(**question), *values))


def doubts(*values, **question):
    return shared_doubt(scores(*values, **question).model.evidence_[ID], Constants())


def credence(*values, **question):
    return {a.answer: a.credence for a in scores(*values, **question).of("question", ID).answers}


def test_of_a_first_account_the_stated_share_is_kept_back():
    assert doubts(said("a")) == pytest.approx([DOUBT] * 3)


def test_each_further_body_that_stood_close_would_have_to_share_the_error_anew():
    assert doubts(said("a"), said("b"))[WITHDRAWN] == pytest.approx(DOUBT**2)
    assert doubts(said("a"), said("b"), said("c")) == pytest.approx([DOUBT, DOUBT, DOUBT**3])


def test_what_was_likely_copied_confirms_as_far_as_it_was_not():
    evidence = scores(said("a"), said("b")).model.evidence_
    found = discounted(evidence, Families({"b": Copied(0.2, Kin("a", 20, 5))}))[ID]
    assert shared_doubt(found, Constants())[WITHDRAWN] == pytest.approx(DOUBT**1.2)


@pytest.mark.parametrize("echo", ["officials", "blogger"])
def test_the_unnamed_and_those_who_stood_far_confirm_nothing(echo):
    assert doubts(said("a"), said(echo))[WITHDRAWN] == pytest.approx(DOUBT)


def test_a_relay_and_a_second_voice_of_one_body_confirm_nothing():
    assert doubts(said("a"), said("b", cites=("a",)))[WITHDRAWN] == pytest.approx(DOUBT)
    assert doubts(said("budanov"), said("spokesman"))[WITHDRAWN] == pytest.approx(DOUBT)


def test_who_gains_from_an_answer_does_not_confirm_it():
    gains = (Stake("b", (Names(("withdrawn",)),)),)
    assert doubts(said("a"), said("b"), stakes=gains)[WITHDRAWN] == pytest.approx(DOUBT)


def test_a_hedge_and_an_answer_among_several_confirm_in_part():
    hedged = doubts(said("a"), said("b", certainty=0.4))[WITHDRAWN]
    among = doubts(said("a"), said("b", "withdrawn", "reduced"))[WITHDRAWN]
    assert hedged == pytest.approx(DOUBT**1.4)
    assert among == pytest.approx(DOUBT**1.5)


def test_the_doubt_about_an_answer_falls_when_a_side_gives_up_another_for_it():
    changed = make_correction(kind=CorrectionKind.AMEND, claim="a", by="a", answer=Names(("reduced",)))
    found = doubts(said("a"), changed)
    assert found[REDUCED] < DOUBT / 2
    assert found[[FIGHTING, WITHDRAWN]] == pytest.approx(DOUBT)
    # Of two first accounts, what somebody else said from the start is believed less than a change of mind.
    assert credence(said("a"), changed)["reduced"] > credence(said("a", "reduced"))["reduced"] + 0.1


def test_a_later_statement_of_ones_own_that_departs_from_the_first_is_a_second_look_too():
    later = make_claim("a-later", source="a", answer=Names(("reduced",)), stated_at=moment(31, 20))
    changed = make_correction(kind=CorrectionKind.AMEND, claim="a", by="a", answer=Names(("reduced",)))
    assert doubts(said("a"), later) == pytest.approx(doubts(said("a"), changed))
    assert credence(said("a"), later) == pytest.approx(credence(said("a"), changed))
    repeated = make_claim("a-later", source="a", answer=Names(("withdrawn",)), stated_at=moment(31, 20))
    assert doubts(said("a"), repeated) == pytest.approx([DOUBT] * 3)


def test_widening_an_answer_to_more_is_no_second_look():
    wider = make_correction(
        kind=CorrectionKind.AMEND, claim="a", by="a", answer=Names(("reduced", "withdrawn"))
    )
    assert doubts(said("a"), wider) == pytest.approx([DOUBT] * 3)


def test_on_the_part_that_a_side_keeps_its_second_look_counts_in_full():
    changed = make_correction(id="change", kind=CorrectionKind.AMEND, claim="a", by="a")
    narrowed = make_correction(id="narrow", claim="a", by="a", stated_at=moment(31, 20))
    found = scores(said("a"), changed, narrowed)
    evidence = found.model.evidence_[ID]
    (looked_again,) = doubts(said("a"), changed)[[REDUCED]]
    assert shared_doubt(evidence, Constants())[REDUCED] > looked_again
    assert found.posterior(ID).doubts_on_scope_of([0])[0, REDUCED] == pytest.approx(looked_again)
    assert found.of("claim", "a").score > scores(said("a"), changed).of("claim", "a").score


def test_however_many_far_voices_agree_the_doubt_stays():
    crowd = [make_source(f"s{i}", mandates=()) for i in range(40)]
    found = credence(*crowd, *(said(source.id) for source in crowd))
    assert found["withdrawn"] == pytest.approx(1 - DOUBT * 2 / 3, abs=0.01)


def test_a_quantity_and_a_resolved_question_are_left_no_doubt():
    question = make_quantity_question()
    told = make_claim("a", source="a", question=question.id, answer=Values("about", (4000.0,)))
    evidence = Scores(make_record(*SOURCES, question, told)).model.evidence_[question.id]
    assert not shared_doubt(evidence, Constants()).any()
    assert credence(said("a"), make_resolution(by="b"))["reduced"] == pytest.approx(0.999, abs=1e-3)


def test_it_is_a_factor_of_its_own_with_its_reason():
    def factor(*values):
        factors = {f.name: f for f in scores(*values).of("question", ID).factors}
        return factors["shared_doubt"]

    lone, confirmed = factor(said("a")), factor(said("a"), said("b"), said("c"))
    assert max(lone.log_odds, confirmed.log_odds) < 0
    assert lone.because == "no two bodies that stood close say so: 35% is left to an error that all share"
    assert confirmed.because.startswith("3.0 bodies that stood close say so")


@given(arrays(float, 4, elements=st.floats(0, 1)), arrays(float, 4, elements=st.floats(1e-3, 1)))
def test_what_is_kept_back_goes_to_the_prior_and_nothing_is_lost(doubt, mass):
    credence, prior = mass / mass.sum(), np.full(4, 0.25)
    left = doubted(credence, doubt, prior)
    assert left.sum() == pytest.approx(1)
    assert np.all(left >= (1 - doubt) * credence - 1e-12)
    assert doubted(credence, np.zeros(4), prior) == pytest.approx(credence)
    assert doubted(credence, np.ones(4), prior) == pytest.approx(prior)
