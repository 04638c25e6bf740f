"""Turns: what contestants did in each round, and how they compare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

Line = dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """What one contestant did in one round: requests (or claims) a second, and seconds for each."""

    per_s: float
    cpu_s: float
    latencies: tuple[float, ...] = ()
    failed: int = 0


def in_turn(contestants: Mapping[str, Any], rounds: int) -> Iterator[tuple[str, Any]]:
    """Yield every contestant in every round, each round beginning with another."""
    names = list(contestants)
    for i in range(rounds):
        first = i % len(names)
        yield from ((name, contestants[name]) for name in names[first:] + names[:first])


def compared(
    measured: str, ours: Sequence[Turn], beside: str, theirs: Sequence[Turn], target: float | None
) -> Line:
    """Return medians of both, and the ratios of their turns: above 1 is better than the yardstick."""
    pairs = list(zip(ours, theirs, strict=True))
    ratios = [one.per_s / other.per_s for one, other in pairs if other.per_s]
    cpu_ratios = [other.cpu_s / one.cpu_s for one, other in pairs if one.cpu_s]
    line = {
        "measured": measured, "beside": beside, "target": target,
        "per_s": rounded(median(one.per_s for one in ours)),
        "yardstick_per_s": rounded(median(other.per_s for other in theirs)),
        **spread("ratio", ratios),
        "cpu_ms": rounded(1e3 * median(one.cpu_s for one in ours)),
        "yardstick_cpu_ms": rounded(1e3 * median(other.cpu_s for other in theirs)),
        **spread("cpu_ratio", cpu_ratios),
        "failed": sum(each.failed for each in (*ours, *theirs)),
    }  # fmt: skip
    latencies = [1e3 * each for one in ours for each in one.latencies]
    if latencies:
        line |= {"p50_ms": rounded(median(latencies)), "p99_ms": rounded(quantiles(latencies, n=100)[98])}
    return line


def spread(name: str, ratios: Sequence[float]) -> Line:
    """Return the median of some ratios, and how far they range."""
    if not ratios:
        return {name: None}
    return {
        name: rounded(median(ratios)),
        f"{name}_low": rounded(min(ratios)),
        f"{name}_high": rounded(max(ratios)),
    }


def rounded(number: float) -> float:
    """Return a number with four significant digits: more is noise."""
    return float(f"{number:.4g}")
