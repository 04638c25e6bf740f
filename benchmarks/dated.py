"""A dated record walked through in time: each outcome is predicted from what was known before it.

The day on which a truth was known is read from any file of the folder that gives one by object
(`election_date`, known the day after, or `time_known`); otherwise it is the day after the object's own
first claim. On each such day, in order, a predictor is asked for the objects whose truth is about to be
known. It may look at rows stated, and outcomes known, before that day began, and at what was stated of
the object itself before its truth was known: races of one election day do not teach each other.
Where rows state probabilities, each statement is also asked for by itself, at its own time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from benchmarks.folder import (
    ATTRIBUTIONS,
    LabelledRecord,
    Numbers,
    UnreadableFolderError,
    latest,
    read_columns,
    read_folder,
    read_times,
)

# Columns that tell when a truth was known, and how many days after the day that they name.
KNOWN_AFTER = {"time_known": 0, "election_date": 1}


@dataclass(frozen=True)
class Past:
    """What may be looked at: it only grows from one day to the next.

    Attributes
    ----------
    record : LabelledRecord
        Rows in order of time. **Only the first `n_rows` may be read**, and those of the asked; none
        of its truths.
    n_rows : int
    outcomes : dict of str to str
        Truths known so far, in the order of becoming known.
    verdicts : dict of str to str
        The same, before graded verdicts were read as true or false.
    day : float
        The day about to begin, in days since 1970.
    """

    record: LabelledRecord
    n_rows: int
    outcomes: Mapping[str, str]
    verdicts: Mapping[str, str]
    day: float


@dataclass(frozen=True)
class Asked:
    """An object to predict, and the rows on it that stand, by position in the record."""

    object: str
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Forecast:
    """What is expected of one object: a credence for each value, or an amount with a 90 % interval."""

    credence: Mapping[str, float] | None = None
    amount: tuple[float, float, float] | None = None


class Predictor(Protocol):
    """Predicts today's objects from the past; one is made for one walk and may keep what it learned."""

    def __call__(self, past: Past, today: Sequence[Asked]) -> Sequence[Forecast]:
        """Return a forecast for each asked object, in their order."""
        ...


def read_dated(path: Path) -> tuple[LabelledRecord, dict[str, float]]:
    """Read a folder's rows in order of time, and when each truth was known, in days since 1970.

    Raises
    ------
    UnreadableFolderError
        Also where the rows bear no times.
    """
    record = read_folder(path, all_rows=True)
    if record.time is None:
        raise UnreadableFolderError(f"{path / ATTRIBUTIONS} has no times to walk through.")
    order = np.argsort(np.nan_to_num(record.time, nan=np.inf), kind="stable")
    time = record.time[order]
    record = record.at(order)
    first: dict[str, float] = {}
    for about, said in zip(record.object, time, strict=True):
        if np.isfinite(said):
            first.setdefault(about, float(said))
    known = {about: float(np.floor(said)) + 1 for about, said in first.items()} | _known(path)
    return record, {about: day for about, day in known.items() if about in record.truth}


def _known(path: Path) -> dict[str, float]:
    known: dict[str, float] = {}
    for file in sorted(path.glob("*.csv")):
        with file.open(encoding="utf-8-sig") as lines:
            header = lines.readline()
        column = next((name for name in KNOWN_AFTER if name in header), None)
        if column is None or "object" not in header:
            continue
        columns = read_columns(file, ("object", column))
        times = read_times(columns[column], file)
        if KNOWN_AFTER[column]:
            times = np.floor(times) + KNOWN_AFTER[column]
        known |= {
            about: float(time)
            for about, time in zip(columns["object"], times, strict=True)
            if np.isfinite(time)
        }
    return known


def walk(
    record: LabelledRecord, known: Mapping[str, float], predictor: Predictor, *, by_statement: bool = False
) -> Iterator[tuple[Asked, Forecast]]:
    """Yield each asked object, or each statement by itself, with its forecast, in order of time."""
    asked = _statements(record, known) if by_statement else _objects(record, known)
    resolved = sorted(known, key=lambda about: (known[about], about))
    outcomes: dict[str, str] = {}
    verdicts: dict[str, str] = {}
    n_resolved = 0
    for day in sorted(asked):
        while n_resolved < len(resolved) and known[resolved[n_resolved]] < day:
            about = resolved[n_resolved]
            outcomes[about], verdicts[about] = record.truth[about], record.verdict[about]
            n_resolved += 1
        n_rows = int(np.searchsorted(_moments(record), day, side="left"))
        yield from zip(
            asked[day],
            predictor(Past(record, n_rows, outcomes, verdicts, day), asked[day]),
            strict=True,
        )


def _moments(record: LabelledRecord) -> Numbers:
    """Return when each row was stated; one without a time might be from later, and is never shown."""
    assert record.time is not None  # noqa: S101  read_dated has seen to it
    return np.nan_to_num(record.time, nan=np.inf)


def _objects(record: LabelledRecord, known: Mapping[str, float]) -> dict[float, list[Asked]]:
    moment = _moments(record)
    said: dict[str, list[int]] = {}
    for i, about in enumerate(record.object):
        if about in known and moment[i] < known[about]:
            said.setdefault(about, []).append(i)
    asked: dict[float, list[Asked]] = {}
    for about, rows in said.items():
        stands = latest([record.source[i] for i in rows], [about] * len(rows), moment[rows])
        asked.setdefault(np.floor(known[about]), []).append(Asked(about, tuple(rows[i] for i in stands)))
    return asked


def _statements(record: LabelledRecord, known: Mapping[str, float]) -> dict[float, list[Asked]]:
    moment = _moments(record)
    asked: dict[float, list[Asked]] = {}
    for i, about in enumerate(record.object):
        if about in known and np.isfinite(moment[i]) and moment[i] < known[about]:
            asked.setdefault(np.floor(moment[i]), []).append(Asked(about, (i,)))
    return asked
