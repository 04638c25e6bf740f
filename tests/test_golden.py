"""No number of a score moves unless it was meant to; `golden/freeze.py` wrote what is compared with."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from golden.freeze import HERE, RECORDS, Numbers, frozen
from scipy.special import logit

# Both files lie in the repository for good.
LARGEST_B = 400_000


def flat(found: Any) -> list[float]:
    """Every number in its place; what cannot be judged is no number."""
    if isinstance(found, list):
        return [number for each in found for number in [np.nan, *flat(each)]]
    return [np.nan if found is None else float(found)]


@pytest.fixture(scope="module", params=RECORDS)
def record(request: pytest.FixtureRequest) -> tuple[str, dict[str, Numbers]]:
    """The name of a record and its numbers now."""
    return request.param, RECORDS[request.param]()


def test_every_number_of_every_score_is_as_it_was_frozen(record: tuple[str, dict[str, Numbers]]) -> None:
    name, found = record
    expected = frozen(name)
    assert found.keys() == expected.keys()
    for moment, kinds in found.items():
        for kind, scores in kinds.items():
            assert scores.keys() == expected[moment][kind].keys()
            for id_, numbers in scores.items():
                told = f"{kind} {id_} as of {moment}"
                one, other = flat(numbers), flat(expected[moment][kind][id_])
                np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9, err_msg=told)


def test_factors_sum_to_the_log_odds_and_credences_to_one(record: tuple[str, dict[str, Numbers]]) -> None:
    for kinds in record[1].values():
        for scores in kinds.values():
            for id_, (score, interval, _, factors, answers, _) in scores.items():
                if answers:
                    credences = [credence for credence, _, _ in answers]
                    assert sum(credences) == pytest.approx(1, abs=1e-9), id_
                    assert sum(factors) == pytest.approx(logit(max(credences)), abs=1e-9), id_
                elif score is not None:
                    assert sum(factors) == pytest.approx(logit(score), abs=1e-9), id_
                    assert interval[0] < score < interval[1], id_


def test_the_frozen_numbers_take_little_room() -> None:
    assert sum(Path(file).stat().st_size for file in HERE.glob("*.gz")) < LARGEST_B
