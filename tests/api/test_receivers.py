"""Which addresses are called, and the one request."""

import shutil
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from receiver import STALLED_S, receiving

from api.errors import ReceiverError, RefusedAddressError
from api.receivers import Answer, Receiver, is_public, post, receiver_of


def found(*addresses: str) -> Any:
    """A look-up that finds these, once."""
    asked: list[Any] = []

    def look_up(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        assert len(asked) == 1, "the name was looked up twice"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    return look_up


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("1.1.1.1", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - nobody listens
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("192.88.99.1", False),
        ("198.18.0.1", False),
        ("203.0.113.9", False),
        ("::", False),
        ("::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:1.1.1.1", True),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
        ("2001:0:a00:1::", False),
        ("2001:db8::1", False),
        ("3fff::1", False),
        ("fc00::1", False),
        ("fe80::1%eth0", False),
        ("ff02::1", False),
    ],
)
def test_only_addresses_of_the_public_network_are_public(address: str, *, expected: bool) -> None:
    assert is_public(address) is expected


def test_a_name_that_leads_to_ones_own_machine_is_refused_and_nothing_is_connected_to() -> None:
    with receiving() as receiver:
        target = Receiver(is_secure=False, host="news.example", port=receiver.port, target="/")
        for addresses in (["127.0.0.1"], ["1.1.1.1", "127.0.0.1"], ["127.0.0.1", "1.1.1.1"]):
            with pytest.raises(RefusedAddressError, match="not of the public network"):
                post(target, {}, b"{}", is_private=False, look_up=found(*addresses))
        assert receiver.received == []


def test_what_was_looked_up_is_connected_to_and_the_name_is_only_said() -> None:
    with receiving() as receiver:
        target = receiver_of(f"http://news.example:{receiver.port}/a?b=c", is_private=True)
        answer = post(target, {"X": "y"}, b"{}", is_private=True, look_up=found("127.0.0.1"))
        assert answer == Answer(204, None)
        (received,) = receiver.received
        assert (received.path, received.headers["host"]) == ("/a?b=c", f"news.example:{receiver.port}")
        assert (received.headers["x"], received.body) == ("y", b"{}")


def test_a_redirect_is_not_followed_and_no_proxy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with receiving() as elsewhere, receiving() as receiver:
        receiver.answers = [(0.0, 302, {"Location": elsewhere.url})]
        assert post(receiver_of(receiver.url, is_private=True), {}, b"", is_private=True).status == 302
        assert elsewhere.received == []


def test_one_that_stalls_is_given_up_after_its_time() -> None:
    with receiving() as receiver:
        receiver.answers = [(STALLED_S, 200)]
        began = time.monotonic()
        with pytest.raises(ReceiverError, match=r"nothing was answered within 0\.3 seconds"):
            post(receiver_of(receiver.url, is_private=True), {}, b"", is_private=True, within_s=0.3)
        assert time.monotonic() - began < STALLED_S / 2


def scripted(*pieces: bytes, pause_s: float = 0.0) -> int:
    """Answer one connection with some bytes; return the port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        client, _ = listener.accept()
        with listener, client:
            client.recv(2**16)
            for piece in pieces:
                try:
                    client.sendall(piece)
                except OSError:
                    return
                time.sleep(pause_s)

    threading.Thread(target=answer, daemon=True).start()
    port: int = listener.getsockname()[1]
    return port


def call(port: int, **options: Any) -> Answer:
    return post(
        receiver_of(f"http://127.0.0.1:{port}/", is_private=True), {}, b"", is_private=True, **options
    )


def test_one_that_drips_is_given_up_too() -> None:
    began = time.monotonic()
    with pytest.raises(ReceiverError, match="nothing was answered"):
        call(scripted(*[b"H"] * int(10 * STALLED_S), pause_s=0.1), within_s=0.5)
    assert time.monotonic() - began < STALLED_S / 2


@pytest.mark.parametrize(
    "said", [b"", b"220 mail.example ESMTP\r\n\r\n", b"HTTP/1.1 999 x\r\n\r\n", b"x" * 70_000]
)
def test_what_is_not_http_is_told_so(said: bytes) -> None:
    with pytest.raises(ReceiverError, match=r"not HTTP|cannot be reached"):
        call(scripted(said))


def test_what_comes_before_the_answer_is_none() -> None:
    port = scripted(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 503 Busy\r\nRetry-After: 9\r\n\r\n")
    assert call(port) == Answer(503, "9")


def test_nobody_there_is_told_so() -> None:
    with receiving() as receiver:
        url = receiver.url
    with pytest.raises(ReceiverError, match="cannot be reached"):
        post(receiver_of(url, is_private=True), {}, b"", is_private=True)


def test_a_name_that_is_not_known_is_told_so() -> None:
    def look_up(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(ReceiverError, match=r"the name news\.example is not known"):
        post(
            receiver_of("https://news.example/", is_private=False), {}, b"", is_private=False, look_up=look_up
        )


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("certificate")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    command += ["-subj", "/CN=news.example", "-addext", "subjectAltName=DNS:news.example", "-days", "2"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    return key, certificate


def secured(certificate: tuple[Path, Path]) -> int:
    listener = socket.create_server(("127.0.0.1", 0))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[1], certificate[0])

    def answer() -> None:
        with listener:
            client, _ = listener.accept()
            try:
                with context.wrap_socket(client, server_side=True) as talking:
                    talking.recv(2**16)
                    talking.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            except OSError:
                client.close()

    threading.Thread(target=answer, daemon=True).start()
    port: int = listener.getsockname()[1]
    return port


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificate with openssl")
def test_a_certificate_has_to_be_that_of_the_name(certificate: tuple[Path, Path]) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate[1]))
    options: dict[str, Any] = {"is_private": True, "look_up": found("127.0.0.1")}
    right = receiver_of(f"https://news.example:{secured(certificate)}/", is_private=True)
    assert post(right, {}, b"", context=trusting, **options).status == 200
    options["look_up"] = found("127.0.0.1")
    wrong = receiver_of(f"https://other.example:{secured(certificate)}/", is_private=True)
    with pytest.raises(ReceiverError, match="certificate cannot be trusted"):
        post(wrong, {}, b"", context=trusting, **options)
    options["look_up"] = found("127.0.0.1")
    unknown = receiver_of(f"https://news.example:{secured(certificate)}/", is_private=True)
    with pytest.raises(ReceiverError, match="certificate cannot be trusted"):
        post(unknown, {}, b"", **options)
