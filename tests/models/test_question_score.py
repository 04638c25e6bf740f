import pytest
from factories import (
    make_claim,
    make_correction,
    make_quantity_question,
    make_question,
    make_record,
    make_resolution,
    make_source,
)

from models.answer import Names, Quantity, Values
from models.record import CorrectionKind, SourceKind
from models.scoring import Scores

SOURCES = (
    *(make_source(id_) for id_ in ("a", "b", "c", "d")),
    make_source("officials", kind=SourceKind.UNNAMED, mandates=()),
)


def said(source, *answers, id=None, **fields):  # noqa: A002
    answer = Names(answers or ("withdrawn",))
    return make_claim(id or source, source=source, **{"answer": answer, **fields})


def counted(source, bound, *values, **fields):
    return said(source, question="dprk-casualties", answer=Values(bound, tuple(map(float, values))), **fields)


def of(*values, **fields):
    return Scores(make_record(*SOURCES, make_question(**fields), *values)).of(
        "question", "dprk-on-kursk-front"
    )


def number(*values, **fields):
    question = make_quantity_question(**fields)
    return Scores(make_record(*SOURCES, question, *values)).of("question", question.id)


def credence(score, answer="withdrawn"):
    return next(a.credence for a in score.answers if a.answer == answer)


def test_before_anyone_spoke_every_answer_is_as_likely():
    score = of()
    assert [a.credence for a in score.answers] == pytest.approx([1 / 3] * 3)
    assert (score.origins.claims, score.origins.effective, score.origins.independence) == (0, 0, None)
    assert not score.is_contested
    assert "No claim stands on it" in score.summary
    assert score.grades.icd203 is None


def test_each_further_origin_lifts_an_answer_and_a_relay_does_not():
    found = [credence(of(*(said(id_) for id_ in "abcd"[:n]))) for n in range(5)]
    assert found == sorted(found)
    assert len(set(found)) == 5
    assert credence(of(said("a"), said("b", cites=("a",)))) == pytest.approx(found[1])


def test_a_claim_of_several_answers_leaves_their_order_open():
    score = of(said("a", "reduced", "withdrawn"))
    assert credence(score, "reduced") == pytest.approx(credence(score, "withdrawn"))
    assert credence(score, "fighting") < 0.25


def test_a_question_is_contested_by_an_origin_and_not_by_what_repeats_it():
    two = [said("a"), said("b")]
    assert not of(*two).is_contested
    assert of(*two, said("c", "fighting")).is_contested
    retraction = make_correction("c", kind=CorrectionKind.RETRACT, by="c")
    assert not of(*two, said("c", "fighting"), retraction).is_contested
    assert not of(*two, said("c", "fighting", "withdrawn")).is_contested


def test_the_evidence_is_heaviest_first_and_leaves_out_what_no_longer_stands():
    values = [said("a"), said("officials"), said("b", cites=("a",)), said("c", id="gone")]
    score = of(*values, make_correction("gone", kind=CorrectionKind.RETRACT, by="c"))
    assert [share.claim for share in score.evidence] == ["a", "officials", "b"]
    weights = [share.weight for share in score.evidence]
    assert weights == sorted(weights, reverse=True)
    assert sum(weights) == pytest.approx(score.origins.effective)
    assert "adds no origin beyond A" in score.evidence[2].because
    assert score.evidence[2].log_odds == 0 < score.evidence[0].log_odds


def test_evidence_says_what_it_is_hedged_by():
    word = of(said("a", certainty=0.675, certainty_word="probably"))
    assert "hedged (probably)" in word.evidence[0].because
    assert "hedged (30% sure)" in of(said("a", certainty=0.3)).evidence[0].because
    assert "speaks of 25%" in of(said("a", scope="kursk-front/east")).evidence[0].because


def test_factors_tell_what_speaks_for_the_leading_answer_and_what_against():
    factors = {f.name: f for f in of(said("a"), said("b"), said("c", "fighting")).factors}
    assert factors["evidence_for"].log_odds > 0 > factors["evidence_against"].log_odds
    assert factors["evidence_for"].because == "speaks for it: a, b"
    assert factors["evidence_against"].because == "speaks against it: c"


def test_a_resolved_question_says_on_whose_word():
    score = of(said("a"), make_resolution(by="b"))
    assert score.summary.startswith("Resolved: ")
    assert score.factors[-1].because == "resolved on the word of B"
    assert credence(score, "reduced") > 0.99


def test_numbers_that_only_seem_to_clash_agree():
    score = number(counted("a", "at_least", 3000), counted("b", "about", 4000), counted("c", "about", 3000))
    assert not score.is_contested
    assert 3000 < score.quantity.median < 5500
    assert score.quantity.unit == "soldiers"


def test_numbers_that_clash_are_contested():
    assert number(counted("a", "about", 300), counted("b", "about", 9000)).is_contested


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_a_number_follows_who_says_it(scale):
    axis = Quantity("soldiers", scale, 100.0, 12_000.0)
    medians = [
        number(counted("a", "about", x), counted("b", "about", x), quantity=axis).quantity.median
        for x in (1000, 4000, 9000)
    ]
    assert medians == sorted(medians)
    assert medians[1] == pytest.approx(4000, rel=0.1)


def test_a_number_of_which_nothing_is_known_is_unknown():
    score = number(quantity=Quantity("soldiers"))
    assert (score.quantity.median, score.quantity.low, score.quantity.high) == (None, None, None)
    assert score.summary == "No claim stands on it."
    assert score.grades.icd203 is None
    assert number().quantity.low < number().quantity.median < number().quantity.high
