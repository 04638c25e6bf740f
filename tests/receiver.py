"""A receiver of webhooks on this machine: it answers as it is told to, and keeps what came."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from standardwebhooks import Webhook

WITHIN_S = 120.0
# How long one stalls of whom nobody shall wait: far longer than anything takes on a busy machine.
STALLED_S = 2 * WITHIN_S

# A status to answer with; or how many seconds to stall first; or both, with headers.
Answer = int | tuple[float, int] | tuple[float, int, dict[str, str]]


@dataclass
class Received:
    """One request: its headers in lower case, its body, and when it came, on the monotonic clock."""

    headers: dict[str, str]
    body: bytes
    path: str
    at: float

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> Any:
        """Return what was sent, once its signature was found right."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """What came, and what is answered to what comes next: the last answer again and again."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=lambda: [204])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks?for=credence"

    def next_answer(self) -> tuple[float, int, dict[str, str]]:
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        if isinstance(answer, int):
            return 0.0, answer, {}
        return (*answer, {}) if len(answer) == 2 else answer  # type: ignore[return-value]

    def until(self, holds: Callable[[], bool], within_s: float = WITHIN_S) -> None:
        wait_until(holds, within_s, lambda: f"received: {self.received}")


@contextmanager
def receiving(port: int = 0) -> Iterator[Receiver]:
    """Receive on a port of this machine, until the end of the block."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.received.append(Received(headers, body, self.path, time.monotonic()))
            stall_s, status, more = receiver.next_answer()
            time.sleep(stall_s)
            try:
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.end_headers()
            except OSError:
                pass

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    receiver.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def wait_until(holds: Callable[[], bool], within_s: float = WITHIN_S, told: Callable[[], str] = str) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, told()
        time.sleep(0.02)
