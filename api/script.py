"""The files of the embeds: one script, and the stylesheet that it shares with the page for frames.

Each is served under the digest of its content, so that an address stands for the same bytes for ever.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "static" / "embed"
# What earlier releases served: a page that pins an older script still gets it after an upgrade.
EARLIER = FOLDER / "earlier"
SCRIPT = "credence-score.js"
SHEET = "card.css"
PAGE_SHEET = "page.css"
# What a page may take into its own stylesheet, to keep a place while the script is on its way.
RESERVE = "reserve.css"
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
# Of the SHA-256 of a file, in hex digits: enough that no two of ours share them.
DIGEST_DIGITS = 16
# Where the stylesheet goes into the script.
PLACE = 'const STYLE = "";'


@dataclass(frozen=True)
class File:
    """A file as it is served."""

    name: str
    content: bytes

    @property
    def digest(self) -> str:
        """What its address holds."""
        return hashlib.sha256(self.content).hexdigest()[:DIGEST_DIGITS]

    @property
    def path(self) -> str:
        """Its address, without the host."""
        return f"/embed/files/{self.digest}/{self.name}"

    @property
    def integrity(self) -> str:
        """What a page may pin it by: https://www.w3.org/TR/sri/."""
        return f"sha384-{base64.b64encode(hashlib.sha384(self.content).digest()).decode()}"

    @property
    def content_type(self) -> str:
        """Its media type."""
        return TYPES[Path(self.name).suffix]


@cache
def script() -> File:
    """Return the script, with the stylesheet inside it."""
    style = " ".join((FOLDER / SHEET).read_text("utf-8").split())
    source = (FOLDER / SCRIPT).read_text("utf-8")
    return File(SCRIPT, source.replace(PLACE, f"const STYLE = {json.dumps(style)};", 1).encode())


@cache
def sheets() -> tuple[File, ...]:
    """Return the stylesheets of our own pages: the card's, the page's, and that of elements to come."""
    return tuple(File(name, (FOLDER / name).read_bytes()) for name in (SHEET, PAGE_SHEET, RESERVE))


@cache
def files() -> dict[tuple[str, str], File]:
    """Return all that is served, and was by earlier releases, by digest and name."""
    earlier = [File(SCRIPT, path.read_bytes()) for path in sorted(EARLIER.glob("*.js"))]
    return {(file.digest, file.name): file for file in (script(), *sheets(), *earlier)}
