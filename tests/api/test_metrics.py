import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from api.metrics import Metrics
from api.settings import Settings
from models.version import model_version


def told(client: Any) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every sample of the metrics, by its name and labels."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.text)
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def value(client: Any, name: str, **labels: str) -> float | None:
    return told(client).get((name, frozenset(labels.items())))


def test_requests_are_counted_under_their_rule_and_not_their_path(anyone: Any) -> None:
    anyone.get("/v1/sources/nobody")
    anyone("BREW", "/v1/sources/nobody")
    text = anyone.get("/metrics").text
    assert 'credence_requests_total{method="GET",rule="/v1/sources/<source_id>",status="404"} 1.0' in text
    assert 'method="other"' in text
    assert "nobody" not in text


def test_the_number_of_requests_is_that_of_their_times(anyone: Any) -> None:
    for _ in range(3):
        anyone.get("/livez")
    labels = {"method": "GET", "rule": "/livez", "status": "200"}
    assert value(anyone, "credence_requests_total", **labels) == 3
    assert value(anyone, "credence_request_seconds_count", **labels) == 3
    assert value(anyone, "credence_request_seconds_bucket", **labels, le="300.0") == 3


def test_each_write_is_counted_with_its_waiting_and_its_holding(kursk: Any, claim: Any) -> None:
    before = value(kursk, "credence_write_seconds_count")
    assert kursk.post("/v1/claims", claim).status_code == 201
    after = told(kursk)
    assert before is not None
    assert after[("credence_write_seconds_count", frozenset())] > before
    assert (
        after[("credence_write_wait_seconds_count", frozenset())]
        == after[("credence_write_seconds_count", frozenset())]
    )
    assert after[("credence_write_timeouts_total", frozenset())] == 0


def test_a_write_whose_turn_never_came_is_counted_as_such() -> None:
    metrics = Metrics()
    metrics.wrote(20.0, None)
    text = metrics.text().decode()
    assert "credence_write_timeouts_total 1.0" in text
    assert "credence_write_wait_seconds_sum 20.0" in text
    assert "credence_write_seconds_count 0.0" in text


def test_the_ledger_is_counted(kursk: Any) -> None:
    assert value(kursk, "credence_ledger_up") == 1
    for noun, number in {"claims": 1, "sources": 4, "questions": 2, "corrections": 0, "voids": 0}.items():
        assert value(kursk, "credence_ledger_rows", noun=noun) == number
    assert value(kursk, "credence_unscored_entries") == 0
    assert value(kursk, "credence_stale_questions") == 0
    fitted, written = (
        value(kursk, f"credence_{name}_timestamp_seconds") for name in ("fit", "ledger_written")
    )
    assert fitted is not None
    assert fitted == written
    assert (value(kursk, "credence_fit_seconds") or 0) > 0


def test_a_ledger_that_holds_nothing_tells_no_moments(anyone: Any) -> None:
    assert value(anyone, "credence_ledger_rows", noun="claims") == 0
    assert value(anyone, "credence_ledger_up") == 1
    assert value(anyone, "credence_fit_timestamp_seconds") is None


def test_the_file_and_its_disk_are_measured(tmp_path: Path) -> None:
    path = tmp_path / "credence.db"
    client = create_app(Settings(str(path), log_level="error")).test_client()
    assert value(client, "credence_ledger_bytes", file="database") == path.stat().st_size
    assert (value(client, "credence_ledger_bytes", file="log") or 0) > 0
    assert (value(client, "credence_ledger_free_bytes") or 0) > 0


@pytest.mark.parametrize("damage", ["missing", "garbage", "no table"])
def test_a_ledger_that_cannot_be_read_is_down_and_the_rest_is_told(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "credence.db"
    client = create_app(Settings(str(path), log_level="error")).test_client()
    if damage == "garbage":
        path.write_text("not a database, and long enough to be taken for one\n" * 100)
    else:
        assert client.get("/readyz").status_code == 200
    if damage == "missing":
        path.unlink()
    if damage == "no table":
        with sqlite3.connect(path) as other:
            other.execute("DROP TABLE resolutions")
    found = told(client)
    assert found[("credence_ledger_up", frozenset())] == 0
    assert not [name for name, _ in found if name.startswith("credence_ledger_rows")]
    assert [name for name, _ in found if name == "credence_build_info"]


def test_the_process_and_the_build_are_told(anyone: Any) -> None:
    ours = {
        name: labels
        for name, labels in told(anyone)
        if name.startswith(("credence_process", "credence_build"))
    }
    assert dict(ours["credence_process_resident_bytes"])["process"] == "worker"
    assert "credence_process_cpu_seconds_total" in ours
    assert dict(ours["credence_build_info"])["model_version"] == model_version()


def test_names_end_in_a_unit_and_every_metric_has_its_help(app: Flask) -> None:
    text = app.test_client().get("/metrics").text
    names = re.findall(r"^# TYPE (\S+)", text, re.MULTILINE)
    units = (
        "seconds",
        "bytes",
        "total",
        "rows",
        "entries",
        "questions",
        "deliveries",
        "up",
        "info",
        "created",
    )
    assert [name for name in names if not name.endswith(units)] == []
    assert set(names) == set(re.findall(r"^# HELP (\S+) \S", text, re.MULTILINE))
