"""The measures of a walk through time, and the plain rule that a predictor has to beat."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks import measures
from benchmarks.dated import Asked, Forecast, Past, Predictor, read_dated, walk
from benchmarks.folder import LabelledRecord


def measure(path: Path, predictor: type[Predictor]) -> dict[str, object]:
    """Walk one folder with a predictor, and beside it with `RunningRates`, and return its line.

    Raises
    ------
    UnreadableFolderError
    """
    record, known = read_dated(path)
    start = perf_counter()
    found = list(walk(record, known, predictor()))
    seconds = round(perf_counter() - start, 4)
    line: dict[str, object] = {
        "dataset": record.name,
        "mode": "prequential",
        "n_sources": len(set(record.source)),
        "n_objects": len(set(record.object)),
        "n_attributions": record.n_rows,
        "n_truths": len(found),
        "n": len(found),
        **dict.fromkeys(("accuracy", "brier", "log_loss", "ece")),
        "seconds": seconds,
        "iterations": None,
    }
    if not found:
        return line
    line |= compared(record, found)
    plain = list(walk(record, known, RunningRates()))
    line["baselines"] = {
        "running_rates": {
            name: figure
            for name, figure in compared(record, plain).items()
            if not name.endswith("_interval") and name != "calibration"
        }
    }
    if record.certainty is not None:
        stated = list(walk(record, known, predictor(), by_statement=True))
        as_stated = {"brier": _brier_as_stated(record, [asked for asked, _ in stated])}
        line["per_claim"] = {
            "n": len(stated),
            **_of_statements(record, stated),
            "baselines": {"as_stated": as_stated},
        }
    return line


def compared(record: LabelledRecord, found: Sequence[tuple[Asked, Forecast]]) -> dict[str, object]:
    """Return the figures of the forecasts, each with its interval over objects."""
    statistics: dict[str, measures.Statistic] = {}
    further: dict[str, object] = {}
    amounts = [(f.amount, float(record.truth[a.object])) for a, f in found if f.amount is not None]
    if amounts:
        point, low, high = np.array([amount for amount, _ in amounts]).T
        statistics |= measures.amount_statistics(
            point, low, high, np.array([actual for _, actual in amounts])
        )
    answers = {a.object: f.credence for a, f in found if f.credence is not None}
    if answers:
        seen = measures.outcomes(answers, record.truth, list(answers), record.labels, are_known=True)
        statistics |= measures.answer_statistics(seen)
        further["calibration"] = measures.calibration_table(seen.leading, seen.hit)
    return {**measures.measured(statistics, len(answers) or len(amounts)), **further}


def _of_statements(record: LabelledRecord, stated: Sequence[tuple[Asked, Forecast]]) -> dict[str, object]:
    # A statement each, though several are about one object.
    credence = {str(i): f.credence for i, (_, f) in enumerate(stated) if f.credence is not None}
    truth = {str(i): record.truth[asked.object] for i, (asked, _) in enumerate(stated)}
    seen = measures.outcomes(credence, truth, list(credence), record.labels, are_known=True)
    statistics = measures.answer_statistics(seen)
    return measures.measured({name: statistics[name] for name in ("brier", "log_loss", "ece")}, len(credence))


def _brier_as_stated(record: LabelledRecord, asked: Sequence[Asked]) -> float:
    assert record.certainty is not None  # noqa: S101  only asked where kinds state probabilities
    rows = [one.rows[0] for one in asked]
    right = np.array([record.value[i] == record.truth[record.object[i]] for i in rows])
    return measures.rounded(float(np.mean((record.certainty[rows] - right) ** 2)))


class RunningRates:
    """The plain way, to compare with: each source's share of right claims so far, shrunk to everybody's.

    A value's credence is its share of those rates among the claims on the object; a lone value has its
    rate itself. Of amounts: the mean, and an interval as wide as nine in ten errors so far.
    """

    # In claims: what everybody's rate counts beside a source's own record.
    STRENGTH = 5.0
    # Before there are any, errors are as wide as the amounts themselves; so many are looked at first.
    LEAST_ERRORS = 20

    def __init__(self) -> None:
        self._right: dict[str, float] = {}
        self._judged: dict[str, int] = {}
        self._total = [1.0, 2.0]
        self._seen = 0
        self._given: dict[str, Asked] = {}
        self._errors: list[float] = []

    def __call__(self, past: Past, today: Sequence[Asked]) -> list[Forecast]:
        """Learn from what became known since the last call, and predict."""
        for about in list(past.outcomes)[self._seen :]:
            self._learn(past.record, about, past.outcomes[about])
        self._seen = len(past.outcomes)
        self._given |= {asked.object: asked for asked in today}
        return [self._forecast(past.record, asked) for asked in today]

    def _learn(self, record: LabelledRecord, about: str, truth: str) -> None:
        if about not in self._given:
            return
        rows = self._given[about].rows
        if record.is_quantity:
            mean = float(np.mean([float(record.value[i]) for i in rows]))
            self._errors.append(abs(mean - float(truth)))
            return
        for i in rows:
            source, right = record.source[i], float(record.value[i] == truth)
            self._right[source] = self._right.get(source, 0.0) + right
            self._judged[source] = self._judged.get(source, 0) + 1
            self._total[0] += right
            self._total[1] += 1

    def _forecast(self, record: LabelledRecord, asked: Asked) -> Forecast:
        if record.is_quantity:
            amounts = [float(record.value[i]) for i in asked.rows]
            errors = self._errors if len(self._errors) >= self.LEAST_ERRORS else [abs(a) for a in amounts]
            mean, half = float(np.mean(amounts)), float(np.quantile(errors, 0.9))
            return Forecast(amount=(mean, mean - half, mean + half))
        everybody = self._total[0] / self._total[1]
        support: dict[str, float] = {}
        rates = []
        for i in asked.rows:
            source = record.source[i]
            rate = (self._right.get(source, 0.0) + self.STRENGTH * everybody) / (
                self._judged.get(source, 0) + self.STRENGTH
            )
            rates.append(rate)
            support[record.value[i]] = support.get(record.value[i], 0.0) + rate
        # What all of them leave to values that nobody asserts.
        scale = 1.0 if len(support) > 1 else max(rates)
        total = sum(support.values())
        return Forecast(credence={value: scale * much / total for value, much in support.items()})
