import pytest
from factories import make_scope
from hypothesis import given
from hypothesis import strategies as st

from models.scope import contains, name_of, share_of

DEFAULT = 0.25
paths = st.lists(st.sampled_from(["kursk", "front", "a", "ab"]), min_size=1, max_size=4).map("/".join)


@pytest.mark.parametrize(
    ("outer", "inner", "is_inside"),
    [
        ("kursk-front", "kursk-front", True),
        ("kursk-front", "kursk-front/sso-sectors", True),
        ("kursk-front", "kursk-front/sso-sectors/east", True),
        ("kursk-front/sso-sectors", "kursk-front", False),
        ("kursk-front", "kursk-front-2", False),
        ("kursk", "kursk-front", False),
    ],
)
def test_containment_is_the_prefix_of_whole_steps(outer, inner, is_inside):
    assert contains(outer, inner) is is_inside


@given(paths, paths)
def test_a_share_is_whole_inside_part_outside_and_nothing_apart(inner, outer):
    share = share_of(inner, outer, {}, DEFAULT)
    if contains(inner, outer):
        assert share == 1
    elif contains(outer, inner):
        steps = inner.count("/") - outer.count("/")
        assert share == pytest.approx(DEFAULT**steps)
    else:
        assert share == 0


def test_declared_shares_multiply_and_the_default_stands_for_the_rest():
    declared = [make_scope("front/north", share=0.5), make_scope("front/north/bridge/pier", share=0.1)]
    declared.append(make_scope("front/south", share=None))
    scopes = {scope.path: scope for scope in declared}
    assert share_of("front/north", "front", scopes, DEFAULT) == 0.5
    assert share_of("front/north/bridge/pier", "front", scopes, DEFAULT) == pytest.approx(0.1 * DEFAULT * 0.5)
    assert share_of("front/south", "front", scopes, DEFAULT) == DEFAULT


def test_a_scope_without_a_name_goes_by_its_path():
    named, unnamed = make_scope("kursk-front", name="The Kursk front"), make_scope()
    scopes = {scope.path: scope for scope in (named, unnamed)}
    assert [name_of(path, scopes) for path in (*scopes, "kyiv")] == [
        "The Kursk front",
        "kursk-front/sso-sectors",
        "kyiv",
    ]
