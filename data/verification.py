"""The verification of a ledger: that its file, its trail, what was recorded and its scores hold together."""

from __future__ import annotations

import json
import math
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from sqlite_utils import Database

from data import audit, chain, digests, events, fits, present, reference, rows, terms
from data import record as records
from data.database import MEMORY, open_database, reading
from data.instant import from_text
from data.reference import QUESTIONS, SCOPES, SOURCES
from models import list_figures
from models.address import address_of
from models.columns import Columns
from models.constants import Coefficient
from models.families import Families
from models.record import Record
from models.terms import Terms
from models.version import model_version

# How far a stored number may lie from a fresh fit's: sums in another order, on another machine.
TOLERANCE = 1e-6
# And what lists sort by, which is made anew when log-odds have moved by a thousandth.
FIGURES_TOLERANCE = 1e-3
# What others keep beside our tables: SQLite, the library of the migrations, and Litestream.
FOREIGN_TABLES = re.compile("sqlite_.*|_sqlite_migrations|_litestream_(lock|seq)")


@dataclass(frozen=True)
class Check:
    """One check: its name, whether it passed, and what was found, in a clause."""

    name: str
    is_passed: bool
    found: str


class _Broken(Exception):  # noqa: N818 - it never leaves this module
    """Something does not hold; its text is the clause that says what, and in which row."""


def verify(db: Database, *, with_scores: bool = True) -> Iterator[Check]:
    """Check a ledger, all of it as one state, without writing; each check as soon as it is done.

    Parameters
    ----------
    with_scores : bool
        Whether what is stored of scores is compared with a fresh fit, which takes the time of one.

    Raises
    ------
    DatabaseError
        When the disk fails, or the file is damaged so far that it cannot be read.
    """
    checks: list[tuple[str, Callable[[Database], str]]] = [
        ("integrity", _integrity),
        ("schema", _schema),
        ("chain", _chain),
        ("contents", _contents),
        ("addresses", _addresses),
        ("events", _events),
    ]
    with reading(db):
        is_sound = True
        for name, check in checks:
            done = _done(db, name, check)
            is_sound = is_sound and done.is_passed
            yield done
        for name, check in (("inputs", _inputs), ("scores", _scores)) if with_scores else ():
            # Rows that were altered need not even be readable.
            yield _done(db, name, check) if is_sound else Check(name, is_passed=False, found=_NOT_CHECKED)


_NOT_CHECKED = "not checked, since what they rest on does not hold"


def _done(db: Database, name: str, check: Callable[[Database], str]) -> Check:
    try:
        return Check(name, is_passed=True, found=check(db))
    except _Broken as broken:
        return Check(name, is_passed=False, found=str(broken))
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise
        # A table or a column is not there: the check of the schema names it.
        return Check(name, is_passed=False, found=f"cannot be checked: {error}")


def _integrity(db: Database) -> str:
    for (found,) in db.execute("PRAGMA integrity_check(1)"):
        if found != "ok":
            raise _Broken(f"SQLite finds the file damaged: {found}")
    for table, rowid, parent, _ in db.execute("PRAGMA foreign_key_check"):
        raise _Broken(f"row {rowid} of {table} refers to nothing in {parent}")
    return "the file is sound, and every reference leads somewhere"


def _schema(db: Database) -> str:
    expected, present = _expected(), _made(db)
    for what in sorted(expected.keys() | present.keys()):
        if what not in present:
            raise _Broken(f"the {what[0]} {what[1]} is missing")
        if what not in expected:
            raise _Broken(f"the {what[0]} {what[1]} is not this version's")
        if expected[what] != present[what]:
            raise _Broken(f"the {what[0]} {what[1]} is not as this version makes it")
    return f"{len(expected)} tables, views, indexes and triggers, as this version makes them"


@cache
def _expected() -> dict[tuple[str, str], str]:
    with closing(open_database(MEMORY)) as fresh:
        return _made(fresh)


def _made(db: Database) -> dict[tuple[str, str], str]:
    # Versions of SQLite differ in the quotes and spaces that a renaming leaves.
    return {
        (kind, name): re.sub(r'[\s"]+', " ", sql or "").replace(" (", "(")
        for kind, name, sql in db.execute("SELECT type, name, sql FROM sqlite_master")
        if not FOREIGN_TABLES.fullmatch(name)
    }


def _chain(db: Database) -> str:
    n_entries, head, last = 0, chain.START, ""
    for link in chain.links(db):
        entry, n_entries = link.entry, n_entries + 1
        name = f"entry {entry['seq']} ({entry['action']} {entry['subject_kind']} {entry['subject_id']!r})"
        if entry["seq"] != n_entries:
            raise _Broken(f"entry {n_entries} is missing: {name} follows the one before it")
        if not link.has_content:
            raise _Broken(f"what {name} recorded is not there")
        if entry["digest"] != link.digest:
            raise _Broken(f"{name}, or the row that it recorded, was altered")
        head, last = link.digest, entry["recorded_at"]
    stored, recorded_at = db.execute("SELECT digest, recorded_at FROM changes").fetchone()
    if stored != head or recorded_at < last:
        raise _Broken(f"it ends at entry {n_entries}, but the ledger's last write is another")
    return f"{n_entries} entries, intact" + (f", up to {head}" if head else "")


# For each noun of the chain: what names its rows, the name of its table, and the entries that recorded them.
_ENTRIES = {
    "source": ("id", "subject_kind = 'source'"),
    "scope": ("id", "subject_kind = 'scope'"),
    "question": ("id", "subject_kind = 'question' AND action <> 'resolve'"),
    "claim": ("id", "subject_kind = 'claim' AND action <> 'void'"),
    "void": ("claim", "subject_kind = 'claim' AND action = 'void'"),
    "correction": ("id", "subject_kind = 'correction'"),
    "resolution": ("question", "subject_kind = 'question' AND action = 'resolve'"),
    "key": ("id", "subject_kind = 'key' AND action = 'create'"),
    "key_end": ("key", "subject_kind = 'key' AND action <> 'create'"),
    "webhook": ("id", "subject_kind = 'webhook' AND action = 'create'"),
    "webhook_end": ("webhook", "subject_kind = 'webhook' AND action = 'end'"),
}

# What entries are over by way of their owners' rows, in which the order stands and not the numbers.
_LINKS = {
    "claim_carriers": "claim",
    "claim_citations": "claim",
    "correction_carriers": "correction",
    "key_sources": "key",
}


def _contents(db: Database) -> str:
    n_rows = 0
    for noun, (key, entries) in _ENTRIES.items():
        table = chain.RECORDED[noun][0]
        # Keys made before they had ids are entered by their names.
        named = f"(t.{key}, t.name)" if noun == "key" else f"(t.{key})"
        stray = db.execute(
            f"SELECT t.{key} FROM {table} t WHERE NOT EXISTS (SELECT 1 FROM audit "  # noqa: S608 - names, no input
            f"WHERE subject_id IN {named} AND {entries} AND recorded_at = t.recorded_at)"
        ).fetchone()
        if stray:
            raise _Broken(f"a row of {table}, {stray[0]!r}, was written past the trail")
        (n_found,) = db.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - a table's name
        (n_entries,) = db.execute(f"SELECT count(*) FROM audit WHERE {entries}").fetchone()  # noqa: S608
        if n_found != n_entries:
            raise _Broken(f"{table} has {n_found} rows, and the trail {n_entries} entries for them")
        n_rows += n_found
    for table, owner in _LINKS.items():
        sql = f"SELECT {owner} FROM {table} GROUP BY 1 HAVING max(position) <> count(*) - 1"  # noqa: S608
        for (owner_id,) in db.execute(sql):
            raise _Broken(f"the sources that {owner} {owner_id!r} has in {table} are not numbered from 0")
    for referred in (SOURCES, SCOPES, QUESTIONS):
        _check_latest(db, referred)
    return f"{n_rows} rows, each with its entry"


def _check_latest(db: Database, noun: reference.Reference[Any]) -> None:
    """Check that what is read as the latest version is the last one that was recorded."""
    versions = db.query(
        f"SELECT *, max(version) FROM {noun.kind}_versions GROUP BY id"  # noqa: S608 - a table's name
    )
    latest = {row["id"]: row for row in db.query(f"SELECT * FROM {noun.table}")}  # noqa: S608
    for version in versions:
        try:
            columns = noun.columns(noun.read(version))
        except (ValueError, LookupError, TypeError):
            raise _Broken(f"a version of the {noun.kind} {version['id']!r} cannot be read") from None
        expected = {
            **columns,
            **{name: version[name] for name in ("id", "version", "recorded_at", "document")},
        }
        if latest.pop(version["id"], None) != expected:
            raise _Broken(f"the row {version['id']!r} of {noun.table} is not its latest version")
    for subject_id in latest:
        raise _Broken(f"a row of {noun.table}, {subject_id!r}, has no version")


def _addresses(db: Database) -> str:
    n_addresses = 0
    for noun in ("claim", "correction"):
        for id_, url, address in db.execute(
            f"SELECT t.id, t.url, a.address FROM {noun}s t LEFT JOIN {noun}_addresses a "  # noqa: S608 - names
            f"ON a.{noun} = t.id WHERE t.url IS NOT NULL OR a.address IS NOT NULL"
        ):
            n_addresses += 1
            try:
                expected = None if url is None else address_of(url)
            except ValueError:
                raise _Broken(f"the URL of the {noun} {id_!r} is none") from None
            if address is None:
                raise _Broken(f"the {noun} {id_!r} is not found under the address of its URL")
            if address != expected:
                raise _Broken(
                    f"the {noun} {id_!r} is found under {address!r}, which its URL does not lead to"
                )
    return f"{n_addresses} claims and corrections, each found under the address of its URL"


def _events(db: Database) -> str:
    n_events = 0
    for row in db.query("SELECT e.*, a.digest FROM events e JOIN audit a ON a.seq = e.entry ORDER BY e.seq"):
        n_events += 1
        if row["seq"] != n_events:
            raise _Broken(f"event {n_events} is missing: event {row['seq']} follows the one before it")
        if row["id"] != events.identity(row["digest"], row):
            raise _Broken(f"event {n_events} ({row['type']} {row['kind']} {row['subject']!r}) was altered")
    return f"{n_events} told, each with the id that it was told under"


def _inputs(db: Database) -> str:
    fitted = db.execute("SELECT inputs, version, entry FROM fits").fetchone()
    if fitted is None:
        return "nothing was fitted yet"
    inputs, version, entry = fitted
    if inputs != digests.of_record(_record_up_to(db, entry)):
        raise _Broken(f"the digest of what the scores rest on is not {inputs}")
    return f"the digest is that of the ledger, fitted by model {version}" + _waiting(db, entry)


def _scores(db: Database) -> str:
    for kind, subject_id in db.execute(_STRAY_SCORES):
        raise _Broken(f"there is a score of the {kind} {subject_id!r}, and no such {kind}")
    for kind, subject_id in db.execute(_ODD_SCORES):
        raise _Broken(f"the score of the {kind} {subject_id!r} lies outside its range")
    (n_scores,) = db.execute("SELECT count(*) FROM scores").fetchone()
    fitted = db.execute("SELECT version, entry, learned FROM fits").fetchone()
    if fitted is None:
        return f"{n_scores} stored"
    version, entry, learned = fitted
    if version != model_version():
        return f"{n_scores} stored, not compared: they are by model {version}, and this is {model_version()}"
    record = _record_up_to(db, entry)
    ledger = present.of_record(record)
    fresh = terms.rounded(fits.fitted(ledger).terms_)
    _check_terms(fresh, terms.stored(db, learned, ledger.sources, [claim.id for claim in record.claims]))
    _check_figures(db, record, ledger.drawn.columns, fresh)
    return f"{n_scores} stored, as a fresh fit has them" + _waiting(db, entry)


def _check_terms(fresh: Terms, stored: Terms) -> None:
    for name, one, other in zip(fresh.tree.names, fresh.columns, stored.columns, strict=True):
        if not np.allclose(one, other, rtol=TOLERANCE, atol=TOLERANCE):
            raise _Broken(f"the terms of the source {name!r} are not those of a fresh fit")
    for what in ("coefficients", "guesses", "families"):
        one, other = (rows.to_json(_plain(getattr(found, what))) for found in (fresh, stored))
        if not _is_close(json.loads(one), json.loads(other), TOLERANCE):
            raise _Broken(f"the {what} are not those of a fresh fit")


def _check_figures(db: Database, record: Record, columns: Columns, fresh: Terms) -> None:
    """Check what lists sort by, as far as it is not stale: it is made anew once terms have moved enough."""
    stored = {(row["kind"], row["id"]): row for row in db.query("SELECT * FROM scores")}
    stale = {question for (question,) in db.execute("SELECT question FROM stale")}
    question_of = {claim.id: claim.question for claim in record.claims}
    listed = [
        *list_figures.of_sources(record, fresh, record.sources),
        *list_figures.of_questions(columns, fresh),
    ]
    for kind, id_, *found, _ in listed:
        row = stored.pop((kind, id_), None)
        if question_of.get(id_, id_) in stale and kind != "source":
            continue
        if row is None:
            raise _Broken(f"the score of the {kind} {id_!r} is missing")
        if not _is_close(found, [row["score"], row["low"], row["high"]], FIGURES_TOLERANCE):
            raise _Broken(f"the score of the {kind} {id_!r} is not that of a fresh fit")
    for kind, subject_id in stored:
        raise _Broken(f"there is a score of the {kind} {subject_id!r}, and a fresh fit has none")


def _plain(found: Any) -> Any:
    if isinstance(found, Families):
        return [
            {claim: [copied.kept, copied.kin.source] for claim, copied in found.copied.items()},
            {source: [vars(kin) for kin in kins] for source, kins in found.kin.items()},
        ]
    numbers = {
        str(name): value.value if isinstance(value, Coefficient) else value.tolist()
        for name, value in found.items()
    }
    return sorted(numbers.items())


_STRAY_SCORES = """
SELECT kind, id FROM scores WHERE NOT (
    kind = 'source' AND id IN (SELECT id FROM sources) OR
    kind = 'claim' AND id IN (SELECT id FROM claims) OR
    kind = 'question' AND id IN (SELECT id FROM questions))"""
_ODD_SCORES = """
SELECT kind, id FROM scores
WHERE score NOT BETWEEN 0 AND 1 OR low NOT BETWEEN 0 AND 1 OR high NOT BETWEEN 0 AND 1 OR low > high"""


def _record_up_to(db: Database, entry: int) -> Record:
    row = db.execute("SELECT recorded_at FROM audit WHERE seq = ?", [entry]).fetchone()
    return records.load(db, known_at=None if row is None else from_text(row[0]))


def _waiting(db: Database, entry: int) -> str:
    n_waiting = len(audit.fitted_since(db, entry))
    return f"; {n_waiting} writes wait to be scored" if n_waiting else ""


def _is_close(one: Any, other: Any, tolerance: float) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_is_close(one[key], other[key], tolerance) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(
            _is_close(a, b, tolerance) for a, b in zip(one, other, strict=True)
        )
    if isinstance(one, float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=tolerance, abs_tol=tolerance)
    return bool(one == other)
