"""Labelled records as folders: `attributions.csv`, and `truth.csv` where there is one.

A row `source,object,value[,time,kind]` says that one source asserts one value of one object; `truth.csv`
(`object,value`) says what proved right. Which behaviour a record meets is read off its columns and
values alone, never off its name.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.verdicts import as_two_labels

Numbers = NDArray[np.float64]

ATTRIBUTIONS, TRUTH = "attributions.csv", "truth.csv"
SECONDS_A_DAY = 86_400.0
# Up to so many whole numbers in a record are taken as codes of answers, more as amounts: rating scales
# and class codes are short, counts and measurements are not.
MOST_CODES = 20
# A kind that states a probability. Where a source answers "false" some records still give the
# probability of "true"; what a source asserts it holds at least as likely as not, so the larger of p
# and 1 - p is its certainty in either convention.
STATED_PROBABILITY = re.compile(r"p=(0?\.\d+|[01](?:\.0*)?|0\.\d+)")


LONE_DIGIT = re.compile(r"(?<![\d.])(\d)(?!\d)")


class UnreadableFolderError(ValueError):
    """A folder whose files cannot be read as a labelled record."""


@dataclass(frozen=True)
class LabelledRecord:
    """The rows of a folder that stand, and the truths it gives.

    Attributes
    ----------
    name : str
        The folder's name, to print; nothing is chosen by it.
    source, object, value : tuple of str
        Row i says that `source[i]` asserts `value[i]` of `object[i]`.
    time : array of shape (n,) or None
        Days since 1970 in UTC, or the record's own count where its times are plain numbers; NaN
        where a row has none.
    kind : tuple of str or None
    certainty : array of shape (n,) or None
        The probability that a row's kind states for its value; 1 where it states none.
    truth : dict of str to str
        By object, among them objects that nobody claims.
    verdict : dict of str to str
        `truth` before graded verdicts were read as true or false.
    n_rows : int
        Rows in the file, before revisions and duplicates were taken out.
    is_quantity : bool
        Whether values are amounts, to be measured by how far off they are.
    notes : tuple of str
        What was left out, and why, in sentences.
    """

    name: str
    source: tuple[str, ...]
    object: tuple[str, ...]
    value: tuple[str, ...]
    time: Numbers | None
    kind: tuple[str, ...] | None
    certainty: Numbers | None
    truth: dict[str, str]
    verdict: dict[str, str]
    n_rows: int
    is_quantity: bool
    notes: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """All answers that are asserted or true, in order; amounts are no answers."""
        return () if self.is_quantity else tuple(sorted({*self.value, *self.truth.values()}))

    @property
    def are_labels_asserted(self) -> bool:
        """Whether every answer that is the truth of something is also asserted of something."""
        return set(self.value) >= set(self.truth.values())

    def at(self, rows: Sequence[int] | NDArray[np.intp]) -> LabelledRecord:
        """Return the record with these rows alone, in this order."""
        return replace(
            self,
            source=tuple(self.source[i] for i in rows),
            object=tuple(self.object[i] for i in rows),
            value=tuple(self.value[i] for i in rows),
            time=None if self.time is None else self.time[rows],
            kind=None if self.kind is None else tuple(self.kind[i] for i in rows),
            certainty=None if self.certainty is None else self.certainty[rows],
        )


def folders_in(path: Path) -> tuple[list[Path], list[Path]]:
    """Return the folders in `path`, itself among them, that hold attributions, and those that do not."""
    if (path / ATTRIBUTIONS).is_file():
        return [path], []
    inner = sorted(child for child in path.iterdir() if child.is_dir() and not child.name.startswith("."))
    return [f for f in inner if (f / ATTRIBUTIONS).is_file()], [
        f for f in inner if not (f / ATTRIBUTIONS).is_file()
    ]


def read_folder(path: Path, *, all_rows: bool = False) -> LabelledRecord:
    """Read a folder; `all_rows` keeps what was revised later, for a walk through time.

    Of several rows of one source on one object the latest counts where times are given (in the same
    moment the one further down); without times they all count, exact duplicates once. Rows that
    leave out the source, the object or the value assert nothing and are left out.

    Raises
    ------
    UnreadableFolderError
        In a sentence that names the file, and the line where one is at fault.
    """
    columns = read_columns(path / ATTRIBUTIONS, ("source", "object", "value"))
    n_rows = len(columns["source"])
    kept = [
        i
        for i, (source, about, value) in enumerate(
            zip(columns["source"], columns["object"], columns["value"], strict=True)
        )
        if source and about and value
    ]
    columns = {name: [cells[i] for i in kept] for name, cells in columns.items()}
    verdict, n_torn = _truths(path / TRUTH) if (path / TRUTH).is_file() else ({}, 0)
    time = read_times(columns["time"], path / ATTRIBUTIONS) if any(columns.get("time", ())) else None
    n_undated = 0 if time is None else sum(map(bool, columns["time"])) - int(np.isfinite(time).sum())
    truth = as_two_labels(set(columns["value"]), verdict)
    is_quantity = are_amounts([*columns["value"], *truth.values()])
    if is_quantity:
        columns["value"] = [_plain(value) for value in columns["value"]]
        truth = {about: _plain(value) for about, value in truth.items()}
    record = LabelledRecord(
        name=path.resolve().name,
        source=tuple(columns["source"]),
        object=tuple(columns["object"]),
        value=tuple(columns["value"]),
        time=time,
        kind=tuple(columns["kind"]) if "kind" in columns else None,
        certainty=_certainties(columns["kind"]) if "kind" in columns else None,
        truth=truth,
        verdict=verdict,
        n_rows=n_rows,
        is_quantity=is_quantity,
    )
    rows = list(range(len(kept))) if all_rows else _standing(record)
    left_out = (
        (n_rows - len(kept), "rows lack a source, an object or a value: left out."),
        (len(kept) - len(rows), "rows were revised by their source or said twice: left out."),
        (n_torn, "objects have more than one truth: left out."),
        (n_undated, "rows bear a time that cannot be read: taken as undated."),
    )
    return replace(record.at(rows), notes=tuple(f"{n} {what}" for n, what in left_out if n))


def _standing(record: LabelledRecord) -> list[int]:
    if record.time is not None:
        return latest(record.source, record.object, record.time)
    said = list(zip(record.source, record.object, record.value, strict=True))
    return sorted({key: i for i, key in reversed(list(enumerate(said)))}.values())


def read_columns(path: Path, required: Sequence[str]) -> dict[str, list[str]]:
    """Read a CSV file with a header into its columns, without the blanks around cells."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _columns(csv.reader(file, strict=True), path, required)
    except UnicodeDecodeError as error:
        raise UnreadableFolderError(f"{path} is not UTF-8: {error.reason} at byte {error.start}.") from error
    except csv.Error as error:
        raise UnreadableFolderError(f"{path} is not CSV: {error}.") from error
    except OSError as error:
        raise UnreadableFolderError(f"{path} cannot be read: {error.strerror}.") from error


def _columns(lines: Iterator[list[str]], path: Path, required: Sequence[str]) -> dict[str, list[str]]:
    header = [name.strip() for name in next(lines, [])]
    missing = [name for name in required if name not in header]
    if missing:
        raise UnreadableFolderError(f"{path} has no column {' and no column '.join(missing)}.")
    if len(set(header)) < len(header):
        raise UnreadableFolderError(f"{path} names a column twice.")
    columns: dict[str, list[str]] = {name: [] for name in header}
    for cells in lines:
        if not cells:
            continue
        if len(cells) != len(header):
            line = lines.line_num  # type: ignore[attr-defined]
            raise UnreadableFolderError(f"{path}, line {line}: {len(cells)} cells, not {len(header)}.")
        for name, cell in zip(header, cells, strict=True):
            columns[name].append(cell.strip())
    return columns


def _truths(path: Path) -> tuple[dict[str, str], int]:
    columns = read_columns(path, ("object", "value"))
    given: dict[str, set[str]] = {}
    for about, value in zip(columns["object"], columns["value"], strict=True):
        if about and value:
            given.setdefault(about, set()).add(value)
    # Two truths of one object cannot be measured against; neither is preferred.
    single = {about: next(iter(values)) for about, values in given.items() if len(values) == 1}
    return single, len(given) - len(single)


def latest(source: Sequence[str], about: Sequence[str], time: Numbers) -> list[int]:
    """Return the rows that no later row of the same source on the same object replaces, in order."""
    newest: dict[tuple[str, str], int] = {}
    moment = np.nan_to_num(time, nan=-np.inf)
    for i, key in enumerate(zip(source, about, strict=True)):
        if key not in newest or moment[i] >= moment[newest[key]]:
            newest[key] = i
    return sorted(newest.values())


def read_times(cells: Sequence[str], path: Path) -> Numbers:
    """Read times as days since 1970 in UTC, or as they are where all of them are plain numbers.

    Raises
    ------
    UnreadableFolderError
        If none of them is a time; NaN stands for those that are not.
    """
    given = [cell for cell in cells if cell]
    if all(_number(cell) is not None for cell in given):
        return np.array([float(cell) if cell else np.nan for cell in cells])
    days = np.array([_days(cell) for cell in cells])
    if given and not np.isfinite(days).any():
        raise UnreadableFolderError(f"{path}: {given[0]!r} is no time, nor is any other.")
    return days


def _days(cell: str) -> float:
    """Return days since 1970, NaN for what is no time; hours and days may lack their leading zero."""
    try:
        moment = datetime.fromisoformat(LONE_DIGIT.sub(r"0\1", cell))
    except ValueError:
        return np.nan
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp() / SECONDS_A_DAY


def _number(cell: str) -> float | None:
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def are_amounts(values: Sequence[str]) -> bool:
    """Tell amounts from answers that happen to be written as numbers."""
    numbers = [_number(value) for value in set(values)]
    found = [number for number in numbers if number is not None]
    if not found or len(found) < len(numbers):
        return False
    return len(set(found)) > MOST_CODES or any(number % 1 for number in found)


def _plain(value: str) -> str:
    return f"{float(value):.15g}"


def _certainties(kinds: Sequence[str]) -> Numbers | None:
    stated = [STATED_PROBABILITY.fullmatch(kind.replace(" ", "")) for kind in kinds]
    if not any(stated):
        return None
    probability = np.array([float(match[1]) if match else 1.0 for match in stated])
    certainty: Numbers = np.maximum(probability, 1.0 - probability)
    return certainty
