"""Attributions: columns of labels, laid out by object and fact."""

import numpy as np
import pytest

from models.attributions import Attributions


def said(attributions):
    """Every claim as (object, value, source), as a set."""
    return {
        (
            attributions.objects[attributions.fact_object[fact]],
            attributions.values[attributions.fact_value[fact]],
            attributions.sources[source],
        )
        for fact, source in zip(attributions.claim_fact, attributions.claim_source, strict=True)
    }


def test_claims_stand_by_object_and_fact_and_each_knows_its_row():
    found = Attributions.from_columns(list("abcab"), list("xxxyx"), ["1", "2", "1", "1", "2"])
    assert said(found) == {("x", "1", "a"), ("x", "2", "b"), ("x", "1", "c"), ("y", "1", "a")}
    assert sorted(found.claim_row) == [0, 1, 2, 3]
    assert np.all(np.diff(found.claim_fact) >= 0)
    assert found.object_start.tolist() == [0, 2, 3]


def test_a_row_that_is_there_twice_is_one_claim():
    found = Attributions.from_columns(["a", "a", "a"], ["x", "x", "x"], ["1", "1", "2"])
    assert said(found) == {("x", "1", "a"), ("x", "2", "a")}


def test_with_times_the_latest_statement_of_a_source_counts():
    columns = (["a", "a", "b"], ["x", "x", "x"], ["1", "2", "1"])
    assert said(Attributions.from_columns(*columns, time=["2020", "2019", "2018"])) == {
        ("x", "1", "a"), ("x", "1", "b")
    }  # fmt: skip
    assert ("x", "2", "a") in said(Attributions.from_columns(*columns, time=["2020", "2020", "2020"]))


@pytest.mark.parametrize("n", [3, 200])
def test_the_order_of_rows_and_the_kind_of_label_change_nothing_but_codes(n):
    rng = np.random.default_rng(0)
    columns = [rng.integers(0, size, 40 * n) for size in (n, 5, 7)]
    coded = Attributions.from_columns(*columns)
    shuffled = rng.permutation(40 * n)
    named = Attributions.from_columns(*([f"{code}" for code in column[shuffled]] for column in columns))
    assert said(named) == {tuple(str(label) for label in claim) for claim in said(coded)}
    assert coded.n_facts == named.n_facts


def test_columns_must_be_of_one_length():
    with pytest.raises(ValueError, match="one length"):
        Attributions.from_columns(["a"], ["x", "y"], ["1"])
    with pytest.raises(ValueError, match="time"):
        Attributions.from_columns(["a"], ["x"], ["1"], time=[])


def test_nothing_is_a_table_too():
    found = Attributions.from_columns([], [], [])
    assert (found.n_claims, found.n_facts, len(found.objects)) == (0, 0, 0)
    assert not found.has_shared_answers


@pytest.mark.parametrize(
    ("values", "are_shared"),
    [(["yes", "no"] * 10, True), ([f"v{i}" for i in range(20)], False), (["yes"] * 20, False)],
)
def test_a_short_list_of_values_that_recur_is_a_shared_list_of_answers(values, are_shared):
    found = Attributions.from_columns([f"s{i}" for i in range(20)], [i // 2 for i in range(20)], values)
    assert found.has_shared_answers is are_shared


def test_numbers_have_a_magnitude_on_which_close_ratios_are_close():
    magnitude = Attributions.from_columns(
        list("abcdef"), list("xxxxxx"), ["100", "110", "1000", "1100", "0", "-1"]
    ).magnitude
    assert magnitude[1] - magnitude[0] == pytest.approx(magnitude[3] - magnitude[2], rel=1e-3)
    assert magnitude[4] == 0
    assert magnitude[5] < 0
    for no_numbers in (["1", "two"], ["nan", "1"], ["0", "0"]):
        assert Attributions.from_columns(["a", "b"], ["x", "y"], no_numbers).magnitude is None
    assert Attributions.from_columns(["a", "b"], ["x", "y"], np.array([1, 2])).magnitude is None
