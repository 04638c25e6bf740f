"""What writers send, and what they were told: every write bears a mark, by which it is found again."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPException
from random import Random
from typing import Any, Literal

from faults.service import Answer, Service

# What is known of a write: it was never sent; it was refused; nobody answered; it was acknowledged.
State = Literal["unsent", "refused", "in doubt", "acknowledged"]

VOICES = ("budanov", "kindratenko", "podolyak", "puls")
CITED = ("nis", "officials")
CARRIERS = ("cnn", "kyiv-independent")
LIST, QUANTITY = "dprk-on-kursk-front", "dprk-casualties"
ANSWERS = ("fighting", "reduced", "withdrawn")
FRONT = {"text": "Are they still fighting?", "scope": "kursk-front", "answers": list(ANSWERS)}
CASUALTIES = {
    "text": "How many were lost?",
    "scope": "kursk-front",
    "quantity": {"unit": "soldiers", "scale": "log", "low": 100, "high": 12_000},
}
# How long a writer waits before it tries again, in seconds.
PAUSE_S = 0.02
# Lines of one bulk: several, and few enough that the ledger stays quick to fit.
LINES = 4
KINDS = ("claim", "claim without id", "lines", "correction", "source", "question", "resolution")
WEIGHTS = (8, 3, 1, 4, 1, 1, 1)
# What overload and a ledger that cannot be written answer: the write may be sent again.
AGAIN = (429, 503, 507)


@dataclass
class Event:
    """One thing that a write is to leave in the ledger, with its mark."""

    kind: str
    mark: str
    content: dict[str, Any]
    state: State = "unsent"


@dataclass
class Write:
    """One request and what it is to leave; sent a second time it must leave nothing more."""

    kind: str
    method: str
    path: str
    body: Any
    events: list[Event]

    @property
    def is_repeatable(self) -> bool:
        """Whether it can be sent again without fear: a claim without an id would be another one."""
        return self.kind != "claim without id"

    @property
    def is_doubtful(self) -> bool:
        """Whether nobody answered for it and it can be sent again."""
        return self.is_repeatable and any(event.state == "in doubt" for event in self.events)

    def send(self, service: Service, timeout: float = 30.0) -> Answer | None:
        """Send it and note what was told; None where nobody answered."""
        lines = self.kind == "lines"
        headers = {"Content-Type": "application/x-ndjson"} if lines else {}
        try:
            answer = service.call(self.method, self.path, self.body, timeout=timeout, **headers)
        except ConnectionRefusedError:
            return None
        except (OSError, HTTPException):
            self._note("in doubt")
            return None
        if lines and answer.status == 200:
            told = [json.loads(line) for line in answer.content.splitlines()]
            assert len(told) == len(self.events), answer.content
            for event, line in zip(self.events, told, strict=True):
                event.state = _state(line["status"])
        else:
            self._note(_state(answer.status))
        return answer

    def _note(self, state: State) -> None:
        for event in self.events:
            event.state = state


def _state(status: int) -> State:
    # 409 is what a write answers that is there already, sent again.
    if status in (200, 201, 409):
        return "acknowledged"
    return "in doubt" if status in AGAIN else "refused"


@dataclass
class Writer:
    """A desk that writes one thing after the other until it is told to stop."""

    name: str
    seed: int = 0
    sent: list[Write] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    _claims: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = Random(f"{self.seed}-{self.name}")  # noqa: S311 - a plan that can be repeated

    def write_until(self, stop: threading.Event, service: Service) -> None:
        """Write one thing after the other; what nobody answered for is sent again until somebody does."""
        while not stop.is_set():
            answer = self.write(service)
            while answer is None and not stop.wait(PAUSE_S) and self.sent[-1].is_doubtful:
                answer = self.sent[-1].send(service)

    def write(self, service: Service) -> Answer | None:
        """Write one thing."""
        write = self._made()
        self.sent.append(write)
        answer = write.send(service)
        if answer is not None:
            if answer.status not in (200, 201, *AGAIN):
                self.surprises.append(f"{write.kind} answered {answer.status}: {answer.content[:500]!r}")
            self._claims += [
                event.mark
                for event in write.events
                if event.kind == "claim" and event.state == "acknowledged" and "id" in event.content
            ]
        return answer

    def _made(self) -> Write:
        (kind,) = self.random.choices(KINDS, WEIGHTS)
        if kind == "correction" and not self._claims:
            kind = "claim"
        make: Callable[[str], Write] = getattr(self, f"_{kind.replace(' ', '_')}")
        return make(f"{self.name}-{len(self.sent)}")

    def _claim(self, mark: str) -> Write:
        body = {"id": mark, **self._claim_body(mark)}
        return Write("claim", "POST", "/v1/claims", body, [Event("claim", mark, body)])

    def _claim_without_id(self, mark: str) -> Write:
        body = self._claim_body(mark)
        return Write("claim without id", "POST", "/v1/claims", body, [Event("claim", mark, body)])

    def _lines(self, mark: str) -> Write:
        marks = [f"{mark}-{number}" for number in range(LINES)]
        bodies = [{"id": each, **self._claim_body(each)} for each in marks]
        events = [Event("claim", each, body) for each, body in zip(marks, bodies, strict=True)]
        content = "\n".join(json.dumps(body) for body in bodies).encode()
        return Write("lines", "POST", "/v1/claims", content, events)

    def _correction(self, mark: str) -> Write:
        kind = self.random.choice(("reaffirm", "retract", "deny"))
        body = {
            "kind": kind,
            "by": self.random.choice(VOICES),
            "stated_at": "2025-02-01T08:00:00Z",
            "via": [self.random.choice(CARRIERS)],
            "text": mark,
        }
        claim = self.random.choice(self._claims)
        event = Event("correction", mark, {**body, "claim": claim})
        return Write("correction", "POST", f"/v1/claims/{claim}/corrections", body, [event])

    def _source(self, mark: str) -> Write:
        body = {"name": mark, "kind": "outlet"}
        return Write("source", "PUT", f"/v1/sources/desk-{self.name}", body, [Event("source", mark, body)])

    def _question(self, mark: str) -> Write:
        body = {**FRONT, "text": mark}
        path = f"/v1/questions/matter-{self.name}"
        return Write("question", "PUT", path, body, [Event("question", mark, body)])

    def _resolution(self, mark: str) -> Write:
        body = {"answer": "reduced", "resolved_at": "2025-03-01T00:00:00Z", "by": "budanov", "text": mark}
        # One of its own, so that no other writer's resolution comes between it and its repetition.
        path = f"/v1/questions/resolved-{self.name.rpartition('-')[2]}/resolution"
        return Write("resolution", "PUT", path, body, [Event("resolution", mark, body)])

    def _claim_body(self, mark: str) -> dict[str, Any]:
        question = self.random.choice((LIST, LIST, QUANTITY))
        answer = (
            self.random.choice(ANSWERS) if question == LIST else {"about": self.random.randint(200, 9000)}
        )
        return {
            "source": self.random.choice(VOICES),
            "question": question,
            "answer": answer,
            "stated_at": f"2025-01-31T08:{self.random.randrange(60):02}:00Z",
            "via": self.random.sample(CARRIERS, self.random.randrange(3)),
            "cites": self.random.sample(CITED, self.random.randrange(2)),
            "text": mark,
        }


def prepare(service: Service, n_writers: int) -> None:
    """Write what the writers refer to."""
    for name in VOICES + CITED:
        body = {
            "name": name.title(),
            "kind": "person",
            "mandates": [{"scope": "kursk-front", "vantage": "direct"}],
        }
        assert service.call("PUT", f"/v1/sources/{name}", body).status in (200, 201)
    for name in CARRIERS:
        assert service.call("PUT", f"/v1/sources/{name}", {"name": name, "kind": "outlet"}).status in (
            200,
            201,
        )
    resolved = {f"resolved-{number}": FRONT for number in range(n_writers)}
    for name, question in {LIST: FRONT, QUANTITY: CASUALTIES, **resolved}.items():
        assert service.call("PUT", f"/v1/questions/{name}", question).status in (200, 201)


def events(writes: list[Write]) -> Iterator[Event]:
    for write in writes:
        yield from write.events
