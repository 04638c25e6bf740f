"""How long fits of a ledger take, in seconds of processor: one JSON object for a database on standard output.

Run on a copy of a ledger that nothing serves: a claim is written to it.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from data import claims, fits, present, scores, settlement
from data import record as records
from data.database import open_database, reading
from models.credence import LEDGER_TOL, CredenceModel

T = TypeVar("T")

# Up to this many claims the record is fitted as plain values too: of more it takes gigabytes.
LARGEST_RECORD = 100_000
N_WRITES = 5
N_MOMENTS = 5


def main(database: str) -> None:
    """Measure a ledger and print it."""
    with closing(open_database(database, create=False)) as db:
        print(json.dumps(measured(db)))  # noqa: T201


def measured(db: Any) -> dict[str, Any]:
    """Return what was measured on a ledger."""
    found: dict[str, Any] = {}
    (n_claims,) = db.execute("SELECT count(*) FROM claims").fetchone()
    if n_claims <= LARGEST_RECORD:
        record = records.load(db)
        found["fit_of_rows_s"] = costs(lambda: CredenceModel(tol=LEDGER_TOL).fit(record))[0]
        del record
    with reading(db):
        seconds, ledger = costs(lambda: present.present(db))
    found["columns_from_file_s"] = seconds
    found["fit_of_columns_s"], model = costs(lambda: fits.fitted(ledger))
    found["refit_s"], _ = costs(lambda: settlement.settle(db, is_anew=True))
    (claim_id,) = db.execute(
        "SELECT id FROM claims ORDER BY seq LIMIT 1 OFFSET ?", [n_claims // 2]
    ).fetchone()
    claim = claims.get(db, claim_id)
    again, settled = [], []
    for i in range(N_WRITES):
        new = replace(claim, id=f"another-{time.time_ns()}-{i}", via=(), cites=())
        claims.add(db, new, at=datetime.now(UTC), by=None)
        with reading(db):
            seconds, ledger = costs(lambda: present.present(db))
        again.append(seconds + costs(lambda ledger=ledger: fits.fitted(ledger, model.terms_))[0])  # type: ignore[misc]
        settled.append(costs(lambda: settlement.settle(db))[0])
    found["fit_after_write_s"], found["settled_after_write_s"] = sorted(again)[N_WRITES // 2], settled
    first, last = db.execute("SELECT min(stated_at), max(stated_at) FROM claims").fetchone()
    begins, ends = (datetime.fromisoformat(text) for text in (first, last))
    moments = [begins + (ends - begins) * (0.5 + 0.5 * i / N_MOMENTS) for i in range(N_MOMENTS)]
    past = [
        costs(lambda at=at: scores.at(db, "question", claim.question, as_of=at))[0]  # type: ignore[misc]
        for at in moments
    ]
    found["as_of_s"] = sorted(past)[N_MOMENTS // 2]
    found["peak_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return found


def costs(work: Callable[[], T]) -> tuple[float, T]:
    """Return the seconds of processor that some work takes, and what it returns."""
    begun = time.process_time()
    done = work()
    return time.process_time() - begun, done


if __name__ == "__main__":
    main(sys.argv[1])
