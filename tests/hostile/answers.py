"""What schemathesis loads beside itself: it gives each request a key, and counts each answer."""

import itertools
import json
import os
from pathlib import Path
from typing import Any

import schemathesis

# The campaign names the file that is told, and the keys to take in turn: JSON, null for none.
FILE, KEYS = "CREDENCE_HOSTILE_ANSWERS", "CREDENCE_HOSTILE_KEYS"

keys = json.loads(os.environ.get(KEYS, "[null]"))
turns = itertools.cycle(keys)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    # A scenario goes on only where each of its steps is allowed, so those have the key that opens all.
    key = keys[-1] if case.meta and case.meta.phase.name.value == "stateful" else next(turns)
    if key:
        case.headers["Authorization"] = f"Bearer {key}"
    else:
        case.headers.pop("Authorization", None)


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    tell(response.request.method, response.request.url, response.status_code, response.elapsed)


@schemathesis.hook
def after_network_error(context: Any, case: Any, request: Any) -> None:
    tell(request.method, request.url, 0, 0.0)


def tell(method: str, address: str, status: int, seconds: float) -> None:
    line = json.dumps({"method": method, "address": address, "status": status, "seconds": seconds})
    with Path(os.environ[FILE]).open("a") as file:
        file.write(line + "\n")
