"""What corrections take from sources, and from whom."""

import numpy as np
import pytest
from factories import make_claim, make_correction, make_question, make_record, make_source, moment
from hypothesis import HealthCheck, given, settings
from ledgers import records
from scipy.special import expit

from models.answer import Names
from models.constants import Constants
from models.credence import CredenceModel
from models.faults import Faults
from models.observations import Observations
from models.record import CorrectionKind, SourceKind
from models.scoring import Scores

SOURCES = (
    make_source("sso", kind=SourceKind.ORGANISATION),
    make_source("kindratenko", member_of="sso"),
    make_source("puls", member_of="sso"),
    make_source("budanov"),
    make_source("cnn", kind=SourceKind.OUTLET),
    make_source("get", kind=SourceKind.OUTLET),
    make_question("first"),
    make_question("second"),
)
RETRACT, NARROW = CorrectionKind.RETRACT, CorrectionKind.NARROW


def said(id_, source="kindratenko", answer="withdrawn", question="first", **fields):
    return make_claim(id_, source=source, question=question, answer=Names((answer,)), **fields)


def took_back(claim, kind=RETRACT, by="kindratenko", **fields):
    return make_correction(claim, kind=kind, by=by, **fields)


def terms(*values):
    model = Scores(make_record(*SOURCES, *values)).model
    return {source: model.faults_.term[node] for source, node in model.tree_.index.items()}


def outside(model, question):
    """By node, the terms that the faults on other questions imply."""
    nodes = np.arange(len(model.tree_.parent))
    place = np.flatnonzero(model.columns_.questions == question)[0]
    return model.faults_.outside(np.full_like(nodes, place), nodes)


def test_a_clean_record_bears_nothing():
    assert not any(terms(said("x"), said("y", "budanov", "fighting")).values())


def test_an_error_is_borne_by_its_source_most_and_shared_with_its_body_and_fellows():
    found = terms(said("x"), took_back("x"))
    assert found["kindratenko"] < found["sso"] <= found["puls"] < found["budanov"] <= 0
    assert found["get"] == 0


def test_the_graver_the_error_and_the_more_of_them_the_lower():
    narrowed, retracted = terms(said("x"), took_back("x", NARROW)), terms(said("x"), took_back("x"))
    twice = terms(said("x"), took_back("x"), said("y", question="second"), took_back("y"))
    late = terms(said("x"), took_back("x", stated_at=moment(1, month=2).replace(year=2027)))
    for worse, better in [(retracted, narrowed), (twice, retracted), (late, retracted)]:
        assert worse["kindratenko"] < better["kindratenko"] < 0


def test_a_version_that_diverges_is_charged_to_its_last_carrier():
    found = terms(
        said("one", via=("budanov",)),
        said("two", via=("cnn", "budanov")),
        said("three", answer="fighting", via=("cnn", "get")),
    )
    assert found["get"] < found["cnn"]
    assert found["kindratenko"] == 0


def test_outside_the_only_question_with_faults_there_are_none():
    alone = Scores(make_record(*SOURCES, said("y", question="second"), took_back("y"))).model
    np.testing.assert_array_equal(outside(alone, "first"), alone.faults_.term)
    np.testing.assert_allclose(outside(alone, "second"), 0, atol=1e-12)


def test_outside_a_question_its_own_faults_do_not_count():
    here, elsewhere = [said("x"), took_back("x")], [said("y", question="second"), took_back("y")]
    both, alone = (
        Scores(make_record(*SOURCES, *values)).model for values in ([*here, *elsewhere], elsewhere)
    )
    # Without its own question's, the others' Gaussians stay where the mode of all is.
    np.testing.assert_allclose(outside(both, "first"), alone.faults_.term, atol=2e-3)
    assert outside(both, "first")[both.tree_.index["kindratenko"]] > both.faults_.term[1] + 0.2


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(records(min_claims=4))
def test_outside_a_question_the_terms_are_those_of_the_other_faults_as_gaussians_at_the_mode(record):
    model = Scores(record).model
    columns, tree, constants = model.columns_, model.tree_, model.constants_
    node, offset = tree.nodes(columns.fault_source), columns.fault_amounts @ constants.coefficients
    error = expit(offset + model.faults_.term[node])
    precision = columns.fault_weight * error * (1 - error)
    information = precision * model.faults_.term[node] - columns.fault_weight * error
    of_question = np.repeat(columns.questions, columns.n_faults)
    for question in record.questions:
        others = of_question != question
        sums = [
            np.bincount(node[others], values[others], len(tree.parent)) for values in (precision, information)
        ]
        expected = tree.smooth(*sums, constants.widths).mean
        np.testing.assert_allclose(outside(model, question), expected, atol=1e-9)
        without = np.where(others, 1.0, 0.0)
        exact = Faults(columns, tree, offset, constants.widths, without)
        np.testing.assert_allclose(outside(model, question), exact.term, atol=0.02)


@pytest.mark.parametrize("baseline", [0.4, 2.4, 4.0])
def test_a_source_of_any_standing_pays_for_its_retractions(baseline):
    slips = [make_question(f"q{i}") for i in range(50)]
    claims = [said(question.id, question=question.id) for question in slips]
    record = make_record(*SOURCES, *slips, *claims, *(took_back(claim.id) for claim in claims))
    model = CredenceModel(Constants(baseline=baseline)).fit(record)
    paid = -model.faults_.term[model.tree_.index["kindratenko"]]
    # The more was expected of it, the more each retraction tells.
    assert 2.5 + baseline / 2 < paid < 4.5 + baseline


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(records(min_claims=2))
def test_the_terms_are_where_the_slope_of_their_log_posterior_is_zero(record):
    model = Scores(record).model
    faults, tree = model.faults_, model.tree_
    offset = model.columns_.fault_amounts @ model.constants_.coefficients
    observed = Observations(tree.nodes(model.columns_.fault_source), offset, faults.weight)
    assert np.all(faults.term <= 1e-12)
    assert np.all((faults.n_judged >= 0) & (faults.precision >= 0))
    pull = -np.bincount(
        observed.source,
        observed.weight * expit(observed.offset + faults.term[observed.source]),
        minlength=len(tree.parent),
    )
    steps = tree.steps(faults.term) / Constants().widths[tree.edge] ** 2
    held = steps.copy()
    for node, parent in enumerate(tree.parent):
        if parent >= 0:
            held[parent] -= steps[node]
    np.testing.assert_allclose(held, pull, atol=1e-7)


@pytest.mark.parametrize("kind", [RETRACT, NARROW])
def test_an_error_on_another_question_lowers_what_its_source_says_here(kind):
    def credence(*values):
        scores = Scores(make_record(*SOURCES, said("x"), said("y", question="second"), *values))
        return scores.of("claim", "x").score

    assert credence(took_back("y", kind)) < credence()
