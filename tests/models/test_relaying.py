from factories import make_claim, moment
from hypothesis import HealthCheck, given, settings
from ledgers import records

from models.relaying import resting_on, rests_on


def ids(claim, claims):
    return [other.id for other in rests_on(claim, claims)]


KINDRATENKO = make_claim("kindratenko-cnn", source="kindratenko", stated_at=moment(31, 8), via=("cnn",))
CNN = make_claim("cnn-report", source="cnn", stated_at=moment(31, 9), cites=("kindratenko",))


def test_a_claim_that_cites_rests_on_what_was_said_by_whom_it_cites():
    assert ids(CNN, [KINDRATENKO, CNN]) == ["kindratenko-cnn"]


def test_it_rests_on_nothing_said_later():
    later = make_claim("later", source="kindratenko", stated_at=moment(31, 10))
    assert ids(CNN, [CNN, later]) == []


def test_of_a_day_alone_any_hour_may_have_come_before():
    that_day = make_claim(
        "that-day", source="kindratenko", stated_at=moment(31, 23, 59), stated_precision="day"
    )
    assert ids(CNN, [CNN, that_day]) == ["that-day"]


def test_citing_is_followed_back_over_those_between():
    paper = make_claim("paper", source="paper", stated_at=moment(31, 12), cites=("cnn",))
    assert ids(paper, [KINDRATENKO, CNN, paper]) == ["kindratenko-cnn", "cnn-report"]


def test_it_is_not_followed_past_who_speaks_for_itself():
    own = make_claim("cnn-own", source="cnn", stated_at=moment(31, 10))
    paper = make_claim("paper", source="paper", stated_at=moment(31, 12), cites=("cnn",))
    assert ids(paper, [KINDRATENKO, CNN, own, paper]) == ["cnn-report", "cnn-own"]


def test_a_version_rests_on_those_that_came_through_some_of_its_carriers():
    twz = make_claim("twz", via=("twz",))
    retold = make_claim("retold", via=("twz", "kyiv-post"))
    elsewhere = make_claim("elsewhere", via=("cnn",))
    said = [twz, retold, elsewhere]
    assert [ids(claim, said) for claim in said] == [[], ["twz"], []]


def test_an_earlier_statement_of_the_same_source_is_not_brought():
    earlier = make_claim("earlier", source="kindratenko", stated_at=moment(30))
    assert ids(KINDRATENKO, [earlier, KINDRATENKO]) == []


def test_sources_that_cite_each_other_end():
    one = make_claim("one", source="one", cites=("two",), stated_at=moment(2))
    two = make_claim("two", source="two", cites=("one",), stated_at=moment(1))
    assert ids(one, [two, one]) == ["two"]


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(records(min_claims=2, corrections=False, resolutions=False))
def test_who_rests_on_a_claim_is_the_other_side_of_what_a_claim_rests_on(record):
    for question in record.questions:
        claims = [claim for claim in record.claims if claim.question == question]
        expected = {(other.id, claim.id) for claim in claims for other in rests_on(claim, claims)}
        resting = resting_on(claims)
        assert {(on, claim.id) for on, found in resting.items() for claim in found} == expected
