"""Addresses of articles, and the claims that they carry."""

from urllib.parse import urldefrag

from models.record import Claim


def plain(address: str) -> str:
    """Return an address as claims are found by it: without the part of the page that it points to."""
    return urldefrag(address)[0]


def of_claim(claim: Claim) -> tuple[str, ...]:
    """Return the addresses of the articles that carry a claim."""
    return () if claim.url is None else (plain(claim.url),)
