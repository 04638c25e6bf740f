"""Scopes are paths; containment is the path prefix, and a share is a product of shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.record import Scope


def contains(outer: str, inner: str) -> bool:
    """Say whether `inner` lies inside `outer` or is the same scope."""
    return inner == outer or inner.startswith(outer + "/")


def name_of(path: str, scopes: Mapping[str, Scope]) -> str:
    """Return what a scope is called; its path where it has no name."""
    return (scopes[path].name if path in scopes else None) or path


def share_of(inner: str, outer: str, scopes: Mapping[str, Scope], default_share: float) -> float:
    """Return how much of `outer` is covered by `inner`, in [0, 1].

    One where `inner` contains `outer`, zero where the two are disjoint, else the product of
    the shares declared on the way down, `default_share` standing for each undeclared one.
    """
    if contains(inner, outer):
        return 1.0
    if not contains(outer, inner):
        return 0.0
    share = 1.0
    path = inner
    while path != outer:
        declared = scopes[path].share if path in scopes else None
        share *= default_share if declared is None else declared
        path = path.rpartition("/")[0]
    return share
