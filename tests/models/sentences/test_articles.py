from dataclasses import replace
from typing import Any

import pytest
from factories import (
    make_claim,
    make_correction,
    make_quantity_question,
    make_question,
    make_record,
    make_resolution,
    make_scope,
    make_source,
    moment,
)

from models.answer import Names, Values
from models.article import Article, CarriedClaim, Leading, QuestionNow, Reading
from models.record import Correction, CorrectionKind, Record
from models.sentences.articles import article_summary
from models.standings import Standings

SOURCES = (
    make_source("budanov", name="Kyrylo Budanov", member_of="gur"),
    make_source("gur", name="the GUR"),
    make_source("cnn", name="CNN"),
)


def reading(score: float | None = 0.6, standing: str = "as_stated") -> Reading:
    return Reading(score, None, standing, {})


def carried(
    then: float | None = 0.6,
    now: float | None = 0.6,
    *,
    id: str = "budanov-fighting",  # noqa: A002
    through: tuple[str, ...] = (),
    before: tuple[Correction, ...] = (),
    since: tuple[Correction, ...] = (),
    **said: Any,
) -> CarriedClaim:
    """A claim that an article carries, after corrections of which others than its own side are believed."""
    claim = make_claim(id, **said)
    corrections = [replace(each, id=f"k{i}", claim=claim.id) for i, each in enumerate((*before, *since))]
    record = make_record(*SOURCES, make_question(), make_quantity_question(), claim, *corrections)
    standing = Standings(record, lambda *_: 0.6).of(claim)
    readings = reading(then), reading(now, standing.kind.value)
    return CarriedClaim(standing, through, *readings, n_before=len(before))


def article(*claims: CarriedClaim, **fields: Any) -> Article:
    defaults: dict[str, Any] = {
        "address": "example.org/kursk",
        "published_at": moment(31, 12),
        "is_dated": False,
        "n_claims": len(claims),
        "questions": (),
        "corrections": (),
        "record": Record(sources={source.id: source for source in SOURCES}),
    }
    return Article(claims=claims, **{**defaults, **fields})


def test_nothing_to_do_is_said_so():
    assert article_summary(article(carried())) == (
        "The claim in this article has not been corrected since it appeared, and stands as it did then."
    )
    assert article_summary(article(carried(), carried(0.5, 0.52))) == (
        "None of the 2 claims in this article has been corrected since it appeared, "
        "and none stands markedly stronger or weaker."
    )


def test_what_cannot_be_judged_is_said_so():
    assert article_summary(article(carried(None, None))).endswith("and cannot be judged.")
    assert article_summary(article(carried(None, None), carried(None, None))).endswith(
        "and none can be judged."
    )


@pytest.mark.parametrize(
    ("kind", "fields", "standing", "done"),
    [
        (CorrectionKind.NARROW, {}, "narrowed", "narrowed to “kursk-front/sso-sectors”"),
        (CorrectionKind.AMEND, {"answer": Names(("reduced",))}, "amended", "amended to “reduced”"),
        (CorrectionKind.RETRACT, {}, "retracted", "retracted"),
        (CorrectionKind.DENY, {}, "denied", "denied"),
    ],
)
def test_a_correction_since_comes_first_with_the_scores(kind, fields, standing, done):
    correction = make_correction(kind=kind, stated_at=moment(31, 16), **fields)
    one = carried(0.43, 0.57, since=(correction,))
    assert one.now.standing == standing
    summary = article_summary(article(one, carried()))
    left = " for what is left of it" if standing in ("narrowed", "amended") else ""
    assert summary == (
        "1 of the 2 claims in this article has been corrected since it appeared: Kyrylo Budanov's “fighting” "
        f"was {done} by its own source on 31 January 2025 (43% then, 57% now{left})."
    )


def test_who_corrected_is_named():
    for by, named in (("gur", "by its own side, the GUR, on"), ("cnn", "by CNN on")):
        correction = make_correction(by=by, stated_at=moment(31, 16))
        assert named in article_summary(article(carried(since=(correction,))))


def test_who_is_neither_its_own_side_nor_its_carrier_disputes():
    disputed = make_correction(by="cnn", stated_at=moment(31, 17))
    one = carried(0.6, 0.4, since=(disputed,))
    assert one.now.standing == "narrowed"
    assert article_summary(article(one, carried())) == (
        "1 of the 2 claims in this article has been disputed since it appeared: Kyrylo Budanov's “fighting” "
        "was disputed by CNN on 31 January 2025 (60% then, 40% now)."
    )
    missed = article_summary(article(carried(before=(disputed,)), carried()))
    assert "1 of the 2 claims in this article had been disputed by the time it appeared" in missed
    by_carrier = carried(since=(disputed,), via=("cnn",))
    assert "was narrowed to “kursk-front/sso-sectors” by CNN on" in article_summary(article(by_carrier))


def test_what_its_own_side_took_is_told_before_a_dispute():
    own = make_correction(stated_at=moment(31, 16))
    disputed = make_correction(by="cnn", stated_at=moment(31, 17))
    corrected = carried(since=(own, disputed))
    assert "was narrowed to" in article_summary(article(corrected))
    summary = article_summary(article(corrected, carried(since=(disputed,))))
    assert summary.startswith("2 of the 2 claims in this article have been corrected or disputed since")


def test_what_was_given_back_or_came_to_nothing_is_not_told():
    gone = make_correction(kind=CorrectionKind.RETRACT, stated_at=moment(31, 16))
    stood_by = make_correction(kind=CorrectionKind.REAFFIRM, stated_at=moment(31, 17))
    assert "has not been corrected" in article_summary(article(carried(since=(gone, stood_by))))
    late = make_correction(kind=CorrectionKind.AMEND, by="cnn", stated_at=moment(31, 18))
    told = article_summary(article(carried(None, None, since=(gone, late), via=("cnn",))))
    assert "was retracted by its own source on 31 January 2025" in told
    assert "amended" not in told


def test_what_was_missed_is_told_beside_a_dispute_since():
    missed = make_correction(kind=CorrectionKind.AMEND, stated_at=moment(31, 11))
    disputed = make_correction(by="cnn", kind=CorrectionKind.DENY, stated_at=moment(31, 17))
    told = article_summary(article(carried(0.6, 0.4, before=(missed,), since=(disputed,))))
    assert "The claim in this article has been disputed since it appeared" in told
    assert "had been corrected by the time it appeared" in told
    assert "was amended to “reduced” by its own source" in told


def test_scopes_go_by_their_names():
    scope = make_scope(name="The SSO's own sectors")
    named = Record(sources={source.id: source for source in SOURCES}, scopes={scope.path: scope})
    one = carried(since=(make_correction(stated_at=moment(31, 16)),))
    assert "narrowed to “The SSO's own sectors” by" in article_summary(article(one, record=named))


def test_numbers_go_with_their_unit():
    question = make_quantity_question()
    one = carried(0.6, 0.4, question=question.id, answer=Values("about", (4000.0,)))
    now = QuestionNow(question, None, Leading())
    summary = article_summary(article(one, carried(), questions=(now,)))
    assert f"Kyrylo Budanov's “{one.claim.answer} soldiers” (60% then, 40% now)" in summary


def test_claims_that_are_corrected_in_one_breath_are_told_together():
    claims = [
        carried(id=id_, since=(make_correction(id_, stated_at=moment(31, 16)),)) for id_ in ("one", "two")
    ]
    assert (
        "2 of Kyrylo Budanov's were narrowed to “kursk-front/sso-sectors” by its own source on 31"
        in article_summary(article(*claims, carried()))
    )


def test_a_claim_that_came_by_relay_is_told_as_such():
    correction = make_correction(stated_at=moment(31, 16))
    summary = article_summary(article(carried(through=("other",), since=(correction,))))
    assert "Kyrylo Budanov's “fighting”, carried by relay, was narrowed" in summary


def test_standing_by_a_claim_is_no_correction():
    correction = make_correction(kind=CorrectionKind.REAFFIRM, stated_at=moment(31, 16))
    assert "has not been corrected" in article_summary(article(carried(since=(correction,))))


def test_what_moved_without_a_correction_is_told_after_and_how_many_once():
    claims = (carried(0.6, 0.4), carried(0.6, 0.5), carried(0.3, 0.6), carried())
    assert article_summary(article(*claims)) == (
        "2 of the 4 claims in this article stand weaker than when it appeared, most of all Kyrylo Budanov's "
        "“fighting” (60% then, 40% now), and 1 stands stronger than when it appeared, Kyrylo Budanov's "
        "“fighting” (30% then, 60% now)."
    )


def test_a_correction_that_came_before_is_told_unless_the_article_carries_it():
    correction = make_correction(stated_at=moment(31, 11))
    one = carried(before=(correction,))
    missed = article_summary(article(one, carried()))
    assert "had been corrected by the time it appeared, and no correction is recorded under its" in missed
    told = article_summary(article(one, carried(), corrections=(correction,)))
    assert told == (
        "None of the 2 claims in this article has been corrected since it appeared, and none stands "
        "markedly stronger or weaker. It carries the correction of 1 claim itself."
    )


def test_what_proved_wrong_is_told():
    question = make_question()
    resolved = make_resolution(resolved_at=moment(1, month=3))
    settled = QuestionNow(question, None, Leading("withdrawn", 0.999), resolved)
    summary = article_summary(article(carried(0.6, 0.01), carried(0.4, 0.99), questions=(settled,)))
    assert summary == (
        "Since it appeared some of what it says was settled: of the 2 claims in this article, "
        "1 proved wrong and 1 proved true."
    )


def test_an_address_with_corrections_alone_says_so():
    summary = article_summary(article(corrections=(make_correction(),), published_at=None))
    assert summary == "This article carries no claim, but the correction of 1 claim itself."


def test_a_page_of_many_claims_says_that_it_is_one():
    summary = article_summary(article(carried(), carried(), n_claims=40))
    assert summary.startswith("None of the 2 claims shown here, out of 40 in this article, has been")


def test_a_page_past_the_end_does_not_deny_the_claims_of_the_article():
    assert article_summary(article(n_claims=40)) == "No claim is shown here, out of 40 in this article."
    summary = article_summary(article(n_claims=40, corrections=(make_correction(),)))
    assert summary.endswith("in this article. It carries the correction of 1 claim itself.")
