"""How often one key or address may ask."""

import multiprocessing
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.app import create_app
from api.rates import NS_A_SECOND, PROBES, SLOTS, WINDOW_S, Rates, network
from api.settings import Settings
from data import keys

START = 1_000 * NS_A_SECOND
MINUTE = WINDOW_S * NS_A_SECOND


def limited(limit: int = 3, **settings: Any) -> Flask:
    return create_app(Settings(database=":memory:", log_level="error", rate_limit=limit, **settings))


@pytest.fixture
def client() -> FlaskClient:
    return limited().test_client()


def n_allowed(rates: Rates, caller: str, n: int, at_ns: int = START) -> int:
    return sum(rates.take(caller, at_ns=at_ns).is_allowed for _ in range(n))


@pytest.mark.parametrize("limit", [1, 3, 7, 60, 999, 60_000])
def test_a_minutes_requests_may_come_at_once_and_not_one_more(limit: int) -> None:
    assert n_allowed(Rates(limit), "desk", limit + 10) == limit


def test_what_was_used_up_comes_back_evenly() -> None:
    rates = Rates(60)
    assert n_allowed(rates, "desk", 60) == 60
    assert [n_allowed(rates, "desk", 5, START + s * NS_A_SECOND) for s in (0, 1, 1, 4)] == [0, 1, 0, 3]
    assert n_allowed(rates, "desk", 100, START + 3 * MINUTE) == 60


def test_what_is_left_and_when_more_comes_is_told_in_whole_requests_and_seconds() -> None:
    rates = Rates(4)
    told = [rates.take("desk", at_ns=START) for _ in range(5)]
    assert [allowance.left for allowance in told] == [3, 2, 1, 0, 0]
    assert [allowance.more_in_s for allowance in told] == [15] * 5
    assert rates.take("desk", at_ns=START + 15 * NS_A_SECOND).is_allowed


def test_a_refused_request_costs_nothing() -> None:
    rates = Rates(1)
    assert n_allowed(rates, "desk", 1000) == 1
    assert n_allowed(rates, "desk", 1, START + MINUTE) == 1


def test_callers_do_not_count_for_each_other() -> None:
    rates = Rates(2)
    assert [n_allowed(rates, f"desk {i}", 3) for i in range(1000)] == [2] * 1000


def test_when_all_its_slots_are_taken_a_caller_takes_the_one_that_is_free_the_soonest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rates = Rates(2)
    # All these callers start from one slot, near the end of the table.
    crowd = [SLOTS * i + SLOTS - 3 for i in range(1, PROBES + 2)]
    monkeypatch.setattr("api.rates.hash", lambda caller: crowd[int(caller)], raising=False)
    for i in range(PROBES):
        n_allowed(rates, str(i), 2, START + i)
    assert n_allowed(rates, str(PROBES), 5, START + PROBES) == 2
    assert n_allowed(rates, str(PROBES - 1), 5, START + PROBES) == 0
    assert n_allowed(rates, "0", 5, START + PROBES) == 2


def count_in(rates: Rates, counted: Any, start: Any) -> None:
    start.wait()
    counted.put([n_allowed(rates, caller, 2_000) for caller in ("desk", "wire")])


def test_processes_that_share_the_table_count_as_one() -> None:
    rates = Rates(5_000)
    fork = multiprocessing.get_context("fork")
    counted, start = fork.Queue(), fork.Event()
    counters = [fork.Process(target=count_in, args=(rates, counted, start)) for _ in range(4)]
    for counter in counters:
        counter.start()
    start.set()
    found = [counted.get(timeout=60) for _ in counters]
    for counter in counters:
        counter.join()
    assert [sum(column) for column in zip(*found, strict=True)] == [5_000, 5_000]


def test_a_process_that_is_killed_while_it_counts_stops_no_other() -> None:
    rates = Rates(10**9)
    fork = multiprocessing.get_context("fork")

    def count_forever() -> None:
        while True:
            rates.take("desk", at_ns=START)

    for _ in range(5):
        counter = fork.Process(target=count_forever)
        counter.start()
        time.sleep(0.05)
        counter.kill()
        counter.join()
        assert rates.take("desk", at_ns=START).is_allowed


def test_every_counted_answer_tells_the_policy_and_what_is_left(client: FlaskClient) -> None:
    for path, left in (("/v1/sources", 2), ("/nowhere", 1), ("/openapi.json", 0)):
        headers = client.get(path).headers
        assert headers["RateLimit-Policy"] == '"minute";q=3;w=60'
        assert headers["RateLimit"] == f'"minute";r={left};t=20'


def test_one_request_too_many_is_429_and_says_when_to_ask_again(client: FlaskClient) -> None:
    for _ in range(3):
        assert client.get("/v1/sources").status_code == 200
    response = client.get("/v1/sources")
    assert (response.status_code, response.content_type) == (429, "application/problem+json")
    assert response.json is not None
    assert response.json["type"] == "/docs#rate-limited"
    assert 1 <= int(response.headers["Retry-After"]) <= 20
    assert response.headers["RateLimit"].startswith('"minute";r=0;')


def test_probes_are_not_counted(client: FlaskClient) -> None:
    for _ in range(5):
        for path in ("/livez", "/readyz", "/metrics"):
            response = client.get(path)
            assert response.status_code == 200
            assert "RateLimit" not in response.headers
    assert client.get("/v1/sources").status_code == 200


def test_guesses_of_keys_are_counted_for_their_address_whatever_they_guess(client: FlaskClient) -> None:
    statuses = [
        client.get("/v1/sources", headers={"Authorization": f"Bearer guess-{i}"}).status_code
        for i in range(2)
    ] + [
        client.put("/v1/sources/a", json={}, headers={"Authorization": f"Bearer guess-{i}"}).status_code
        for i in range(3)
    ]
    assert statuses == [200, 200, 401, 429, 429]


def test_a_key_is_counted_by_itself_from_whatever_address() -> None:
    app = limited()
    ledger = app.extensions["credence"]["handles"].open()
    key = keys.create(ledger, name="desk", scope="read", at=datetime.now(UTC))
    client = app.test_client()

    def ask(address: str, **headers: str) -> int:
        return client.get("/v1/sources", headers=headers, environ_base={"REMOTE_ADDR": address}).status_code

    sent = {"Authorization": f"Bearer {key}"}
    assert [ask(f"192.0.2.{i}", **sent) for i in range(4)] == [200, 200, 200, 429]
    assert [ask("192.0.2.1") for _ in range(4)] == [200, 200, 200, 429]
    assert ask("192.0.2.2") == 200


def test_zero_is_no_limit() -> None:
    response = limited(0).test_client().get("/v1/sources")
    assert "RateLimit" not in response.headers


@pytest.mark.parametrize(
    ("proxies", "forwarded", "is_told_apart"),
    [
        (0, "{}", False),
        (1, "{}", True),
        (1, "{}, 198.51.100.7", False),
        (2, "{}, 198.51.100.7", True),
        (2, "{}", False),
    ],
)
def test_the_address_is_the_one_that_the_outermost_trusted_proxy_saw(
    proxies: int, forwarded: str, *, is_told_apart: bool
) -> None:
    client = limited(1, trusted_proxies=proxies).test_client()
    statuses = [
        client.get("/v1/sources", headers={"X-Forwarded-For": forwarded.format(f"192.0.2.{i}")}).status_code
        for i in range(2)
    ]
    assert statuses == ([200, 200] if is_told_apart else [200, 429])


def test_addresses_of_one_ipv6_network_count_as_one_caller() -> None:
    same: Callable[[str, str], bool] = lambda one, other: network(one) == network(other)  # noqa: E731
    assert same("2001:db8:0:1::1", "2001:db8:0:1:ffff::2")
    assert not same("2001:db8:0:1::1", "2001:db8:0:2::1")
    assert network("192.0.2.1") == "192.0.2.1"
    assert network("no:address") == "no:address"
