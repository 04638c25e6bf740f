"""What a key looks like: ``credence_``, an id, a secret, and a checksum over them, in base 62.

The id names the key in lists and in the trail, and is looked up; the secret opens; the checksum
tells a slip of the pen, and lets a scanner of repositories know a key when it sees one. Letters and
digits alone: a double click selects the whole.
"""

import hashlib
import re
import secrets
import string
import zlib

PREFIX = "credence_"
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
# 47 bits: no two keys of a ledger share an id by chance.
ID_LENGTH = 8
# 256 bits: beyond guessing.
SECRET_LENGTH = 43
# A CRC-32.
CHECKSUM_LENGTH = 6

FORM = re.compile(f"{PREFIX}[0-9A-Za-z]{{{ID_LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH}}}", re.ASCII)
# Version 0.1.0 made these: 32 random bytes in base 64.
OLD_FORM = re.compile(PREFIX + "[0-9A-Za-z_-]{43}", re.ASCII)
OLD_ID_LENGTH = 12


def make() -> str:
    """Return a new key."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(ID_LENGTH + SECRET_LENGTH))
    return PREFIX + body + _checksum(body)


def id_of(key: str) -> str | None:
    """Return the id that a key names itself by, or None where it is mistyped or no key at all."""
    if OLD_FORM.fullmatch(key):
        return hash_of(key)[:OLD_ID_LENGTH]
    if not FORM.fullmatch(key):
        return None
    body, checksum = key[len(PREFIX) : -CHECKSUM_LENGTH], key[-CHECKSUM_LENGTH:]
    return body[:ID_LENGTH] if _checksum(body) == checksum else None


def hash_of(key: str) -> str:
    """Return what is kept of a key.

    One round of SHA-256, without salt: slow hashes and salts protect what people make up, and
    nobody tries 2^256 secrets. It takes a microsecond of each request.
    """
    return hashlib.sha256(key.encode()).hexdigest()


def _checksum(body: str) -> str:
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits
