import numpy as np
import pytest
from factories import make_quantity_question, make_question
from hypothesis import given
from hypothesis import strategies as st

from models.answer import Names, Quantity, Values
from models.axis import Axis, overlap, quantiles
from models.constants import Constants


def about(value):
    return Values("about", (float(value),))


def axis_of(*answers, **quantity):
    question = make_quantity_question(quantity=Quantity("soldiers", **quantity))
    return Axis(question, answers, Constants())


def values_on(axis):
    return np.exp(axis.grid) if axis.quantity.scale == "log" else axis.grid


def agreement(one, other, axis):
    return overlap(axis.membership(one)[None, :], axis.membership(other)[None, :])[0, 0]


def test_a_list_is_one_on_what_is_asserted():
    axis = Axis(make_question(), [], Constants())
    assert axis.membership(Names(("withdrawn", "fighting"))).tolist() == [1, 0, 1]
    assert axis.prior.tolist() == pytest.approx([1 / 3] * 3)


@given(
    st.sampled_from(["linear", "log"]),
    st.lists(st.floats(1, 1e6), min_size=1, max_size=5),
    st.sampled_from([(None, None), (10.0, None), (None, 1e4), (5.0, 500.0)]),
)
def test_the_grid_holds_everything_that_was_said_and_declared(scale, said, ends):
    axis = axis_of(*map(about, said), scale=scale, low=ends[0], high=ends[1])
    known = [*said, *(end for end in ends if end is not None)]
    values = values_on(axis)
    assert values.min() <= min(known) * (1 + 1e-9)
    assert values.max() >= max(known) * (1 - 1e-9)
    assert np.ptp(np.diff(axis.grid)) == pytest.approx(0, abs=1e-6 * np.ptp(axis.grid))
    assert axis.prior.sum() == pytest.approx(1)


def test_a_quantity_of_which_nothing_is_known_has_no_axis():
    assert len(axis_of().grid) == len(axis_of(low=10.0).grid) == 0
    assert len(axis_of(low=10.0, high=20.0).grid) == Constants().grid_points


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_bounds_open_to_their_own_side(scale):
    axis = axis_of(scale=scale, low=100.0, high=12_000.0)
    values = values_on(axis)
    at_least = axis.membership(Values("at_least", (3000.0,)))
    at_most = axis.membership(Values("at_most", (3000.0,)))
    between = axis.membership(Values("between", (3000.0, 5000.0)))
    assert np.all(at_least[values >= 3000] == 1)
    assert np.all(at_least[values < 1500] < 0.01)
    assert np.all(at_most[values <= 3000] == 1)
    assert np.all(at_most[values > 6000] < 0.01)
    assert np.all(between[(values >= 3000) & (values <= 5000)] == 1)
    assert np.all((between > 0.99) <= (at_least > 0.99))


def test_the_looser_the_word_the_wider_the_shoulder():
    axis = axis_of(scale="log", low=100.0, high=12_000.0)
    exact, loose = axis.membership(Values("value", (4000.0,))), axis.membership(about(4000))
    assert np.all(exact <= loose)
    assert exact.sum() < 0.7 * loose.sum()
    # 'about 4,000' is heard as 3,500 to 4,500 or so.
    values = values_on(axis)
    assert np.interp(4000, values, loose) == pytest.approx(1, abs=0.02)
    assert 0.3 < np.interp(3500, values, loose) < 0.6
    assert np.interp(2500, values, loose) < 0.01


def test_over_three_thousand_does_not_contradict_about_four_thousand():
    axis = axis_of(scale="log", low=100.0, high=12_000.0)
    assert agreement(Values("at_least", (3000.0,)), about(4000), axis) > 0.95
    assert agreement(about(3000), about(3100), axis) > 0.8
    assert agreement(about(3000), about(4400), axis) < 0.1
    assert agreement(about(500), about(4000), axis) < 1e-6


def test_assertions_agree_where_one_contains_the_other():
    axis = Axis(make_question(), [], Constants())
    some, one = Names(("reduced", "withdrawn")), Names(("reduced",))
    assert agreement(some, one, axis) == agreement(one, some, axis) == 1
    assert agreement(Names(("fighting",)), some, axis) == 0
    assert agreement(Names(("fighting", "reduced")), some, axis) == 0.5


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_the_median_of_a_peak_is_where_it_stands(scale):
    axis = axis_of(about(4000), scale=scale, low=100.0, high=12_000.0)
    peak = axis.membership(about(4000))
    low, median, high = quantiles(
        axis.grid, peak / peak.sum(), np.array([0.05, 0.5, 0.95]), is_log=axis.is_log
    )
    assert median == pytest.approx(4000, rel=0.02)
    assert low < 3600
    assert high > 4400
