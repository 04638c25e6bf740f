"""Freeze every number of two records' scores: `PYTHONPATH=.:tests python -m golden.freeze`.

Where a number moves by what was meant to move it, `models.version.RELEASE` rises, CHANGELOG.md tells by how
much, and the files are made anew.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from seeded import seeded_record

from api.corpus import load
from data import record as records
from data.database import MEMORY, open_database
from models.answer import Names
from models.record import Record, Resolution
from models.score import Score
from models.scoring import Scores

HERE = Path(__file__).parent
CORPUS = HERE.parents[1] / "data" / "corpora" / "kursk-2025"
# As many as can be told apart of what is compared to a billionth.
DIGITS = 10
# Before the claim about the whole front, before and after the walk-back, and all that is known.
KURSK_MOMENTS: tuple[datetime | None, ...] = (
    datetime(2025, 1, 30, 23, 59, 59, tzinfo=UTC),
    datetime(2025, 1, 31, 12, tzinfo=UTC),
    datetime(2025, 1, 31, 18, tzinfo=UTC),
    None,
)
N_CLAIMS = 2000
# Every so manyth question is resolved, half of them as the first claim on it has it.
RESOLVED = 7

Numbers = dict[str, dict[str, list[Any]]]


def kursk() -> dict[str, Numbers]:
    """Return the numbers of the Kursk record, by moment."""
    with closing(open_database(MEMORY)) as db:
        load(db, CORPUS, at=datetime(2025, 3, 1, tzinfo=UTC))
        return {str(moment): numbers(records.load(db, moment)) for moment in KURSK_MOMENTS}


def made() -> dict[str, Numbers]:
    """Return the numbers of the seeded ledger, with corrections and some resolutions, by moment."""
    record = seeded_record(N_CLAIMS)
    record = replace(record, resolutions={each.question: each for each in _resolutions(record)})
    moment = record.claims[N_CLAIMS // 2].stated_at
    return {str(moment): numbers(_as_of(record, moment)), "None": numbers(record)}


def _resolutions(record: Record) -> Iterator[Resolution]:
    said = {claim.question: claim for claim in reversed(record.claims)}
    for place, question in enumerate(list(record.questions.values())[::RESOLVED]):
        if question.answers:
            first = said[question.id].answer
            answer = first if place % 2 else Names((question.answers[place % len(question.answers)],))
            at = said[question.id].stated_at + timedelta(days=45)
            yield Resolution(question.id, answer, at, "s0")


def _as_of(record: Record, moment: datetime) -> Record:
    """Return what had been said by a moment."""
    said = tuple(claim for claim in record.claims if claim.stated_at <= moment)
    ids = {claim.id for claim in said}
    return replace(
        record,
        claims=said,
        corrections=tuple(c for c in record.corrections if c.stated_at <= moment and c.claim in ids),
        resolutions={id_: found for id_, found in record.resolutions.items() if found.resolved_at <= moment},
    )


def numbers(record: Record) -> Numbers:
    """Return the numbers of every score, by kind and id."""
    found: Numbers = {"source": {}, "claim": {}, "question": {}}
    for score in Scores(record).all():
        found[score.kind][score.id] = _of(score)
    return found


def _of(score: Score) -> list[Any]:
    interval, quantity = score.interval, score.quantity
    return [
        score.score,
        None if interval is None else [interval.low, interval.high],
        score.effective_n,
        [factor.log_odds for factor in score.factors],
        [[answer.credence, answer.low, answer.high] for answer in score.answers],
        None if quantity is None else [quantity.median, quantity.low, quantity.high],
    ]


RECORDS = {"kursk": kursk, "made": made}


def file_of(name: str) -> Path:
    """Return the file that holds the numbers of a record."""
    return HERE / f"{name}.json.gz"


def frozen(name: str) -> dict[str, Numbers]:
    """Return the numbers of a record as they were frozen."""
    found: dict[str, Numbers] = json.loads(gzip.decompress(file_of(name).read_bytes()))
    return found


def _short(found: Any) -> Any:
    if isinstance(found, float):
        return float(f"{found:.{DIGITS}g}")
    if isinstance(found, dict):
        return {key: _short(value) for key, value in found.items()}
    return [_short(value) for value in found] if isinstance(found, list) else found


def main() -> None:
    """Write both files."""
    for name, make in RECORDS.items():
        text = json.dumps(_short(make()), separators=(",", ":"))
        # Without a time in it, the same numbers are the same file.
        file_of(name).write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main()
