"""The two passes over the tree, against the same Gaussian written out as one dense matrix."""

import numpy as np
import pytest
from factories import make_source
from hypothesis import given, settings
from hypothesis import strategies as st

from models.hierarchy import BODY, KIND, MEMBER, SourceTree
from models.record import SourceKind


def tree_of(*sources):
    return SourceTree.of_sources({source.id: source for source in sources})


@st.composite
def trees(draw):
    sources = []
    for i in range(draw(st.integers(1, 12))):
        body = draw(st.sampled_from([None, *(source.id for source in sources)]))
        sources.append(make_source(f"s{i}", kind=draw(st.sampled_from(SourceKind)), member_of=body))
    order = draw(st.permutations(sources))
    return tree_of(*order)


@st.composite
def problems(draw):
    """A tree, its prior covariance, evidence on some nodes, and widths."""
    tree = draw(trees())
    widths = np.array(draw(st.lists(st.floats(0.05, 3), min_size=3, max_size=3)))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = len(tree.parent)
    precision = np.where(random.random(n) < 0.6, random.gamma(1.0, 3.0, n), 0.0)
    return tree, widths, covariance(tree, widths), precision, precision * random.normal(0, 2, n)


def covariance(tree, widths):
    """Each term is the sum of the steps on its way down: its prior covariance is that of common steps."""
    n = len(tree.parent)
    descends = np.zeros((n, n))
    for node in range(n):
        above = node
        while above >= 0:
            descends[node, above] = 1.0
            above = tree.parent[above]
    return descends @ np.diag(widths[tree.edge] ** 2) @ descends.T


@settings(max_examples=100, deadline=None)
@given(problems())
def test_smoothing_is_the_exact_posterior(problem):
    tree, widths, prior, precision, information = problem
    expected = np.linalg.inv(np.linalg.inv(prior) + np.diag(precision))
    smoothed = tree.smooth(precision, information, widths)
    np.testing.assert_allclose(smoothed.mean, expected @ information, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(smoothed.variance, np.diag(expected), rtol=1e-7)
    for node, parent in enumerate(tree.parent):
        edge = widths[tree.edge[node]] ** 2
        if parent < 0:
            step, alone = expected[node, node], expected[node, node]
        else:
            step = expected[node, node] + expected[parent, parent] - 2 * expected[node, parent]
            alone = expected[node, node] - expected[node, parent] ** 2 / expected[parent, parent]
        assert smoothed.step_variance[node] == pytest.approx(step, rel=1e-6)
        assert smoothed.told[node] == pytest.approx(1 - alone / edge, abs=1e-7)


@settings(max_examples=50, deadline=None)
@given(problems())
def test_without_evidence_everything_stays_at_its_prior(problem):
    tree, widths, prior, _, _ = problem
    nothing = np.zeros(len(tree.parent))
    smoothed = tree.smooth(nothing, nothing, widths)
    assert not smoothed.mean.any()
    np.testing.assert_allclose(smoothed.told, 0, atol=1e-12)
    np.testing.assert_allclose(smoothed.variance, np.diag(prior))


def test_a_member_hangs_under_its_body_and_a_body_under_its_kind():
    tree = tree_of(
        make_source("kindratenko", member_of="sso"),
        make_source("sso", kind=SourceKind.ORGANISATION),
        make_source("cnn", kind=SourceKind.OUTLET),
    )
    at = tree.index
    assert tree.parent[at["kindratenko"]] == at["sso"]
    assert tree.parent[at["sso"]] == tree.node_of_kind[SourceKind.ORGANISATION]
    assert tree.edge[[at["kindratenko"], at["sso"], at["cnn"]]].tolist() == [MEMBER, BODY, BODY]
    assert tree.edge[tree.node_of_kind[SourceKind.OUTLET]] == KIND
    term = np.arange(len(tree.parent), dtype=float)
    assert tree.steps(term)[at["kindratenko"]] == term[at["kindratenko"]] - term[at["sso"]]


def test_no_sources_make_no_tree():
    tree = tree_of()
    assert len(tree.smooth(np.zeros(0), np.zeros(0), np.ones(3)).mean) == 0
