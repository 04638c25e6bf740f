"""What callers write into the log: nothing but what stands in one JSON line for each request."""

import json
import time

import pytest
from hostile.service import PATIENCE_S, Service

# What would begin a second line, or colour, or hide one, where a log is read on a terminal.
FORGERY = '\n{"event": "forged", "level": "info"}\r\n\x1b[31m\x85\u2028\u202e'


def events_since(service: Service, start: int, n: int = 1) -> list[dict[str, object]]:
    """Return what was logged after that many bytes: the line is written a moment after the answer."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        lines = service.log.read_bytes()[start:].split(b"\n")[:-1]
        if len(lines) >= n or time.monotonic() > deadline:
            return [json.loads(line) for line in lines]
        time.sleep(0.02)


def size(service: Service) -> int:
    return len(service.log.read_bytes())


@pytest.mark.parametrize("sent", ["a b", "a" * 65, '"', "a%0Ab", "{}", "é", "\x1b[31m", "a;b", "../x", ""])
def test_a_request_id_that_is_no_plain_name_is_replaced(service: Service, sent: str) -> None:
    start = size(service)
    answer = service.call("GET", "/livez", **{"X-Request-Id": sent})
    assert answer.status in (200, 400)
    if answer.status == 200:
        assert answer.headers["x-request-id"] != sent
        assert [event["request_id"] for event in events_since(service, start)] == [
            answer.headers["x-request-id"]
        ]


def test_a_plain_request_id_is_kept(service: Service) -> None:
    start = size(service)
    assert (
        service.call("GET", "/livez", **{"X-Request-Id": "trace-1.a_B"}).headers["x-request-id"]
        == "trace-1.a_B"
    )
    assert [event["request_id"] for event in events_since(service, start)] == ["trace-1.a_B"]


@pytest.mark.parametrize("header", ["User-Agent", "Referer", "X-Forwarded-For", "Authorization", "Cookie"])
def test_no_header_is_logged(service: Service, header: str) -> None:
    start = size(service)
    service.call("GET", "/livez", **{header: 'marked-header", "event": "forged'})
    assert "marked-header" not in json.dumps(events_since(service, start))


@pytest.mark.parametrize("address", ["/v1/sources/", "/v1/scopes/", "/"])
def test_a_line_end_in_an_address_begins_no_line(service: Service, address: str) -> None:
    escaped = "".join(f"%{byte:02x}" for byte in FORGERY.encode())
    start = size(service)
    assert service.call("GET", address + escaped).status == 404
    (event,) = events_since(service, start)
    assert event["event"] == "request"
    assert "forged" not in event


def test_a_form_that_there_is_not_is_no_failure(service: Service) -> None:
    start = size(service)
    assert service.call("GET", "/oembed?format=yaml&url=/claims/kindratenko-cnn").status == 501
    assert [event["level"] for event in events_since(service, start)] == ["info"]


def test_neither_a_key_nor_a_body_is_logged(service: Service) -> None:
    start = size(service)
    body = {"name": "marked-body", "kind": "outlet", "description": FORGERY}
    assert service.call("POST", "/v1/sources", body).status == 201
    assert service.call("POST", "/v1/sources?key=marked-query", body).status == 422
    logged = json.dumps(events_since(service, start, 2))
    assert service.keys["write"] not in logged
    assert "marked" not in logged


def test_a_request_that_cannot_be_read_is_one_line(service: Service) -> None:
    start = size(service)
    (answer,) = service.send(b'GET /livez\x0b{"event":"forged"}\x1b[31m HTTP/1.1\r\nHost: x\r\n\r\n')
    assert answer.status == 400
    (event,) = events_since(service, start)
    assert event["event"] != "forged"
    assert "\x1b" not in service.log.read_bytes()[start:].decode("latin-1")
