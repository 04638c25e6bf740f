"""How one connection is received and answered, by a real server."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import gevent
import pytest
from gevent import socket as gevent_socket
from prometheus_client import CollectorRegistry, Counter
from service import SOURCE, Server, answer_on, answered, serving
from werkzeug.exceptions import RequestTimeout

from api import connections
from api.body import LARGEST_BODY
from api.connections import Connection

GET = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
# Clients are waited for so long here, in seconds, and not for ten.
WAITED_S = 2.0
LAST_GET = b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    impatient = f"import api.connections; api.connections.WAITED_S = {WAITED_S}"
    with serving(tmp_path_factory.mktemp("exchange") / "kursk.db", prepared=impatient) as running:
        yield running


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def head(server: Server, path: str, *fields: str) -> bytes:
    known = (
        "Host: x",
        "Connection: close",
        f"Authorization: Bearer {server.key}",
        "Content-Type: application/json",
    )
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


def test_a_connection_is_kept_for_the_next_request_and_each_has_its_own_answer(server: Server) -> None:
    with server.connect() as client:
        ids = []
        for _ in range(3):
            client.sendall(GET)
            status, headers, body = answer_on(client)
            assert (status, json.loads(body)) == (200, {"status": "live"})
            assert headers["Connection"] == "keep-alive"
            ids.append(headers["X-Request-Id"])
            time.sleep(0.1)
        assert len(set(ids)) == 3


def test_requests_that_are_sent_at_once_are_answered_in_their_order(server: Server) -> None:
    client = server.connect()
    last = GET.replace(b"/livez", b"/v1/sources/nobody").replace(
        b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"
    )
    client.sendall(GET + GET.replace(b"/livez", b"/readyz") + last)
    answer = answered(client)
    assert [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]] == [200, 200, 404]
    assert answer.index(b'"live"') < answer.index(b'"ready"') < answer.index(b"problem+json")


def test_what_follows_the_last_request_is_not_read_as_another(server: Server) -> None:
    client = server.connect()
    client.sendall(LAST_GET + GET + b"\x00\xff")
    answer = answered(client)
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"Connection: close" in answer


def test_what_follows_a_request_and_is_none_is_refused_and_ends_the_connection(server: Server) -> None:
    client = server.connect()
    client.sendall(GET + b"\x00\xff\r\n\r\n" + GET)
    answer = answered(client)
    assert [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]] == [200, 400]


def test_the_rest_of_a_refused_body_is_not_read_as_a_request(server: Server) -> None:
    client = server.connect()
    smuggled = GET.replace(b"/livez", b"/readyz")
    refused = f"PUT /v1/sources/cnn HTTP/1.1\r\nHost: x\r\nContent-Length: {len(smuggled)}\r\n\r\n".encode()
    client.sendall(refused + smuggled)
    answer = answered(client)
    assert answer.count(b"HTTP/1.1 ") == 1
    assert status(answer) == 401


@pytest.mark.parametrize("n_before", [0, 1])
def test_a_connection_without_a_request_is_closed_without_a_word(server: Server, n_before: int) -> None:
    with server.connect() as client:
        for _ in range(n_before):
            client.sendall(GET)
            assert answer_on(client)[0] == 200
        began = time.monotonic()
        assert client.recv(100) == b""
        assert time.monotonic() - began < WAITED_S + 5


def test_a_client_of_http_1_0_is_answered_and_closed(server: Server) -> None:
    client = server.connect()
    client.sendall(b"GET /livez HTTP/1.0\r\n\r\n")
    assert status(answered(client)) == 200


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


def test_a_request_that_does_not_arrive_in_time_is_408_also_where_it_drips(server: Server) -> None:
    silent, dripping = server.connect(), server.connect()
    began = time.monotonic()
    silent.sendall(b"GET /livez HTTP/1.1\r\n")
    dripping.settimeout(0.1)
    answer = b""
    while not answer:
        assert time.monotonic() - began < WAITED_S + 10
        dripping.sendall(b"G")
        with suppress(TimeoutError):
            answer = dripping.recv(2**16)
    for received in (answered(silent), answer + answered(dripping)):
        top, _, body = received.partition(b"\r\n\r\n")
        assert status(top) == 408
        assert f"within {WAITED_S:g} seconds" in json.loads(body)["detail"]
    assert time.monotonic() - began > WAITED_S


def test_who_sends_much_is_waited_for_longer_and_who_then_stops_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "WAITED_S", 0.5)
    monkeypatch.setattr(connections, "BYTES_A_SECOND", 4000)
    near, far = gevent_socket.socketpair()
    dropped = Counter("dropped", "Dropped", registry=CollectorRegistry())
    connection = Connection(near, lambda: True, dropped)

    def send() -> None:
        for _ in range(5):
            far.sendall(b"a" * 1000)
            gevent.sleep(0.2)

    sending = gevent.spawn(send)
    began, received = time.monotonic(), 0
    with near, far:
        while received < 5000:
            received += len(connection.recv(2**16))
        assert time.monotonic() - began > 0.5
        with pytest.raises(RequestTimeout):
            connection.recv(2**16)
        assert dropped._value.get() == 1
    sending.join()
