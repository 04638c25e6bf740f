"""Scores of a source by an excerpt of its record, on a ledger."""

from datetime import timedelta
from typing import Any

import pytest
from factories import make_claim, make_question, moment
from ledgers import busy_ledger, write
from sqlite_utils import Database

from data import claims, excerpts, scores
from data.record import load
from models.excerpt import Excerpt
from models.scoring import Scores

NOW = moment(1, month=3)
EXCERPTS = (
    Excerpt(NOW, since=moment(12)),
    Excerpt(NOW, half_life=30.0),
    Excerpt(NOW, scope="kursk-front"),
    Excerpt(NOW, scope="air"),
    Excerpt(NOW, since=moment(5), half_life=9.0, scope="kursk-front"),
)


@pytest.fixture
def busy(empty: Database) -> Database:
    """A ledger of bodies, members and corrections, settled."""
    write(empty, busy_ledger())
    return empty


def figures(document: dict[str, Any]) -> list[float]:
    factors = [factor["log_odds"] for factor in document["factors"]]
    interval = document["interval"]
    return [document["score"], interval["low"], interval["high"], document["effective_n"], *factors]


@pytest.mark.parametrize("excerpt", EXCERPTS, ids=lambda excerpt: excerpt.because)
@pytest.mark.parametrize("source", ["s4", "s0", "body", "outlet"])
def test_it_is_that_of_a_fit_of_the_whole(busy: Database, source: str, excerpt: Excerpt):
    found = scores.at(busy, "source", source, scope="kursk-front", excerpt=excerpt)
    expected = Scores(load(busy)).of("source", source, "kursk-front", excerpt).document
    assert figures(found) == pytest.approx(figures(expected), abs=1e-7)
    assert found["summary"] == expected["summary"]
    assert [each["because"] for each in found["factors"]] == [each["because"] for each in expected["factors"]]
    assert found["record"] == excerpts.described(excerpt)


def test_an_excerpt_of_everything_is_the_whole_record(busy: Database):
    whole = scores.at(busy, "source", "s4")
    every = scores.at(busy, "source", "s4", excerpt=Excerpt(NOW, since=moment(1) - timedelta(days=99)))
    assert figures(every) == pytest.approx(figures(whole), abs=1e-7)
    nearly = scores.at(busy, "source", "s4", excerpt=Excerpt(NOW, half_life=1e12))
    assert figures(nearly) == pytest.approx(figures(whole), abs=1e-6)


def test_what_counts_is_found_by_its_scope_and_its_period(busy: Database):
    far = make_claim("far-s4", source="s4", question="far", scope="sea", stated_at=moment(2))
    write(busy, [make_question("far", scope="sea/black"), far], start=NOW)
    whole = scores.at(busy, "source", "s4", excerpt=Excerpt(NOW, since=moment(1)))
    for excerpt in (Excerpt(NOW, since=NOW), Excerpt(NOW, scope="air"), Excerpt(NOW, half_life=30.0)):
        assert scores.at(busy, "source", "s4", excerpt=excerpt)["effective_n"] < whole["effective_n"]
    told = scores.at(busy, "source", "s4", excerpt=Excerpt(NOW, scope="sea"))["factors"]
    assert any("far-s4" in factor["because"] for factor in told)
    assert any("(1 of " in factor["because"] for factor in told)


def test_it_is_never_changed_by_what_is_said_later(busy: Database):
    at = moment(12)
    excerpt = Excerpt(at, since=moment(3), half_life=30.0)
    before = scores.at(busy, "source", "s4", as_of=at, excerpt=excerpt)
    late = make_claim("later", source="s4", question="q1", stated_at=moment(13))
    write(busy, [late], start=NOW)
    assert scores.at(busy, "source", "s4", as_of=at, excerpt=excerpt) == before
    assert scores.at(busy, "source", "s4", excerpt=excerpt) != before


def test_a_claim_that_is_left_out_counts_in_no_excerpt(busy: Database):
    said = [claim.id for claim in load(busy).claims if claim.source == "s4"]
    excerpt = Excerpt(NOW, since=moment(1))
    found = scores.at(busy, "source", "s4", excerpt=excerpt, without=set(said[:3]))
    expected = Scores(load(busy).without(set(said[:3]))).of("source", "s4", None, excerpt).document
    assert figures(found) == pytest.approx(figures(expected), abs=1e-7)


def test_what_was_recorded_later_counts_in_no_excerpt_of_what_was_known(busy: Database):
    known = load(busy).claims[-1].recorded_at
    excerpt = Excerpt(NOW, since=moment(1))
    before = scores.at(busy, "source", "s4", excerpt=excerpt)
    late = make_claim("late", source="s4", question="q1", stated_at=moment(2))
    claims.add(busy, late, at=known + timedelta(days=1), by=None)
    then = scores.at(busy, "source", "s4", known_at=known + timedelta(hours=1), excerpt=excerpt)
    assert figures(then) == figures(before)


def test_each_excerpt_has_inputs_of_its_own_and_its_end_counts_with_ages_alone(busy: Database):
    def inputs(excerpt: Excerpt) -> str:
        return scores.at(busy, "source", "s4", excerpt=excerpt)["model"]["inputs"]

    found = [inputs(excerpt) for excerpt in EXCERPTS]
    assert len(set(found)) == len(EXCERPTS)
    assert scores.at(busy, "source", "s4")["model"]["inputs"] not in found
    later = NOW + timedelta(days=1)
    assert inputs(Excerpt(later, since=moment(12))) == found[0]
    assert inputs(Excerpt(later, half_life=30.0)) != found[1]
    assert excerpts.described(EXCERPTS[-1]) == {
        "since": "2025-01-05T00:00:00Z",
        "half_life": 9.0,
        "scope": "kursk-front",
    }
