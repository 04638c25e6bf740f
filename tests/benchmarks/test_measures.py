"""The measures against scikit-learn's, where those apply."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import accuracy_score, brier_score_loss, f1_score, log_loss, roc_auc_score

from benchmarks import measures


@pytest.fixture
def probability() -> np.ndarray:
    return np.round(np.random.default_rng(1).uniform(0.02, 0.98, 400), 2)


@pytest.fixture
def label(probability) -> np.ndarray:
    return (np.random.default_rng(2).random(400) < probability**1.5).astype(int)


def figures_of(probability, label) -> dict[str, object]:
    objects = [str(i) for i in range(len(label))]
    credence = {about: {"no": 1 - p, "yes": p} for about, p in zip(objects, probability, strict=True)}
    truth = {about: ("no", "yes")[y] for about, y in zip(objects, label, strict=True)}
    seen = measures.outcomes(credence, truth, objects, ("no", "yes"), are_known=True)
    return measures.measured(measures.answer_statistics(seen), len(objects))


def test_with_two_labels_the_figures_are_those_of_scikit_learn(probability, label):
    probability = np.where(probability == 0.5, 0.51, probability)
    figures = figures_of(probability, label)
    said = (probability > 0.5).astype(int)
    assert figures["accuracy"] == pytest.approx(accuracy_score(label, said), abs=1e-5)
    assert figures["brier"] == pytest.approx(brier_score_loss(label, probability), abs=1e-5)
    assert figures["log_loss"] == pytest.approx(log_loss(label, probability), abs=1e-5)
    assert figures["auc"] == pytest.approx(roc_auc_score(label, probability), abs=1e-5)
    assert figures["f1"] == pytest.approx(f1_score(label, said), abs=1e-5)


def test_the_bins_of_calibration_are_those_of_scikit_learn(probability, label):
    # Off the limits of the bins, which belong to the upper one here and to the lower one there.
    probability = probability + 0.003
    table = measures.calibration_table(probability, label.astype(float))
    frequency, mean = calibration_curve(label, probability, n_bins=10)
    assert [row["frequency"] for row in table] == pytest.approx(frequency, abs=1e-5)
    assert [row["mean_credence"] for row in table] == pytest.approx(mean, abs=1e-5)
    gap = sum(row["n"] * abs(row["frequency"] - row["mean_credence"]) for row in table) / len(label)
    error = measures.calibration_error(probability, label.astype(float), np.ones(len(label)))
    assert error == pytest.approx(gap, abs=1e-5)


def test_one_label_that_all_assert_leaves_its_rest_to_the_other():
    labels = ("false", "true")
    seen = measures.outcomes({"q": {"true": 0.3}}, {"q": "false"}, ["q"], labels, are_known=True)
    assert (seen.hit[0], seen.leading[0], seen.brier[0]) == (1, 0.7, pytest.approx(0.09))


def test_a_label_that_no_source_ever_says_cannot_lead():
    labels = ("false", "true")
    seen = measures.outcomes({"q": {"true": 0.3}}, {"q": "false"}, ["q"], labels, are_known=False)
    assert (seen.hit[0], seen.leading[0], seen.brier[0]) == (0, 0.3, pytest.approx(0.09))


def test_of_many_answers_what_is_left_over_counts_as_one_more():
    credence = {"q": {"a": 0.5, "b": 0.2}}
    (asserted,) = measures.outcomes(credence, {"q": "b"}, ["q"], ("a", "b", "c"), are_known=True).brier
    (unasserted,) = measures.outcomes(credence, {"q": "c"}, ["q"], ("a", "b", "c"), are_known=True).brier
    assert asserted == pytest.approx((0.5**2 + 0.8**2 + 0.3**2) / 2)
    assert unasserted == pytest.approx((0.5**2 + 0.2**2 + 0.7**2) / 2)
