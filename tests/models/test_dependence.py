"""How many origins some claims really have."""

import numpy as np
import pytest
from factories import make_claim, make_question, make_record, make_source, moment
from hypothesis import given, settings
from hypothesis import strategies as st

from models.answer import Names
from models.dependence import Independence, independence
from models.record import SourceKind, Stake
from models.scoring import Scores

PEOPLE = tuple(make_source(id_) for id_ in ("a", "b", "c", "d", "cnn", "yonhap", "joongang", "get"))
UNNAMED = tuple(make_source(id_, kind=SourceKind.UNNAMED) for id_ in ("officials", "aides"))
SSO = (make_source("sso", kind=SourceKind.ORGANISATION),
       *(make_source(id_, member_of="sso") for id_ in ("kindratenko", "puls", "spokesperson")))  # fmt: skip


def said(source, *answers, id=None, **fields):  # noqa: A002
    answers = answers or ("withdrawn",)
    return make_claim(id or f"{source}-{'-'.join(answers)}", source=source, answer=Names(answers), **fields)


def heard(*claims, question=None):
    question = question or make_question()
    record = make_record(*PEOPLE, *UNNAMED, *SSO, question, *claims)
    return Scores(record).model.evidence_[question.id]


def weights(*claims):
    return {voice.claim.id: voice.weight for voice in heard(*claims).voices}


def effective(*claims):
    return heard(*claims).effective_origins


@pytest.mark.parametrize("n", [1, 2, 4])
def test_named_unlinked_sources_are_each_an_origin(n):
    assert effective(*(said(source) for source in "abcd"[:n])) == pytest.approx(n)


def test_one_statement_in_three_versions_weighs_as_one():
    versions = [
        said("a", "withdrawn", via=("yonhap",)),
        said("a", "reduced", via=("get",)),
        said("a", "withdrawn", "reduced", id="third", via=("joongang",)),
    ]
    assert effective(*versions) == pytest.approx(1)
    assert list(weights(*versions).values()) == pytest.approx([1 / 3] * 3)
    assert effective(*versions, said("b")) == pytest.approx(2)


def test_the_version_that_differs_from_the_others_is_flagged():
    versions = [
        said("a", "withdrawn", id="one", via=("yonhap",)),
        said("a", "withdrawn", id="two", via=("cnn",)),
        said("a", "reduced", id="three", via=("get",)),
        said("a", "withdrawn", id="four", via=("joongang",), cites=("officials",)),
    ]
    diverging = {voice.claim.id: voice.divergence for voice in heard(*versions).voices}
    assert diverging["one"] is diverging["two"] is None
    assert "another answer" in diverging["three"]
    assert "officials" in diverging["four"]


def test_two_statements_that_one_carrier_brings_are_no_versions_of_each_other():
    both = [said("a", "withdrawn", via=("cnn",)), said("a", "fighting", via=("cnn",))]
    assert [voice.divergence for voice in heard(*both).voices] == [None, None]


def test_statements_of_different_moments_are_no_versions_of_each_other():
    both = [said("a", via=("cnn",)), said("a", "reduced", via=("get",), stated_at=moment(20))]
    assert [voice.divergence for voice in heard(*both).voices] == [None, None]


def test_the_latest_statement_is_a_sources_voice():
    found = heard(said("a", "fighting", stated_at=moment(10)), said("a", "withdrawn", stated_at=moment(20)))
    assert found.effective_origins == 1
    assert [(voice.weight, voice.repeats) for voice in found.voices] == [(0, "a"), (1, None)]


def test_a_relay_adds_nothing_and_takes_nothing():
    alone, relayed = said("a"), [said("b", cites=("a",)), said("officials", cites=("a",))]
    assert effective(alone, *relayed) == effective(alone) == 1
    assert weights(alone, *relayed) == {"a-withdrawn": 1, "b-withdrawn": 0, "officials-withdrawn": 0}


def test_citing_is_followed_back_to_who_spoke():
    chain = [said("a", cites=("b",)), said("b", cites=("c",)), said("c")]
    for order in (chain, chain[::-1]):
        found = heard(*order)
        assert [origin.roots for origin in found.origins] == [("c",)]
        assert [voice.weight for voice in found.voices] == [
            float(v.claim.source == "c") for v in found.voices
        ]


def test_who_cites_a_source_that_nobody_heard_speaks_for_it_once():
    assert effective(said("a", cites=("d",))) == 1
    assert effective(said("a", cites=("d",)), said("b", cites=("d",))) == pytest.approx(1)
    assert effective(
        said("a", cites=("b",)), said("b", cites=("d",)), said("c", cites=("d",))
    ) == pytest.approx(1)
    assert effective(said("a", cites=("c",)), said("b", cites=("d",))) == pytest.approx(2)


def test_a_citation_of_two_unheard_sources_makes_one_origin_of_those_who_cite_either():
    claims = [said("a", cites=("c",)), said("b", cites=("d",)), said("cnn", cites=("c", "d"))]
    assert effective(*claims) == pytest.approx(1)


def test_a_citation_across_questions_is_none():
    other = make_question("another")
    record = make_record(
        *PEOPLE, make_question(), other, said("d", question="another"), said("a", cites=("d",)), said("b")
    )
    assert Scores(record).model.evidence_["dprk-on-kursk-front"].effective_origins == pytest.approx(2)


def test_four_voices_of_one_body_that_agree_are_little_more_than_one():
    four = [said(source) for source in ("sso", "kindratenko", "puls", "spokesperson")]
    assert effective(*four) == pytest.approx(1.2, abs=0.1)
    assert effective(*four[:2]) == pytest.approx(1.15, abs=0.1)
    # Voices of one body that contradict each other do not overlap.
    assert effective(said("kindratenko", "withdrawn"), said("puls", "fighting")) == pytest.approx(2)


def test_a_second_hedged_voice_takes_no_weight_from_the_first():
    first = weights(said("kindratenko"))["kindratenko-withdrawn"]
    both = weights(said("kindratenko"), said("puls", certainty=0.5))
    assert both["kindratenko-withdrawn"] == first == 1
    assert both["puls-withdrawn"] < 0.5


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", "kindratenko", "puls"]), st.floats(0.05, 1)),
             min_size=1, max_size=4, unique_by=lambda pair: pair[0]),
    st.floats(0.05, 1),
)  # fmt: skip
def test_an_unnamed_voice_never_takes_from_a_named_one(named, certainty):
    claims = [said(source, certainty=sure) for source, sure in named]
    before, after = weights(*claims), weights(*claims, said("officials", certainty=certainty))
    assert {id_: after[id_] for id_ in before} == pytest.approx(before)
    assert 0 < after["officials-withdrawn"] < 1


def test_unnamed_voices_overlap_with_all_who_agree_and_with_nobody_else():
    assert 1 < effective(said("a"), said("officials")) < 2
    assert effective(said("a"), said("officials", "fighting")) == pytest.approx(2)
    assert effective(said("officials"), said("aides")) < 2


def test_an_answer_in_common_is_overlap_only_as_far_as_it_reaches():
    apart = effective(said("kindratenko", "fighting", "reduced"), said("puls", "reduced", "withdrawn"))
    within = effective(said("kindratenko", "reduced"), said("puls", "reduced", "withdrawn"))
    assert within < apart < 2


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (["a"], Independence.SINGLE_ORIGIN),
        (["a", "b"], Independence.INDEPENDENT),
        (["a", "officials"], Independence.NOT_ESTABLISHED),
        (["kindratenko", "puls"], Independence.NOT_ESTABLISHED),
        (["a", "officials", "kindratenko"], Independence.INDEPENDENT),
    ],
)
def test_independence_has_three_states(sources, expected):
    record = make_record(*PEOPLE, *UNNAMED, *SSO)
    assert independence(heard(*(said(source) for source in sources)).origins, record) is expected


def test_what_says_nothing_of_the_question_is_no_origin():
    found = heard(said("a"), said("b", scope="sea"))
    assert found.effective_origins == 1
    assert [voice.weight for voice in found.voices] == [1, 0]


def test_a_stake_changes_who_is_heard_first_and_not_how_many_there_are():
    stake = Stake("kindratenko", (Names(("withdrawn",)),))
    found = heard(said("kindratenko"), said("puls"), question=make_question(stakes=(stake,)))
    kindratenko, puls = (voice.weight for voice in found.voices)
    assert puls == 1 > kindratenko
    assert np.sum(found.origin_weights) < 1.3
