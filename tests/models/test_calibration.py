from dataclasses import replace

import pytest
from factories import (
    make_claim,
    make_quantity_question,
    make_question,
    make_record,
    make_resolution,
    make_source,
)

from models.answer import Names, Values
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


def table_of(record):
    model = CredenceModel().fit(record)
    return calibration(model.columns_, model.likelihood_.from_claims)


def test_nothing_resolved_has_no_table():
    assert table_of(replace(resolved("fighting"), resolutions={})) == ()


def test_a_quantity_has_no_answers_whose_frequency_could_be_counted():
    question = make_quantity_question()
    said = make_claim(question=question.id, answer=Values("about", (4000.0,)))
    resolution = make_resolution(question.id, answer=Values("value", (4000.0,)))
    assert table_of(make_record(make_source(), question, said, resolution)) == ()


def test_ten_bins_hold_each_answer_of_the_resolved_lists_that_were_spoken_on():
    table = table_of(resolved("withdrawn"))
    assert [(one.low, one.high) for one in table] == [(k / 10, (k + 1) / 10) for k in range(10)]
    assert sum(one.n for one in table) == 3
    assert sum(one.n * one.mean_credence for one in table if one.n) == pytest.approx(1)
    assert sum(one.n * one.frequency for one in table if one.n) == pytest.approx(1)
    assert all(one.mean_credence is one.frequency is None for one in table if not one.n)


def test_the_credence_is_the_one_before_the_resolution():
    model = CredenceModel().fit(resolved("withdrawn"))
    leading = max(float(one.mean_credence) for one in table_of(resolved("withdrawn")) if one.n)
    open_one = CredenceModel().fit(replace(resolved("withdrawn"), resolutions={})).credence_["settled"]
    assert leading == pytest.approx(open_one.max(), abs=0.1)
    assert model.credence_["settled"].max() > 0.99


def test_a_resolution_that_names_two_answers_counts_half_for_each():
    table = table_of(resolved("withdrawn", "fighting"))
    assert sorted(one.frequency for one in table if one.n) in ([0.25, 0.5], [0.0, 0.5, 0.5], [0.25, 0.5, 0.5])
