from dataclasses import replace

import pytest
from factories import make_claim, make_question, make_record, make_resolution, make_source

from models.answer import Names
from models.calibration import calibration
from models.credence import CredenceModel


def resolved(*names):
    """A record of an open question, one that is resolved, and a resolved one that nobody spoke on."""
    return make_record(
        make_source(),
        make_question("open"),
        make_question("settled"),
        make_question("silent"),
        make_claim("one", question="open"),
        make_claim("two", question="settled"),
        make_resolution("settled", answer=Names(names)),
        make_resolution("silent", answer=Names(names)),
    )


def test_nothing_resolved_has_no_table():
    assert calibration(CredenceModel().fit(replace(resolved("fighting"), resolutions={}))) == ()


def test_ten_bins_hold_each_answer_of_the_resolved_lists_that_were_spoken_on():
    table = calibration(CredenceModel().fit(resolved("withdrawn")))
    assert [(one.low, one.high) for one in table] == [(k / 10, (k + 1) / 10) for k in range(10)]
    assert sum(one.n for one in table) == 3
    assert sum(one.n * one.mean_credence for one in table if one.n) == pytest.approx(1)
    assert sum(one.n * one.frequency for one in table if one.n) == pytest.approx(1)
    assert all(one.mean_credence is one.frequency is None for one in table if not one.n)


def test_the_credence_is_the_one_before_the_resolution():
    model = CredenceModel().fit(resolved("withdrawn"))
    leading = max(float(one.mean_credence) for one in calibration(model) if one.n)
    open_one = CredenceModel().fit(replace(resolved("withdrawn"), resolutions={})).credence_["settled"]
    assert leading == pytest.approx(open_one.max(), abs=0.1)
    assert model.credence_["settled"].max() > 0.99


def test_a_resolution_that_names_two_answers_counts_half_for_each():
    table = calibration(CredenceModel().fit(resolved("withdrawn", "fighting")))
    assert sorted(one.frequency for one in table if one.n) in ([0.25, 0.5], [0.0, 0.5, 0.5], [0.25, 0.5, 0.5])
