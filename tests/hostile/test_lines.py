"""NDJSON of every kind of badness: a result for each line that holds one, and only good ones kept."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from hostile.service import LINES, Answer, Service, make_ledger
from hypothesis import given, settings
from hypothesis import strategies as st

from api.app import create_app
from api.settings import Settings

Send = Callable[[bytes], Answer]

CLAIM = {
    "source": "kindratenko",
    "question": "dprk-on-kursk-front",
    "answer": "withdrawn",
    "stated_at": "2025-01-31T08:00:00Z",
}
FEW_IDS = [f"line-{number}" for number in range(6)]
LARGEST_LINE = 2**20

good = st.builds(lambda id_: json.dumps({**CLAIM, "id": id_}).encode(), st.sampled_from(FEW_IDS))
made = st.just(json.dumps(CLAIM).encode())
wrong = st.builds(
    lambda field, value: json.dumps({**CLAIM, "id": FEW_IDS[0], field: value}).encode(),
    st.sampled_from([*CLAIM, "id", "certainty", "via", "cites", "text", "url", "scope", "nothing", "\0"]),
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=20),
        st.sampled_from(["\ud800", "a\0b", "\u2028", "../..", "9" * 400]),
        st.lists(st.text(max_size=3), max_size=3),
    ),
)
nested = st.integers(1, 100_000).map(lambda depth: b'{"source":' * depth)
brackets = st.integers(1, 100_000).map(lambda depth: b"[" * depth + b"]" * depth)
invalid = st.sampled_from(
    [
        b"\xff\xfe{}",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b'{"id": "\xf0\x9f"}',
        b"\x00",
        b"{}\x00",
        b'{"id": NaN}',
        b'{"id": 1' + b"0" * 5000 + b"}",
        b'{"id": "a", "id": "b"}',
        b"\xef\xbb\xbf" + json.dumps({**CLAIM, "id": FEW_IDS[1]}).encode(),
        b"null",
        b"[]",
        b'"a"',
        b"\x1f\x8b\x08\x00",
        b"-1e99999",
    ]
)
junk = st.binary(max_size=200).filter(lambda content: b"\n" not in content)
line = st.one_of(good, good, made, wrong, nested, brackets, invalid, junk)
ends = st.sampled_from([b"\n", b"\r\n", b"\n\n", b"\n \t\n", b"\r\r\n"])


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    lines = draw(st.lists(st.tuples(line, ends), max_size=12))
    last = draw(st.one_of(st.just(b""), line))
    return b"".join(content + end for content, end in lines) + last


def in_process(client: FlaskClient, key: str) -> Send:
    def send(body: bytes) -> Answer:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": LINES}
        answer = client.post("/v1/claims", data=body, headers=headers, buffered=True)
        return Answer(answer.status_code, {}, answer.get_data())

    return send


def check(send: Send, find: Callable[[str], int], n_claims: Callable[[], int], body: bytes) -> None:
    before = n_claims()
    answer = send(body)
    assert answer.status == 200, answer.body[:500]
    results = [json.loads(each) for each in answer.body.splitlines()]
    written = [number for number, content in enumerate(body.split(b"\n"), 1) if content.strip()]
    assert [result["line"] for result in results] == written
    kept = [result["id"] for result in results if result["status"] == 201]
    assert len(set(kept)) == len(kept)
    assert all(result["status"] in (201, 400, 409, 413, 422) for result in results), results
    assert all(("problem" in result) == (result["status"] != 201) for result in results)
    assert all(find(id_) == 200 for id_ in kept)
    assert n_claims() == before + len(kept)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FlaskClient, str]]:
    database = tmp_path_factory.mktemp("lines") / "kursk.db"
    key = make_ledger(database)["write"]
    app = create_app(Settings(database=str(database), log_level="error"))
    yield app.test_client(), key
    app.extensions["credence"]["handles"].open().close()


def count(pages: Callable[[str], Any]) -> int:
    """Count the claims by walking through their pages, as a client has to."""
    number, address = 0, "/v1/claims?limit=200"
    while address:
        items, link = pages(address)
        number += len(items)
        address = link.partition(">")[0].lstrip("<")
    return number


@settings(max_examples=60)
@given(body=bodies())
def test_every_line_has_its_result_whatever_it_holds(app: tuple[FlaskClient, str], body: bytes) -> None:
    client, key = app

    def pages(address: str) -> tuple[list[Any], str]:
        answer = client.get(address)
        return answer.get_json()["items"], answer.headers.get("Link", "")

    check(
        in_process(client, key),
        lambda id_: client.get(f"/v1/claims/{id_}").status_code,
        lambda: count(pages),
        body,
    )


@settings(max_examples=25)
@given(body=bodies())
def test_a_running_service_keeps_the_same_lines(service: Service, body: bytes) -> None:
    def pages(address: str) -> tuple[list[Any], str]:
        answer = service.call("GET", address)
        return answer.json["items"], answer.headers.get("link", "")

    check(
        lambda sent: service.call("POST", "/v1/claims", sent, **{"Content-Type": LINES}),
        lambda id_: service.call("GET", f"/v1/claims/{id_}").status,
        lambda: count(pages),
        body,
    )


def test_huge_lines_are_refused_one_by_one_and_the_rest_is_kept(service: Service) -> None:
    huge = b'{"text": "' + b"a" * LARGEST_LINE + b'"}'
    kept = json.dumps({**CLAIM, "id": "between-huge-lines"}).encode()
    body = b"\n".join([huge, kept, huge * 3, b"\0" * (LARGEST_LINE + 1), b"[" * LARGEST_LINE])
    answer = service.call("POST", "/v1/claims", body, **{"Content-Type": LINES})
    results = [json.loads(each) for each in answer.body.splitlines()]
    assert [(each["line"], each["status"]) for each in results] == [
        (1, 413),
        (2, 201),
        (3, 413),
        (4, 413),
        (5, 400),
    ]
    assert service.call("GET", "/v1/claims/between-huge-lines").status == 200


@settings(max_examples=40)
@given(body=st.binary(max_size=2000))
def test_bytes_without_sense_are_never_a_failure_of_the_service(service: Service, body: bytes) -> None:
    for content_type in (LINES, "application/json", "text/plain", ""):
        answer = service.call("POST", "/v1/claims", body, **{"Content-Type": content_type})
        assert answer.status in (200, 400, 415, 422), answer
