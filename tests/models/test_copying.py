"""Undeclared copying: found where it is, and nothing changed where it is not."""

import numpy as np
import pytest

from benchmarks.copying import accuracy, measure
from benchmarks.synthetic import SyntheticRecord, copying_record, independent_record
from models import copying_kernel
from models.attributions import Attributions
from models.copying import compile_search, find_copying, labels_coincide
from models.credence import CredenceModel


def facts_of(record: SyntheticRecord) -> Attributions:
    return Attributions.from_columns(record.source, record.object, record.value)


def test_with_copies_found_the_fit_comes_close_to_one_that_is_told_them():
    found = measure(copying_record(10_000, seed=7))
    assert found["voting"] < 0.85
    assert found["plain"] < 0.85
    assert found["ours"] >= found["oracle"] - 0.005
    assert found["n_false_pairs"] == 0


def test_of_copiers_with_work_of_their_own_only_the_copies_are_discounted():
    record = copying_record(10_000, seed=7, own=0.5)
    facts = facts_of(record)
    copying = CredenceModel().fit(facts).copying_
    is_copied = record.is_copied[facts.claim_row]
    is_copier = np.isin(facts.claim_source, facts.claim_source[is_copied])
    assert copying.weight[is_copied].mean() < 0.2
    assert copying.weight[is_copier & ~is_copied].mean() > 0.8


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"misconceptions": 1.0, "n_values": 4},
        {"topics": 10, "zipf": 0.5},
        {"hardness": 1.5},
        {"n_values": 2},
        {"claims_per_object": 2},
    ],
)
def test_where_nobody_copies_every_weight_is_exactly_one(settings):
    copying = CredenceModel().fit(facts_of(independent_record(10_000, seed=7, **settings))).copying_
    assert not copying.is_found
    assert (copying.weight == 1.0).all()


def test_a_record_without_a_sign_of_copying_is_not_fitted_for_the_search():
    facts = facts_of(independent_record(60_000, seed=7))

    def refuse(weight):
        raise AssertionError("fitted")

    assert find_copying(facts, refuse).n_rounds == 0


def test_a_sample_of_the_sources_shows_that_there_are_copiers():
    record = copying_record(200_000, seed=7)
    facts = facts_of(record)
    fitted = []

    def fit(weight):
        fitted.append(weight)
        return (
            np.bincount(facts.claim_fact, weight)
            / np.bincount(facts.fact_object[facts.claim_fact], weight, minlength=len(facts.objects)).clip(
                1e-9
            )[facts.fact_object]
        )

    copying = find_copying(facts, fit)
    is_copied = record.is_copied[facts.claim_row]
    assert fitted
    assert copying.weight[is_copied].mean() < 0.2
    assert copying.weight[~is_copied].mean() > 0.95


def test_yes_and_no_tell_nothing_of_copying():
    record = copying_record(5_000, seed=7, n_values=2)
    assert not CredenceModel().fit(facts_of(record)).copying_.is_found


def test_labels_coincide_as_often_as_chance_has_it():
    two = Attributions.from_columns([0, 1, 2, 3], [0, 1, 2, 3], ["yes", "no", "yes", "no"])
    own = Attributions.from_columns(range(100), range(100), [f"value {i}" for i in range(100)])
    assert labels_coincide(two) == pytest.approx(1.0)
    assert labels_coincide(own) == pytest.approx(1 / 99)


def test_names_and_order_of_rows_change_no_pair():
    record = copying_record(10_000, seed=7)
    facts = facts_of(record)
    row = np.random.default_rng(0).permutation(len(record.source))
    other = Attributions.from_columns(
        [f"source {code}" for code in record.source[row]], record.object[row], record.value[row]
    )
    found, again = (CredenceModel().fit(x).copying_ for x in (facts, other))

    def named(copying, labels):
        return {
            frozenset(str(labels[i]) for i in pair)
            for pair in zip(copying.source, copying.partner, strict=True)
        }

    pairs = {frozenset(f"source {i}" for i in pair) for pair in named(found, facts.sources)}
    assert pairs == named(again, other.sources)


def test_an_empty_record_has_no_copies():
    facts = Attributions.from_columns([], [], [])
    assert not find_copying(facts, lambda weight: weight).is_found


def test_accuracy_counts_a_tie_as_a_fraction():
    facts = Attributions.from_columns([0, 1], [0, 0], [0, 1])
    assert accuracy(facts, np.array([0.5, 0.5]), np.array([1])) == 0.5


def test_the_search_can_be_compiled_before_anybody_waits_for_it():
    compile_search()
    loops = [loop for loop in vars(copying_kernel).values() if hasattr(loop, "signatures")]
    # All but the loop that samples long records.
    assert sum(bool(loop.signatures) for loop in loops) >= len(loops) - 1
