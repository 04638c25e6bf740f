"""How one connection is received and answered, by a real server."""

import json
import socket
import time
from collections.abc import Iterator

import pytest
from service import SOURCE, Server, answered, serving

from api.body import LARGEST_BODY


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("exchange") / "kursk.db") as running:
        yield running


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def head(server: Server, path: str, *fields: str) -> bytes:
    known = ("Host: x", f"Authorization: Bearer {server.key}", "Content-Type: application/json")
    return "\r\n".join((f"PUT {path} HTTP/1.1", *known, *fields, "", "")).encode()


def put_in_chunks(server: Server, body: bytes, size: int, ending: bytes = b"0\r\n\r\n") -> bytes:
    """Send a body in chunks of a size, each in a packet of its own, and return the answer."""
    client = server.connect()
    client.sendall(head(server, "/v1/sources/cnn", "Transfer-Encoding: chunked"))
    for at in range(0, len(body), size):
        piece = body[at : at + size]
        client.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        time.sleep(0.002)
    client.sendall(ending)
    return answered(client)


@pytest.mark.parametrize("ending", [b"0\r\n\r\n", b"0;last=yes\r\nX-Digest: 1\r\n\r\n"])
def test_a_body_in_chunks_is_read_to_its_last(server: Server, ending: bytes) -> None:
    assert status(put_in_chunks(server, json.dumps(SOURCE).encode(), 3, ending)) in (200, 201)


def test_a_body_of_many_chunks_is_not_taken_for_a_large_one(server: Server) -> None:
    client = server.connect()
    body = json.dumps(SOURCE).encode().ljust(LARGEST_BODY // 2)
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body)
    client.sendall(head(server, "/v1/sources/cnn", "Transfer-Encoding: chunked") + chunks + b"0\r\n\r\n")
    assert status(answered(client)) in (200, 201)


def test_a_client_that_expects_it_is_told_once_to_continue(server: Server) -> None:
    body = json.dumps(SOURCE).encode()
    client = server.connect()
    client.sendall(head(server, "/v1/sources/cnn", "Expect: 100-continue", f"Content-Length: {len(body)}"))
    assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.sendall(body)
    answer = answered(client)
    assert status(answer) in (200, 201)
    assert b"100 Continue" not in answer


def test_a_body_that_is_too_large_is_refused_before_it_is_sent(server: Server) -> None:
    client = server.connect()
    length = f"Content-Length: {LARGEST_BODY + 1}"
    client.sendall(head(server, "/v1/sources/cnn", "Expect: 100-continue", length))
    assert status(answered(client)) == 413


def test_what_follows_a_request_is_not_read_as_another(server: Server) -> None:
    client = server.connect()
    client.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\nGET /livez HTTP/1.1\r\nHost: x\r\n\r\n\x00\xff")
    answer = answered(client)
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"Connection: close" in answer


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"GET /livez HTTP/1.1\nHost: x\n\n", 400),
        (b"no request at all\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", 400),
        (b"GET /" + b"a" * 70_000, 414),
        (b"GET / HTTP/1.1\r\nX-Long: " + b"a" * 70_000, 431),
    ],
)
def test_what_cannot_be_read_is_a_problem_document_at_once(
    server: Server, sent: bytes, expected: int
) -> None:
    client = server.connect()
    began = time.monotonic()
    client.sendall(sent)
    top, _, body = answered(client).partition(b"\r\n\r\n")
    assert time.monotonic() - began < 8
    assert json.loads(body)["status"] == status(top) == expected


def test_a_request_that_breaks_off_is_400(server: Server) -> None:
    client = server.connect()
    client.sendall(head(server, "/v1/sources/cnn", "Content-Length: 100") + b"{")
    client.shutdown(socket.SHUT_WR)
    assert status(answered(client)) == 400


def test_a_request_that_does_not_arrive_in_time_is_408(server: Server) -> None:
    client = server.connect()
    client.sendall(b"GET /livez HTTP/1.1\r\n")
    top, _, body = answered(client).partition(b"\r\n\r\n")
    assert status(top) == 408
    assert "10 seconds" in json.loads(body)["detail"]
