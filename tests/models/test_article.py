from dataclasses import replace

import pytest
from factories import make_claim, make_correction, moment

from models.article import Article, CarriedClaim, Leading, Reading
from models.record import Correction, CorrectionKind, Record


def carried(then: float | None, now: float | None) -> CarriedClaim:
    readings = [Reading(score, None, "as_stated", {}) for score in (then, now)]
    return CarriedClaim(make_claim(), (), *readings)


def telling(*corrections: Correction) -> Article:
    return Article(
        "example.org/kursk",
        published_at=None,
        is_dated=False,
        n_claims=0,
        claims=(),
        questions=(),
        corrections=corrections,
        record=Record(),
    )


@pytest.mark.parametrize(
    ("then", "now", "moved"),
    [
        (0.5, 0.6, "stronger"),
        (0.6, 0.5, "weaker"),
        (0.5, 0.52, "steady"),
        (None, 0.5, None),
        (0.5, None, None),
    ],
)
def test_a_score_moved_when_an_editor_would_notice(then, now, moved):
    assert carried(then, now).moved == moved


def test_a_claim_that_was_made_later_has_not_moved():
    assert CarriedClaim(make_claim(), (), None, Reading(0.5, None, "as_stated", {})).moved is None


def test_only_what_takes_something_corrects():
    narrowed, reaffirmed = (
        CarriedClaim(
            make_claim(),
            (),
            None,
            Reading(0.5, None, "as_stated", {}),
            since=(make_correction(kind=kind, stated_at=moment(31, 16)),),
        )
        for kind in (CorrectionKind.NARROW, CorrectionKind.REAFFIRM)
    )
    assert (narrowed.is_corrected, reaffirmed.is_corrected) == (True, False)


def test_an_article_carries_a_notice_on_the_same_claim_or_in_the_same_words():
    told = make_correction(id="told", text="Only our own sectors.")
    article = telling(told)
    again = replace(told, id="again")
    assert article.carries(told)
    assert article.carries(replace(again, text=None))
    assert article.carries(replace(again, claim="another"))
    assert not article.carries(replace(again, claim="another", text="And we left Sudzha."))
    assert not article.carries(replace(again, claim="another", text=None, scope="kursk-front/sudzha"))
    assert not article.carries(replace(again, by="cnn"))


def test_without_words_a_notice_on_another_claim_is_another():
    told = make_correction(id="told", kind=CorrectionKind.RETRACT)
    article = telling(told)
    assert not article.carries(replace(told, id="other", claim="another"))


def test_a_question_comes_to_its_leading_answer_or_its_number():
    answers = [{"answer": "fighting", "credence": 0.3}, {"answer": "reduced", "credence": 0.7}]
    heard = {"origins": {"claims": 1}, "grades": {"icd203": "likely"}}
    assert Leading.of({"answers": answers, **heard}) == Leading("reduced", 0.7)
    number = {"median": 4000.0, "low": 3000.0, "high": 5000.0, "unit": "persons"}
    assert Leading.of({"quantity": number, **heard}).quantity.median == 4000.0


def test_nothing_leads_where_nobody_stands_by_an_answer():
    prior = [{"answer": "fighting", "credence": 0.5}, {"answer": "reduced", "credence": 0.5}]
    unheard = {"origins": {"claims": 0}, "grades": {"icd203": None}}
    assert Leading.of({"answers": prior, **unheard}) == Leading()
    number = {"median": 4000.0, "low": 100.0, "high": 12000.0, "unit": "persons"}
    assert Leading.of({"quantity": number, **unheard}) == Leading()
