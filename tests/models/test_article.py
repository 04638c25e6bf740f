from dataclasses import replace

import pytest
from factories import make_claim, make_correction, make_question, make_record, make_source, moment

from models.article import Article, CarriedClaim, Leading, Reading
from models.constants import Constants
from models.record import Correction, CorrectionKind, Record
from models.standing import Standing, as_stated
from models.standing import corrected as standing_after
from models.standings import Standings


def carried(then: float | None, now: float | None) -> CarriedClaim:
    readings = [Reading(score, None, "as_stated", {}) for score in (then, now)]
    return CarriedClaim(as_stated(make_claim()), (), *readings)


def corrected(*kinds: CorrectionKind, by: str = "budanov", n_before: int = 0) -> CarriedClaim:
    """A claim that was corrected hour by hour, so many times before the article appeared."""
    claim = make_claim(via=("cnn",))
    said = [
        make_correction(id=f"k{i}", kind=kind, by=by, stated_at=moment(31, 12 + i))
        for i, kind in enumerate(kinds)
    ]
    sources = (make_source(), make_source("cnn"), make_source("critic"))
    standing = Standings(make_record(*sources, make_question(), claim, *said)).of(claim)
    return CarriedClaim(standing, (), None, Reading(0.5, None, standing.kind.value, {}), n_before)


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
    assert corrected().moved is None


def test_only_what_takes_something_corrects():
    assert corrected(CorrectionKind.NARROW).is_corrected
    assert not corrected(CorrectionKind.REAFFIRM).is_corrected
    assert corrected(CorrectionKind.NARROW, by="critic").is_corrected


@pytest.mark.parametrize("by", ["budanov", "critic"])
def test_what_was_given_back_takes_nothing(by):
    taken = corrected(CorrectionKind.RETRACT, by=by)
    claim, record = taken.claim, make_record(make_source(), make_source("critic"), make_question())
    stood_by = make_correction(id="last", kind=CorrectionKind.REAFFIRM, stated_at=moment(31, 20))
    standing = corrected_by(taken, stood_by, record)
    assert (standing.kind, standing.claim) == ("as_stated", claim)
    assert taken.is_corrected
    assert not replace(taken, standing=standing).is_corrected


def test_what_its_own_side_took_back_nobody_else_corrects():
    gone = corrected(CorrectionKind.RETRACT, n_before=1)
    record = make_record(make_source(), make_source("cnn"), make_question())
    late = make_correction(id="late", by="cnn", kind=CorrectionKind.AMEND, stated_at=moment(31, 20))
    found = replace(gone, standing=corrected_by(gone, late, record))
    assert [each.correction.id for each in found.since] == ["late"]
    assert not found.is_corrected


def corrected_by(carried: CarriedClaim, correction: Correction, record: Record) -> Standing:
    return standing_after(carried.standing, correction, lambda *_: 0.6, record, Constants())


def test_an_article_carries_a_correction_of_the_same_claim_or_in_the_same_words():
    told = make_correction(id="told", text="Only our own sectors.")
    article = telling(told)
    again = replace(told, id="again")
    assert article.carries(told)
    assert article.carries(replace(again, text=None))
    assert article.carries(replace(again, claim="another"))
    assert not article.carries(replace(again, claim="another", text="And we left Sudzha."))
    assert not article.carries(replace(again, claim="another", text=None, scope="kursk-front/sudzha"))
    assert not article.carries(replace(again, by="cnn"))


def test_without_words_a_correction_of_another_claim_is_another():
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
