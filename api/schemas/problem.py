"""Problem documents (RFC 9457)."""

from marshmallow import EXCLUDE, Schema, fields

from api.schemas.match import CandidateSchema, ProposalSchema

MATCHING = "There only in `unmatched-question`: as `POST /v1/questions:match` has it."


class ReasonSchema(Schema):
    """One field and what is wrong with it."""

    field = fields.String(required=True, metadata={"examples": ["mandates.0.scope"]})
    reason = fields.String(required=True)


class ProblemSchema(Schema):
    """What went wrong; `errors` names each field and its reason."""

    class Meta:
        """Marshmallow's options."""

        unknown = EXCLUDE

    type = fields.String(required=True, metadata={"format": "uri-reference"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    errors = fields.List(fields.Nested(ReasonSchema), required=True)
    request_id = fields.String()
    threshold = fields.Float(metadata={"description": MATCHING})
    candidates = fields.List(fields.Nested(CandidateSchema), metadata={"description": MATCHING})
    proposed = fields.Nested(ProposalSchema, allow_none=True, metadata={"description": MATCHING})
