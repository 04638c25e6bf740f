"""No number of a score moves unless it was meant to; `golden/freeze.py` wrote what is compared with."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from golden.freeze import HERE, RECORDS, frozen

# Both files lie in the repository for good.
LARGEST_B = 400_000


def flat(found: Any) -> list[float]:
    """Every number in its place; what cannot be judged is no number."""
    if isinstance(found, list):
        return [number for each in found for number in [np.nan, *flat(each)]]
    return [np.nan if found is None else float(found)]


@pytest.mark.parametrize("name", RECORDS)
def test_every_number_of_every_score_is_as_it_was_frozen(name: str) -> None:
    found, expected = RECORDS[name](), frozen(name)
    assert found.keys() == expected.keys()
    for moment, kinds in found.items():
        for kind, scores in kinds.items():
            assert scores.keys() == expected[moment][kind].keys()
            for id_, numbers in scores.items():
                told = f"{kind} {id_} as of {moment}"
                one, other = flat(numbers), flat(expected[moment][kind][id_])
                np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9, err_msg=told)


def test_the_frozen_numbers_take_little_room() -> None:
    assert sum(Path(file).stat().st_size for file in HERE.glob("*.gz")) < LARGEST_B
