"""The seeded ledger of the benchmarks as a record: relays, hedges, corrections and quantities in it."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from benchmarks.ledger_record import LedgerRecord
from data.corrections import identity
from models.answer import Quantity, parse_answer
from models.certainty import certainty_of
from models.record import (
    Claim,
    Correction,
    CorrectionKind,
    Mandate,
    Question,
    Record,
    Scope,
    Source,
    SourceKind,
    Vantage,
)


def seeded_record(n_claims: int) -> Record:
    """The record of the seeded ledger that the benchmarks load, corrections included."""
    made = LedgerRecord(n_claims)
    sources = {document["id"]: _source(document) for document in made.sources()}
    scopes = {document["path"]: Scope(**document) for document in made.scopes()}
    questions = {document["id"]: _question(document) for document in made.questions()}
    # The corrections are of these.
    said = [_claim(document) for document in made.claims_again()]
    corrections = [_correction(document) for document in made.corrections()]
    return Record(
        sources=dict(sorted(sources.items())),
        scopes=dict(sorted(scopes.items())),
        questions=dict(sorted(questions.items())),
        claims=tuple(sorted(said, key=lambda claim: (claim.stated_at, claim.id))),
        corrections=tuple(sorted(corrections, key=lambda each: (each.stated_at, each.claim, each.id))),
    )


def _source(document: dict[str, Any]) -> Source:
    mandates = tuple(
        Mandate(each["scope"], Vantage(each["vantage"])) for each in document.get("mandates", ())
    )
    return Source(**{**document, "kind": SourceKind(document["kind"]), "mandates": mandates})


def _question(document: dict[str, Any]) -> Question:
    quantity = document.get("quantity")
    answers = tuple(document.get("answers", ()))
    return Question(**{**document, "answers": answers, "quantity": quantity and Quantity(**quantity)})


def _claim(document: dict[str, Any]) -> Claim:
    word = document.get("certainty")
    hedge = {} if word is None else {"certainty": certainty_of(word), "certainty_word": word}
    links = {name: tuple(document.get(name, ())) for name in ("via", "cites")}
    return Claim(
        **{
            **document,
            **hedge,
            **links,
            "answer": parse_answer(document["answer"]),
            "stated_at": datetime.fromisoformat(document["stated_at"]),
        }
    )


def _correction(document: dict[str, Any]) -> Correction:
    said_at = datetime.fromisoformat(document["stated_at"])
    made = Correction(
        **{"id": "", **document, "kind": CorrectionKind(document["kind"]), "stated_at": said_at}
    )
    return replace(made, id=identity(made))
