"""The script's files: small, whole, and for ever under the same address."""

import gzip
import hashlib

from api import script

# What was released stays as it was: pages pin these hashes. To each release belongs its digest here,
# and before the script is changed after it, a copy of what was served goes to `script.EARLIER`.
RELEASED: tuple[str, ...] = ()
LARGEST_B = 15_000


def test_the_script_is_small_compressed() -> None:
    assert len(gzip.compress(script.script().content, 9)) <= LARGEST_B


def test_the_script_needs_nothing_else_and_asks_nobody_else() -> None:
    text = script.script().content.decode()
    assert script.PLACE not in text
    for word in (
        "import ",
        "innerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "localStorage",
        "cookie",
    ):
        assert word not in text, word
    assert "https://" not in text
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "url(" not in text


def test_what_was_released_is_still_served() -> None:
    served = {digest for digest, name in script.files() if name == script.SCRIPT}
    assert set(RELEASED) <= served


def test_each_file_lies_under_the_digest_of_its_content() -> None:
    for (digest, name), file in script.files().items():
        assert file.path == f"/embed/files/{digest}/{name}"
        assert hashlib.sha256(file.content).hexdigest().startswith(digest)
