"""The deliveries: which events each webhook is sent, added in the transaction of the events themselves.

So a crash neither loses one nor invents one. What was sent is recorded after it was answered: a
delivery that was broken off in between is sent again, under the same id.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlite_utils import Database

from data import events, webhooks
from data.database import writing
from data.errors import RefusedError, UnknownIdError
from data.events import Event
from data.instant import from_text, to_text
from data.new_events import Named, NewEvent, Recorded
from data.rows import to_json, where
from data.webhooks import Webhook
from models.event import MOVED, Move, State, granted

STATES = ("pending", "delivered", "dead")
# How long a delivery is kept once there is nothing more to be done for it: a quarter, for whoever looks for
# what went wrong. The event itself is kept for good.
KEPT_FOR = timedelta(days=90)
# Deliveries that are under way to one host at most: one that stalls leaves room for the others, whatever
# number of webhooks lead to it.
MOST_TO_ONE_HOST = 2
# How many expired ones are deleted at a time: no noticeable time for who writes.
DELETED_AT_ONCE = 500


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one webhook.

    Attributes
    ----------
    because : str
        Why this webhook is sent it, in a clause.
    state : str
        One of `STATES`: a dead one is not tried again by itself.
    n_attempts : int
        How often it was tried, since it was last replayed.
    next_at : datetime or None
        When it is tried next; None unless it is pending.
    attempted_at, status, error
        Of the last attempt: when, the status that was answered, and what went wrong, in a sentence.
    """

    webhook: str
    event: Event
    because: str
    state: str
    n_attempts: int
    next_at: datetime | None
    attempted_at: datetime | None
    status: int | None
    error: str | None


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt.

    Parameters
    ----------
    name : str
        ``"delivered"``, ``"failed"``, ``"gone"``, or ``"refused"`` where it was not sent, since its address
        is none of the public network.
    """

    name: str
    status: int | None = None
    error: str | None = None


@dataclass(frozen=True)
class Backlog:
    """What has yet to be delivered, and what came of the attempts so far.

    Attributes
    ----------
    pending, dead : int
    oldest_at : datetime or None
        When the oldest event was recorded that is still pending.
    attempts : mapping of str to int
        By outcome, since the ledger was made.
    """

    pending: int
    dead: int
    oldest_at: datetime | None
    attempts: Mapping[str, int]


_ROWS = """
SELECT d.webhook, d.because, d.state, d.n_attempts, d.next_at, d.attempted_at, d.status, d.error,
    d.seq AS place, e.*
FROM deliveries d JOIN events e ON e.seq = d.event"""
# SQLite takes the other columns from the row that has the least.
_FIRST_DUE = """
SELECT first.seq, url FROM webhooks JOIN (
    SELECT min(seq) AS seq, webhook, next_at FROM deliveries WHERE state = 'pending' AND next_at <= :at
    AND webhook NOT IN (SELECT value FROM json_each(:busy)) GROUP BY webhook) first ON first.webhook = id
ORDER BY first.next_at"""
_PICKED = " WHERE d.seq IN (SELECT value FROM json_each(?)) ORDER BY d.next_at"
_URLS = "SELECT url FROM webhooks WHERE id IN (SELECT value FROM json_each(?))"
_OLDEST = """
SELECT min(e.recorded_at) FROM deliveries d JOIN events e ON e.seq = d.event WHERE d.state = 'pending'"""


def tell(
    db: Database,
    named: Named,
    moved: Sequence[Move],
    recorded: Sequence[Recorded],
    *,
    entry: int,
    cause: str = "ledger",
) -> None:
    """Add the events of one settlement inside its transaction, and what open webhooks are to be sent of them.

    A webhook that is told of a correction or a resolution is told in it what became of the score: the move of
    the same score in the same settlement is not sent to it as well. For the parameters see `data.events.add`.
    """
    added = events.add(db, named, moved, recorded, entry=entry, cause=cause)
    if not added or not webhooks.is_any_open(db):
        return
    told: set[tuple[str, str, str]] = set()
    for event, new in added:
        for webhook in webhooks.asking_for(db, sorted(new.topics)):
            score = (webhook.id, event.kind, event.subject)
            because = _because(db, webhook, event, new, is_told=score in told)
            if because is not None:
                db.execute(
                    "INSERT INTO deliveries (webhook, event, because, state, next_at) VALUES (?, ?, ?, ?, ?)",
                    [webhook.id, event.seq, because, "pending", to_text(event.recorded_at)],
                )
                told.add(score)
            if score in told:
                _set_mark(db, score, new.move.after)


def _because(db: Database, webhook: Webhook, event: Event, new: NewEvent, *, is_told: bool) -> str | None:
    """Return why a webhook is to be sent an event; None where it is not."""
    score, move = (webhook.id, event.kind, event.subject), new.move
    before = _mark(db, score)
    if before is None and move.before is not None:
        # From here on, small moves add up to the one that is asked for.
        _set_mark(db, score, move.before)
        before = move.before
    if event.type not in webhook.types:
        return None
    if event.type != MOVED:
        return "it was recorded"
    return None if is_told else granted(webhook.wish, before, move.after)


def due(db: Database, *, at: datetime, busy: Collection[str], limit: int) -> list[Delivery]:
    """Return the deliveries that are to be tried now, the first of each webhook that none is on its way to.

    Of those that lead to one host, so many that `MOST_TO_ONE_HOST` are under way there.

    Parameters
    ----------
    busy : collection of str
        Webhooks that a delivery is on its way to.
    """
    waiting = to_json(sorted(busy))
    under_way = Counter(_host(url) for (url,) in db.execute(_URLS, [waiting]))
    picked: list[int] = []
    for seq, url in db.execute(_FIRST_DUE, {"at": to_text(at), "busy": waiting}):
        if len(picked) == limit:
            break
        host = _host(url)
        if under_way[host] < MOST_TO_ONE_HOST:
            under_way[host] += 1
            picked.append(seq)
    return [_delivery(row) for row in db.query(_ROWS + _PICKED, [to_json(picked)])]


def record(
    db: Database, delivery: Delivery, outcome: Outcome, *, at: datetime, again_in: timedelta | None
) -> None:
    """Record what came of an attempt, in a transaction of its own.

    Parameters
    ----------
    again_in : timedelta or None
        When a failed one is tried again; None where it is given up.
    """
    state = "delivered" if outcome.name == "delivered" else "dead" if again_in is None else "pending"
    with writing(db):
        db.execute(
            "UPDATE deliveries SET state = ?, n_attempts = n_attempts + 1, next_at = ?, attempted_at = ?, "
            "status = ?, error = ? WHERE webhook = ? AND event = ? AND state = 'pending'",
            [
                state,
                to_text(at + (again_in or timedelta())),
                to_text(at),
                outcome.status,
                outcome.error,
                delivery.webhook,
                delivery.event.seq,
            ],
        )
        db.execute("UPDATE attempts SET number = number + 1 WHERE outcome = ?", [outcome.name])


def replay(db: Database, webhook: Webhook, event_id: str, *, at: datetime) -> Delivery:
    """Have a delivery tried again from the start of the schedule, in a transaction of its own, and return it.

    Raises
    ------
    UnknownIdError
        When the webhook has no delivery of that event.
    RefusedError
        When the webhook has ended.
    """
    with writing(db):
        found = get(db, webhook.id, event_id)
        if webhook.ended_at is not None:
            raise RefusedError("webhook", "has ended, and is sent nothing any more")
        if found.state != "pending":
            db.execute(
                "UPDATE deliveries SET state = 'pending', n_attempts = 0, next_at = ?, error = NULL "
                "WHERE webhook = ? AND event = ?",
                [to_text(at), webhook.id, found.event.seq],
            )
    return get(db, webhook.id, event_id)


def get(db: Database, webhook_id: str, event_id: str) -> Delivery:
    """Return the delivery of an event to a webhook; UnknownIdError where there is none."""
    row = next(db.query(f"{_ROWS} WHERE d.webhook = ? AND e.id = ?", [webhook_id, event_id]), None)
    if row is None:
        raise UnknownIdError("delivery", event_id)
    return _delivery(row)


def page(
    db: Database, webhook_id: str, *, state: str | None = None, limit: int, after: int | None = None
) -> tuple[tuple[Delivery, ...], int | None]:
    """Return a page of a webhook's deliveries, the latest first, and where the next one goes on, if anywhere.

    Parameters
    ----------
    after : int or None
        The place that the page before gave.
    """
    conditions = {"d.webhook = ?": webhook_id, "d.state = ?": state, "d.seq < ?": after}
    wanted, values = where(conditions)
    sql = f"{_ROWS} WHERE {wanted} ORDER BY d.seq DESC LIMIT ?"
    found = list(db.query(sql, [*values, limit + 1]))
    following = int(found[limit - 1]["place"]) if len(found) > limit else None
    return tuple(_delivery(row) for row in found[:limit]), following


def backlog(db: Database) -> Backlog:
    """Count what has yet to be delivered."""
    counts = dict(
        db.execute("SELECT state, count(*) FROM deliveries WHERE state <> 'delivered' GROUP BY state")
    )
    (oldest,) = db.execute(_OLDEST).fetchone()
    return Backlog(
        counts.get("pending", 0),
        counts.get("dead", 0),
        None if oldest is None else from_text(oldest),
        dict(db.execute("SELECT outcome, number FROM attempts")),
    )


def forget(db: Database, *, at: datetime) -> int:
    """Delete some deliveries that have been done with for `KEPT_FOR`, and return how many."""
    sql = "SELECT seq FROM deliveries WHERE state IN ('delivered', 'dead') AND next_at <= ? LIMIT ?"
    values = [to_text(at - KEPT_FOR), DELETED_AT_ONCE]
    if db.execute(sql, values).fetchone() is None:
        return 0
    with writing(db):
        return int(db.execute(f"DELETE FROM deliveries WHERE seq IN ({sql})", values).rowcount)  # noqa: S608


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _mark(db: Database, score: tuple[str, str, str]) -> State | None:
    """Return the state that a webhook was told of last, by the webhook and the score's kind and id."""
    sql = "SELECT state FROM webhook_marks WHERE webhook = ? AND kind = ? AND id = ?"
    row = db.execute(sql, list(score)).fetchone()
    return None if row is None else State(**json.loads(row[0]))


def _set_mark(db: Database, score: tuple[str, str, str], state: State) -> None:
    db.execute(
        "INSERT INTO webhook_marks VALUES (?, ?, ?, ?) "
        "ON CONFLICT (webhook, kind, id) DO UPDATE SET state = excluded.state",
        [*score, to_json(vars(state))],
    )


def _delivery(row: dict[str, Any]) -> Delivery:
    is_pending = row["state"] == "pending"
    attempted_at = row["attempted_at"]
    return Delivery(
        row["webhook"],
        events.event(row),
        row["because"],
        row["state"],
        row["n_attempts"],
        from_text(row["next_at"]) if is_pending else None,
        None if attempted_at is None else from_text(attempted_at),
        row["status"],
        row["error"],
    )
