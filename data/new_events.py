"""The new events of a settlement: made out of what was recorded and of which scores moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from sqlite_utils import Database

from data import rows
from data.audit import FITTED
from data.instant import to_wire
from data.stored_scores import NOTHING, move_of
from models.address import address_of
from models.event import CORRECTED, MOVED, RESOLVED, Cause, Change, Move
from models.record import Claim, Correction, Record, Resolution
from models.relaying import resting_on
from models.sentences.events import correction_because, move_because, resolution_because, title
from models.standing import ConsequenceKind
from models.standings import Standings

# What an event names of what was recorded before it, at most: the last few.
MOST_CHANGES = 20
# How the title of a correction's event begins, where not with what a correction is as a rule.
DONE = {ConsequenceKind.REAFFIRMED: "Reaffirmed", ConsequenceKind.DISPUTED: "Disputed"}


@dataclass(frozen=True)
class Recorded:
    """An entry of the audit trail, with the question and the claim that it is about, where there are any."""

    seq: int
    action: str
    kind: str
    id: str
    question: str | None
    claim: str | None

    @property
    def is_event(self) -> bool:
        """Whether it is an event by itself: a correction or a resolution is."""
        return self.kind == "correction" or self.action == "resolve"


@dataclass(frozen=True)
class NewEvent:
    """An event that is about to be added, with the topics that subscribers find it by."""

    type: str
    move: Move
    entry: int
    document: dict[str, Any]
    topics: Collection[tuple[str, str]] = field(default=())


class Named:
    """A record, found by id: what events name."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self._carried: dict[str, dict[str, list[Claim]]] = {}

    @cached_property
    def claims(self) -> dict[str, Claim]:
        """Its claims by their ids."""
        return {claim.id: claim for claim in self.record.claims}

    @cached_property
    def standings(self) -> Standings:
        """How its claims stand."""
        return Standings(self.record)

    def change(self, each: Recorded) -> Change:
        """Return what was recorded, with its claim and what came of a correction, where the record has it."""
        claim, came = self.claims.get(each.claim or ""), None
        if each.kind == "correction":
            came = self.standings.consequence(each.id, each.claim or "")
            claim = None if came is None else claim
        return Change(each.action, each.kind, each.id, claim, came)

    def topics_of(self, claim: Claim) -> list[tuple[str, str]]:
        """Return a claim, and the articles that carry it: directly, or by a claim that rests on it."""
        if claim.question not in self._carried:
            self._carried[claim.question] = resting_on(self._by_question[claim.question])
        carried = [claim, *self._carried[claim.question].get(claim.id, ())]
        found = {address_of(each.url) for each in carried if each.url is not None}
        return [("claim", claim.id), *(("article", address) for address in sorted(found))]

    @cached_property
    def _by_question(self) -> dict[str, list[Claim]]:
        found = defaultdict(list)
        for claim in self.record.claims:
            found[claim.question].append(claim)
        return found


_RECORDED = f"""
SELECT seq, action, subject_kind, subject_id,
    CASE subject_kind WHEN 'question' THEN subject_id ELSE (SELECT question FROM claims WHERE id = claim) END,
    claim
FROM (
    SELECT *, CASE subject_kind WHEN 'claim' THEN subject_id
        WHEN 'correction' THEN (SELECT claim FROM corrections WHERE id = subject_id) END AS claim
    FROM audit WHERE seq > ? AND seq <= ? AND {FITTED})
ORDER BY seq"""  # noqa: S608 - ours


def recorded(db: Database, after: int, until: int) -> list[Recorded]:
    """Return what was recorded after one entry of the audit trail up to another, oldest first."""
    return [Recorded(*row) for row in db.execute(_RECORDED, [after, until])]


def new_events(
    db: Database, named: Named, moved: Iterable[Move], recorded: Sequence[Recorded], *, entry: int, cause: str
) -> list[NewEvent]:
    """Return the events of one settlement, moves last; for the parameters see `data.events.add`."""
    new = {each.id for each in recorded if each.kind in ("claim", "question") and each.action == "create"}
    bearing, last = _bearing(named, recorded), recorded[-1] if recorded else None
    return [
        *(event for each in _latest(recorded) if (event := _event(named, each, _present(db, each, new)))),
        # What nothing bears on was moved by what was recorded elsewhere.
        *(
            _move(named, move, bearing.get(_place(named, move), []), last, entry=entry, cause=cause)
            for move in moved
        ),
    ]


def _latest(recorded: Iterable[Recorded]) -> list[Recorded]:
    """Return what is an event by itself: of several resolutions of a question, the one in force."""
    made = (each for each in recorded if each.is_event)
    return list({each.question if each.action == "resolve" else each.seq: each for each in made}.values())


def _present(db: Database, each: Recorded, new: Collection[str]) -> Move:
    """Return how the score it is about stands, and what was told of it before: nothing of what is new."""
    kind, subject = ("claim", each.claim) if each.kind == "correction" else ("question", each.question)
    move = move_of(db, kind, str(subject)) or Move(kind, str(subject), None, NOTHING)
    return replace(move, before=None) if subject in new else move


def _event(named: Named, each: Recorded, move: Move) -> NewEvent | None:
    """Return the event of a correction or a resolution; None where its claim was voided since."""
    if each.kind == "correction":
        claim, came = named.claims.get(move.id), named.standings.consequence(each.id, move.id)
        if claim is None or came is None:
            return None
        because = correction_because(named.record, named.standings.of(claim), came, move)
        done = DONE.get(came.kind, "Corrected")
        correction = came.correction
        own = {
            "title": title(named.record, move, claim, done),
            "correction": {**_plain(correction), "via": list(correction.via)},
            "source": claim.source,
            "question": claim.question,
        }
        topics = [*named.topics_of(claim), ("source", claim.source), ("question", claim.question)]
        return NewEvent(CORRECTED, move, each.seq, _document(move, because, "ledger", [each]) | own, topics)
    resolution = named.record.resolutions.get(move.id)
    if resolution is None:
        return None
    because = resolution_because(named.record, named.record.questions[move.id], resolution, move)
    own = {"title": title(named.record, move, None, "Resolved"), "resolution": _plain(resolution)}
    document = _document(move, because, "ledger", [each]) | own
    return NewEvent(RESOLVED, move, each.seq, document, [("question", move.id)])


def _move(
    named: Named, move: Move, bearing: Sequence[Recorded], last: Recorded | None, *, entry: int, cause: str
) -> NewEvent:
    """Return the event of a score that moved, by what bears on it, or else by what was recorded last."""
    claim = named.claims.get(move.id) if move.kind == "claim" else None
    latest = bearing[-1] if bearing else last
    change = None if latest is None else named.change(latest)
    because = move_because(named.record, claim, move, Cause(cause, change, max(len(bearing) - 1, 0)))
    document = _document(move, because, cause, bearing[-MOST_CHANGES:])
    document["title"] = title(named.record, move, claim, "Moved")
    if claim is None:
        return NewEvent(MOVED, move, entry, document, [(move.kind, move.id)])
    document |= {"source": claim.source, "question": claim.question}
    return NewEvent(MOVED, move, entry, document, named.topics_of(claim))


def _document(move: Move, because: str, cause: str, changes: Iterable[Recorded]) -> dict[str, Any]:
    return {
        "before": None if move.before is None else move.before.document(move.kind),
        "after": move.after.document(move.kind),
        "because": because,
        "cause": cause,
        "changes": [{"action": each.action, "type": each.kind, "id": each.id} for each in changes],
    }


def _bearing(named: Named, recorded: Iterable[Recorded]) -> dict[tuple[str, str], list[Recorded]]:
    """Return what bears on each question, with its claims, and on each source, oldest first."""
    found = defaultdict(list)
    for each in recorded:
        claim = named.claims.get(each.claim or "")
        sources = {each.id} if each.kind == "source" else set()
        if claim is not None:
            sources |= {claim.source, *claim.via}
        places = [("source", source) for source in sources]
        for place in [*places, ("question", each.question)] if each.question else places:
            found[place].append(each)
    return found


def _place(named: Named, move: Move) -> tuple[str, str]:
    """Return what is to be looked up of a score that moved: of a claim's, its question."""
    claim = named.claims.get(move.id) if move.kind == "claim" else None
    return (move.kind, move.id) if claim is None else ("question", claim.question)


def _plain(said: Correction | Resolution) -> dict[str, Any]:
    """Write a correction or a resolution as the API shows it, without what is null."""
    row = rows.event_row(said)
    row["answer"] = None if said.answer is None else said.answer.document
    for name in ("stated_at", "resolved_at", "recorded_at"):
        if row.get(name) is not None:
            row[name] = to_wire(getattr(said, name))
    return {name: cell for name, cell in row.items() if cell is not None}
