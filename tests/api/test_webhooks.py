"""Webhooks over HTTP: made, seen by their key alone, ended."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from data import keys

URL = "https://newsroom.example/hooks"


def body(**fields: Any) -> dict[str, Any]:
    return {"url": URL, "claim": "kindratenko-cnn", **fields}


def test_the_secret_is_shown_once(kursk: Any) -> None:
    made = kursk.post("/v1/webhooks", body(name="desk", threshold=0.5))
    assert made.status_code == 201
    assert made.json["secret"].startswith("whsec_")
    shown = kursk.get(made.headers["Location"])
    assert shown.status_code == 200
    assert {**shown.json, "secret": made.json["secret"]} == made.json
    assert "secret" not in kursk.get("/v1/webhooks").json["items"][0]


@pytest.mark.parametrize(
    ("subject", "field"),
    [
        ({}, "source"),
        ({"claim": "kindratenko-cnn", "source": "cnn"}, "source"),
        ({"claim": "nothing"}, "claim"),
        ({"question": "nothing"}, "question"),
        ({"source": "nothing"}, "source"),
        ({"article": "ftp://news.example/"}, "article"),
        ({"claim": "kindratenko-cnn", "threshold": 1.1}, "threshold"),
        ({"claim": "kindratenko-cnn", "moved_by": 0}, "moved_by"),
        ({"claim": "kindratenko-cnn", "events": []}, "events"),
        ({"claim": "kindratenko-cnn", "events": ["other"]}, "events.0"),
    ],
)
def test_a_webhook_that_makes_no_sense_names_its_field(
    kursk: Any, subject: dict[str, Any], field: str
) -> None:
    assert kursk.reason(kursk.post("/v1/webhooks", {"url": URL, **subject}), field)


@pytest.mark.parametrize(
    "url",
    [
        "http://newsroom.example/hooks",
        "https://localhost/hooks",
        "https://LOCALHOST./hooks",
        "https://db.internal/hooks",
        "https://127.0.0.1/hooks",
        "https://127.1/hooks",
        "https://2130706433/hooks",
        "https://0x7f000001/hooks",
        "https://10.0.0.8/hooks",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/hooks",
        "https://[::ffff:127.0.0.1]/hooks",
        "https://[64:ff9b::7f00:1]/hooks",
        "https://[2002:7f00:1::]/hooks",
        "https://[fd00::1]/hooks",
        "https://[fe80::1]/hooks",
        "https://[ff02::1]/hooks",
        "https://224.0.0.1/hooks",
        "https://100.64.0.1/hooks",
        "https://0.0.0.0/hooks",
        "https://name:password@newsroom.example/hooks",
        "https://newsroom.example:22/hooks",
        "https://newsroom.example/höoks",
    ],
)
def test_an_address_that_must_not_be_called_is_refused(kursk: Any, url: str) -> None:
    assert kursk.reason(kursk.post("/v1/webhooks", body(url=url)), "url")
    assert kursk.get("/v1/webhooks").json["items"] == []


@pytest.mark.parametrize(
    "url",
    [
        "https://cafe.de/hooks",
        "https://newsroom.example:8443/hooks?for=credence",
        "https://1.1.1.1/hooks",
        "https://[2606:4700::1111]/",
    ],
)
def test_an_address_of_the_public_network_is_taken(kursk: Any, url: str) -> None:
    assert kursk.post("/v1/webhooks", body(url=url)).status_code == 201


def test_a_setting_lets_webhooks_lead_into_ones_own_network(app: Flask, kursk: Any) -> None:
    service = app.extensions["credence"]
    service["settings"] = replace(service["settings"], webhook_private=True)
    assert kursk.post("/v1/webhooks", body(url="http://127.0.0.1:9000/hooks")).status_code == 201


def test_a_key_sees_its_own_webhooks_and_an_admin_all(app: Flask, kursk: Any, admin: Any) -> None:
    made = kursk.post("/v1/webhooks", body()).json
    handles = app.extensions["credence"]["handles"]
    other = keys.create(handles.open(), name="other", scope="write", at=datetime.now(UTC))
    stranger = type(kursk)(app.test_client(), other)
    assert stranger.get("/v1/webhooks").json["items"] == []
    for method, path in (
        ("GET", f"/v1/webhooks/{made['id']}"),
        ("DELETE", f"/v1/webhooks/{made['id']}"),
        ("GET", f"/v1/webhooks/{made['id']}/deliveries"),
        ("POST", f"/v1/webhooks/{made['id']}/deliveries/x/replay"),
    ):
        assert stranger(method, path).status_code == 404, path
        assert admin(method, path).status_code == (404 if path.endswith("replay") else 200), path


def test_reading_webhooks_needs_a_key_to_write(kursk: Any, reader: Any, anyone: Any) -> None:
    assert reader.get("/v1/webhooks").status_code == 403
    assert anyone.get("/v1/webhooks").status_code == 401


def test_a_key_that_is_bound_to_sources_makes_no_webhooks(bound: Any) -> None:
    assert bound.post("/v1/webhooks", body()).status_code == 403


def test_one_that_was_ended_is_told_nothing_and_stays_to_be_seen(
    kursk: Any, narrowing: dict[str, Any]
) -> None:
    made = kursk.post("/v1/webhooks", body()).json
    ended = kursk("DELETE", f"/v1/webhooks/{made['id']}")
    assert (ended.status_code, ended.json["ended_because"]) == (200, "asked")
    assert kursk("DELETE", f"/v1/webhooks/{made['id']}").json == ended.json
    assert [each["id"] for each in kursk.get("/v1/webhooks?state=ended").json["items"]] == [made["id"]]
    assert kursk.get("/v1/webhooks?state=open").json["items"] == []
    kursk.post("/v1/claims/kindratenko-cnn/corrections", narrowing)
    assert kursk.get(f"/v1/webhooks/{made['id']}/deliveries").json["items"] == []


def test_making_and_ending_stand_in_the_audit_trail_without_the_secret(kursk: Any, admin: Any) -> None:
    made = kursk.post("/v1/webhooks", body()).json
    kursk("DELETE", f"/v1/webhooks/{made['id']}")
    response = admin.get(f"/v1/audit?kind=webhook&id={made['id']}")
    assert [entry["action"] for entry in response.json["items"]] == ["end", "create"]
    assert made["secret"] not in response.text


def test_a_webhook_that_is_sent_for_twice_under_one_key_is_made_once(kursk: Any) -> None:
    first, second = (
        kursk.post("/v1/webhooks", body(), headers={"Idempotency-Key": '"once"'}) for _ in range(2)
    )
    assert first.json == second.json
    assert len(kursk.get("/v1/webhooks").json["items"]) == 1


def test_what_is_to_be_sent_is_listed_and_a_pending_one_is_not_started_again(
    kursk: Any, narrowing: dict[str, Any]
) -> None:
    made = kursk.post("/v1/webhooks", body()).json
    kursk.post("/v1/claims/kindratenko-cnn/corrections", narrowing)
    (delivery,) = kursk.get(f"/v1/webhooks/{made['id']}/deliveries").json["items"]
    assert (delivery["state"], delivery["attempts"], delivery["because"]) == ("pending", 0, "it was recorded")
    (event,) = kursk.get("/v1/events?type=correction.recorded").json["items"]
    assert delivery["event"] == event
    again = kursk.post(f"/v1/webhooks/{made['id']}/deliveries/{delivery['id']}/replay")
    assert (again.status_code, again.json) == (200, delivery)
    assert kursk.get(f"/v1/webhooks/{made['id']}/deliveries?state=dead").json["items"] == []
