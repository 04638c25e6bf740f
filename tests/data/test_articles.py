from time import process_time

import pytest
from factories import make_claim, make_correction, make_source, moment
from sqlite_utils import Database

from data import articles, claims, corrections, sources

URL = "https://example.org/kursk"


def record(db: Database, *made):
    for claim in made:
        claims.add(db, claim, at=moment(3), by=None)


def carried(db: Database, url: str = URL, **asked):
    return [(each.claim.id, each.through) for each in articles.claims_at(db, url, **asked)]


@pytest.fixture
def relayed(db: Database) -> Database:
    """CNN says, under an address, what Budanov told somebody else."""
    record(
        db,
        make_claim(stated_at=moment(31, 8)),
        make_claim("cnn-report", source="cnn", cites=("budanov",), stated_at=moment(31, 9), url=URL),
    )
    return db


def test_an_address_carries_what_was_recorded_under_it_however_it_is_written(db: Database):
    record(db, make_claim(url="http://www.example.org/kursk/?utm_source=mail"))
    assert carried(db) == [("budanov-fighting", ())]
    assert carried(db, "https://example.org/another") == []


def test_it_carries_by_relay_what_its_claims_rest_on_and_says_through_which(relayed: Database):
    assert carried(relayed) == [("cnn-report", ()), ("budanov-fighting", ("cnn-report",))]


def test_what_stands_there_itself_is_not_listed_as_relayed_too(relayed: Database):
    record(relayed, make_claim("again", stated_at=moment(31, 7), url=URL))
    assert carried(relayed) == [
        ("again", ()),
        ("cnn-report", ()),
        ("budanov-fighting", ("cnn-report",)),
    ]


def test_a_statement_is_brought_through_each_claim_that_rests_on_it(relayed: Database):
    record(
        relayed,
        make_claim("cnn-again", source="cnn", cites=("budanov",), stated_at=moment(31, 10), url=URL),
        make_claim("other", source="podolyak", cites=("budanov",), stated_at=moment(31, 10)),
    )
    assert carried(relayed)[2:] == [("budanov-fighting", ("cnn-report", "cnn-again"))]


def test_an_article_of_many_claims_on_one_question_is_read_once(relayed: Database):
    many = [
        make_claim(f"{n}", source="cnn", cites=("budanov",), stated_at=moment(31, 9), url=URL)
        for n in range(1500)
    ]
    record(relayed, *many)
    started = process_time()
    found = articles.claims_at(relayed, URL)
    # Each claim once takes a tenth of a second; each against all others took three.
    assert process_time() - started < 1
    assert len(found[-1].through) == 1501


def test_what_was_voided_or_not_said_yet_is_not_carried(relayed: Database):
    assert carried(relayed, as_of=moment(31, 8)) == []
    claims.void(relayed, "budanov-fighting", at=moment(4), by=None, because="typed twice")
    assert carried(relayed) == [("cnn-report", ())]
    claims.void(relayed, "cnn-report", at=moment(4), by=None, because="typed twice")
    assert carried(relayed) == []


def test_it_carries_the_corrections_that_were_recorded_under_it(relayed: Database):
    correction = make_correction(url=f"{URL}#note", stated_at=moment(31, 16))
    corrections.add(relayed, correction, at=moment(3), by=None)
    (found,) = articles.corrections_at(relayed, URL)
    assert (found.claim, found.url) == ("budanov-fighting", f"{URL}#note")
    assert articles.corrections_at(relayed, URL, as_of=moment(31, 15)) == ()


def test_an_address_is_found_by_its_index(db: Database):
    sources.put(db, make_source("x"), at=moment(3), by=None)
    asked = {"address": "example.org/kursk", "as_of": "~"}
    for sql in (articles._CLAIMS, articles._CORRECTIONS):
        plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", asked)]
        assert any("SEARCH a USING PRIMARY KEY (address=?)" in step for step in plan), plan
        assert not any(step.startswith("SCAN c") for step in plan), plan
