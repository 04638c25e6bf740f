"""Corpora: a record kept in files, loaded into the ledger in one transaction."""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from marshmallow import Schema, ValidationError
from sqlite_utils import Database

from api.body import parse_json
from api.errors import CorpusError, MalformedBodyError, problem_document
from api.schemas.claim import ClaimSchema
from api.schemas.correction import CorrectionSchema
from api.schemas.question import QuestionSchema
from api.schemas.resolution import ResolutionSchema
from api.schemas.scope import ScopeSchema
from api.schemas.source import SourceSchema
from data import claims, corrections, questions, resolutions, scopes, settlement, sources
from data import record as records
from data.database import writing
from data.errors import DatabaseError, LedgerError, RefusedError, TakenIdError, UnknownIdError
from data.progress import Progress, reported, silent
from models.errors import InvalidValueError
from models.record import Claim, Correction, Source

# In the order in which they refer to each other, each with the field that tells one from another.
SCHEMAS: dict[str, tuple[type[Schema], str]] = {
    "scopes": (ScopeSchema, "path"),
    "sources": (SourceSchema, "id"),
    "questions": (QuestionSchema, "id"),
    "claims": (ClaimSchema, "id"),
    "corrections": (CorrectionSchema, "claim"),
    "resolutions": (ResolutionSchema, "question"),
}


@dataclass(frozen=True)
class Entry:
    """One value of a corpus, and where it stands: ``claims.jsonl, line 3``."""

    place: str
    noun: str
    value: Any


def load(db: Database, path: Path, *, at: datetime, progress: Progress = silent) -> Counter[str]:
    """Load a corpus: a folder of ``claims.jsonl`` and the like, or one JSON file of lists.

    What is there already with the same content is left. Everything is loaded, or nothing; then
    the scores are settled.

    Returns
    -------
    Counter
        How many of each noun were new.

    Raises
    ------
    CorpusError
        When the corpus cannot be read, or an entry is refused or is there with another content.
    """
    entries = list(read_entries(path))
    added: Counter[str] = Counter()
    with writing(db):
        in_order = [
            entry for noun in SCHEMAS for entry in _bodies_first([one for one in entries if one.noun == noun])
        ]
        for entry in reported(in_order, "Loading", len(in_order), progress):
            with _at(entry.place):
                added[entry.noun] += _ADD[entry.noun](db, entry.value, at)
    settlement.settle(db, progress)
    return added


def copy(db: Database, path: Path, *, progress: Progress = silent) -> Counter[str]:
    """Write the record to a new folder that `load` takes: what was said, corrected and resolved.

    What was voided is left out, and so is when it was recorded: whoever loads it records it anew.

    Returns
    -------
    Counter
        How many of each noun were written.

    Raises
    ------
    CorpusError
        When the folder exists already, or cannot be written.
    DatabaseError
        When the ledger cannot be read.
    """
    record = records.load(db)
    values: dict[str, Collection[Any]] = {
        noun: found.values() if isinstance(found, Mapping) else found
        for noun in SCHEMAS
        for found in (getattr(record, noun),)
    }
    written = Counter({noun: len(found) for noun, found in values.items()})
    lines = ((noun, _line(noun, value)) for noun, found in values.items() for value in found)
    partial = path.with_name(f"{path.name}.partial")
    if path.exists():
        raise CorpusError(str(path), "exists already, and is left as it is")
    try:
        # It has its name only once it is whole.
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        for noun, line in reported(lines, "Copying", written.total(), progress):
            with open(partial / f"{noun}.jsonl", "a", encoding="utf-8") as file:
                file.write(line)
        partial.rename(path)
    except OSError as error:
        raise CorpusError(str(path), f"cannot be written: {error.strerror}") from error
    return written


def _line(noun: str, value: Any) -> str:
    """Return a value as `load` takes it: without what is null, and what the service adds by itself."""
    schema = SCHEMAS[noun][0]()
    document = schema.dump(value)
    if document.get("stated_precision") == "day":
        document["stated_at"] = document["stated_at"][: len("2025-01-31")]
    kept = {
        name: document[name]
        for name, field in schema.fields.items()
        if not field.dump_only and document.get(name) is not None
    }
    return json.dumps(kept, ensure_ascii=False) + "\n"


def read_entries(path: Path) -> Iterator[Entry]:
    """Read the values of a corpus; CorpusError names the place of one that is none."""
    for place, noun, content in _read_folder(path) if path.is_dir() else _read_file(path):
        with _at(place):
            value = _read_value(noun, content)
        yield Entry(place, noun, value)


def _read_folder(folder: Path) -> Iterator[tuple[str, str, bytes]]:
    files = [(noun, folder / f"{noun}.jsonl") for noun in SCHEMAS]
    if not any(file.exists() for _, file in files):
        raise CorpusError(str(folder), f"holds none of {', '.join(file.name for _, file in files)}")
    for noun, file in files:
        if file.exists():
            for number, line in enumerate(_content(file).splitlines(), 1):
                if line.strip():
                    yield f"{file}, line {number}", noun, line


def _read_file(file: Path) -> Iterator[tuple[str, str, Any]]:
    content = _content(file)
    with _at(str(file)):
        document = parse_json(content)
    if not isinstance(document, dict) or not all(isinstance(entries, list) for entries in document.values()):
        raise CorpusError(str(file), f"must hold lists under {', '.join(SCHEMAS)}")
    for noun in document:
        if noun not in SCHEMAS:
            raise CorpusError(str(file), f"holds {noun!r}, which is none of {', '.join(SCHEMAS)}")
    for noun, entries in document.items():
        for number, entry in enumerate(entries, 1):
            yield f"{file}, {noun} {number}", noun, entry


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise CorpusError(str(file), f"cannot be read: {error.strerror}") from error


def _read_value(noun: str, content: Any) -> Any:
    document = parse_json(content) if isinstance(content, bytes) else content
    schema, key = SCHEMAS[noun]
    if isinstance(document, dict) and key not in document:
        raise ValidationError({key: ["is missing: in a corpus it cannot be left out"]})
    return schema().load(document)


@contextmanager
def _at(place: str) -> Iterator[None]:
    """Say of what is refused where in the corpus it stands."""
    try:
        yield
    except DatabaseError:
        raise
    except (LedgerError, InvalidValueError, ValidationError, MalformedBodyError) as error:
        raise CorpusError(place, problem_document(error)["detail"]) from error


def _bodies_first(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Put sources after the bodies that they are members of."""
    bodies = {entry.value.id: entry.value.member_of for entry in entries if isinstance(entry.value, Source)}

    def depth(entry: Entry) -> int:
        body, steps = bodies.get(getattr(entry.value, "id", "")), 0
        # A cycle ends here too, and is refused when it is written.
        while body is not None and steps <= len(bodies):
            body, steps = bodies.get(body), steps + 1
        return steps

    return sorted(entries, key=depth)


def _add_first(
    get: Callable[..., Any], write: Callable[..., Any], key: str
) -> Callable[[Database, Any, datetime], bool]:
    """Return what writes a value where there is none of its key yet, and otherwise compares the two."""

    def add(db: Database, value: Any, at: datetime) -> bool:
        try:
            present = get(db, getattr(value, key))
        except UnknownIdError:
            write(db, value, at=at)
            return True
        return _same(present, value, key)

    return add


def _add_claim(db: Database, claim: Claim, at: datetime) -> bool:
    try:
        claims.add(db, claim, at=at)
    except TakenIdError:
        try:
            present = claims.get(db, claim.id)
        except UnknownIdError:
            # It was voided: a slip does not come back.
            return False
        return _same(present, replace(claim, scope=claim.scope or present.scope), "id")
    return True


def _add_correction(db: Database, correction: Correction, at: datetime) -> bool:
    try:
        corrections.add(db, correction, at=at)
    except TakenIdError:
        return False
    return True


def _same(present: Any, value: Any, key: str) -> bool:
    """Return False, nothing being new; RefusedError where what is there has another content."""
    said = replace(present, recorded_at=None) if hasattr(present, "recorded_at") else present
    if said != value:
        raise RefusedError(key, f"{getattr(value, key)!r} is there already with another content")
    return False


_ADD: dict[str, Callable[[Database, Any, datetime], bool]] = {
    "scopes": _add_first(scopes.get, scopes.put, "path"),
    "sources": _add_first(sources.get, sources.put, "id"),
    "questions": _add_first(questions.get, questions.put, "id"),
    "claims": _add_claim,
    "corrections": _add_correction,
    "resolutions": _add_first(resolutions.get, resolutions.add, "question"),
}
