from itertools import pairwise

from factories import make_claim, moment

from models.relaying import Relaying, resting_on


def ids(claim, claims):
    """Return what a claim brings by relay."""
    resting = resting_on(claims)
    return [other.id for other in claims if claim in resting.get(other.id, ())]


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


def test_who_rests_on_a_claim_can_be_asked_of_some_alone():
    paper = make_claim("paper", source="paper", stated_at=moment(31, 12), cites=("cnn",))
    said = [KINDRATENKO, CNN, paper]
    assert resting_on(said) == {"kindratenko-cnn": [CNN, paper], "cnn-report": [paper]}
    assert resting_on(said, [CNN]) == {"kindratenko-cnn": [CNN]}


def test_many_ways_back_to_a_root_are_each_gone_once():
    layers = [(f"left-{layer}", f"right-{layer}") for layer in range(40)]
    cited = {source: set(below) for below, above in pairwise(layers) for source in above}
    relaying = Relaying({}, cited)
    assert relaying.roots(layers[-1]) == {"left-0", "right-0"}


def test_a_root_cites_nobody_or_speaks_for_itself():
    relaying = Relaying({"cnn": [0]}, {"paper": {"cnn", "radio"}, "cnn": {"kindratenko"}})
    assert relaying.roots(["paper"]) == {"cnn", "radio"}
    assert relaying.roots(["radio"]) == {"radio"}
    assert relaying.way(["paper"]) == {"paper", "cnn", "radio"}
