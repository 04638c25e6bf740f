"""Reading a dated record: claims with their moments, and when each truth came out.

A folder holds ``attributions.csv`` (source,object,value,time[,kind]) and ``truth.csv`` (object,value).
Another CSV file with the column ``object`` may tell when a truth was known, in one of `KNOWN_COLUMNS`, and
the type of each question, in ``type``. Where none does, a truth counts as known the day after the last
claim about its object. A date alone is known at that day's end.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.dated_claims import NOT_KNOWN, DatedClaims, Index
from benchmarks.verdicts import VerdictScale, grade_of
from models.axis import Array

KNOWN_COLUMNS = ("time_known", "known_at", "resolved_at", "known_on", "election_date")
TYPE_COLUMN = "type"
STATED = re.compile(r"p=([01]?\.?\d+)")
DATE_LENGTH = len("2026-01-31")
SECONDS_A_DAY = 86400.0
# A record of numbers is one of quantities, not of labels that happen to be digits, from here on.
QUANTITIES_FLOOR = 20


class BadRecordError(ValueError):
    """The folder holds no dated record that can be read."""


@dataclass(frozen=True)
class DatedRecord:
    """A record in codes, with what came of each object.

    Parameters
    ----------
    claims : DatedClaims
        About the objects 0 to n_objects - 1; those without a truth among them.
    truth : array of shape (n_objects,)
        A quantity (NaN if never known), the code of an answer or the level of a verdict (-1 if never).
    known_at : array of shape (n_objects,)
        In days.
    kind_of_question : array of int of shape (n_objects,)
    scale : VerdictScale or None
        Where outcomes are verdicts.
    n_truths : int
        Objects with a truth, those that nobody spoke of among them.
    """

    claims: DatedClaims
    truth: Index | Array
    known_at: Array
    kind_of_question: Index
    scale: VerdictScale | None
    sources: tuple[str, ...]
    n_truths: int

    @property
    def is_known(self) -> np.ndarray:
        """Which objects have a truth."""
        if np.issubdtype(self.truth.dtype, np.floating):
            return np.isfinite(self.truth)
        return self.truth >= 0


def read_dated_record(folder: Path) -> DatedRecord:
    """Read a folder; raise BadRecordError with one sentence where that cannot be done."""
    rows = _rows(folder / "attributions.csv", ("source", "object", "value", "time"))
    truths = {row["object"]: row["value"] for row in _rows(folder / "truth.csv", ("object", "value"))}
    if not rows or not truths:
        raise BadRecordError(f"{folder} holds no claims or no truths")
    sources, source = _codes([row["source"] for row in rows])
    objects, about = _codes([row["object"] for row in rows])
    day = np.array([_day(row["time"]) for row in rows])
    kinds = [row.get("kind") or "" for row in rows]
    certainty = np.array([_stated(kind) for kind in kinds])
    named = [kind if kind and np.isnan(p) else None for kind, p in zip(kinds, certainty, strict=True)]
    _, kind = _codes(named)
    values = [row["value"] for row in rows]
    outcomes = [truths.get(label) for label in objects]
    scale = VerdictScale.found_in(truths.values())
    value, truth, certainty = _read_values(values, outcomes, certainty, scale)
    claims = DatedClaims(source, about, value, day, kind, certainty)
    known_at, kind_of_question = _read_events(folder, objects, claims)
    return DatedRecord(claims, truth, known_at, kind_of_question, scale, tuple(sources), len(truths))


def _read_values(
    values: list[str], outcomes: list[str | None], certainty: Array, scale: VerdictScale | None
) -> tuple[Index | Array, Index | Array, Array]:
    """Return values, truths and certainties as the models take them."""
    numbers = [_number(value) for value in values]
    labels = sorted({outcome for outcome in outcomes if outcome is not None})
    truths = [np.nan if outcome is None else _number(outcome) for outcome in outcomes]
    if not np.isnan(numbers).any():
        if len(labels) > QUANTITIES_FLOOR and not np.isnan([_number(label) for label in labels]).any():
            return np.array(numbers), np.array(truths), certainty
        if len(labels) == 2 and min(numbers) >= 0 and max(numbers) <= 1 and np.isnan(truths).all():
            # Stated probabilities of the answer that affirms.
            affirmed = max(labels, key=lambda label: grade_of(label) or 0.0)
            values, certainty = [affirmed] * len(values), np.array(numbers)
    if scale is not None:
        levels = [scale.level(outcome) if outcome is not None else None for outcome in outcomes]
        level = np.array([NOT_KNOWN if level is None else level for level in levels])
        return np.zeros(len(values), dtype=np.intp), level, certainty
    names, code = _codes([*values, *labels])
    coded = dict(zip(names, range(len(names)), strict=True))
    truth = np.array([NOT_KNOWN if outcome is None else coded[outcome] for outcome in outcomes])
    # Nobody states an answer and holds it less likely than not: then the probability is the other's.
    if len(names) == 2 and len(set(values)) == 2:
        certainty = np.maximum(certainty, 1 - certainty)
    return code[: len(values)], truth, certainty


def _read_events(folder: Path, objects: list[str], claims: DatedClaims) -> tuple[Array, Index]:
    """Return when each truth was known, in days, and the type of each question."""
    last = np.full(len(objects), -np.inf)
    np.maximum.at(last, claims.object, claims.day)
    known_at = np.floor(last) + 1
    kinds: list[str | None] = [None] * len(objects)
    code = {label: i for i, label in enumerate(objects)}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            columns = reader.fieldnames or []
            known = next((column for column in KNOWN_COLUMNS if column in columns), None)
            if known is None or "object" not in columns or "source" in columns:
                continue
            for row in reader:
                place = code.get(row["object"])
                if place is not None and row[known]:
                    known_at[place] = _day(row[known]) + (len(row[known]) == DATE_LENGTH)
                    kinds[place] = row.get(TYPE_COLUMN) or None
    return known_at, _codes(kinds)[1]


def _rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            missing = [column for column in columns if column not in (reader.fieldnames or ())]
            if missing:
                raise BadRecordError(f"{path} has no column {missing[0]}")
            return list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadRecordError(f"{path} cannot be read: {error}") from error


def _codes(labels: list[str] | list[str | None]) -> tuple[list[str], Index]:
    """Return the labels in order of name, and each one's code; None is coded -1."""
    names = sorted({label for label in labels if label is not None})
    code = {label: i for i, label in enumerate(names)}
    return names, np.array([NOT_KNOWN if label is None else code[label] for label in labels], dtype=np.intp)


def _day(text: str) -> float:
    """Return a moment in days; without an offset it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadRecordError(f"{text!r} is no date") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp() / SECONDS_A_DAY


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _stated(kind: str) -> float:
    found = STATED.fullmatch(kind)
    return float(found[1]) if found else float("nan")
