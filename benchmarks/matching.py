"""How well a text is matched to the question that it is about, and how sure the matcher may be.

    python -m benchmarks.matching DATASETS

takes the disputes of ``DATASETS/walk_backs``, whose claims have a text and are about a known question. Each
claim is taken out and matched, twice: with its own question and all others of its dispute there, and with the
whole dispute taken out, so that only "none" is right. Around them stand 10, 100 or 1,000 questions made of
other people's statements (``politifact``, ``predictionbook``) and of the other disputes. The regression is
fitted to all disputes but those on which it is measured. Printed are JSON lines: the coefficients; then, by
the number of questions around and by the threshold, how many texts were matched and how many of those
rightly, with a Wilson interval of level 0.9. The last is the Kursk record, which the fit never sees: 28
questions side by side about one dispute, with notes that refer to each other.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

import data
from benchmarks.folder import UnreadableFolderError, read_columns
from models.likeness import Likeness, likeness
from models.matching import SURE_ABOVE, Candidate, tokens_of
from models.record import Question

Array = NDArray[np.float64]

KURSK = Path(data.__file__).parent / "corpora" / "kursk-2025"
AROUND = (10, 100, 1000)
# As many as the service ranks; see data/matches.py.
MOST_CANDIDATES = 50
FOLDS = 7
SEED = 20250131
THRESHOLDS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98)
# The 0.95 quantile of the standard normal: an interval of level 0.9.
Z = 1.6448536


@dataclass(frozen=True)
class Dispute:
    """Questions that belong together, and the texts of the claims on each."""

    name: str
    questions: tuple[Candidate, ...]


@dataclass(frozen=True)
class Trial:
    """One text against some candidates; `right` is the position of its question, or none is."""

    dispute: str
    kind: str
    around: int
    found: Likeness
    right: int | None


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(prog="matching", description=str(__doc__).splitlines()[0])
    parser.add_argument("datasets", type=Path)
    chosen = parser.parse_args(arguments)
    disputes = list(read_disputes(chosen.datasets))
    # The record is not measured by folds.
    if len(disputes) - 1 < FOLDS:
        return _refused(f"fewer than {FOLDS} disputes in {chosen.datasets}")
    try:
        others = read_others(chosen.datasets)
    except UnreadableFolderError as error:
        return _refused(str(error))
    trials = list(trials_of(disputes, others))
    apart = [trial for trial in trials if trial.dispute == KURSK.name]
    trials = [trial for trial in trials if trial.dispute != KURSK.name]
    _print({"coefficients": [round(float(value), 2) for value in fitted(trials)], "threshold": SURE_ABOVE})
    for line in measured(trials):
        _print(line)
    _print({"record": KURSK.name, **told(apart, [verdict(trial, fitted(trials)) for trial in apart])})
    return 0


def read_disputes(datasets: Path) -> Iterator[Dispute]:
    """Read the labelled disputes."""
    lines = {
        noun: [json.loads(line) for line in (KURSK / f"{noun}.jsonl").read_text().splitlines()]
        for noun in ("questions", "claims")
    }
    cases = {KURSK.name: lines}
    cases |= {path.stem: json.loads(path.read_text()) for path in sorted(datasets.glob("walk_backs/*.json"))}
    for name, case in cases.items():
        texts: dict[str, list[str]] = {}
        for claim in case["claims"]:
            if claim.get("text"):
                texts.setdefault(claim["question"], []).append(claim["text"])
        yield Dispute(
            name,
            tuple(
                Candidate(
                    Question(f"{name}/{q['id']}", q["text"], q["scope"], tuple(q.get("answers", ()))),
                    tuple(texts.get(q["id"], ())),
                )
                for q in case["questions"]
            ),
        )


def read_others(datasets: Path) -> list[Candidate]:
    """Read the statements of which the questions around are made.

    Raises
    ------
    UnreadableFolderError
        In a sentence that names the file.
    """
    names = ("politifact/statements.csv", "predictionbook/events.csv")
    found = [text for name in names for text in read_columns(datasets / name, ("text",))["text"] if text]
    return [Candidate(Question(f"other-{i}", text, "other", ("yes", "no"))) for i, text in enumerate(found)]


def trials_of(disputes: Sequence[Dispute], others: Sequence[Candidate]) -> Iterator[Trial]:
    """Match each labelled text with its dispute there, and with it taken out."""
    chance = random.Random(SEED)  # noqa: S311 - no secret
    for dispute in disputes:
        elsewhere = [*others, *(q for other in disputes if other is not dispute for q in other.questions)]
        for question in dispute.questions:
            siblings = [other for other in dispute.questions if other is not question]
            for text in question.texts:
                own = Candidate(question.question, tuple(each for each in question.texts if each != text))
                for around in AROUND:
                    sample = chance.sample(elsewhere, around)
                    for kind, there in (("known", [own, *siblings]), ("new", [])):
                        found = looked_up(text, [*there, *sample])
                        right = found.index(own) if kind == "known" and own in found else None
                        yield Trial(dispute.name, kind, around, likeness(text, found), right)


def looked_up(text: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates that share the rarest tokens with a text, as the service looks them up."""
    texts = [
        [each.casefold() for each in (candidate.question.text, *candidate.texts)] for candidate in candidates
    ]
    n = sum(map(len, texts))
    tokens = tokens_of(text)
    within = {token: sum(token in each for of_one in texts for each in of_one) for token in tokens}
    weights = {token: math.log((n + 1) / (within[token] + 1)) for token in tokens}
    reached = [
        max(sum(weights[token] for token in tokens if token in each) for each in of_one) for of_one in texts
    ]
    order = sorted(range(len(candidates)), key=lambda i: -reached[i])[:MOST_CANDIDATES]
    return [candidates[i] for i in order]


def fitted(trials: Sequence[Trial]) -> Array:
    """Return the constant and the slope of the regression."""
    rows = np.concatenate([trial.found.lead for trial in trials])[:, None]
    labels = np.concatenate([np.arange(len(trial.found.lead)) == trial.right for trial in trials])
    # Next to no penalty: some ten thousand rows stand against one slope.
    model = LogisticRegression(C=100.0, max_iter=1000).fit(rows, labels)
    return np.concatenate([model.intercept_, model.coef_[0]])


def verdict(trial: Trial, coefficients: Array) -> tuple[float, bool]:
    """Return the highest probability, and whether it is that of the right question."""
    found = trial.found.probability_by(coefficients)
    return float(found.max()), trial.right == int(found.argmax())


def measured(trials: Sequence[Trial]) -> Iterator[dict[str, Any]]:
    """Yield how many texts were matched and how many rightly, each by a fit that had not seen its dispute."""
    names = sorted({trial.dispute for trial in trials})
    verdicts: dict[int, tuple[float, bool]] = {}
    for _, held_out in GroupKFold(FOLDS).split(names, groups=names):
        away = {names[i] for i in held_out}
        coefficients = fitted([trial for trial in trials if trial.dispute not in away])
        verdicts |= {i: verdict(each, coefficients) for i, each in enumerate(trials) if each.dispute in away}
    for around in AROUND:
        chosen = [i for i, trial in enumerate(trials) if trial.around == around]
        yield {"around": around, **told([trials[i] for i in chosen], [verdicts[i] for i in chosen])}
    for threshold in THRESHOLDS:
        yield {"threshold": threshold, **told(trials, [verdicts[i] for i in range(len(trials))], threshold)}


def told(
    trials: Sequence[Trial], verdicts: Sequence[tuple[float, bool]], threshold: float = SURE_ABOVE
) -> dict[str, Any]:
    """Return the figures of some trials."""
    sure = [is_right for reached, is_right in verdicts if reached >= threshold]
    known = [is_right for trial, (_, is_right) in zip(trials, verdicts, strict=True) if trial.kind == "known"]
    new = [reached for trial, (reached, _) in zip(trials, verdicts, strict=True) if trial.kind == "new"]
    return {
        "n_texts": len(trials),
        "n_matched": len(sure),
        "n_right": sum(sure),
        "precision": round(sum(sure) / len(sure), 3) if sure else None,
        "precision_interval": _wilson(sum(sure), len(sure)),
        "recall": round(sum(sure) / len(known), 3),
        "first_is_right": round(sum(known) / len(known), 3),
        "new_matched": round(sum(reached >= threshold for reached in new) / len(new), 3),
    }


def _wilson(right: int, n: int) -> list[float] | None:
    if not n:
        return None
    share, square = right / n, Z * Z / n
    middle = (share + square / 2) / (1 + square)
    half = Z / (1 + square) * math.sqrt(share * (1 - share) / n + square / (4 * n))
    return [round(middle - half, 3), round(min(middle + half, 1.0), 3)]


def _refused(because: str) -> int:
    print(f"matching: {because}", file=sys.stderr)  # noqa: T201
    return 1


def _print(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)  # noqa: T201


if __name__ == "__main__":
    raise SystemExit(main())
