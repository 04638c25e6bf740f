"""Answers as CSV (RFC 4180), for spreadsheets: one header row, then one row an item.

Columns bear the JSON's names, those of nested fields joined by an underscore. A list of texts is
joined by ``; ``, anything deeper is JSON text, null is empty. Numbers stay numbers; a text that a
spreadsheet would take for a formula has an apostrophe in front, so that it is shown and not run.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from marshmallow import Schema

from api.schemas.claim import ClaimItem, ClaimSchema
from api.schemas.correction import CorrectionSchema
from api.schemas.question import QuestionItem, QuestionSchema
from api.schemas.source import SourceItem, SourceSchema
from models.record import Claim, Correction, Question, Source

Row = Mapping[str, Any]

# What may stand before a formula and is passed over: blanks, and marks that are not shown.
PASSED_OVER = re.compile("[\\s\ufeff\u200b-\u200f\u2060]*")
FORMULA_SIGNS = "=+-@"
# By themselves at the beginning of a cell some spreadsheets take these for the end of one.
CELL_BREAKS = "\t\r\n"
SEPARATOR = "; "

INTERVAL = ("interval.level", "interval.low", "interval.high")
GRADES = tuple(f"grades.{name}" for name in ("admiralty", "icd203", "stix_confidence", "proximity_3x5x2"))
ORIGINS = ("origins.claims", "origins.effective", "origins.independence")
SUBJECT = ("subject.type", "subject.id", "subject.scope", "as_of", "known_at")
ENDING = ("factors", "summary", "model.version", "model.inputs")
SCORE = (*SUBJECT, "score", *INTERVAL, "effective_n", *GRADES, "standing", *ORIGINS, *ENDING)
ANSWERS = ("answer", "credence", "median", "low", "high", "unit")
QUESTION_SCORE = (*SUBJECT, *ANSWERS, "effective_n", *GRADES, "contested", *ORIGINS, *ENDING)
EVENT = ("event.at", "event.type", "event.id", "event.question", "also")
QUANTITY = tuple(f"quantity.{name}" for name in ("unit", "scale", "low", "high"))


def columns_of(schema: Schema) -> tuple[str, ...]:
    """Return the columns of what a schema dumps; a question's quantity takes a column a field."""
    names = (QUANTITY if name == "quantity" else (name,) for name in schema.dump_fields)
    return tuple(column for group in names for column in group)


def text(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """Write rows under a header; a column is the path of a field, with dots between its names."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(column.replace(".", "_") for column in columns)
    writer.writerows([cell(_found(row, column)) for column in columns] for row in rows)
    return written.getvalue()


def cell(value: Any) -> str:
    """Return a value as the text of one cell."""
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, list | tuple) and all(isinstance(each, str) and ";" not in each for each in value):
        return harmless(SEPARATOR.join(value))
    return harmless(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def harmless(shown: str) -> str:
    """Return a text as no spreadsheet takes it for a formula.

    What looks like a sign of a formula in another width counts as one: some keyboards write those,
    and some spreadsheets read them.
    """
    if not shown:
        return shown
    found = PASSED_OVER.match(shown)
    first = unicodedata.normalize("NFKC", shown[found.end() if found else 0 :][:1])
    is_formula = first[:1] in tuple(FORMULA_SIGNS) or shown[0] in CELL_BREAKS
    return f"'{shown}" if is_formula else shown


def _found(row: Any, path: str) -> Any:
    for name in path.split("."):
        row = row.get(name) if isinstance(row, Mapping) else None
    return row


def _one(schema: Schema) -> Callable[[Any], str]:
    columns = columns_of(schema)
    return lambda value: text(columns, [schema.dump(value)])


def _page(schema: Schema) -> Callable[[Any], str]:
    columns = columns_of(schema)
    return lambda body: text(columns, (schema.dump(item) for item in body["items"]))


claim: Callable[[Claim], str] = _one(ClaimSchema())
claims = _page(ClaimItem())
source: Callable[[Source], str] = _one(SourceSchema())
sources = _page(SourceItem())
question: Callable[[Question], str] = _one(QuestionSchema())
questions = _page(QuestionItem())
corrections: Callable[[Mapping[str, Sequence[Correction]]], str] = _page(CorrectionSchema())


def score(document: Row) -> str:
    """Write the score of a source or a claim: one row."""
    return text(SCORE, [_plain(document)])


def question_score(document: Row) -> str:
    """Write the score of a question: a row an answer, or one for its number."""
    return text(QUESTION_SCORE, _rows(document))


def history(body: Mapping[str, Sequence[Row]]) -> str:
    """Write a page of the history of a source or a claim: a row a moment."""
    return text((*EVENT, *SCORE), map(_plain, body["items"]))


def question_history(body: Mapping[str, Sequence[Row]]) -> str:
    """Write a page of the history of a question: a row for each moment and answer."""
    return text((*EVENT, *QUESTION_SCORE), (row for item in body["items"] for row in _rows(item)))


def _rows(document: Row) -> Iterable[Row]:
    plain = _plain(document)
    return ({**plain, **answer} for answer in document.get("answers") or (document["quantity"],))


def _plain(document: Row) -> Row:
    """Return a score whose factors are their log-odds alone: the reasons are long, and stand in the JSON."""
    return {**document, "factors": {factor["name"]: factor["log_odds"] for factor in document["factors"]}}
