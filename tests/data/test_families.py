"""Undeclared copying in a large ledger: found by the refit, and kept for what is settled after it."""

import json

import pytest
from data.parts import is_large
from ledgers import N_COPIERS, N_INDEPENDENT, START, copying_ledger, parts, write
from sqlite_utils import Database

from data import claims, refit, scores, settlement
from data.database import writing
from data.record import load
from models.answer import Names
from models.record import Claim
from models.scoring import Scores


@pytest.fixture
def large(empty: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A ledger above the limit in which eight accounts repeat another one."""
    monkeypatch.setattr("data.parts.LARGEST_WHOLE", 40)
    write(empty, parts(copying_ledger()[0]))
    assert is_large(empty)
    assert refit.refit(empty)
    return empty


def read(db: Database, kind: str, subject: str) -> dict:
    settlement.settle(db)
    return json.loads(scores.stored(db, kind, subject)[0])


def shares(document: dict) -> dict[str, tuple[float, str]]:
    return {share["claim"]: (share["weight"], share["because"]) for share in document["evidence"]}


def test_what_is_read_is_discounted_as_the_whole_ledger_is(large: Database):
    whole = Scores(load(large))
    for question in ("q0", "q1", "q2"):
        found, expected = read(large, "question", question), whole.of("question", question).document
        assert found["answers"][0]["credence"] == pytest.approx(expected["answers"][0]["credence"], abs=2e-3)
        assert found["origins"]["effective"] == pytest.approx(expected["origins"]["effective"], abs=1e-3)
        assert shares(found).keys() == shares(expected).keys()
        for claim, (weight, because) in shares(found).items():
            assert (weight, because) == (pytest.approx(shares(expected)[claim][0], abs=1e-3), because)
            assert ("same family" in because) == (weight < 1)


def test_a_question_that_is_settled_again_keeps_its_copies_discounted(large: Database):
    before = shares(read(large, "question", "q1"))
    told = read(large, "source", f"s{N_INDEPENDENT}")["factors"]
    with writing(large):
        said = Claim("late", "s1", "q1", Names(("a",)), "front", START)
        claims.add(large, said, at=START.replace(year=2027))
    after = shares(read(large, "question", "q1"))
    assert {claim: share for claim, share in after.items() if "same family" in share[1]} == {
        claim: share for claim, share in before.items() if "same family" in share[1]
    }
    assert any("same family" in factor["because"] for factor in told)


def test_only_the_families_of_the_last_refit_are_kept(large: Database):
    counted = "SELECT count(DISTINCT source), count(DISTINCT generation) FROM families"
    assert refit.refit(large)
    assert large.execute(counted).fetchone() == (N_COPIERS + 1, 1)
    assert large.execute("SELECT count(DISTINCT generation) FROM copied_claims").fetchone() == (1,)
