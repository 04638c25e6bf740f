"""The audit trail over HTTP."""

from typing import Any


def test_an_admin_reads_the_trail_the_latest_entry_first(kursk: Any, admin: Any, narrowing: Any) -> None:
    sent = {"X-Request-Id": "4f1c"}
    kursk.post("/v1/claims/kindratenko-cnn/corrections", narrowing, headers=sent)
    first, key, claim, *_ = admin.get("/v1/audit").json["items"]
    assert (first["kind"], first["key_name"], first["request_id"]) == ("correction", "write-key", "4f1c")
    assert (key["action"], key["kind"], key["key_name"]) == ("create", "key", None)
    assert (claim["action"], claim["kind"], claim["id"]) == ("create", "claim", "kindratenko-cnn")
    assert first["seq"] == key["seq"] + 1 == claim["seq"] + 2
    assert len(first["digest"]) == 64


def test_the_trail_is_for_admins_alone(writer: Any, anyone: Any) -> None:
    assert anyone.get("/v1/audit").status_code == 401
    assert writer.get("/v1/audit").status_code == 403


def test_the_trail_is_asked_by_subject_and_key_and_pages(kursk: Any, admin: Any) -> None:
    path: str | None = "/v1/audit?kind=source&key=write-key&sort=recorded_at&limit=3"
    found = []
    while path:
        response = admin.get(path)
        found += [entry["id"] for entry in response.json["items"]]
        link = response.headers.get("Link")
        path = link[1 : link.index(">")] if link else None
    assert found == ["sso", "kindratenko", "budanov", "cnn"]
    assert [entry["id"] for entry in admin.get("/v1/audit?id=cnn").json["items"]] == ["cnn"]


def test_a_forged_cursor_and_an_unknown_kind_are_refused(admin: Any) -> None:
    assert "not one of this list" in admin.reason(admin.get("/v1/audit?cursor=!"), "cursor")
    assert admin.get("/v1/audit?kind=nothing").status_code == 422
