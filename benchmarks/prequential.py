"""Walk a dated record in time and predict each outcome from what was known before it.

    python -m benchmarks.prequential FOLDER [--since DATE]

prints one JSON line. Each object is predicted at the start of the day on which its truth came out, from the
claims made before that moment and the outcomes known when the day began; outcomes of one day never inform
each other. Where sources state probabilities, ``per_claim`` also predicts the outcome at each claim, from
the claims on that object up to it.

Of answers, what is predicted is whether one answer is right: the affirmed one where all objects share a
list of two, the leading one otherwise, of verdicts whether the claim is called right. `brier` is the mean
squared error of that probability. `accuracy` counts how often the named answer was the true one (of
verdicts, how often more likely than not was so). Of quantities, `mae` is the mean absolute error of the
expected value, `coverage` the share inside the 90 % interval, and ``sign`` tells on which side of zero.
Of verdicts and lone claims, `coverage` is of the source's own rate: the 90 % interval of its rate among its
later claims, from its first 5, 10, 20, 40 and 80.

`baselines` are measured on the same predictions: the global rate so far, each source's own rate shrunk to
it by five outcomes, the mean of what was stated, the plain mean of quantities, or the most voices.
Intervals (95 %) resample objects.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import brier_score_loss, mean_absolute_error

from benchmarks.answers import LARGEST_SHARED_LIST, AnswerForecast
from benchmarks.dated_claims import NOT_KNOWN, DatedClaims
from benchmarks.dated_record import SECONDS_A_DAY, BadRecordError, DatedRecord, read_dated_record
from benchmarks.forecast import Forecaster
from benchmarks.probability_measures import measures_of, resampled, rounded
from benchmarks.quantities import QuantityForecast
from benchmarks.rate import day_likeness, rate_of
from benchmarks.track_record import TrackRecord

LEVEL = 0.9
FIRST_CLAIMS = (5, 10, 20, 40, 80)
# A rate is held against the later claims only where most of them lie ahead.
LARGEST_PART = 0.6
LEAST_OUTCOMES = 30
# Outcomes that the global rate is worth in the baseline of each source's own rate.
BASELINE_STRENGTH = 5.0


def is_dated(folder: Path) -> bool:
    """Say whether a folder's claims have times and its objects truths."""
    with (folder / "attributions.csv").open(encoding="utf-8", newline="") as file:
        return "time" in next(csv.reader(file), []) and (folder / "truth.csv").exists()


def run(folder: Path, since: float | None = None) -> dict[str, Any]:
    """Return what one folder gives, the objects known before `since` (in days) left out of the figures."""
    started = time.perf_counter()
    record = read_dated_record(folder)
    judged = np.unique(_before_known(record).object)
    if not _late(record, judged, since).any():
        raise BadRecordError(f"{folder} holds no object that was spoken of before its truth was known")
    result: dict[str, Any] = {
        "dataset": folder.name,
        "mode": "prequential",
        "n_sources": len(record.sources),
        "n_objects": len(record.truth),
        "n_attributions": len(record.claims),
        "n_truths": record.n_truths,
    }
    if np.issubdtype(record.claims.value.dtype, np.floating):
        result |= _quantities(record, since)
    else:
        result |= _answers(record, since)
    return result | {"seconds": round(time.perf_counter() - started, 1)}


def walk(record: DatedRecord, cases: DatedClaims, moment: np.ndarray) -> list[Any]:
    """Return the forecasts of all cases, one list entry a day.

    Parameters
    ----------
    record : DatedRecord
    cases : DatedClaims
        What was said by then; `object` numbers the cases.
    moment : array of shape (n_cases,)
        When each is predicted, in days: from the outcomes known at the start of that day.
    """
    scale = record.scale
    forecaster = Forecaster(
        n_levels=len(scale.grades) if scale else 0,
        first_right_level=scale.first_right_level if scale else 1,
        warm_start=True,
    )
    day = np.ceil(moment) - 1
    forecasts = []
    unknown = np.nan if np.issubdtype(record.truth.dtype, np.floating) else NOT_KNOWN
    kind_of_case = record.kind_of_question if len(moment) == len(record.truth) else np.full(len(moment), -1)
    claims = _before_known(record)
    n_known = -1
    for today in np.unique(day[np.unique(cases.object)]):
        is_known = record.known_at <= today
        if is_known.sum() != n_known:
            n_known = is_known.sum()
            truth = np.where(is_known, record.truth, unknown)
            past = claims.take(claims.day < today + 1)
            forecaster.fit(past, truth, record.known_at, today, record.kind_of_question)
        forecasts.append(forecaster.predict(cases.take(day[cases.object] == today), kind_of_case))
    return forecasts


def _before_known(record: DatedRecord) -> DatedClaims:
    claims = record.claims
    return claims.take(record.is_known[claims.object] & (claims.day < record.known_at[claims.object]))


def _quantities(record: DatedRecord, since: float | None) -> dict[str, Any]:
    cases = _before_known(record)
    found: list[QuantityForecast] = walk(record, cases, record.known_at)
    objects = np.concatenate([one.object for one in found])
    mean = np.concatenate([one.mean for one in found])
    low, high = (np.concatenate(ends) for ends in zip(*(one.interval(LEVEL) for one in found), strict=True))
    above = np.concatenate([one.probability_above(0.0) for one in found])
    plain = np.bincount(cases.object, cases.value, len(record.truth)) / np.maximum(
        np.bincount(cases.object, minlength=len(record.truth)), 1
    )
    late = _late(record, objects, since)
    truth = record.truth[objects]
    keep = late
    truth, mean, plain = truth[keep], mean[keep], plain[objects][keep]
    is_covered = ((low <= record.truth[objects]) & (record.truth[objects] <= high))[keep]
    result = {
        "n": len(truth),
        "mae": rounded(mean_absolute_error(truth, mean)),
        "mae_interval": resampled(np.abs(truth - mean)),
        "coverage": rounded(is_covered.mean()),
        "coverage_interval": resampled(is_covered),
        "baselines": {"mean_of_claims": {"mae": rounded(mean_absolute_error(truth, plain))}},
    }
    if (truth > 0).any() and (truth < 0).any():
        result["sign"] = {
            **measures_of(above[keep], truth > 0),
            "mean_of_claims_accuracy": rounded(((plain > 0) == (truth > 0)).mean()),
        }
    return result


def _answers(record: DatedRecord, since: float | None) -> dict[str, Any]:
    cases = _before_known(record)
    found: list[AnswerForecast] = walk(record, cases, record.known_at)
    objects = np.concatenate([one.object for one in found])
    answer = np.concatenate([one.answer for one in found])
    probability = np.concatenate([one.probability for one in found])
    is_right = _is_right(record, objects, answer)
    late = _late(record, objects, since)
    baselines = _baselines(record, cases, objects, answer, is_right)
    result = {"n": int(late.sum())} | measures_of(probability[late], is_right[late])
    is_own_list = record.scale is None and len(np.unique(record.claims.value)) > LARGEST_SHARED_LIST
    if is_own_list:
        result["accuracy"] = rounded(is_right[late].mean())
        result["accuracy_interval"] = resampled(is_right[late])
    result["baselines"] = {
        name: {"brier": rounded(brier_score_loss(is_right[late], guess[late]))}
        for name, guess in baselines.items()
    }
    if record.scale is None:
        result["majority"] = rounded(_majority(record, cases, objects)[late].mean())
    if np.isfinite(record.claims.certainty).any():
        result["per_claim"] = _per_claim(record, since)
    else:
        result |= _rates(record, since)
    return result


def _per_claim(record: DatedRecord, since: float | None) -> dict[str, Any]:
    """Predict the outcome at each claim, from the claims on its object up to it."""
    claims = _before_known(record)
    rows = np.arange(len(claims))
    order = np.lexsort((rows, claims.day, claims.object))
    claims = claims.take(order)
    first = np.searchsorted(claims.object, claims.object)
    taken = np.concatenate([np.arange(start, row + 1) for row, start in zip(rows, first, strict=True)])
    case = np.repeat(rows, rows - first + 1)
    about = claims.object
    expanded = claims.take(taken)
    expanded = DatedClaims(
        expanded.source, case, expanded.value, expanded.day, expanded.kind, expanded.certainty
    )
    found: list[AnswerForecast] = walk(record, expanded, np.floor(claims.day) + 1)
    case = np.concatenate([one.object for one in found])
    answer = np.concatenate([one.answer for one in found])
    probability = np.concatenate([one.probability for one in found])
    is_right = _is_right(record, about[case], answer)
    stated = np.where(claims.value[case] == answer, claims.certainty[case], 1 - claims.certainty[case])
    keep = _late(record, about[case], since) & np.isfinite(stated)
    return {"n": int(keep.sum())} | {
        **measures_of(probability[keep], is_right[keep]),
        "baselines": {"as_stated": {"brier": rounded(brier_score_loss(is_right[keep], stated[keep]))}},
    }


def _is_right(record: DatedRecord, objects: np.ndarray, answer: np.ndarray) -> np.ndarray:
    if record.scale is not None:
        return np.asarray(record.truth[objects] >= record.scale.first_right_level)
    return np.asarray(record.truth[objects] == answer)


def _late(record: DatedRecord, objects: np.ndarray, since: float | None) -> np.ndarray:
    return np.ones(len(objects), dtype=bool) if since is None else record.known_at[objects] >= since


def _baselines(
    record: DatedRecord,
    cases: DatedClaims,
    objects: np.ndarray,
    answer: np.ndarray,
    is_right: np.ndarray,
) -> dict[str, np.ndarray]:
    """Return what simple rules would have said of the same objects."""
    latest = cases.latest()
    first = np.searchsorted(latest.object, objects)
    source = latest.source[first]
    day = np.ceil(record.known_at[objects]) - 1
    known = record.known_at[objects]
    of_source: dict[int, list[float]] = {}
    total, right = 2.0, 1.0
    global_rate, own_rate = np.zeros(len(objects)), np.zeros(len(objects))
    waiting = np.argsort(known, kind="stable")
    next_known = 0
    for place in np.argsort(day, kind="stable"):
        while next_known < len(waiting) and known[waiting[next_known]] <= day[place]:
            outcome = waiting[next_known]
            own = of_source.setdefault(int(source[outcome]), [0.0, 0.0])
            own[0], own[1] = own[0] + float(is_right[outcome]), own[1] + 1.0
            right, total = right + float(is_right[outcome]), total + 1.0
            next_known += 1
        rate = right / total
        own = of_source.get(int(source[place]), [0.0, 0.0])
        global_rate[place] = rate
        own_rate[place] = (own[0] + BASELINE_STRENGTH * rate) / (own[1] + BASELINE_STRENGTH)
    found = {"global_rate": global_rate}
    is_lone = np.bincount(cases.object, minlength=len(record.truth))[objects].max(initial=0) == 1
    if is_lone or record.scale is not None:
        found["source_rate"] = own_rate
    if np.isfinite(cases.certainty).all():
        asked = np.zeros(len(record.truth), dtype=np.intp)
        asked[objects] = answer
        stated = np.where(cases.value == asked[cases.object], cases.certainty, 1 - cases.certainty)
        n = np.bincount(cases.object, minlength=len(record.truth))
        found["as_stated"] = (np.bincount(cases.object, stated, len(record.truth)) / np.maximum(n, 1))[
            objects
        ]
    return found


def _majority(record: DatedRecord, cases: DatedClaims, objects: np.ndarray) -> np.ndarray:
    """Return how far the answer of most voices was right for each object, ties as a fraction."""
    said = np.stack([cases.object, cases.value.astype(np.intp)], axis=1)
    pairs, n = np.unique(said, axis=0, return_counts=True)
    most = np.zeros(len(record.truth))
    np.maximum.at(most, pairs[:, 0], n)
    leads = n == most[pairs[:, 0]]
    n_leading = np.bincount(pairs[leads, 0], minlength=len(record.truth))
    is_true = leads & (pairs[:, 1] == record.truth[pairs[:, 0]])
    n_right = np.bincount(pairs[is_true, 0], minlength=len(record.truth))
    return np.asarray((n_right / np.maximum(n_leading, 1))[objects])


def _rates(record: DatedRecord, since: float | None) -> dict[str, Any]:
    """Return the coverage of sources' rates by intervals from their first claims."""
    claims = _before_known(record).latest()
    claims = claims.take(np.lexsort((claims.object, claims.day)))
    is_right = _is_right(record, claims.object, claims.value)
    known_at = record.known_at[claims.object]
    is_covered: list[bool] = []
    for source in np.flatnonzero(np.bincount(claims.source) >= LEAST_OUTCOMES):
        own = np.flatnonzero(claims.source == source)
        for n in FIRST_CLAIMS:
            if n > LARGEST_PART * len(own) or (since is not None and known_at[own[n]] < since):
                continue
            first, later = own[:n], own[n:]
            past = known_at <= np.floor(claims.day[first[-1]])
            others = np.flatnonzero(past & (claims.source != source))
            groups = np.stack([claims.kind, claims.source], axis=1)
            record_so_far = TrackRecord().fit(
                groups[others], is_right[others].astype(int), claims.day[others], today=claims.day[first[-1]]
            )
            seen = np.union1d(np.flatnonzero(past), first)
            rate = rate_of(
                is_right[first],
                claims.day[first],
                float(record_so_far.predict(groups[first]).mean()),
                day_likeness(claims.source[seen], claims.day[seen], is_right[seen]),
            )
            low, high = rate.interval_of_next(len(later), LEVEL)
            is_covered.append(bool(low <= is_right[later].mean() <= high))
    if not is_covered:
        return {"coverage": None}
    return {"coverage": rounded(float(np.mean(is_covered))), "n_intervals": len(is_covered)}


def _days(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() / SECONDS_A_DAY


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.prequential", description="Predict in time.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--since", type=_days, default=None, help="leave earlier outcomes out of the figures")
    chosen = parser.parse_args(arguments)
    try:
        result = run(chosen.folder, chosen.since)
    except BadRecordError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
