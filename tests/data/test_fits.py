"""Fits of the present and of a moment, and what is read of the ledger for the scores that rest on them."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from factories import make_claim, make_correction, make_question, make_source, moment
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import START, busy_ledger, copying_ledger, parts, records, write
from sqlite_utils import Database

from data import claims, fits, questions, settlement, sources
from data import terms as stored_terms
from data.database import open_database, reading
from data.errors import BusyError
from data.fits import Fit
from data.record import load
from models.record import CorrectionKind, Record, SourceKind
from models.scoring import Scores
from models.version import model_version

NOW = moment(1, month=3)


@pytest.fixture
def busy(empty: Database) -> Database:
    """A ledger of bodies, members and corrections, settled."""
    write(empty, busy_ledger())
    return empty


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    fits._fits.clear()
    yield
    fits._fits.clear()


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The inputs of each ledger that is fitted."""
    found: list[str] = []
    fitted: Callable[..., Any] = fits.fitted

    def count(ledger: Any, *start: Any) -> Any:
        found.append(ledger.inputs)
        return fitted(ledger, *start)

    monkeypatch.setattr(fits, "fitted", count)
    return found


def assert_read_as_the_whole(db: Database, fit: Fit, record: Record) -> None:
    """Say that every score out of what is read for it alone is the one out of all that is recorded."""
    model = Scores(record).model
    whole = Scores(record, stored_terms.rounded(model.terms_))
    for question in record.questions:
        scores = fit.scores(db, [question])
        assert scores.of("question", question).document == whole.of("question", question).document
        figures = fit.bare_scores(db, [question])
        assert figures.outlook(question) == whole.outlook(question)
        for claim in record.claims:
            if claim.question == question:
                scores = fit.scores(db, [question], speakers=[claim.source])
                assert scores.of("claim", claim.id).document == whole.of("claim", claim.id).document
                assert figures.claim_reading(claim.id) == whole.claim_reading(claim.id)
    for source in record.sources:
        for scope in (None, "front", "front/north"):
            scores = fit.scores(db, [], [source])
            assert scores.of("source", source, scope).document == whole.of("source", source, scope).document


@settings(max_examples=25)
@given(records(min_claims=1), st.integers(0, 300))
def test_what_is_read_for_a_score_is_enough_for_all_that_it_says(record: Record, hours: int):
    with closing(open_database(":memory:")) as db:
        write(db, parts(record))
        at = START + timedelta(hours=hours)
        with reading(db):
            assert_read_as_the_whole(db, fits.of_present(db), load(db))
            assert_read_as_the_whole(db, fits.of_moment(db, at), load(db, as_of=at))
            left_out = {claim.id for claim in record.claims[:2]}
            fit = fits.of_moment(db, None, without=left_out)
            assert_read_as_the_whole(db, fit, load(db).without(left_out))


def test_the_voices_of_a_body_are_named_in_one_order_whoever_of_them_erred(empty: Database):
    body = [make_source("body", kind=SourceKind.ORGANISATION)]
    body += [make_source(id_, member_of="body") for id_ in ("anna", "boris")]
    said = [make_claim(f"said-{id_}", source=id_) for id_ in ("anna", "boris")]
    erred = make_claim("erred", source="boris", question="second")
    taken_back = make_correction("erred", by="boris", kind=CorrectionKind.RETRACT)
    write(empty, [*body, make_question(), make_question("second"), *said, erred, taken_back])
    with reading(empty):
        found = fits.of_present(empty).scores(empty, [], ["body"]).of("source", "body")
    assert "taken as its body, by said-anna, said-boris" in found.factors[3].because


def test_the_errors_of_many_questions_are_named_as_in_the_whole(busy: Database):
    with reading(busy):
        assert_read_as_the_whole(busy, fits.of_present(busy), load(busy))


def test_a_source_is_told_with_its_kin_wherever_that_spoke(empty: Database):
    record, _ = copying_ledger()
    write(empty, parts(record))
    with reading(empty):
        fit = fits.of_present(empty)
        (source, *_) = [id_ for (id_,) in empty.execute("SELECT DISTINCT source FROM families ORDER BY 1")]
        found = fit.scores(empty, [], [source]).of("source", source)
    assert found.factors[3].because == Scores(record).of("source", source).factors[3].because
    assert "same family" in found.factors[3].because


def test_a_moment_is_fitted_once_as_long_as_what_had_been_said_by_then_stays(
    busy: Database, counted: list[str]
):
    at = moment(12)
    first = fits.of_moment(busy, at)
    assert fits.of_moment(busy, at).terms is first.terms
    later = make_claim("later", source="s4", question="q1", stated_at=moment(13))
    claims.add(busy, later, at=NOW, by=None)
    # Of another moment at which the same had been said, too.
    again = fits.of_moment(busy, at + timedelta(seconds=1))
    assert (again.terms, again.inputs) == (first.terms, first.inputs)
    assert counted == [first.inputs]
    early = make_claim("early", source="s4", question="q1", stated_at=moment(11))
    claims.add(busy, early, at=NOW, by=None)
    assert fits.of_moment(busy, at).inputs != first.inputs
    assert len(counted) == 2


def test_claims_that_are_left_out_make_another_fit(busy: Database, counted: list[str]):
    said = load(busy).claims[0].id
    whole, without = fits.of_moment(busy, None), fits.of_moment(busy, None, without=[said])
    assert without.inputs != whole.inputs
    assert without.without == {said}
    assert fits.of_moment(busy, None, without={said}).terms is without.terms
    assert len(counted) == 2


def test_the_fits_of_the_last_moments_are_kept_and_no_more(
    busy: Database, counted: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(fits, "MOST_FITS", 2)
    first, second, third = (fits.of_moment(busy, moment(day)) for day in (5, 6, 7))
    assert len(counted) == 3
    assert fits.of_moment(busy, moment(7)).terms is third.terms
    assert fits.of_moment(busy, moment(6)).terms is second.terms
    assert len(counted) == 3
    assert fits.of_moment(busy, moment(5)).terms is not first.terms
    # The one that was asked about last stays.
    assert fits.of_moment(busy, moment(6)).terms is second.terms
    assert len(counted) == 4


def test_the_fit_of_the_present_is_that_which_is_stored(busy: Database, counted: list[str]):
    fit = fits.of_present(busy)
    assert counted == []
    assert fit.moment == {
        "as_of": None,
        "known_at": None,
        "model": {"version": model_version(), "inputs": fits.of_moment(busy, None).inputs},
    }
    at = moment(5)
    told = fits.of_moment(busy, at, NOW).moment
    assert (told["as_of"], told["known_at"]) == ("2025-01-05T00:00:00Z", "2025-03-01T00:00:00Z")


def test_before_the_first_fit_and_by_another_model_there_is_none_of_the_present(busy: Database):
    with closing(open_database(":memory:")) as untouched, pytest.raises(BusyError):
        fits.of_present(untouched)
    busy.execute("UPDATE fits SET version = 'older'")
    with pytest.raises(BusyError):
        fits.of_present(busy)


def test_between_a_write_and_its_settlement_the_last_terms_are_used_also_for_who_is_new(busy: Database):
    settled = busy.execute("SELECT number FROM fits").fetchone()
    sources.put(busy, make_source("new"), at=NOW, by=None)
    questions.put(busy, make_question("fresh"), at=NOW, by=None)
    said = make_claim("said", source="new", question="fresh")
    claims.add(busy, said, at=NOW, by=None)
    fit = fits.of_present(busy)
    early = fit.scores(busy, ["fresh"], ["new"], speakers=["new"])
    found = [early.of("question", "fresh"), early.of("claim", "said"), early.of("source", "new")]
    assert busy.execute("SELECT number FROM fits").fetchone() == settled
    settlement.settle(busy)
    late = fits.of_present(busy).scores(busy, ["fresh"], ["new"], speakers=["new"])
    # Only what the claim itself tells of its source is not in them yet.
    credences = [answer.credence for answer in late.of("question", "fresh").answers]
    assert [answer.credence for answer in found[0].answers] == pytest.approx(credences, abs=0.03)
    assert found[1].score == pytest.approx(late.of("claim", "said").score, abs=0.03)
    assert found[2].score == pytest.approx(late.of("source", "new").score, abs=0.06)
    assert [score.effective_n for score in found[:2]] == [1, 1]
