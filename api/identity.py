"""Ids that the service makes where none is given."""

import secrets


def made_id(kind: str) -> str:
    """Return a new id of a kind, as ``claim-4f1c…``; 64 random bits do not meet twice."""
    return f"{kind}-{secrets.token_hex(8)}"
