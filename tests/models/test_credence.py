"""The estimator: scikit-learn's own checks where they apply, and what a fit holds."""

import doctest

import numpy as np
import pytest
from factories import make_claim, make_correction, make_question, make_record, make_source
from hypothesis import HealthCheck, given, settings
from ledgers import records
from models.elsewhere import INFORMATION, Elsewhere
from sklearn.base import clone
from sklearn.utils import estimator_checks

import models.credence
from models.answer import Names
from models.attributions import Attributions
from models.constants import Constants
from models.credence import CredenceModel
from models.errors import DivergedError
from models.record import CorrectionKind, Record

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
    with pytest.raises(KeyError):
        model.place_of("c6")
    assert model.voices_of("s6") == []


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


def test_a_fit_comes_to_the_same_terms_from_wherever_it_starts():
    record = busy_desk(60, 60)
    cold = CredenceModel().fit(record)
    start = cold.totals(cold.shares())
    start[:, INFORMATION] = -start[:, INFORMATION]
    names = cold.tree_.names
    far = Elsewhere(cold.constants_.widths, totals=dict(zip(names, start, strict=True)))
    warm = CredenceModel().fit(record, start=far)
    assert warm.is_converged_
    np.testing.assert_allclose(warm.track_term_, cold.track_term_, atol=1e-5)


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
