"""A campaign: thousands of hostile requests, made from the OpenAPI document of a running service.

It goes in chunks. Each has a seed of its own and serves a fresh copy of the Kursk record in a process of
its own; so a chunk can be repeated alone, and a campaign that was broken off goes on with the chunk after
the last whole one. Requests come in turn with no key and with a key of each scope.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click
from hostile import answers
from hostile.service import PATIENCE_S, PROGRAM, WORKERS, Service, copy_ledger, make_ledger, serving

SEED = 20250131
# The keys, in turn; what writes comes twice as often as what is refused. The last one opens everything.
SCOPES = (None, "write", "admin", "read", "write", "admin")
# From here on the first chunks also walk through every boundary of every field, some 2,500 cases each.
THOROUGH_FROM = 10_000
THOROUGH_CHUNKS = 2
# Cases for each operation in a chunk; a stateful scenario, of which there are as many, has up to six steps.
EXAMPLES, FEW_EXAMPLES = 25, 5
# Longest answers on this record, in seconds: reads by GET, and what comes with a body.
READ_LIMIT_S, BODY_LIMIT_S = 2.0, 5.0
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
)
# Where ids of the record go in at random, so that writes get past the rule that what they name exists.
IDS = {
    "sources": ("path.source_id", "query.source", "query.by", "query.member_of", "body.source", "body.by",
                "body.member_of", "body.via[*]", "body.cites[*]"),
    "questions": ("path.question_id", "query.question", "body.question", "body.questions[*]"),
    "claims": ("path.claim_id", "query.claim", "body.claims[*]"),
    "answers": ("body.answer",),
}  # fmt: skip
ID_SHARE = 0.6
# How many of each: with few questions an answer often fits its question.
MOST_IDS = 8
CLAIM = "kindratenko-cnn"
# A stream of events that stays open is an answer that never ends: here each ends with what there is, as where
# a worker holds many already.
ENDING_STREAMS = f"import api.gevent_worker; api.gevent_worker.MOST_STREAMS = 0; {PROGRAM}"


@dataclass
class Tally:
    """What a campaign has seen so far."""

    chunks: int = 0
    cases: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    slowest: dict[str, Any] = field(default_factory=lambda: {"seconds": 0.0})
    slow: list[dict[str, Any]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def count(self, lines: list[dict[str, Any]]) -> None:
        """Count the answers of a chunk."""
        for line in lines:
            self.cases += 1
            self.statuses[str(line["status"])] += 1
            if line["seconds"] > self.slowest["seconds"]:
                self.slowest = line
            if line["seconds"] > (READ_LIMIT_S if line["method"] in ("GET", "HEAD") else BODY_LIMIT_S):
                self.slow.append(line)
            if line["status"] == 0:
                self.failures.append(f"no answer to {line['method']} {line['address']}")

    def report(self) -> str:
        """Tell it in a few lines."""
        statuses = ", ".join(f"{status}: {number}" for status, number in sorted(self.statuses.items()))
        slowest = f"{self.slowest['seconds']:.2f} s"
        if "method" in self.slowest:
            slowest += f", {self.slowest['method']} {self.slowest['address'][:100]}"
        late = f"{len(self.slow)} over {READ_LIMIT_S:g} s for a GET or {BODY_LIMIT_S:g} s for the rest"
        return "\n".join(
            [
                f"{self.cases} cases in {self.chunks} chunks; {len(self.failures)} failures",
                f"requests by status: {statuses}",
                f"slowest answer: {slowest}; {late}",
                *self.failures,
                *(f"late: {json.dumps(line)}" for line in self.slow),
            ]
        )

    @property
    def is_clean(self) -> bool:
        """Whether nothing failed and nothing came late."""
        return not self.failures and not self.slow


def run(cases: int, *, seed: int, folder: Path) -> Tally:
    """Run chunks until there were so many cases, keeping the tally in `folder`; go on with what is there."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"campaign-{seed}-{cases}.json"
    tally = Tally()
    if kept.exists():
        document = json.loads(kept.read_text())
        tally = replace(tally, **{**document, "statuses": Counter(document["statuses"])})
    with tempfile.TemporaryDirectory(prefix="credence-hostile-") as made:
        ledger = Path(made) / "kursk.db"
        held = make_ledger(ledger)
        while tally.cases < cases:
            chunk = Path(made) / f"chunk-{tally.chunks}"
            chunk.mkdir()
            copy_ledger(ledger, chunk / "kursk.db")
            attack(tally, chunk, held, seed=seed + tally.chunks, is_whole=cases >= THOROUGH_FROM)
            click.echo(f"chunk {tally.chunks}: {tally.cases} cases, {len(tally.slow)} late", err=True)
            if tally.failures:
                # Not kept: once it is mended, this chunk is the next again.
                break
            kept.write_text(json.dumps(vars(tally)))
    return tally


def attack(tally: Tally, chunk: Path, held: dict[str, str], *, seed: int, is_whole: bool) -> None:
    """Serve one copy of the record, attack it, and see what is left."""
    phases = "fuzzing,stateful"
    if is_whole and tally.chunks < THOROUGH_CHUNKS:
        phases = f"examples,coverage,{phases}"
    turns = SCOPES[tally.chunks % len(SCOPES) :] + SCOPES
    with serving(chunk / "kursk.db", held, program=ENDING_STREAMS) as service:
        warm(service)
        configuration = chunk / "schemathesis.toml"
        configuration.write_text(settings(service, EXAMPLES if is_whole else FEW_EXAMPLES))
        told = chunk / "answers.jsonl"
        ended = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration), "run"),
                *(f"http://127.0.0.1:{service.port}/openapi.json", "--phases", phases, "--seed", str(seed)),
                *("--checks", ",".join(CHECKS), "--continue-on-failure", "--no-color", "--warnings", "off"),
                *("--suppress-health-check", "all", "--generation-database", "none"),
                *("--request-timeout", str(PATIENCE_S)),
            ],
            env={
                **os.environ,
                "SCHEMATHESIS_HOOKS": answers.__file__,
                answers.FILE: str(told),
                answers.KEYS: json.dumps([scope and held[scope] for scope in turns]),
            },
            capture_output=True,
            text=True,
            check=False,
            cwd=chunk,
        )
        tally.chunks += 1
        tally.count([json.loads(line) for line in told.read_text().splitlines()] if told.exists() else [])
        if ended.returncode:
            tally.failures.append(f"seed {seed}:\n{ended.stdout[-20_000:]}{ended.stderr[-4000:]}")
        try:
            service.assert_unharmed()
        except AssertionError as harm:
            tally.failures.append(f"seed {seed}: {harm}")


def warm(service: Service) -> None:
    """Let each worker fit once: the first fit of a process loads its libraries, which takes seconds."""
    for day in range(1, 1 + 4 * WORKERS):
        # On a busy machine it may be shed; then it is another worker's turn.
        answer = service.call("GET", f"/v1/claims/{CLAIM}/score?as_of=2025-02-{day:02}")
        assert answer.status in (200, 503), answer


def settings(service: Service, examples: int) -> str:
    """Return schemathesis' configuration: how many cases, and the record's ids."""
    lines = ["[generation]", f"max-examples = {examples}", "no-shrink = true"]
    # oEmbed answers 501 to a form that it does not have: https://oembed.com, section 2.3.4.
    lines += ["[checks.not_a_server_error]", 'expected-statuses = ["2xx", "3xx", "4xx", "501"]']
    found = {
        noun: [item["id"] for item in service.call("GET", f"/v1/{noun}?limit={MOST_IDS}").json["items"]]
        for noun in ("sources", "questions", "claims")
    }
    asked = [service.call("GET", f"/v1/questions/{id_}").json for id_ in found["questions"]]
    found["answers"] = sorted({answer for question in asked for answer in question["answers"]})
    for noun, values in found.items():
        lines += [f"[dictionaries.{noun}]", f"values = {json.dumps(values)}"]
    lines.append("[parameters]")
    lines += [
        f'"{place}" = {{ dictionary = "{noun}", probability = {ID_SHARE} }}'
        for noun, places in IDS.items()
        for place in places
    ]
    return "\n".join(lines) + "\n"


@click.command()
@click.option("--cases", default=20_000, show_default=True, type=click.IntRange(1))
@click.option("--seed", default=SEED, show_default=True)
@click.option("--folder", default=Path(".schemathesis"), type=click.Path(path_type=Path))
def main(cases: int, seed: int, folder: Path) -> None:
    """Attack a service of our own, and say what came of it."""
    tally = run(cases, seed=seed, folder=folder)
    click.echo(tally.report())
    sys.exit(0 if tally.is_clean else 1)


if __name__ == "__main__":
    main()
