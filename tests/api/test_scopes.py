from typing import Any

import pytest


def test_a_scope_inside_another_is_declared_by_its_path(writer: Any) -> None:
    path = "/v1/scopes/kursk-front/sso-sectors"
    assert writer.put(path, {"share": 0.2}).status_code == 201
    assert writer.put(path, {"share": 0.25, "name": "Theirs"}).status_code == 200
    shown = {"path": "kursk-front/sso-sectors", "name": "Theirs", "share": 0.25}
    assert writer.get(path).json == shown
    assert writer.get("/v1/scopes").json == {"items": [shown]}


@pytest.mark.parametrize("share", [0, -1, 1.5, "half", True])
def test_a_share_is_a_part_of_its_parent(writer: Any, share: Any) -> None:
    assert writer.reason(writer.put("/v1/scopes/kursk-front", {"share": share}), "share")


@pytest.mark.parametrize("path", ["a//b", "a/", "a b", "a/.b"])
def test_a_path_that_is_none_names_the_field(writer: Any, path: str) -> None:
    assert writer.reason(writer.put(f"/v1/scopes/{path}", {}), "path")


def test_a_scope_that_was_never_declared_is_404(anyone: Any) -> None:
    assert anyone.get("/v1/scopes/nowhere").status_code == 404
