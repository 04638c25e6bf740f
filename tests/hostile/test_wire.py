"""Requests that are written by hand: headers, targets and bodies that no ordinary client sends."""

import gzip
import json
import zlib

import pytest
from hostile.service import LINES, Answer, Service

PROBLEM = "application/problem+json"
GET = b"GET /livez HTTP/1.1\r\nHost: x\r\n"
CHUNK = b"2\r\n{}\r\n0\r\n\r\n"


def put(service: Service, headers: bytes, body: bytes) -> list[Answer]:
    key = service.keys["write"].encode()
    head = b"PUT /v1/scopes/wire HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %b\r\n" % key
    return service.send(head + b"Content-Type: application/json\r\n" + headers + b"\r\n" + body)


def assert_refused(answers: list[Answer], *statuses: int) -> None:
    """One refusal, as a problem document, and nothing after it."""
    assert len(answers) == 1, answers
    (answer,) = answers
    assert answer.status in statuses, answer
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json["status"] == answer.status


@pytest.mark.parametrize(
    "lengths",
    [
        b"Content-Length: 2\r\nContent-Length: 2\r\n",
        b"Content-Length: 2\r\nContent-Length: 40\r\n",
        b"Content-Length: 2, 2\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: +2\r\n",
        b"Content-Length: 0x2\r\n",
        b"Content-Length: \xb2\r\n",
        b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: identity\r\nContent-Length: 2\r\n",
        b"Transfer-Encoding : chunked\r\n",
    ],
)
def test_a_body_whose_length_can_be_read_in_two_ways_is_refused_with_all_that_follows(
    service: Service, lengths: bytes
) -> None:
    assert_refused(put(service, lengths, CHUNK + GET + b"\r\n"), 400)


def test_a_length_beyond_all_numbers_is_too_large(service: Service) -> None:
    assert_refused(put(service, b"Content-Length: 99999999999999999999999\r\n", b"{}"), 413)


@pytest.mark.parametrize("size", [b"-2", b"0x2", b"+2", b"2_0", b"\xb2"])
def test_a_chunk_of_no_plain_size_is_refused(service: Service, size: bytes) -> None:
    assert_refused(put(service, b"Transfer-Encoding: chunked\r\n", size + b"\r\n{}\r\n0\r\n\r\n"), 400)


def test_a_chunk_of_endless_size_is_waited_for_no_longer_than_a_body(service: Service) -> None:
    assert_refused(put(service, b"Transfer-Encoding: chunked\r\n", b"f" * 40 + b"\r\n{}"), 400, 408, 413)


def test_a_trailer_adds_no_header(service: Service) -> None:
    chunks = CHUNK.removesuffix(b"\r\n") + b"Authorization: Bearer none\r\nX-Request-Id: trailed\r\n\r\n"
    (answer,) = put(service, b"Transfer-Encoding: chunked\r\n", chunks)
    assert answer.headers.get("x-request-id") != "trailed"


@pytest.mark.parametrize(
    "header",
    [
        b"X-A: b\r\n c\r\n",
        b"X-A: b\nX-B: c\r\n",
        b"X-A: b\rX-B: c\r\n",
        b"X-A: b\0c\r\n",
        b"X\0A: b\r\n",
        b"X-A : b\r\n",
        b"XA\r\n",
        b": b\r\n",
        b"Host: y\r\n",
    ],
)
def test_a_header_that_proxies_read_differently_is_refused(service: Service, header: bytes) -> None:
    assert_refused(service.send(GET + header + b"\r\n"), 400)


def test_line_ends_of_bare_lf_are_refused(service: Service) -> None:
    assert_refused(service.send(b"GET /livez HTTP/1.1\nHost: x\n\n"), 400)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (b"X-A: " + b"a" * 7000 + b"\r\n", 200),
        (b"X-A: " + b"a" * 2**14 + b"\r\n", 431),
        (b"".join(b"X-%d: a\r\n" % number for number in range(5000)), 431),
        (b"".join(b"X-%d: %b\r\n" % (number, b"a" * 8000) for number in range(200)), 431),
    ],
)
def test_headers_are_bounded_in_size_and_number(service: Service, headers: bytes, status: int) -> None:
    (answer,) = service.send(GET + headers + b"\r\n")
    assert answer.status == status


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET http://evil.example/livez HTTP/1.1", 200),
        (b"GET file:///etc/passwd HTTP/1.1", 404),
        (b"GET http://evil.example/ HTTP/1.1", 200),
        (b"GET //evil.example/livez HTTP/1.1", 404),
        (b"GET evil.example:80 HTTP/1.1", 400),
        (b"CONNECT evil.example:443 HTTP/1.1", 404),
        (b"OPTIONS * HTTP/1.1", 404),
        (b"GET * HTTP/1.1", 400),
        (b"GET /livez\0 HTTP/1.1", 400),
        (b"GET /livez /readyz HTTP/1.1", 400),
        (b"GET /livez", 400),
        (b"GET /livez HTTP/2.0", 400),
        (b"PRI * HTTP/2.0", 400),
        (b"PROXY TCP4 10.0.0.1 10.0.0.2 1 2", 400),
        (b"\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03" + b"\0" * 100, 400),
        ("GÉT /livez HTTP/1.1".encode(), 400),
        ("GET /v1/sources/é HTTP/1.1".encode(), 400),
        (b"A" * 5000 + b" /livez HTTP/1.1", 400),
        (b"GET /livez?" + b"a" * 9000 + b" HTTP/1.1", 414),
    ],
)
def test_no_target_leads_anywhere_but_to_this_service(service: Service, line: bytes, status: int) -> None:
    answers = service.send(line + b"\r\nHost: x\r\n\r\n")
    assert [answer.status for answer in answers] == [status], answers
    if status >= 400:
        assert_refused(answers, status)


@pytest.mark.parametrize(
    "headers",
    [
        b"Host: evil.example\r\n",
        b"Host: x/../y@evil.example\r\n",
        b"Host: x\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\n",
        b"Host: x\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Ssl: off\r\n",
        b"Host: x\r\nX-Forwarded-Prefix: /evil.example\r\nForwarded: for=1;host=evil.example\r\n",
        b"Host: x\r\nSCRIPT_NAME: /v1\r\nPATH_INFO: /evil.example\r\nREMOTE_USER: evil.example\r\n",
        b"Host: x\r\nX-Original-URL: /evil.example\r\nX-Rewrite-URL: /evil.example\r\n",
        b"Host: x\r\nX-HTTP-Method-Override: DELETE\r\n",
    ],
)
def test_no_header_moves_an_answer_to_another_place(service: Service, headers: bytes) -> None:
    (answer,) = service.send(b"GET /v1/sources?limit=1 HTTP/1.1\r\n" + headers + b"\r\n")
    assert answer.status == 200
    assert answer.headers["link"].startswith("</v1/sources?")
    assert "evil.example" not in str(answer)


def test_a_forwarded_address_is_no_key(service: Service) -> None:
    headers = {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "REMOTE_USER": "admin"}
    assert service.call("PUT", "/v1/scopes/wire", {}, scope=None, **headers).status == 401


@pytest.mark.parametrize("first", ["write", "none"])
def test_two_keys_in_one_request_are_no_key(service: Service, first: str) -> None:
    keys = [service.keys["write"], "none"]
    ordered = keys if first == "write" else keys[::-1]
    headers = "".join(f"Authorization: Bearer {key}\r\n" for key in ordered).encode()
    answers = service.send(
        b"PUT /v1/scopes/wire HTTP/1.1\r\nHost: x\r\n" + headers + b"Content-Length: 0\r\n\r\n"
    )
    assert_refused(answers, 400, 401)


BOMB = b'{"name": "' + b"a" * 40 * 2**20 + b'"}'


@pytest.mark.parametrize("content_type", ["application/json", LINES])
@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(BOMB, mtime=0)),
        ("deflate", zlib.compress(BOMB)),
        ("br", b"\x0b\x02\x80{}\x03"),
        ("zstd", b"\x28\xb5\x2f\xfd\x20\x02\x11\x00\x00{}"),
        ("gzip, gzip", gzip.compress(gzip.compress(BOMB, mtime=0))),
        ("GZIP", gzip.compress(b"{}", mtime=0)),
        ("nonsense", b"{}"),
    ],
)
def test_a_compressed_body_is_refused_and_never_inflated(
    service: Service, encoding: str, body: bytes, content_type: str
) -> None:
    headers = {"Content-Encoding": encoding, "Content-Type": content_type}
    answer = service.call("POST", "/v1/claims", body, **headers)
    assert (answer.status, answer.headers["content-type"]) == (415, PROBLEM)
    assert answer.json["errors"][0]["field"] == "Content-Encoding"


def test_a_transfer_that_is_compressed_is_refused(service: Service) -> None:
    content = gzip.compress(BOMB, mtime=0)
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(content), content)
    assert_refused(put(service, b"Transfer-Encoding: gzip, chunked\r\n", body), 400, 415)


def test_a_body_that_is_said_to_be_plain_is_taken(service: Service) -> None:
    answer = service.call("PUT", "/v1/scopes/wire", {}, **{"Content-Encoding": "identity"})
    assert answer.status in (200, 201)


@pytest.mark.parametrize("depth", [10_000, 500_000])
def test_a_deeply_nested_body_is_refused(service: Service, depth: int) -> None:
    for opened in (b"[", b'{"a":'):
        answer = service.call("PUT", "/v1/sources/deep", opened * (depth // len(opened)))
        assert (answer.status, json.loads(answer.body)["status"]) == (400, 400)


def test_a_number_of_a_million_digits_is_refused_in_no_time(service: Service) -> None:
    body = b'{"text": "q", "scope": "a", "quantity": {"unit": "m", "low": 1' + b"0" * 1_000_000 + b"}}"
    answer = service.call("POST", "/v1/questions", body)
    assert answer.status in (400, 422)
