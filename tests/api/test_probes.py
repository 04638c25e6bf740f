from typing import Any


def test_the_probes_answer(anyone: Any) -> None:
    assert anyone.get("/livez").json == {"status": "live"}
    assert anyone.get("/readyz").json == {"status": "ready"}
