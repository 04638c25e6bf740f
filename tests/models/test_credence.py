"""The estimator: scikit-learn's own checks where they apply, and what a fit holds."""

import doctest
from dataclasses import replace

import numpy as np
import pytest
from factories import make_claim, make_correction, make_question, make_record, make_source
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledgers import records
from sklearn.base import clone
from sklearn.utils import estimator_checks

import models.credence
from models.answer import Names
from models.attributions import Attributions
from models.columns import Columns
from models.constants import Constants
from models.credence import CredenceModel
from models.errors import DivergedError
from models.evidence_reader import EvidenceReader
from models.hierarchy import SourceTree
from models.record import CorrectionKind, Record
from models.terms import TRACK, Terms

# Those that ask for no table of numbers: a record is none.
CHECKS = [
    estimator_checks.check_estimator_cloneable,
    estimator_checks.check_estimator_repr,
    estimator_checks.check_estimator_tags_renamed,
    estimator_checks.check_valid_tag_types,
    estimator_checks.check_no_attributes_set_in_init,
    estimator_checks.check_parameters_default_constructible,
    estimator_checks.check_get_params_invariance,
    estimator_checks.check_set_params,
    estimator_checks.check_do_not_raise_errors_in_init_or_set_params,
    estimator_checks.check_mixin_order,
]
PARAMETERS = {"constants": Constants(baseline=0.1), "max_iter": 7, "tol": 1e-3}


def dispute(n=3):
    sources = [make_source(f"s{i}") for i in range(n)]
    answers = ["withdrawn", "withdrawn", "fighting", "reduced"]
    said = [make_claim(f"c{i}", source=f"s{i}", answer=Names((answers[i % 4],))) for i in range(n)]
    return make_record(make_question(), *sources, *said)


def busy_desk(n_confirmed=200, n_retracted=100):
    """A desk that three others confirm, and that has taken a good many other claims back."""
    found = [make_source(id_) for id_ in ("desk", "one", "two", "three")]
    for i in range(n_confirmed):
        found.append(make_question(f"q{i}"))
        found += [
            make_claim(f"q{i}-{s}", source=s, question=f"q{i}") for s in ("desk", "one", "two", "three")
        ]
    for i in range(n_retracted):
        found += [
            make_question(f"slip{i}"),
            make_claim(f"slip{i}", source="desk", question=f"slip{i}"),
            make_correction(f"slip{i}", by="desk", kind=CorrectionKind.RETRACT),
        ]
    return make_record(*found)


def fitted(model):
    return {name: value for name, value in vars(model).items() if name.endswith("_")}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_it_passes_scikit_learns_check(check):
    check("CredenceModel", CredenceModel())


def test_a_clone_has_the_parameters_and_nothing_of_the_fit():
    model = CredenceModel(**PARAMETERS).fit(dispute())
    copy = clone(model)
    assert copy.get_params() == PARAMETERS
    assert not fitted(copy)
    assert not fitted(CredenceModel())


def test_fitting_returns_itself_and_changes_no_parameter_and_no_record():
    model, record = CredenceModel(), dispute()
    before = model.get_params()
    assert model.fit(record) is model
    assert model.get_params() == before
    assert record == dispute()


def test_fitting_forgets_the_last_fit():
    model, fresh = CredenceModel().fit(dispute(7)), CredenceModel().fit(dispute(2))
    model.fit(dispute(2))
    assert set(vars(model)) == set(vars(fresh))
    np.testing.assert_array_equal(model.track_term_, fresh.track_term_)
    np.testing.assert_array_equal(
        model.credence_["dprk-on-kursk-front"], fresh.credence_["dprk-on-kursk-front"]
    )
    assert "c6" not in model.columns_.claims
    assert "s6" not in model.tree_.index
    assert "s6" not in model.terms_.named


def test_every_documented_attribute_is_fitted():
    documented = CredenceModel.__doc__.split("Attributes")[1].split("Notes")[0]
    names = [line.split(" : ")[0].strip() for line in documented.splitlines() if " : " in line]
    model = CredenceModel().fit(dispute())
    table = CredenceModel().fit(Attributions.from_columns(["a", "b"], ["x", "x"], ["1", "2"]))
    assert set(names) <= set(fitted(model)) | set(fitted(table))
    assert len(names) > 8


def test_the_example_of_its_docstring_runs():
    assert doctest.testmod(models.credence).attempted >= 2
    assert doctest.testmod(models.credence).failed == 0


def test_nothing_is_learned_from_nothing():
    model = CredenceModel().fit(Record())
    assert model.is_converged_
    np.testing.assert_array_equal(model.widths_, Constants().widths)


def test_a_claim_that_nothing_else_bears_on_teaches_nothing():
    model = CredenceModel().fit(dispute(1))
    assert model.track_term_ == pytest.approx(np.zeros(2), abs=1e-6)
    assert model.n_judged_[0] == pytest.approx(0, abs=1e-3)


def test_who_agrees_with_the_rest_gains_and_who_does_not_loses():
    questions = [make_question(f"q{i}") for i in range(8)]
    sources = [make_source(id_) for id_ in ("one", "two", "three", "odd")]
    claims = [
        make_claim(f"{source.id}-{question.id}", source=source.id, question=question.id,
                   answer=Names(("fighting" if source.id == "odd" else "withdrawn",)))
        for source in sources for question in questions
    ]  # fmt: skip
    model = CredenceModel().fit(make_record(*questions, *sources, *claims))
    one, two, three, odd = model.track_term_[:4]
    assert one == pytest.approx(two) == pytest.approx(three)
    assert one > 0 > odd
    assert np.all(model.n_judged_[:4] > 3)
    untouched = CredenceModel().fit(make_record(*questions, *sources))
    assert np.all(model.source_variance_[:4] < untouched.source_variance_[:4])


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(records())
def test_a_fit_is_finite_and_tells_how_it_ended(record):
    model = CredenceModel().fit(record)
    assert model.is_converged_
    assert 1 <= model.n_iter_ <= model.max_iter
    for name in ("track_term_", "source_variance_", "n_judged_", "widths_", "reliability_"):
        assert np.all(np.isfinite(getattr(model, name)))
    assert np.all(model.source_variance_ > 0)


def test_a_source_that_was_often_confirmed_and_often_took_back_leaves_a_fit_finite():
    model = CredenceModel().fit(busy_desk())
    assert model.is_converged_
    assert model.n_iter_ < 40
    # What it was confirmed in outweighs what its corrections cost.
    assert 0 < -model.faults_.term[0] < model.track_term_[0] < 10


def moved_by(terms: Terms, random: np.random.Generator, width: float) -> Terms:
    """Terms as another fit might have left them, each moved by about `width`."""
    columns, widths = terms.columns.copy(), terms.widths * np.exp(width * random.normal(size=3) / 3)
    columns[:, TRACK] += width * random.normal(size=len(columns))
    return replace(terms, columns=columns, widths=widths)


def assert_ends_alike(one: CredenceModel, other: CredenceModel, atol: float) -> None:
    assert one.is_converged_
    assert other.is_converged_
    np.testing.assert_allclose(one.terms_.columns, other.terms_.columns, atol=atol)
    np.testing.assert_allclose(one.widths_, other.widths_, atol=atol)


@pytest.mark.parametrize("seed", range(3))
def test_a_fit_comes_to_the_same_terms_from_wherever_it_starts(seed):
    record = busy_desk(60, 60)
    cold = CredenceModel().fit(record)
    far = moved_by(cold.terms_, np.random.default_rng(seed), 2.0)
    assert_ends_alike(CredenceModel().fit(record, start=far), cold, 1e-6)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(records(min_claims=2), st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.01, 1.0]))
def test_a_fit_that_starts_from_another_ends_where_it_did(record, seed, width):
    cold = CredenceModel().fit(record)
    start = moved_by(cold.terms_, np.random.default_rng(seed), width)
    warm = CredenceModel().fit(record, start=start)
    assert_ends_alike(warm, cold, 1e-6)
    for question, credence in cold.credence_.items():
        np.testing.assert_allclose(warm.credence_[question], credence, atol=1e-7)
    if not width:
        assert warm.n_iter_ <= cold.n_iter_


def test_a_fit_goes_on_from_an_earlier_one_in_fewer_steps():
    before, after = (busy_desk(n, 20) for n in (60, 61))
    earlier, cold = CredenceModel().fit(before), CredenceModel().fit(after)
    warm = CredenceModel().fit(after, start=earlier.terms_)
    assert_ends_alike(warm, cold, 1e-6)
    assert warm.n_iter_ < cold.n_iter_


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(records(), st.randoms(use_true_random=False))
def test_the_columns_of_a_record_are_fitted_as_the_record_is(record, random):
    whole = CredenceModel().fit(record)
    reader = EvidenceReader(record, Constants())
    questions = list(record.questions.values())
    random.shuffle(questions)
    parts = [reader.voices([question]).columns for question in questions]
    tree = SourceTree.of_sources(record.sources)
    fit = CredenceModel().fit(Columns.joined(parts), tree=tree)
    np.testing.assert_allclose(fit.terms_.columns, whole.terms_.columns, atol=1e-7)
    assert fit.terms_.named == whole.terms_.named
    assert fit.terms_.charged == whole.terms_.charged
    assert not hasattr(fit, "credence_")


def test_a_fit_that_comes_to_no_number_is_an_error_and_no_result():
    with pytest.raises(DivergedError):
        CredenceModel(Constants(baseline=float("nan"))).fit(dispute(4))


def test_a_fit_that_is_cut_short_says_so():
    model = CredenceModel(max_iter=1, tol=0.0).fit(dispute(4))
    assert (model.n_iter_, model.is_converged_) == (1, False)


def test_carriers_beyond_all_measure_leave_a_fit_finite():
    record = make_record(make_question(), make_source("s"), make_source("c"),
                         make_claim("x", source="s", via=("c",) * 10_000))  # fmt: skip
    assert np.isfinite(CredenceModel().fit(record).track_term_).all()
