"""A real server in a process of its own, where the wire matters."""

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from factories import make_question, make_source, moment
from service import SOURCE, Server, answered, free_port, run, serving

from api.body import LARGEST_BODY
from api.headers import SECURITY_HEADERS
from data import questions, settlement, sources
from data.database import open_database, writing

# Of a ledger that takes a while to settle.
N_QUESTIONS = 2000
# Settling stands behind everything else on a busy machine.
SETTLED_WITHIN_S = 120


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("process") / "kursk.db") as running:
        yield running


def test_missing_and_wrong_keys_are_401(server: Server) -> None:
    assert server.call("PUT", "/v1/sources/cnn", SOURCE, Authorization="")[0] == 401
    assert server.call("PUT", "/v1/sources/cnn", SOURCE, Authorization="Bearer wrong")[0] == 401
    assert server.call("PUT", "/v1/sources/cnn", SOURCE)[0] in (200, 201)


def test_a_key_without_the_scope_is_403(server: Server) -> None:
    assert server.call("POST", "/v1/claims/any/void", {"because": "a slip"})[0] == 403


@pytest.mark.parametrize("size", [2**20 + 1, 30 * 2**20])
@pytest.mark.parametrize(("key", "status"), [("Bearer wrong", 401), (None, 413)])
def test_a_client_that_sends_too_much_sees_its_refusal(
    server: Server, size: int, key: str | None, status: int
) -> None:
    headers = {"Authorization": key} if key else {}
    answered, content, _ = server.call("POST", "/v1/claims", b"a" * size, **headers)
    assert (answered, json.loads(content)["status"]) == (status, status)


def test_a_body_of_unknown_length_over_the_limit_is_413(server: Server) -> None:
    chunks = iter([b'{"name": "', *([b"a" * 2**16] * 17), b'"}'])
    assert server.call("POST", "/v1/sources", chunks)[0] == 413


@pytest.mark.parametrize("begun", [1, 2, 500, 1023, 1024])
def test_a_body_that_stops_just_over_the_limit_is_413(server: Server, begun: int) -> None:
    with server.connect() as client:
        client.sendall(
            b"POST /v1/sources HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Authorization: Bearer " + server.key.encode() + b"\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n100800\r\n" + b"a" * (LARGEST_BODY + begun)
        )
        # Time to read all of it, and to take it for whole where that is a mistake.
        time.sleep(0.3)
        client.sendall(b"a" * (2048 - begun) + b"\r\n0\r\n\r\n")
        assert b" 413 " in client.recv(100)


def test_a_body_whose_chunks_cannot_be_read_is_400(server: Server) -> None:
    # Said to be chunked, but sent as it is.
    assert server.call("POST", "/v1/sources", b"{" * 10_000, **{"Transfer-Encoding": "chunked"})[0] == 400


def test_clients_that_fall_silent_do_not_hold_the_workers(server: Server) -> None:
    silent = []
    fields = f"Host: x\r\nAuthorization: Bearer {server.key}\r\nContent-Length: 99999"
    head = f"POST /v1/claims HTTP/1.1\r\n{fields}\r\n\r\n"
    for _ in range(4):
        client = server.connect()
        client.sendall(head.encode())
        silent.append(client)
    began = time.monotonic()
    assert server.call("GET", "/livez")[0] == 200
    assert time.monotonic() - began < 10
    for client in silent:
        client.settimeout(20)
        assert b" 408 " in client.recv(100)
        client.close()


def test_a_client_without_a_key_is_refused_before_it_has_sent_all(server: Server) -> None:
    client = server.connect()
    began = time.monotonic()
    client.sendall(b"POST /v1/claims HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n")
    answer = answered(client)
    assert b" 401 " in answer[:20]
    assert b"Connection: close" in answer
    assert time.monotonic() - began < 5


def test_a_half_sent_head_does_not_hold_a_worker(server: Server) -> None:
    clients = [server.connect() for _ in range(2)]
    for client in clients:
        client.sendall(b"GET /livez HTTP/1.1\r\nHost:")
    assert server.call("GET", "/livez")[0] == 200
    for client in clients:
        client.close()


def test_a_database_of_a_newer_version_is_one_sentence(tmp_path: Path) -> None:
    database = tmp_path / "newer.db"
    ledger = open_database(str(database))
    ledger.table("_sqlite_migrations").insert(
        {"migration_set": "credence", "name": "of_tomorrow", "applied_at": "2999-01-01"}
    )
    ledger.close()
    ended = run(database, "serve", "--port", str(free_port()))
    assert ended.returncode == 1
    assert "newer version" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_an_address_that_is_too_long_is_a_problem_document(server: Server) -> None:
    status, content, headers = server.call("GET", "/v1/sources?q=" + "a" * 9000)
    assert (status, json.loads(content)["status"]) == (414, 414)
    assert headers["Content-Type"] == "application/problem+json"
    assert SECURITY_HEADERS.items() <= headers.items()


def test_two_workers_write_at_the_same_time_without_an_error(server: Server) -> None:
    def put(number: int) -> int:
        return server.call("PUT", f"/v1/sources/source-{number}", {**SOURCE, "name": f"Source {number}"})[0]

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(put, range(40))) == {201}
    items = json.loads(server.call("GET", "/v1/sources?q=Source&limit=200")[1])["items"]
    assert len(items) == 40


def test_the_metrics_of_both_workers_are_added_up(server: Server) -> None:
    for _ in range(20):
        server.call("GET", "/v1/scopes")
    text = server.call("GET", "/metrics")[1].decode()
    (line,) = [
        line for line in text.splitlines() if line.startswith("credence_requests_total") and 'scopes"' in line
    ]
    assert float(line.rpartition(" ")[2]) == 20


def test_a_restarted_service_finds_everything_as_it_was_left(tmp_path: Path) -> None:
    database = tmp_path / "kursk.db"
    with serving(database) as first:
        first.call("PUT", "/v1/sources/cnn", SOURCE)
    with serving(database) as second:
        assert second.call("GET", "/v1/sources/cnn")[0] == 200
    events = [json.loads(line) for line in Path(f"{database}.log").read_text().splitlines()]
    assert all("event" in event for event in events)


def test_a_large_ledger_is_settled_beside_the_serving(tmp_path: Path) -> None:
    with closing(open_database(str(tmp_path / "large.db"))) as ledger:
        with writing(ledger):
            for i in range(N_QUESTIONS):
                questions.put(ledger, make_question(f"q{i}"), at=moment(1))
            for name in ("budanov", "podolyak"):
                sources.put(ledger, make_source(name), at=moment(1))
        settlement.settle(ledger)
    with serving(tmp_path / "large.db") as server:
        claim = {"id": "new", "source": "budanov", "question": "q7", "answer": "fighting"}
        stated = {**claim, "stated_at": "2025-01-31T08:00:00Z"}
        assert server.call("POST", "/v1/claims", stated)[0] == 201
        assert json.loads(server.call("GET", "/v1/claims/new/score")[1])["score"] is not None
        deadline = time.monotonic() + SETTLED_WITHIN_S
        while json.loads(server.call("GET", "/v1/model")[1])["pending"]:
            assert time.monotonic() < deadline, "nothing settled it"
            time.sleep(0.1)
        assert json.loads(server.call("GET", "/v1/claims/new/score")[1])["score"] is not None


def test_a_busy_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        ended = run(tmp_path / "kursk.db", "serve", "--port", str(port))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"credence: Port {port} on 127.0.0.1 is busy: choose another with --port.\n"


def test_an_unwritable_database_is_one_sentence(tmp_path: Path) -> None:
    ended = run(tmp_path / "no-such-folder" / "kursk.db", "serve", "--port", str(free_port()))
    assert ended.returncode == 1
    assert ended.stderr.startswith("credence: The database ")
    assert ended.stderr.count("\n") == 1


def test_what_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "kursk.db").write_text("not a database, and long enough to be taken for one\n" * 100)
    ended = run(tmp_path / "kursk.db", "serve", "--port", str(free_port()))
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "not a database" in ended.stderr
