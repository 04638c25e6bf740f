"""Families: sources of which one likely copies the other, or both a third, without saying so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

# No claim loses its weight altogether: it was made, and might be its source's own.
LEAST_KEPT = 1e-6


@dataclass(frozen=True)
class Kin:
    """What a source has in common with another one of its family; who copied whom is unknown.

    Parameters
    ----------
    source : str
        The other one.
    n_shared : int
        Answers that both assert.
    n_errors : int
        Those among them that are likely wrong.
    """

    source: str
    n_shared: int
    n_errors: int

    def because(self, name: str) -> str:
        """Say what the two share, the other one by its name."""
        if not self.n_errors:
            return f"answers like {name} on {self.n_shared} questions: taken as the same family"
        noun = "rare error" if self.n_errors == 1 else "rare errors"
        return f"shares {self.n_errors} {noun} with {name}: taken as the same family"


@dataclass(frozen=True)
class Copied:
    """A claim that a source of the same family makes too.

    Parameters
    ----------
    kept : float
        How likely it was not copied: what it keeps of its weight, in (0, 1).
    kin : Kin
        Of those who make it, the one with most in common.
    """

    kept: float
    kin: Kin


@dataclass(frozen=True)
class Families:
    """What a fit found of undeclared copying.

    Parameters
    ----------
    copied : mapping of str to Copied
        By claim.
    kin : mapping of str to tuple of Kin
        By source, the one with most errors in common first.
    """

    copied: Mapping[str, Copied] = field(default_factory=dict)
    kin: Mapping[str, tuple[Kin, ...]] = field(default_factory=dict)

    def kept(self, claims: NDArray[Any]) -> NDArray[np.float64]:
        """Return what is left of the weight of each claim, by their ids, shape (n_claims,)."""
        left = np.ones(len(claims))
        if self.copied:
            for i, claim in enumerate(claims.tolist()):
                if claim in self.copied:
                    left[i] = max(self.copied[claim].kept, LEAST_KEPT)
        return left
