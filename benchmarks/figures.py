"""The benchmark tables and the reliability diagram, drawn from `benchmarks/results`: `make figures`.

Writes `docs/benchmarks.md` and `docs/reliability.svg`. No figure in them comes from anywhere else.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers import ROOT
from benchmarks.reliability import diagram

Line = Mapping[str, Any]

RESULTS = ROOT / "benchmarks" / "results"
DOCS = ROOT / "docs"
# Below this a bin holds a handful of objects, and a diagram shows noise.
LEAST_TRUTHS = 100
# The files of results, by what they hold.
MEASURED = ("accuracy", "prequential", "disputes", "speed", "ledger", "http")
# What is shown of a ledger's line: a name, and the names under which it lies there.
LEDGER_FIGURES = (
    ("all claims sent in bulk", ("bulk_s",)),
    ("claims a second", ("bulk_claims_per_s",)),
    ("corrections of a twentieth, loaded and settled", ("corrections_s",)),
    ("a score read, median", ("score_read", "p50")),
    ("a score read, 99th percentile", ("score_read", "p99")),
    ("a claim written, and its score read back, median", ("write_and_read_back", "p50")),
    ("the same, 99th percentile", ("write_and_read_back", "p99")),
    ("a score of the past, median", ("as_of", "p50")),
    ("a score of the past, 99th percentile: of a worker's first", ("as_of", "p99")),
    ("`credence refit`", ("refit_s",)),
    ("its memory, GB", ("refit_peak_gb",)),
    ("a score read meanwhile, 99th percentile", ("reads_during_refit", "p99")),
    ("a claim written and read back meanwhile, median", ("writes_during_refit", "p50")),
    ("inside: a fit of plain records in memory", ("inside", "fit_of_rows_s")),
    ("inside: columns made from the file", ("inside", "columns_from_file_s")),
    ("inside: a fit of the columns", ("inside", "fit_of_columns_s")),
    ("inside: columns and fit after one write", ("inside", "fit_after_write_s")),
    ("inside: `as_of`, a moment that was not asked about before", ("inside", "as_of_s")),
    ("inside: memory, GB", ("inside", "peak_gb")),
    ("the file, MB", ("database_mb",)),
)
COMMANDS = (
    (
        "`make bench-accuracy DATASETS=DIR [PEERS=1]`",
        "the estimator on every folder of DIR that has an `attributions.csv` "
        "(`source,object,value[,time,kind]`) and a `truth.csv` (`object,value`)",
    ),
    ("`make bench-accuracy DATASETS=DIR PREQUENTIAL=1`", "the same records, walked in time"),
    ("`make bench-disputes FOLDER=DIR [STAKES=DIR]`", "disputes with a settled outcome, through the service"),
    (
        "`make bench-matching DATASETS=DIR`",
        "texts matched to the question that they are about: how often rightly, by how sure",
    ),
    ("`make bench-copying`", "undeclared copying, on made records with a known truth"),
    ('`make bench-speed [SIZES="10000 1000000"]`', "time and memory of a fit, beside the peers"),
    (
        "`make bench-http [ROUNDS=7]`",
        "requests a second and processor time a request, beside bare Flask views under the same server, "
        "Datasette and sqlite-utils",
    ),
    ('`make bench-ledger [SIZES="10000"]`', "loading, writing, reading and refitting ledgers of any size"),
    (
        "`make bench-reach`",
        "through how many modules a write and a score run, and how many calls lead from one to another",
    ),
    (
        "`make benchmarks DATASETS=DIR [FOLDER=DIR]`, then `make figures`",
        "all tables of this page, measured and drawn again",
    ),
)


def main(arguments: list[str] | None = None) -> int:
    """Draw everything anew; the folder of results and that of the documents may be named."""
    given = [Path(argument) for argument in (sys.argv[1:] if arguments is None else arguments)]
    results, docs = (*given, RESULTS, DOCS)[:2] if len(given) != 1 else (given[0], DOCS)
    docs.mkdir(exist_ok=True)
    measured = {name: read(results / f"{name}.jsonl") for name in MEASURED}
    (docs / "benchmarks.md").write_text(document(measured), encoding="utf-8")
    accuracy, walked = measured["accuracy"], measured["prequential"]
    (docs / "reliability.svg").write_text(diagram(panels(accuracy, walked)), encoding="utf-8")
    return 0


def read(file: Path) -> list[dict[str, Any]]:
    """Read a file of JSON lines; none if there is no such file."""
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def panels(accuracy: Sequence[Line], walked: Sequence[Line]) -> list[Line]:
    """Return what the diagram shows: a record walked through in time in that way, the others in one fit.

    Amounts are left out that prove to be what hardly anybody said: there is no leading answer to judge.
    """
    in_time = {line["dataset"]: line for line in walked if line.get("calibration")}
    answered = [line for line in accuracy if 2 * line.get("n_truths_unasserted", 0) < line["n_truths"]]
    shown = [in_time.get(line["dataset"], line) for line in answered]
    return [line for line in shown if line.get("calibration") and line["n_truths"] >= LEAST_TRUTHS]


def document(measured: Mapping[str, Sequence[Line]]) -> str:
    """Return the page of tables; the lines of each file of results by its name."""
    accuracy = measured["accuracy"]
    return "\n\n".join(
        part
        for part in (
            "# Benchmarks",
            "Drawn by `make figures` from `benchmarks/results`, which `make benchmarks` measures again. "
            "In brackets: 95 % bootstrap intervals over objects; `benchmarks/measures.py` defines them all.",
            "## One fit, beside the peers",
            "One model without a setting for any record, beside the aggregators of crowd-kit 1.4 and "
            "truthdiscovery 1.0 as they ship. The gap is paired: the same objects are drawn for both.",
            _accuracy_table(accuracy),
            _amounts_table(accuracy),
            _peers_ahead(accuracy),
            "![Reliability diagram](reliability.svg)",
            "## In time",
            "Each outcome predicted from what was known before its day.",
            _walked_table(measured["prequential"]),
            "## Disputes",
            "Public disputes with a settled outcome, fed to the service: the credence of the truth at every "
            "event before the outcome, averaged within a question; in brackets 90 % intervals by case. They "
            "are famous because someone was wrong, so every simple rule does badly.",
            _disputes_table(measured["disputes"]),
            "## Speed and size",
            "Seeded synthetic records in which nobody copies, one thread, one process each. Times in "
            "nanoseconds an attribution, memory in bytes an attribution beyond the input.",
            _speed_table(measured["speed"]),
            "## Ledgers of any size",
            "Seeded ledgers, served and written to over HTTP by one client, on a machine of two processors "
            "that runs nothing else. Seconds by the clock; inside, of processor.",
            _ledger_table(measured["ledger"]),
            "## Over HTTP",
            "In turns of a second or two, beside bare views under the same server. A ratio above 1 is in "
            "favour of the service; that by processor does not depend on what the clients take.",
            _http_table(measured["http"]),
            "## Measure it yourself",
            "Each prints a JSON line a result. `DATASETS` is a folder with a folder for each record.",
            _table("command|what it measures", COMMANDS) + "\n",
        )
        if part
    )


def _accuracy_table(lines: Sequence[Line]) -> str:
    rows = [
        (
            f"`{line['dataset']}`",
            " / ".join(f"{line[f'n_{what}']:,}" for what in ("sources", "objects", "attributions", "truths")),
            _figure(line, "majority"),
            f"{_figure(_best(line), 'accuracy')} {line.get('best_peer') or ''}".strip(),
            f"**{_figure(line, 'accuracy')}** {_interval(line, 'accuracy')}",
            f"{_signed(line, 'gap_to_best_peer')} {_interval(line, 'gap_to_best_peer')}".strip(),
            _figure(line, "brier"),
            _figure(line, "log_loss"),
            _figure(line, "ece"),
        )
        for line in lines
        if line.get("accuracy") is not None
    ]
    header = "record|sources / objects / claims / truths|voting|best peer|Credence|gap|Brier|log loss|ECE"
    return _table(header, rows)


def _disputes_table(lines: Sequence[Line]) -> str:
    rules = ("credence", "counting_voices", "believing_latest", "knowing_nothing")
    rows = [
        (
            f"{line['summary']}, {'with' if line['has_stakes'] else 'without'} stakes",
            f"{line['n_questions']}",
            rule.replace("_", " "),
            *(
                f"{middle:.3f} [{low:.3f}, {high:.3f}]"
                for middle, low, high in (line[rule][figure] for figure in ("accuracy", "brier", "log_score"))
            ),
        )
        for line in lines
        if "summary" in line
        for rule in rules
        if rule == "credence" or not line["has_stakes"]
    ]
    return _table("questions|n|rule|accuracy|Brier|log score", rows) if rows else ""


def _amounts_table(lines: Sequence[Line]) -> str:
    rows = [
        (
            f"`{line['dataset']}`",
            f"{line['mae_of_mean']:,.5g}",
            f"**{line['mae']:,.5g}** {_interval(line, 'mae')}",
            f"{_figure(line, 'coverage')} {_interval(line, 'coverage')}",
            f"{_figure(line, 'accuracy_within_1_percent')} {_interval(line, 'accuracy_within_1_percent')}",
        )
        for line in lines
        if line.get("mae") is not None
    ]
    if not rows:
        return ""
    header = "amounts|error of the mean claim|error|90 % interval holds the truth|within 1 %"
    return _table(header, rows)


def _best(line: Line) -> Line:
    return {"accuracy": line["peers"][line["best_peer"]]} if line.get("best_peer") else {}


def _peers_ahead(lines: Sequence[Line]) -> str:
    if not any(line.get("best_peer") for line in lines):
        return ""
    ahead = [
        f"`{line['dataset']}` ({line['best_peer']}, by {-line['gap_to_best_peer']:.3f})"
        for line in lines
        if (line.get("gap_to_best_peer") or 0) < 0
    ]
    return f"A peer is ahead on {', '.join(ahead)}." if ahead else "No peer is ahead on any of these."


def _walked_table(lines: Sequence[Line]) -> str:
    rows = []
    for line in lines:
        rows += _walked_rows(f"`{line['dataset']}`", line)
        if line.get("per_claim"):
            rows += _walked_rows(f"`{line['dataset']}`, each claim", line["per_claim"])
    return _table("record|predicted|figure|simple rules|Credence", rows)


def _walked_rows(name: str, line: Line) -> list[tuple[str, ...]]:
    n = line.get("n", line.get("n_truths"))
    rows: list[tuple[str, ...]] = []
    for figure in ("accuracy", "brier", "log_loss", "auc", "ece", "mae", "coverage"):
        if line.get(figure) is None:
            continue
        rules = [
            f"{_figure(found, figure)} {rule.replace('_', ' ')}"
            for rule, found in line.get("baselines", {}).items()
            if found.get(figure) is not None
        ]
        said = f"**{_figure(line, figure)}** {_interval(line, figure)}"
        rows.append((name, f"{n:,}", figure, ", ".join(rules) or "–", said))
    return rows


def _speed_table(lines: Sequence[Line]) -> str:
    names = (
        "ns_per_attribution_and_iteration",
        "iterations",
        "ns_per_attribution",
        "ns_per_attribution_with_preparation",
        "fit_bytes_per_attribution",
        "accuracy",
    )
    rows = []
    for line in lines:
        if "contestant" not in line:
            continue
        if "failure" in line:
            rows.append((f"{line['n_attributions']:,}", line["contestant"], line["failure"], *[""] * 5))
            continue
        figures = ["–" if line[name] is None else f"{line[name]:,}" for name in names]
        rows.append((f"{line['n_attributions']:,}", line["contestant"], *figures))
    header = "claims|contestant|an iteration|iterations|to convergence|with preparation|memory|accuracy"
    return _table(header, rows)


def _ledger_table(lines: Sequence[Line]) -> str:
    if not lines:
        return _table("", [])
    rows = [(name, *(_seconds(_found(line, names)) for line in lines)) for name, names in LEDGER_FIGURES]
    return _table("|".join(["claims", *(f"{line['n_claims']:,}" for line in lines)]), rows)


def _http_table(lines: Sequence[Line]) -> str:
    rows = [
        (
            line["measured"],
            line["beside"],
            f"{line['per_s']:,} / {line['yardstick_per_s']:,}",
            f"{line['ratio']:.3g} [{line['ratio_low']:.3g}, {line['ratio_high']:.3g}]",
            f"{line['cpu_ratio']:.3g}",
        )
        for line in lines
        if "ratio" in line
    ]
    return _table("measured|beside|a second|ratio|by processor", rows)


def _found(line: Line, names: Sequence[str]) -> Any:
    """Return what lies under some names, one inside the other; None where nothing does."""
    found: Any = line
    for name in names:
        found = None if found is None else found.get(name)
    return found


def _seconds(found: float | None) -> str:
    return "–" if found is None else f"{found:,.3g}" if found < 100 else f"{found:,.0f}"


def _table(header: str, rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return "Not measured yet."
    names = header.split("|")
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _figure(line: Line, name: str) -> str:
    return "–" if line.get(name) is None else f"{line[name]:.3f}"


def _signed(line: Line, name: str) -> str:
    return "–" if line.get(name) is None else f"{line[name]:+.3f}"


def _interval(line: Line, name: str) -> str:
    limits = line.get(f"{name}_interval")
    return "" if limits is None else f"[{limits[0]:.3f}, {limits[1]:.3f}]"


if __name__ == "__main__":
    sys.exit(main())
