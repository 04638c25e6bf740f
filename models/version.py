"""The model's version: its release, and a digest of its constants."""

from functools import cache

from models.constants import Constants

# Raised whenever a number moves for any reason but a constant; CHANGELOG.md tells by how much.
RELEASE = "4"


@cache
def model_version(constants: Constants | None = None) -> str:
    """Return the version that every score carries: ``2+`` and a digest of the constants."""
    return f"{RELEASE}+{(constants or Constants()).digest()}"
