"""The audit trail."""

from marshmallow import fields, validate

from api.schemas.document import Document
from api.schemas.fields import LONGEST_NAME, LONGEST_PATH, Instant, Text
from api.schemas.query import ListQuery

SUBJECT_KINDS = ("source", "scope", "question", "claim", "correction", "key", "webhook")


class EntrySchema(Document):
    """One write."""

    seq = fields.Integer(metadata={"description": "Its place in the trail, from 1."})
    recorded_at = Instant()
    key_name = fields.String(
        allow_none=True, metadata={"description": "The key's name; null where the command line wrote."}
    )
    request_id = fields.String(
        allow_none=True, metadata={"description": "The `X-Request-Id` of the request that wrote."}
    )
    action = fields.String(
        metadata={"enum": ["create", "change", "resolve", "void", "rotate", "revoke", "end"]}
    )
    kind = fields.String(metadata={"enum": list(SUBJECT_KINDS)})
    id = fields.String(metadata={"description": "Of what was written; of a resolution, its question's."})
    digest = fields.String(
        metadata={
            "description": "SHA-256 over the digest of the entry before, this entry, and what it recorded."
        }
    )


class AuditPage(Document):
    """A page of the audit trail."""

    items = fields.List(fields.Nested(EntrySchema))


class AuditQuery(ListQuery):
    """Which entries, and in which order."""

    kind = fields.String(validate=validate.OneOf(SUBJECT_KINDS))
    id = Text(LONGEST_PATH)
    key = Text(LONGEST_NAME, metadata={"description": "The name of the key that wrote."})
    sort = fields.String(
        load_default="-recorded_at", validate=validate.OneOf(("recorded_at", "-recorded_at"))
    )
