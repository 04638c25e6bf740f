"""The webhooks: who wants to be told of what, and where. Added and ended, never edited."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from data import audit, reference, rows
from data.database import writing
from data.errors import RefusedError, UnknownIdError, UnknownReferenceError
from data.instant import from_text
from data.page import Page
from data.page import page as page_of
from data.reference import QUESTIONS, SOURCES
from data.rows import Row, to_json
from data.writer import Writer
from models.address import address_of
from models.event import TYPES, Wish

# Of a secret, in bytes: the Standard Webhooks ask for 24 to 64.
SECRET_BYTES = 32
SECRET_PREFIX = "whsec_"  # noqa: S105 - says what follows
# Of an id, in bytes.
ID_BYTES = 8
# Webhooks of one key that are not ended: a newsroom's articles of some years, and little enough for one
# key not to fill the ledger.
MOST_OPEN = 10_000


@dataclass(frozen=True)
class Webhook:
    """A subscription, without its secret.

    Attributes
    ----------
    kind, subject : str
        What it is about: a source, a claim, a question, or an article by its address.
    types : tuple of str
        The types of events that are wanted.
    wish : Wish
        When it is to be told of a score.
    ended_at : datetime or None
        When it ended.
    ended_because : str or None
        ``"asked"``, or ``"gone"`` where the receiver said that it is.
    """

    id: str
    url: str
    kind: str
    subject: str
    types: tuple[str, ...] = TYPES
    wish: Wish = field(default_factory=Wish)
    name: str | None = None
    recorded_at: datetime | None = None
    recorded_by: str | None = None
    ended_at: datetime | None = None
    ended_because: str | None = None


_ROWS = """
SELECT webhooks.*, webhook_ends.recorded_at AS ended_at, webhook_ends.because AS ended_because
FROM webhooks LEFT JOIN webhook_ends ON webhook = id"""
_ASKING = """
WHERE webhook_ends.webhook IS NULL AND (webhooks.kind, webhooks.topic) IN (
    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?))
ORDER BY webhooks.recorded_at, id"""


def create(db: Database, webhook: Webhook, *, at: datetime, by: Writer | None) -> tuple[Webhook, str]:
    """Add a webhook in a transaction of its own, and return it with its secret, this once.

    The id is made here; that of `webhook` is not looked at.

    Raises
    ------
    BoundKeyError
        When the writer's key is bound to sources.
    UnknownReferenceError
        When its source, claim or question does not exist; an article's claims may come later.
    RefusedError
        When the key has `MOST_OPEN` webhooks already.
    """
    secret = SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    with writing(db):
        recorded_at = audit.stamp(db, at=at, by=by)
        _check_subject(db, webhook.kind, webhook.subject)
        owner = audit.name_of(by)
        open_ones = (
            "SELECT count(*) FROM webhooks WHERE recorded_by IS ? "
            "AND id NOT IN (SELECT webhook FROM webhook_ends)"
        )
        if db.execute(open_ones, [owner]).fetchone()[0] >= MOST_OPEN:
            raise RefusedError("url", f"would be the webhook after {MOST_OPEN} of this key: end some first")
        is_article = webhook.kind == "article"
        row: Row = {
            "id": secrets.token_hex(ID_BYTES),
            "name": webhook.name,
            "url": webhook.url,
            "secret": secret,
            "kind": webhook.kind,
            "subject": webhook.subject,
            "topic": address_of(webhook.subject) if is_article else webhook.subject,
            "types": to_json(list(webhook.types)),
            "threshold": webhook.wish.threshold,
            "moved_by": webhook.wish.moved_by,
            "recorded_at": recorded_at,
            "recorded_by": owner,
        }
        rows.insert(db, "webhooks", row)
        audit.append(db, "create", "webhook", row["id"], by=by)
    return get(db, row["id"]), secret


def end(db: Database, webhook_id: str, *, at: datetime, by: Writer | None, because: str = "asked") -> Webhook:
    """End a webhook in a transaction of its own, and return it; one that has ended stays as it is.

    What it was still to be sent is dead from then on.

    Parameters
    ----------
    because : str
        ``"asked"``, or ``"gone"`` where the receiver said that it is.

    Raises
    ------
    UnknownIdError
        When there is no such webhook.
    """
    with writing(db):
        if get(db, webhook_id).ended_at is None:
            recorded_at = audit.stamp(db, at=at, by=by)
            row = {"webhook": webhook_id, "because": because, "recorded_at": recorded_at}
            rows.insert(db, "webhook_ends", row)
            audit.append(db, "end", "webhook", webhook_id, by=by)
            db.execute(
                "UPDATE deliveries SET state = 'dead', error = 'the webhook ended before it was delivered' "
                "WHERE webhook = ? AND state = 'pending'",
                [webhook_id],
            )
    return get(db, webhook_id)


def get(db: Database, webhook_id: str, *, owner: str | None = None) -> Webhook:
    """Return a webhook; UnknownIdError where there is none, or where it is not that of `owner`."""
    row = next(db.query(f"{_ROWS} WHERE id = ?", [webhook_id]), None)
    if row is None or (owner is not None and row["recorded_by"] != owner):
        raise UnknownIdError("webhook", webhook_id)
    return _webhook(row)


def secret_of(db: Database, webhook_id: str) -> str:
    """Return what a webhook's deliveries are signed with."""
    return str(db.execute("SELECT secret FROM webhooks WHERE id = ?", [webhook_id]).fetchone()[0])


def page(
    db: Database, *, owner: str | None, is_open: bool | None = None, limit: int, cursor: str | None = None
) -> Page[Webhook]:
    """Return a page of webhooks by their ids, of one key or of all.

    Parameters
    ----------
    owner : str or None
        The name of the key that made them.
    is_open : bool or None
        Whether only those that have not ended, or have.
    """
    wanted = {None: "", True: "WHERE ended_at IS NULL", False: "WHERE ended_at IS NOT NULL"}[is_open]
    select = f"SELECT * FROM ({_ROWS}) {wanted}"  # noqa: S608 - our own conditions
    return page_of(db, select, {"recorded_by = ?": owner}, _webhook, sort="id", limit=limit, cursor=cursor)


def asking_for(db: Database, topics: Sequence[tuple[str, str]]) -> list[Webhook]:
    """Return the webhooks that have not ended and are about one of some subjects."""
    sql = _ROWS + _ASKING
    return [_webhook(row) for row in db.query(sql, [to_json([list(topic) for topic in topics])])]


def is_any_open(db: Database) -> bool:
    """Say whether anybody is to be told of anything."""
    sql = "SELECT 1 FROM webhooks WHERE id NOT IN (SELECT webhook FROM webhook_ends) LIMIT 1"
    return db.execute(sql).fetchone() is not None


def _check_subject(db: Database, kind: str, subject: str) -> None:
    if kind == "source":
        reference.check_referred(db, SOURCES, subject, "source")
    elif kind == "question":
        reference.check_referred(db, QUESTIONS, subject, "question")
    elif kind == "claim":
        sql = "SELECT 1 FROM claims WHERE id = ? AND id NOT IN (SELECT claim FROM voids)"
        if db.execute(sql, [subject]).fetchone() is None:
            raise UnknownReferenceError("claim", "claim", subject)


def _webhook(row: dict[str, Any]) -> Webhook:
    ended_at = row["ended_at"]
    return Webhook(
        id=row["id"],
        url=row["url"],
        kind=row["kind"],
        subject=row["subject"],
        types=tuple(json.loads(row["types"])),
        wish=Wish(row["threshold"], row["moved_by"]),
        name=row["name"],
        recorded_at=from_text(row["recorded_at"]),
        recorded_by=row["recorded_by"],
        ended_at=None if ended_at is None else from_text(ended_at),
        ended_because=row["ended_because"],
    )
