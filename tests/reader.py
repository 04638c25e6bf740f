"""What a page says to its reader, and what it is made of."""

from html.parser import HTMLParser
from typing import Any

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class Reader(HTMLParser):
    """What a page says, and the elements that it is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._told: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self._told.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._told).split())

    @property
    def links(self) -> list[str]:
        return [str(attributes.get("href")) for tag, attributes in self.elements if tag == "a"]


def page(caller: Any, path: str, status: int = 200) -> Reader:
    """Return what a browser without scripts gets."""
    response = caller.get(path, headers=BROWSER)
    assert (response.status_code, response.mimetype) == (status, "text/html"), response.text
    return Reader(response.text)
