import pytest
from factories import (
    make_claim,
    make_correction,
    make_question,
    make_record,
    make_resolution,
    make_scope,
    make_source,
    moment,
)

from models.answer import Names
from models.record import CorrectionKind, SourceKind, Stake
from models.scoring import Scores

SECTORS = "kursk-front/sso-sectors"
SOURCES = (
    *(make_source(id_) for id_ in ("a", "b", "c")),
    make_source("officials", kind=SourceKind.UNNAMED, mandates=()),
    make_source("cnn", kind=SourceKind.OUTLET),
    make_scope(SECTORS, share=0.25),
)
RETRACT = CorrectionKind.RETRACT


def said(source, answer="withdrawn", id=None, **fields):  # noqa: A002
    return make_claim(id or source, source=source, answer=Names((answer,)), **fields)


def of(claim, *values, **question):
    return Scores(make_record(*SOURCES, make_question(**question), *values)).of("claim", claim)


def test_the_closer_its_source_stood_the_better_it_stands():
    near, far = of("a", said("a")), of("officials", said("officials"))
    assert near.score > far.score > 1 / 3


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        ({"certainty": 0.3}, {"certainty": 0.9}),
        ({"via": ("cnn", "b")}, {"via": ("cnn",)}),
        ({"cites": ("c",)}, {}),
    ],
)
def test_what_weakens_the_speaker_weakens_the_claim(worse, better):
    assert of("a", said("a", **worse)).score < of("a", said("a", **better)).score


def test_a_claim_for_ones_own_stake_stands_worse_than_an_admission():
    def stake(answer):
        return (Stake("a", (Names((answer,)),)),)

    served, none, admitted = (
        of("a", said("a"), stakes=s).score for s in (stake("withdrawn"), (), stake("reduced"))
    )
    assert served < none < admitted


def test_support_lifts_and_contradiction_lowers():
    alone = of("a", said("a")).score
    assert of("a", said("a"), said("b")).score > alone > of("a", said("a"), said("b", "fighting")).score


def test_confirmation_asks_for_independent_origins():
    sure = [said(id_) for id_ in ("a", "b", "c")]
    assert of("a", *sure).grades.admiralty[1] == "1"
    lone = of("a", said("a"), make_resolution(answer=Names(("withdrawn",)), by="b"))
    assert (lone.score > 0.9, lone.grades.admiralty[1]) == (True, "2")


def test_improbable_asks_for_a_contradiction():
    contradicted = of("a", said("a"), *(said(id_, "fighting") for id_ in ("b", "c", "cnn")))
    assert contradicted.score < 0.2
    assert contradicted.grades.admiralty[1] == "5"
    resolved = of("a", said("a"), make_resolution(by="b"))
    assert (resolved.score < 0.2, resolved.grades.admiralty[1]) == (True, "4")


def test_what_nobody_asserts_any_more_and_nobody_else_spoke_about_cannot_be_judged():
    score = of("a", said("a"), make_correction("a", kind=RETRACT, by="a"))
    assert (score.score, score.interval, score.factors) == (None, None, ())
    assert (score.grades.admiralty, score.grades.icd203, score.grades.stix_confidence) == ("F6", None, None)
    assert (score.origins.claims, score.origins.effective, score.origins.independence) == (0, 0, None)
    assert "cannot be judged" in score.summary


def test_a_retracted_claim_is_as_likely_as_the_others_make_it():
    retracted = of("a", said("a"), said("b"), make_correction("a", kind=RETRACT, by="a"))
    assert retracted.standing == "retracted"
    assert retracted.score == pytest.approx(of("b", said("b")).score)
    assert retracted.origins.claims == 1
    assert "No other claim agrees" not in retracted.summary


def test_only_claims_that_agree_are_counted_as_agreeing():
    changed_mind = said("a", "fighting", id="before", stated_at=moment(10))
    score = of("b", said("b"), said("a"), changed_mind)
    assert score.origins.claims == 2
    assert score.origins.effective == pytest.approx(2)


def test_a_claim_counts_itself_and_relays_of_it_and_names_no_origin_twice():
    score = of("a", said("a"), said("b", cites=("a",)))
    assert (score.origins.claims, score.origins.effective) == (2, 1)
    assert score.origins.independence == "single_origin"


def test_narrowing_lifts_a_claim_and_says_so():
    narrowing = make_correction("a", by="a")
    against = said("b", "fighting")
    before, after = of("a", said("a"), against), of("a", said("a"), against, narrowing)
    assert after.score > before.score
    assert (before.standing, after.standing, after.scope) == ("as_stated", "narrowed", SECTORS)
    assert "narrowed by A on 31 January 2025" in after.summary


def test_nobody_else_is_told_to_have_changed_what_a_claim_says():
    own = make_correction("a", by="a", stated_at=moment(5, month=2))
    other = make_correction("a", by="officials", scope=f"{SECTORS}/one", stated_at=moment(5, month=3))
    summary = of("a", said("a"), own, other).summary
    assert "narrowed by A on 5 February 2025" in summary
    assert "Officials disputes it." in summary


def test_who_is_believed_more_than_the_author_disputes_a_claim_and_does_not_change_it():
    score = of("officials", said("officials"), make_correction("officials", by="b", kind=CorrectionKind.DENY))
    assert score.standing == "denied"
    assert ", taken as denied, " in score.summary
    assert "B disputes it." in score.summary


def test_a_resolution_settles_a_claim_and_is_named():
    score = of("a", said("a"), make_resolution(by="b"))
    assert score.score < 0.01
    assert score.factors[-1].name == "resolution"
    assert "on 1 March 2025, on the word of B" in score.factors[-1].because


def test_the_summary_says_it_in_icd_203s_words():
    sure = of("a", said("a"), said("b"), said("c"))
    assert sure.grades.icd203 == "almost certain"
    assert f"is almost certainly true ({sure.score:.0%})" in sure.summary
    less = of("a", said("a"), said("b", "fighting"))
    assert f"{less.grades.icd203} " in less.summary
    assert f"({less.score:.0%})" in less.summary


def test_a_question_outside_its_scope_leaves_a_claim_unjudged_by_itself():
    score = of("a", said("a", scope="sea"))
    assert score.origins.claims == 0
    assert score.origins.effective == 0
