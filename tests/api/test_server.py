"""What a server does for many clients at once: a real one, of several workers."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from service import SOURCE, Server, answered, serving

from api.gevent_worker import SLOW_AT_ONCE, WAIT_S
from api.server import DEFAULT_WORKERS
from data.database import open_database, writing

CLIENTS = 500
# A settlement is waited for so long here, in seconds, and not for ten.
AWAITED_WITHIN_S = 2.0
# What clients that hold up nobody may add to the 99th percentile of the others, in seconds.
HELD_UP_S = 0.1
MANY_SOURCES = 200
GET = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("worker") / "kursk.db"


@pytest.fixture(scope="module")
def server(database: Path) -> Iterator[Server]:
    with serving(database) as running:
        yield running


def seconds_of_a_get(server: Server) -> float:
    began = time.monotonic()
    assert server.call("GET", "/livez")[0] == 200
    return time.monotonic() - began


def settlers_of(server: Server) -> list[int]:
    listed = subprocess.run(["ps", "-wweo", "pid=,ppid=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
    return [
        int(pid) for pid, parent, args in rows if parent == str(server.process.pid) and "keep_settled" in args
    ]


def workers_of(server: Server) -> list[int]:
    found = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(server.process.pid)],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = (line.split(maxsplit=1) for line in found.stdout.splitlines())
    return [int(pid) for pid, command in lines if "serve --port" in command]


def percentile_of_gets(server: Server, n: int = 200) -> float:
    """Return the 99th percentile of some GETs one after another, in seconds."""
    return sorted(seconds_of_a_get(server) for _ in range(n))[n * 99 // 100]


@pytest.mark.alone
@pytest.mark.parametrize(
    "request_",
    [
        b"",
        b"GET /livez HTTP/1.1\r\nHost: example.org\r\nX-Padding: aaaaaaaaaaaa",
        b"POST /v1/claims HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\naaaaaaaaaaaaaaaaa",
    ],
    ids=["silent", "head", "body"],
)
def test_clients_that_are_silent_or_drip_hold_up_nobody(server: Server, request_: bytes) -> None:
    alone = percentile_of_gets(server)
    clients = [server.connect() for _ in range(CLIENTS)]
    is_over = threading.Event()

    def drip() -> None:
        for byte in request_:
            for client in clients:
                client.send(bytes([byte]))
            if is_over.wait(0.02):
                return

    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        assert percentile_of_gets(server) < alone + HELD_UP_S
    finally:
        is_over.set()
        dripping.join()
        for client in clients:
            client.close()


@pytest.mark.alone
def test_clients_that_never_read_hold_up_nobody(server: Server) -> None:
    for number in range(MANY_SOURCES):
        source = {**SOURCE, "name": f"Source {number}", "description": "a" * 4000}
        assert server.call("PUT", f"/v1/sources/long-{number}", source)[0] in (200, 201)
    large = server.call("GET", "/v1/sources?limit=200")[1]
    assert len(large) > 600_000
    clients = []
    for _ in range(30):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**12)
        client.connect(("127.0.0.1", server.port))
        client.sendall(b"GET /v1/sources?limit=200 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        clients.append(client)
    assert sorted(seconds_of_a_get(server) for _ in range(10))[5] < 1
    clients[0].settimeout(30)
    assert answered(clients[0]).endswith(large)
    for client in clients:
        client.close()


def test_too_much_to_do_is_503_with_a_word_when_to_try_again(server: Server, database: Path) -> None:
    n = 76 * DEFAULT_WORKERS
    body = json.dumps(SOURCE).encode()
    fields = (
        f"Authorization: Bearer {server.key}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    )
    request = f"PUT /v1/sources/overload HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{fields}\r\n\r\n"
    clients = [server.connect() for _ in range(n)]
    with closing(open_database(str(database))) as other, writing(other):
        for client in clients:
            client.sendall(request.encode() + body)
        # Those who wait behind others that wait themselves are not left waiting for long.
        time.sleep(WAIT_S + 1)
        assert seconds_of_a_get(server) < 1
    answers = [answered(client) for client in clients]
    found = Counter(int(answer.split(b" ", 2)[1]) for answer in answers)
    assert set(found) <= {200, 201, 503}
    assert 0 < found[200] + found[201] <= SLOW_AT_ONCE * DEFAULT_WORKERS
    refused = [answer for answer in answers if b" 503 " in answer[:20]]
    assert all(b"Retry-After: " in answer and b"problem+json" in answer for answer in refused)


def test_a_busy_database_is_503_with_a_word_when_to_try_again(tmp_path: Path) -> None:
    database, impatient = tmp_path / "busy.db", "import data.database; data.database.BUSY_TIMEOUT_S = 1.0"
    with serving(database, prepared=impatient) as server:
        with closing(open_database(str(database))) as other, writing(other):
            status, _, headers = server.call("PUT", "/v1/sources/waits", SOURCE)
            assert seconds_of_a_get(server) < 1
        assert (status, headers["Retry-After"]) == (503, "5")


@pytest.mark.alone
def test_reads_stay_quick_while_many_write(server: Server) -> None:
    is_over = threading.Event()
    written: Counter[int] = Counter()

    def write(writer: int) -> None:
        number = 0
        while not is_over.is_set():
            number += 1
            written[server.call("PUT", f"/v1/sources/written-{writer}-{number}", SOURCE)[0]] += 1

    writers = [threading.Thread(target=write, args=[writer]) for writer in range(20)]
    for writer in writers:
        writer.start()
    taken = sorted(seconds_of_a_get(server) for _ in range(100))
    is_over.set()
    for writer in writers:
        writer.join()
    assert set(written) <= {200, 201, 503}
    assert taken[98] < 1


def test_whoever_asks_for_a_score_right_after_a_write_is_told_of_it(server: Server) -> None:
    server.call("PUT", "/v1/sources/asker", SOURCE)
    server.call("PUT", "/v1/questions/asked", {"text": "Where?", "scope": "here", "answers": ["a", "b"]})
    for number in range(5):
        claim = {
            "source": "asker",
            "question": "asked",
            "answer": ["a"],
            "stated_at": f"2025-01-0{number + 1}",
        }
        assert server.call("POST", "/v1/claims", {**claim, "id": f"asked-{number}"})[0] == 201
        question = json.loads(server.call("GET", "/v1/questions/asked/score")[1])
        assert [share["claim"] for share in question["evidence"]].count(f"asked-{number}") == 1
        listed = json.loads(server.call("GET", "/v1/claims?question=asked")[1])["items"]
        assert len(listed) == number + 1
        assert all(item["score"] is not None for item in listed)


def test_a_score_that_cannot_be_settled_is_answered_in_the_end(tmp_path: Path) -> None:
    impatient = f"import api.settler; api.settler.AWAITED_WITHIN_S = {AWAITED_WITHIN_S}"
    with serving(tmp_path / "stopped.db", prepared=impatient) as server:
        server.call("PUT", "/v1/sources/asker", SOURCE)
        # Once it has settled, it is stopped at rest.
        assert server.call("GET", "/v1/sources/asker/score")[0] == 200
        settlers = settlers_of(server)
        assert settlers
        for process in settlers:
            os.kill(process, signal.SIGSTOP)
        try:
            began = time.monotonic()
            assert server.call("PUT", "/v1/sources/asker", {**SOURCE, "name": "Another"})[0] == 200
            assert time.monotonic() - began < AWAITED_WITHIN_S / 2
            assert server.call("GET", "/v1/sources/asker/score")[0] == 200
            assert time.monotonic() - began > AWAITED_WITHIN_S
        finally:
            for process in settlers:
                os.kill(process, signal.SIGCONT)


def test_the_metrics_tell_who_waits(server: Server) -> None:
    text = server.call("GET", "/metrics")[1].decode()
    assert 'credence_requests_waiting{kind="slow"}' in text
    assert "credence_connections_open" in text
    assert "credence_requests_shed_total" in text
    assert "credence_clients_dropped_total" in text


def test_the_end_of_the_server_loses_no_request(tmp_path: Path) -> None:
    with serving(tmp_path / "kursk.db") as server:
        clients = [server.connect() for _ in range(40)]
        for client in clients:
            client.sendall(GET)
        half = server.connect()
        half.sendall(GET[:-4])
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        half.sendall(GET[-4:])
        assert all(b" 200 " in answered(client)[:20] for client in [*clients, half])


def call_all_the_while(server: Server, is_over: threading.Event) -> Counter[Any]:
    found: Counter[Any] = Counter()
    while not is_over.is_set():
        try:
            found[server.call("GET", "/livez")[0]] += 1
        except OSError as error:
            found[type(error)] += 1
    return found


def test_replacing_the_workers_fails_no_request(server: Server) -> None:
    before = workers_of(server)
    is_over = threading.Event()
    with ThreadPoolExecutor(6) as pool:
        callers = [pool.submit(call_all_the_while, server, is_over) for _ in range(6)]
        try:
            server.process.send_signal(signal.SIGHUP)
            deadline = time.monotonic() + 60
            while set(before) & set(workers_of(server)):
                assert time.monotonic() < deadline, "the workers were not replaced"
                time.sleep(0.1)
            time.sleep(0.5)
        finally:
            is_over.set()
        assert {status for caller in callers for status in caller.result()} == {200}
    assert len(workers_of(server)) == len(before)


def test_killed_workers_leave_nothing_behind_that_keeps_others_from_writing(server: Server) -> None:
    for pid in workers_of(server):
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if server.call("PUT", "/v1/sources/after", SOURCE)[0] in (200, 201):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("nobody writes")
