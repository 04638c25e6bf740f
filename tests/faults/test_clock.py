"""A clock that is set back: what is known when stays in the order of writing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from faults.service import Service, start_prepared
from faults.writes import prepare

# The clock of the service is that of the system and what a file says, in seconds.
SHIFTED = """
import os
from datetime import UTC, datetime, timedelta
import api.clock
def now():
    with open(os.environ["SHIFT"]) as file:
        return datetime.now(UTC) + timedelta(seconds=float(file.read()))
api.clock.now = now
"""


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=1)], ids=["an hour", "a day"])
def test_a_clock_that_jumps_back_refuses_nothing_and_keeps_the_order(
    service: Service, tmp_path: Path, back: timedelta
) -> None:
    shift = tmp_path / "shift"
    shift.write_text("0")
    service.environment["SHIFT"] = str(shift)
    service.begin(start_prepared(SHIFTED))
    service.await_ready()
    prepare(service, 1)
    body = {
        "source": "budanov",
        "question": "dprk-on-kursk-front",
        "answer": "fighting",
        "stated_at": "2025-01-31T08:00:00Z",
    }
    recorded = []
    for number, seconds in enumerate((0.0, -back.total_seconds(), -back.total_seconds(), 0.0)):
        shift.write_text(str(seconds))
        answer = service.call("POST", "/v1/claims", {"id": f"claim-{number}", **body})
        assert answer.status == 201, answer
        recorded.append(answer.document["recorded_at"])
    moments = [datetime.fromisoformat(moment) for moment in recorded]
    assert moments == sorted(set(moments))
    for number, moment in enumerate(recorded):
        told = service.call("GET", f"/v1/questions/{body['question']}/score?known_at={moment}").document
        assert told["origins"]["claims"] == number + 1
    # Not later than need be: what follows the jump comes right after what came before it.
    assert moments[1] - moments[0] < timedelta(seconds=1)
    assert datetime.fromisoformat(recorded[3]) <= datetime.now(UTC)
