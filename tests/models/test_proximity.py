import numpy as np
import pytest
from factories import make_claim, make_record, make_scope, make_source
from hypothesis import given
from hypothesis import strategies as st

from models.constants import Constants
from models.covariates import proximity_because
from models.proximity import bodies, body_of, claim_proximity, gain, proximity, worth
from models.record import Mandate, SourceKind, Vantage

C = Constants()
SECTORS = "kursk-front/sso-sectors"


def near(source, scope="kursk-front", *others):
    return proximity(source.id, scope, make_record(make_scope(SECTORS, share=0.25), source, *others), C)


def log_odds(found):
    return worth(found.amounts, C)


def because(found):
    record = make_record(*(make_source(id_) for id_ in ("budanov", "cnn", "twz", "sso")))
    return proximity_because(found, record)


def held_by(*mandates, **fields):
    return make_source("sso", mandates=tuple(Mandate(*mandate) for mandate in mandates), **fields)


@pytest.mark.parametrize("vantage", Vantage)
@pytest.mark.parametrize("scope", [SECTORS, f"{SECTORS}/east"])
def test_inside_its_mandate_a_vantage_counts_in_full(vantage, scope):
    found = near(held_by((SECTORS, vantage)), scope)
    assert log_odds(found) == pytest.approx(getattr(C, f"vantage_{vantage.value}"))
    assert found.vantage is vantage


def test_beyond_its_mandate_a_vantage_counts_by_the_share_that_the_mandate_covers():
    found = near(held_by((SECTORS, Vantage.DIRECT)))
    assert log_odds(found) == pytest.approx(0.25 * C.vantage_direct + 0.75 * C.vantage_unknown)
    assert "alone, which is 25% of kursk-front" in because(found)


@pytest.mark.parametrize("scope", ["sea", "kursk-front-2"])
def test_where_it_has_no_mandate_access_is_not_established(scope):
    found = near(held_by((SECTORS, Vantage.DIRECT)), scope)
    assert (log_odds(found), found.vantage) == (C.vantage_unknown, Vantage.UNKNOWN)
    assert found == near(held_by(), scope)


def test_the_best_of_its_mandates_counts_whatever_their_order():
    mandates = [("kursk-front", Vantage.RELAYED), (SECTORS, Vantage.DIRECT), ("sea", Vantage.OPERATIONAL)]
    for scope, expected in [(SECTORS, Vantage.DIRECT), ("kursk-front/west", Vantage.RELAYED)]:
        assert near(held_by(*mandates), scope).vantage is expected
        assert near(held_by(*mandates[::-1]), scope) == near(held_by(*mandates), scope)


def test_a_member_stands_where_its_body_stands():
    sso = held_by((SECTORS, Vantage.DIRECT), kind=SourceKind.ORGANISATION)
    member = make_source("kindratenko", member_of="sso", mandates=())
    assert near(member, SECTORS, sso) == near(sso, SECTORS)


def test_without_a_scope_a_source_is_on_its_own_ground():
    sso = held_by((SECTORS, Vantage.DIRECT), ("sea", Vantage.RELAYED))
    assert near(sso, None) == near(sso, SECTORS)
    assert near(held_by(), None).vantage is Vantage.UNKNOWN


def test_not_being_named_costs_the_same_everywhere():
    for mandates in [(), (("kursk-front", Vantage.OPERATIONAL),), ((SECTORS, Vantage.DIRECT),)]:
        named, unnamed = near(held_by(*mandates)), near(held_by(*mandates, kind=SourceKind.UNNAMED))
        assert log_odds(unnamed) - log_odds(named) == pytest.approx(C.anonymity)
        assert because(unnamed).endswith("unnamed")


def claimed(scope="kursk-front", **fields):
    """What a claim makes of how close its source stands, and the words for it."""
    claim = make_claim(source="budanov", **fields)
    record = make_record(*(make_source(id_) for id_ in ("budanov", "cnn", "twz", "sso")))
    found = claim_proximity(claim, scope, record, C)
    return found, proximity_because(found, record, claim)


def test_each_carrier_takes_the_same_away():
    odds = [log_odds(claimed(via=via)[0]) for via in [(), ("cnn",), ("cnn", "twz")]]
    assert np.diff(odds).tolist() == pytest.approx([C.carrier] * 2)
    assert claimed(via=("cnn", "twz"))[1].endswith("carried by Cnn, then Twz")


def test_who_only_cites_repeats_whatever_its_mandate_is():
    found, because = claimed(cites=("sso",))
    assert (log_odds(found), found.vantage) == (C.vantage_relayed, Vantage.RELAYED)
    assert because == "repeats Sso"
    outside, _ = claimed(cites=("sso",), scope="sea")
    assert log_odds(outside) == C.vantage_unknown


def test_a_vantage_stated_for_this_claim_overrides_the_mandate():
    found, because = claimed(
        vantage=Vantage.DIRECT, vantage_because="he stood there", cites=("sso",), scope="sea"
    )
    assert (log_odds(found), found.vantage) == (C.vantage_direct, Vantage.DIRECT)
    assert "he stood there" in because


def test_bodies_lead_outwards_and_end():
    record = make_record(
        make_source("a", member_of="b"), make_source("b", member_of="c"), make_source("c", member_of="a")
    )
    assert [source.id for source in bodies("a", record)] == ["a", "b", "c"]
    assert body_of("b", make_record(make_source("b"))) == "b"


FAVOURED = np.array([0.0, 1.0, 1.0])


def gained(source, *said):
    gur = make_source("gur", kind=SourceKind.ORGANISATION)
    record = make_record(gur, make_source("budanov", member_of="gur"), make_source("cnn"))
    return gain(source, np.array(said, dtype=float), {"gur": FAVOURED}, record)


def test_a_claim_for_ones_own_stake_counts_for_less_and_an_admission_for_more():
    assert log_odds(gained("gur", 0, 1, 0)) == C.stake_served < 0
    assert log_odds(gained("gur", 1, 0, 0)) == C.stake_admission > 0
    assert log_odds(gained("gur", 1, 1, 0)) == 0


def test_members_inherit_a_stake_and_others_have_none():
    assert gained("budanov", 0, 0, 1) == gained("gur", 0, 0, 1)
    assert log_odds(gained("cnn", 0, 0, 1)) == 0


@given(st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_a_stake_moves_within_its_two_ends(said):
    assert C.stake_served <= log_odds(gained("gur", *said)) <= C.stake_admission
