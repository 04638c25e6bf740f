"""The page for receivers says what is sent: its receiver runs, its schedule is the service's."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from api.deliverer import SCHEDULE
from api.events import SILENT_S
from api.receivers import ATTEMPT_S, FIRST_FREE_PORT
from data.webhooks import SECRET_BYTES
from models.event import SMALLEST_MOVE, TYPES

PAGE = (Path(__file__).parents[1] / "docs/webhooks.md").read_text()
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="  # noqa: S105 - an example


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_receiver_on_the_page_takes_what_is_signed_once_and_refuses_the_rest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CREDENCE_SECRET", SECRET)
    (code,) = blocks("python")
    names: dict[str, Any] = {"__name__": "receiver"}
    exec(compile(code, "webhooks.md", "exec"), names)  # noqa: S102 - our own page
    client, (body,) = names["app"].test_client(), blocks("json")
    at = datetime.now(UTC)
    headers = {
        "webhook-id": json.loads(body)["data"]["id"],
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(SECRET).sign(json.loads(body)["data"]["id"], at, body),
    }
    for _ in range(2):
        assert client.post("/hooks", data=body, headers=headers).status_code == 204
    assert capsys.readouterr().out == json.loads(body)["data"]["because"] + "\n"
    assert client.post("/hooks", data=body + " ", headers=headers).status_code == 401
    assert client.post("/hooks", data=body).status_code == 401


def test_the_schedule_and_the_limits_on_the_page_are_the_services() -> None:
    def told(seconds: float) -> str:
        if seconds < 60:
            return f"{seconds:g} s"
        return f"{seconds / 60:g} min" if seconds < 3600 else f"{seconds / 3600:g} h"

    pauses = [told(pause.total_seconds()) for pause in SCHEDULE]
    text = " ".join(PAGE.split())
    assert f"tried again {pauses[0]} later, then after" in text
    listed = ", ".join(pauses[1:-1])
    assert f"{listed} and {pauses[-1]}" in text
    assert f"within {ATTEMPT_S:g} s" in text
    assert f"every {SILENT_S:g} seconds" in text
    assert f"from {FIRST_FREE_PORT} on" in text
    assert f"lies {SMALLEST_MOVE} or more" in text
    assert SECRET_BYTES >= 24
    assert re.findall(r"^\| `([a-z.]+)` \| ", PAGE, re.MULTILINE)[: len(TYPES)] == list(TYPES)
