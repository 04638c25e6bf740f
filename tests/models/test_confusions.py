"""Confusions: learned where records are long and sources err in ways of their own."""

import numpy as np
import pytest

from models.attributions import Attributions
from models.confusions import are_confused, are_dense
from models.constants import Constants
from models.credence import CredenceModel


def crowd(n_sources, n_claims, n_objects, confusion, seed=0):
    """A crowd whose sources all follow one matrix P(said | true), each in its own measure."""
    rng = np.random.default_rng(seed)
    n_values = len(confusion)
    truth = rng.integers(0, n_values, n_objects)
    source = np.repeat(np.arange(n_sources), n_claims)
    object_ = np.concatenate([rng.choice(n_objects, n_claims, replace=False) for _ in range(n_sources)])
    skill = rng.beta(6, 2, n_sources)[source, None]
    row = skill * np.eye(n_values)[truth[object_]] + (1 - skill) * np.array(confusion)[truth[object_]]
    value = (row.cumsum(axis=1) < rng.random((len(row), 1))).sum(axis=1)
    columns = [f"s{s}" for s in source], object_.tolist(), [f"v{v}" for v in value]
    return Attributions.from_columns(*columns), truth


UNIFORM = np.full((4, 4), 0.25)
PAIRED = np.array([[0.1, 0.9, 0, 0], [0.9, 0.1, 0, 0], [0, 0, 0.1, 0.9], [0, 0, 0.9, 0.1]])


@pytest.mark.parametrize(("confusion", "differ"), [(UNIFORM, False), (PAIRED, True)])
def test_confusions_are_learned_on_evidence_of_them(confusion, differ):
    table, _ = crowd(40, 60, 400, confusion)
    assert are_dense(table, Constants())
    assert are_confused(table, Constants()) is differ


@pytest.mark.parametrize(("n_sources", "n_claims", "are"), [(40, 60, True), (400, 6, False)])
def test_short_records_are_not_dense(n_sources, n_claims, are):
    assert are_dense(crowd(n_sources, n_claims, 400, PAIRED)[0], Constants()) is are


def test_many_labels_need_longer_records():
    assert not are_dense(crowd(40, 60, 400, np.full((10, 10), 0.1))[0], Constants())


def test_answers_that_no_list_holds_are_never_dense():
    columns = [f"s{i % 5}" for i in range(1000)], [i // 5 for i in range(1000)], [f"{i}" for i in range(1000)]
    assert not are_dense(Attributions.from_columns(*columns), Constants())


def test_they_tell_apart_what_a_vote_confuses():
    table, truth = crowd(40, 60, 400, PAIRED)
    model = CredenceModel(tol=1e-3).fit(table)
    best = {}
    for fact in np.argsort(model.fact_credence_):
        best[table.objects[table.fact_object[fact]]] = int(table.values[table.fact_value[fact]][1:])
    voted = {}
    for fact in np.argsort(np.diff(table.fact_start), kind="stable"):
        voted[table.objects[table.fact_object[fact]]] = int(table.values[table.fact_value[fact]][1:])
    ours = np.mean([truth[o] == v for o, v in best.items()])
    assert ours > np.mean([truth[o] == v for o, v in voted.items()])
    assert model.is_converged_


def test_what_confusions_say_is_true_stands_as_a_resolution_does():
    table, truth = crowd(40, 60, 400, PAIRED)
    model = CredenceModel(Constants(table_doubt=0.0), tol=1e-3).fit(table)
    assert model.columns_.is_clamped.all()
    # Each claim is right as far as its value is believed, whoever else made it.
    np.testing.assert_allclose(model.likelihood_.knew, model.fact_credence_[table.claim_fact], atol=1e-9)
    value = np.array([int(value[1:]) for value in table.values])
    is_right = truth[np.array(table.objects)[table.fact_object]] == value[table.fact_value]
    right = np.bincount(table.claim_source, is_right[table.claim_fact]) / np.bincount(table.claim_source)
    assert np.corrcoef(right, model.reliability_)[0, 1] > 0.8


def test_renaming_labels_and_sources_changes_no_credence():
    table, _ = crowd(20, 60, 150, PAIRED)
    renamed = Attributions.from_columns(
        [f"x{table.sources[s]}" for s in table.claim_source][::-1],
        [table.objects[table.fact_object[f]] for f in table.claim_fact][::-1],
        [table.values[table.fact_value[f]] + "'" for f in table.claim_fact][::-1],
    )
    one, other = (CredenceModel(tol=1e-3).fit(t) for t in (table, renamed))
    there = {
        (renamed.objects[o], renamed.values[v][:-1]): p
        for o, v, p in zip(renamed.fact_object, renamed.fact_value, other.fact_credence_, strict=True)
    }
    for o, v, p in zip(table.fact_object, table.fact_value, one.fact_credence_, strict=True):
        assert there[table.objects[o], table.values[v]] == pytest.approx(p, abs=1e-6)
