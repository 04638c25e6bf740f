"""How claims stand, as the scores of a moment have it."""

from typing import Any

import pytest
from factories import (
    make_claim,
    make_correction,
    make_question,
    make_resolution,
    make_scope,
    make_source,
    moment,
)
from ledgers import write
from sqlite_utils import Database

from data import claims, scores
from data.record import load_around
from models.record import CorrectionKind, Mandate, Vantage
from models.standings import Standings

# So many questions on which those who hold operational reporting were wrong that it is worth little.
N_WRONG = 20
BEFORE, SINCE = moment(1, month=2), moment(2, month=3)


@pytest.fixture
def disputed(empty: Database) -> Database:
    """A claim that one with operational reporting retracts, before much of such reporting proved wrong."""
    dispute: list[Any] = [make_source(), make_source("critic"), make_source("cnn"), make_question()]
    dispute += [make_claim(), make_correction(by="critic", kind=CorrectionKind.RETRACT)]
    for i in range(N_WRONG):
        claim = make_claim(f"c{i}", source=f"s{i}", question=f"q{i}")
        dispute += [make_source(f"s{i}"), make_question(f"q{i}"), claim, make_resolution(f"q{i}", by="cnn")]
    write(empty, dispute)
    return empty


def standing(db: Database, **clocks: Any) -> Any:
    claim = claims.get(db, "budanov-fighting")
    return Standings(load_around(db, [claim], **clocks)).of(claim)


@pytest.mark.parametrize("clocks", [{}, {"as_of": SINCE}, {"as_of": BEFORE}])
def test_who_is_believed_goes_by_where_it_stands_and_not_by_what_resolutions_teach(
    disputed: Database, clocks: dict[str, Any]
) -> None:
    assert standing(disputed, **clocks).kind == "retracted"
    assert scores.at(disputed, "claim", "budanov-fighting", **clocks)["standing"] == "retracted"


def test_who_is_believed_is_known_as_of_what_had_been_recorded(disputed: Database) -> None:
    recorded = claims.get(disputed, "budanov-fighting").recorded_at
    first = {"known_at": recorded}
    known = scores.at(disputed, "claim", "budanov-fighting", **first)["standing"]
    assert standing(disputed, **first).kind == known


@pytest.mark.parametrize("share", [0.05, 1.0])
def test_how_much_of_a_scope_a_critic_sees_counts(empty: Database, share: float) -> None:
    critic = make_source("critic", mandates=(Mandate("kursk-front/north", Vantage.DIRECT),))
    correction = make_correction(by="critic", kind=CorrectionKind.RETRACT)
    scope = make_scope("kursk-front/north", share=share)
    write(empty, [make_source(), critic, scope, make_question(), make_claim(), correction])
    found = standing(empty).kind
    assert found == ("retracted" if share == 1 else "as_stated")
    assert found == scores.at(empty, "claim", "budanov-fighting")["standing"]


def test_a_record_around_claims_names_who_corrected_and_where(empty: Database) -> None:
    scope = make_scope(name="Where the SSO is active")
    write(empty, [make_source(), scope, make_question(), make_claim(), make_correction()])
    claim = claims.get(empty, "budanov-fighting")
    record = load_around(empty, [claim])
    assert record.scopes[scope.path].name == scope.name
    assert [each.correction.scope for each in Standings(record).of(claim).consequences] == [scope.path]
    then = load_around(empty, [claim], moment(31, 12))
    assert (then.corrections, Standings(then).of(claim).consequences) == ((), ())
