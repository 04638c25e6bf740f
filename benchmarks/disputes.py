"""How much of the truth of settled disputes the service believed, event by event before the outcome.

Each case is a JSON file with scopes, sources, questions, claims, corrections and resolutions in the
contract's own terms. It is fed, without its resolutions, to a service on a ledger of its own, so that
no outcome teaches another case. Then each question is asked for as of every moment at which something
was said on it before its outcome, and the truth's credence is scored: averaged within a question, then
over questions. The same is done with three simple rules (`benchmarks/dispute_rules.py`).

Prints one JSON line a question, then a summary of list questions, of quantities and of both, with
90 % bootstrap intervals over cases; `margin` is the difference from the best simple rule, negative
where the service is better.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.dispute_rules import RULES, Array, Document, Possibilities, moment, scored
from benchmarks.dispute_service import DisputeService, serving

MEASURES = ("accuracy", "brier", "log_score")
OURS = "credence"
N_RESAMPLES = 4000
LEVEL = 0.9
SEED = 20250131


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(prog="disputes", description=str(__doc__).splitlines()[0])
    parser.add_argument("folder", type=Path, help="JSON cases")
    parser.add_argument("--stakes", type=Path, help="stakes of the cases, by the same file names")
    chosen = parser.parse_args(arguments)
    rows = []
    for path in sorted(chosen.folder.glob("*.json")):
        for row in questions_of(path, chosen.stakes):
            rows.append(row)
            _print(row)
    if not rows:
        print(f"disputes: no case with an outcome in {chosen.folder}", file=sys.stderr)  # noqa: T201
        return 1
    for summary in summaries(rows):
        _print(summary)
    return 0


def questions_of(path: Path, stakes: Path | None) -> Iterator[Document]:
    """Feed one case and yield a row for each of its questions, then again with its stakes."""
    case = json.loads(path.read_text())
    if not case.get("resolutions") or not case.get("claims"):
        return
    coded = stakes / path.name if stakes else None
    with serving() as service:
        for refusal in service.feed(case):
            print(f"{path.stem}: refused {refusal}", file=sys.stderr)  # noqa: T201
        yield from _asked(service, case, path.stem, has_stakes=False)
        if coded is not None and coded.exists():
            declared = json.loads(coded.read_text())
            for question in case["questions"]:
                service.put_stakes(question, declared.get(question["id"], []))
            yield from _asked(service, case, path.stem, has_stakes=True)


def summaries(rows: list[Document]) -> Iterator[Document]:
    """Yield the summaries: of list questions, quantities and both, without stakes and with them."""
    for has_stakes in sorted({row["has_stakes"] for row in rows}):
        told = [row for row in rows if row["has_stakes"] is has_stakes]
        for kind in ("list", "quantity", "all"):
            chosen = [row for row in told if kind in (row["kind"], "all")]
            if chosen:
                yield {"summary": kind, "has_stakes": has_stakes, **_summary(chosen)}


def _asked(service: DisputeService, case: Document, name: str, *, has_stakes: bool) -> Iterator[Document]:
    for resolution in case["resolutions"]:
        question = next(q for q in case["questions"] if q["id"] == resolution["question"])
        claims = [claim for claim in case["claims"] if claim["question"] == question["id"]]
        ids = {claim["id"] for claim in claims}
        notices = [notice for notice in case.get("corrections", []) if notice["claim"] in ids]
        outcome = resolution["answer"] if "answer" in resolution else resolution["value"]
        possible = Possibilities.of(question, [claim["answer"] for claim in claims])
        truth = int(np.argmax(possible.named(outcome)))
        said = {moment(event["stated_at"]): event["stated_at"] for event in (*claims, *notices)}
        before = sorted(at for at in said if at < moment(resolution["resolved_at"], is_from=True))
        if not before:
            continue
        forecasts: dict[str, list[Array]] = defaultdict(list)
        for at in before:
            forecasts[OURS].append(possible.credence(service.question_score(question["id"], said[at])))
            known = [[e for e in events if moment(e["stated_at"]) <= at] for events in (claims, notices)]
            for rule, forecast in RULES.items():
                forecasts[rule].append(forecast(possible, *known))
        yield {
            "case": name,
            "question": question["id"],
            "kind": "list" if possible.names else "quantity",
            "has_stakes": has_stakes,
            "n_events": len(before),
            **{
                rule: _named(np.mean([scored(one, truth) for one in told], axis=0))
                for rule, told in forecasts.items()
            },
            "credence_of_truth": [round(float(one[truth]), 3) for one in forecasts[OURS]],
        }


def _summary(rows: list[Document]) -> Document:
    """Return each rule's means over questions with their intervals, and our margin."""
    rules = (OURS, *RULES)
    values = np.array([[[row[rule][measure] for measure in MEASURES] for rule in rules] for row in rows])
    cases = sorted({row["case"] for row in rows})
    of_case = np.array([cases.index(row["case"]) for row in rows])
    totals = np.array([values[of_case == case].sum(axis=0) for case in range(len(cases))])
    counts = np.bincount(of_case)
    # The case is the unit: its questions share actors, and come or stay away together.
    drawn = np.random.default_rng(SEED).integers(0, len(cases), (N_RESAMPLES, len(cases)))
    resampled = totals[drawn].sum(axis=1) / counts[drawn].sum(axis=1)[:, None, None]
    mean = values.mean(axis=0)
    low, high = np.quantile(resampled, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2], axis=0)
    margin = {}
    for place, measure in list(enumerate(MEASURES))[1:]:
        ahead = resampled[:, 0, place] - resampled[:, 1:, place].min(axis=1)
        interval = np.quantile(ahead, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
        margin[measure] = _with_interval(mean[0, place] - mean[1:, place].min(), *interval)
    return {
        "n_cases": len(cases),
        "n_questions": len(rows),
        **{
            rule: {
                measure: _with_interval(mean[i, j], low[i, j], high[i, j])
                for j, measure in enumerate(MEASURES)
            }
            for i, rule in enumerate(rules)
        },
        "margin": margin,
    }


def _with_interval(value: float, low: float, high: float) -> list[float]:
    return [round(float(number), 3) for number in (value, low, high)]


def _named(values: Array) -> Document:
    return {measure: round(float(value), 4) for measure, value in zip(MEASURES, values, strict=True)}


def _print(document: Any) -> None:
    print(json.dumps(document), flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
