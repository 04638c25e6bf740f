"""How far requests reach into the service."""

from pathlib import Path

from benchmarks.reach import reaches, watched
from data import instant, keys


def test_calls_from_one_module_to_another_are_counted_and_those_within_one_are_not() -> None:
    assert watched(lambda: instant.to_text).modules == set()
    reach = watched(lambda: keys._moment("2025-01-31T08:00:00Z"))
    assert reach.modules == {"data.keys", "data.instant"}
    assert [(caller.co_name, callee.co_name, n) for (caller, callee), n in reach.calls.items()] == [
        ("_moment", "from_text", 1)
    ]


def test_a_write_and_two_scores_are_watched(tmp_path: Path) -> None:
    wrote, now, then = reaches(tmp_path / "ledger.db").values()
    assert "data.claims" in wrote.modules
    # Settling is no part of a write, nor fitting of a score of the present.
    assert "models.likelihood" not in wrote.modules
    assert "models.credence" not in now.modules
    assert "models.credence" in then.modules
