"""The seeded ledger of the benchmarks as a record: relays, hedges, corrections and quantities in it."""

from dataclasses import replace

from api.corpus import SCHEMAS
from benchmarks.ledger_record import LedgerRecord
from data.corrections import identity
from models.record import Record


def seeded_record(n_claims: int) -> Record:
    """The record of the seeded ledger that the benchmarks load, corrections included."""
    made = LedgerRecord(n_claims)
    found = {
        noun: [SCHEMAS[noun][0]().load(document) for document in documents]
        for noun, documents in (
            ("scopes", made.scopes()),
            ("sources", made.sources()),
            ("questions", made.questions()),
            # The corrections are of these.
            ("claims", made.claims_again()),
            ("corrections", made.corrections()),
        )
    }
    said = sorted(found["claims"], key=lambda claim: (claim.stated_at, claim.id))
    taken = [replace(each, id=identity(each)) for each in found["corrections"]]
    return Record(
        sources={source.id: source for source in sorted(found["sources"], key=lambda source: source.id)},
        scopes={scope.path: scope for scope in sorted(found["scopes"], key=lambda scope: scope.path)},
        questions={each.id: each for each in sorted(found["questions"], key=lambda question: question.id)},
        claims=tuple(said),
        corrections=tuple(sorted(taken, key=lambda each: (each.stated_at, each.claim, each.id))),
    )
