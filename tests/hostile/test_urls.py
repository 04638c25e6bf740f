"""Addresses that are stored: they are http or https, and nobody ever calls them."""

import socket
import threading
from collections.abc import Iterator

import pytest
from hostile.service import Service

CLAIM = {
    "source": "kindratenko",
    "question": "dprk-on-kursk-front",
    "answer": "withdrawn",
    "stated_at": "2025-01-31T08:00:00Z",
}


@pytest.fixture
def bait() -> Iterator[tuple[int, list[object]]]:
    """A port on this machine, and whoever calls there."""
    callers: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        stopped = threading.Event()

        def listen() -> None:
            while not stopped.is_set():
                try:
                    client, address = listener.accept()
                except TimeoutError:
                    continue
                callers.append(address)
                client.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield listener.getsockname()[1], callers
        stopped.set()
        thread.join()


def test_a_stored_address_is_never_called(service: Service, bait: tuple[int, list[object]]) -> None:
    port, callers = bait
    for host in ("127.0.0.1", "localhost", f"user:secret@127.0.0.1:{port}/?x=127.0.0.1"):
        url = f"http://{host}:{port}/claim" if "@" not in host else f"http://{host}"
        made = service.call("POST", "/v1/claims", {**CLAIM, "url": url})
        assert made.status == 201, made.body
        claim = f"/v1/claims/{made.json['id']}"
        correction = {"kind": "reaffirm", "by": "kindratenko", "stated_at": "2025-02-01", "url": url}
        assert service.call("POST", f"{claim}/corrections", correction).status == 201
        for address in (claim, f"{claim}/score", f"{claim}/history", f"/v1/claims?url={url}"):
            assert service.call("GET", address).status in (200, 422)
    assert callers == []


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        " http://example.org",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "ftp://example.org/a",
        "gopher://example.org/_a",
        "ldap://example.org",
        "//example.org/a",
        "/v1/claims",
        "example.org",
        "http:///a",
        "http://",
        "https:example.org",
        "http://exa mple.org",
        "http://example.org/\r\nX-Evil: 1",
        "http://example.org/\0",
        "http://example.org/\u202e",
        "http://[::1",
        "http://example.org:99999/",
        "http://example.org:-1/",
        "http://example.org/" + "a" * 2048,
    ],
)
def test_what_is_no_address_of_the_web_is_not_stored(service: Service, url: str) -> None:
    answer = service.call("POST", "/v1/claims", {**CLAIM, "url": url})
    assert answer.status == 422
    assert [each["field"] for each in answer.json["errors"]] == ["url"]
