"""What pages of other people get: frames, badges, the script, and how long all that may be kept."""

import base64
import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask

from api import script
from api.app import create_app
from api.settings import Settings
from data import keys

Caller = Any

FRAME = "/embed/claims/kindratenko-cnn"
BADGE = f"{FRAME}.svg"
CARDS = "/v1/cards?claims=kindratenko-cnn"
ELSEWHERE = {"Origin": "https://news.example"}
SVG = "{http://www.w3.org/2000/svg}"
HTML = "<script>alert(1)</script>\"'&<b>\x01"


@pytest.fixture
def private() -> Flask:
    return create_app(Settings(database=":memory:", log_level="error", open_reading=False))


@pytest.mark.parametrize("path", [CARDS, FRAME, BADGE])
def test_a_cache_may_keep_a_score_for_a_minute_and_show_it_a_day_longer_when_the_service_is_away(
    kursk: Caller, path: str
) -> None:
    response = kursk.get(path, headers=ELSEWHERE)
    told = {
        name for name, _, _ in (part.partition("=") for part in response.headers["Cache-Control"].split(", "))
    }
    assert told == {"public", "max-age", "stale-while-revalidate", "stale-if-error"}
    assert response.cache_control.max_age == 60
    # One copy serves the pages of all.
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Origin" not in response.vary
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("path", [CARDS, FRAME, BADGE])
def test_its_tag_stays_while_what_is_shown_does_whatever_else_is_written(
    kursk: Caller, narrowing: dict[str, Any], path: str
) -> None:
    tag = kursk.get(path).headers["ETag"]
    kursk.put("/v1/sources/elsewhere", {"name": "Elsewhere", "kind": "outlet"})
    assert kursk.get(path, headers={"If-None-Match": tag}).status_code == 304
    kursk.post("/v1/claims/kindratenko-cnn/corrections", narrowing)
    assert kursk.get(path, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("origins", [(), ("https://desk.example",), ("*",)])
def test_every_page_may_read_it_whatever_origins_are_listed(origins: tuple[str, ...]) -> None:
    client = create_app(Settings(database=":memory:", log_level="error", cors_origins=origins)).test_client()
    for path in (
        "/v1/cards?claims=a",
        "/v1/cards",
        "/embed/claims/a.svg",
        "/embed/credence-score.js",
        "/oembed",
    ):
        response = client.get(path, headers=ELSEWHERE)
        assert response.headers.getlist("Access-Control-Allow-Origin") == ["*"], path
        assert "Origin" not in response.vary


def test_where_reading_needs_a_key_nothing_is_shown_and_it_says_so(private: Flask) -> None:
    client = private.test_client()
    sentence = "does not show its scores to the public"
    for path, kind in ((FRAME, "text/html; charset=utf-8"), (BADGE, "image/svg+xml")):
        response = client.get(path)
        assert (response.status_code, response.content_type) == (401, kind)
        assert sentence in response.text
        assert response.headers["Cache-Control"] == "no-cache"
    assert client.get(CARDS).status_code == 401
    assert client.get(CARDS).headers["Access-Control-Allow-Origin"] == "*"
    assert client.get("/oembed?url=http://localhost/claims/kindratenko-cnn").status_code == 401
    assert sentence in client.get("/embed").text


def test_what_was_read_with_a_key_is_kept_by_no_shared_cache(private: Flask) -> None:
    handle = private.extensions["credence"]["handles"].open()
    key = keys.create(handle, name="desk", scope="read", at=datetime.now(UTC))
    held = {"Authorization": f"Bearer {key}"}
    response = private.test_client().get("/v1/cards?claims=none", headers=held)
    assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-cache")


@pytest.mark.parametrize("variant", ["compact", "full", "badge"])
def test_a_frame_shows_the_card_without_any_script(kursk: Caller, variant: str) -> None:
    card = kursk.get(CARDS).json["items"][0]
    response = kursk.get(f"{FRAME}?variant={variant}&theme=dark")
    page = response.text
    assert f">{card['figure']}<" in page
    assert card["title"].replace("“", "“") in page
    assert '<html lang="en" class="dark">' in page
    assert not re.search(r"<script|\sstyle=|\son\w+=|<style", page)
    policy = response.headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "default-src 'none'" in policy
    assert kursk.get("/docs").headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")
    links = re.findall(r'<link rel="alternate" type="([^"]*)" href="([^"]*)"', page)
    assert [kind for kind, _ in links] == ["application/json+oembed", "text/xml+oembed"]
    assert kursk.get(links[0][1].replace("&amp;", "&")).status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/embed/claims/none", 404, "Credence knows no claim “none”."),
        ("/embed/sources/none.svg", 404, "Credence knows no source “none”."),
        (f"{FRAME}?as_of=2025-01-01", 404, "as of the end of 1 January 2025"),
    ],
)
def test_one_that_is_not_there_says_so_in_its_place(
    kursk: Caller, path: str, status: int, sentence: str
) -> None:
    response = kursk.get(path)
    assert response.status_code == status
    assert sentence in response.text
    assert response.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/embed/answers/a", 404),
        (f"{FRAME}?variant=huge", 422),
        (f"{FRAME}?theme=blue", 422),
        (f"{FRAME}?scope=kursk-front", 422),
        (f"{BADGE}?variant=full", 422),
        ("/embed/files/0000000000000000/credence-score.js", 404),
    ],
)
def test_what_there_is_not_is_refused(kursk: Caller, path: str, status: int) -> None:
    assert kursk.get(path).status_code == status


@pytest.mark.parametrize(
    "path",
    [
        BADGE,
        "/embed/questions/dprk-on-kursk-front.svg",
        "/embed/sources/kindratenko.svg?scope=kursk-front/sso-sectors",
        f"{BADGE}?as_of=2025-02-01",
        "/embed/questions/dprk-casualties.svg",
    ],
)
def test_a_badge_is_a_picture_that_tells_who_cannot_see_it_all(kursk: Caller, path: str) -> None:
    picture = ElementTree.fromstring(kursk.get(path).data)  # noqa: S314 - our own
    title = picture.find(f"{SVG}title")
    assert title is not None
    assert picture.get("aria-label") == title.text
    assert picture.get("role") == "img"
    texts = picture.findall(f".//{SVG}text")
    assert texts[0].text == "Credence"
    right = max(int(text.get("x", 0)) + int(text.get("textLength", 0)) for text in texts)
    assert right < int(picture.get("width", 0))


def test_text_that_is_stored_is_text_wherever_it_is_shown(kursk: Caller) -> None:
    source = {"name": HTML, "kind": "person", "mandates": [{"scope": "kursk-front", "vantage": "direct"}]}
    kursk.put("/v1/sources/markup", source)
    kursk.put("/v1/questions/markup", {"text": HTML, "scope": "markup", "answers": [HTML, "other"]})
    claim = {
        "id": "markup",
        "source": "markup",
        "question": "markup",
        "answer": HTML,
        "stated_at": "2025-01-31",
    }
    assert kursk.post("/v1/claims", claim).status_code == 201
    for noun in ("claims", "questions", "sources"):
        for variant in ("compact", "full", "badge"):
            assert "<script" not in kursk.get(f"/embed/{noun}/markup?variant={variant}").text
        picture = kursk.get(f"/embed/{noun}/markup.svg")
        assert "<script" not in picture.text
        ElementTree.fromstring(picture.data)  # noqa: S314 - our own
        answer = kursk.get(f"/oembed?format=xml&url=http://localhost/{noun}/markup")
        html = ElementTree.fromstring(answer.data).findtext("html") or ""  # noqa: S314 - our own
        assert "<script" not in html
        assert html.count("<") == 2


def test_the_script_is_what_its_address_and_its_hash_say(anyone: Caller) -> None:
    page = anyone.get("/embed").text
    line = re.search(
        r'<script type="module" src="([^"]+)" integrity="sha384-([^"]+)" crossorigin="anonymous">', page
    )
    assert line is not None
    response = anyone.get(line[1])
    assert response.status_code == 200
    assert base64.b64encode(hashlib.sha384(response.data).digest()).decode() == line[2]
    assert hashlib.sha256(response.data).hexdigest().startswith(line[1].split("/")[3])
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.content_type == "text/javascript; charset=utf-8"
    assert anyone.get("/embed/credence-score.js").data == response.data


def test_the_line_to_copy_names_the_service_as_its_operator_does(anyone: Caller) -> None:
    assert "src=&#34;http://localhost/embed/files/" in anyone.get("/embed").text
    settings = Settings(database=":memory:", log_level="error", public_url="https://desk.example/credence")
    page = create_app(settings).test_client().get("/embed").text
    assert "src=&#34;https://desk.example/credence/embed/files/" in page


def test_the_guide_shows_what_is_there_and_stays_readable_where_nothing_is(
    anyone: Caller, kursk: Caller
) -> None:
    assert 'credence-score claim="kindratenko-cnn"' in kursk.get("/embed").text
    empty = create_app(Settings(database=":memory:", log_level="error")).test_client().get("/embed")
    assert "Nothing is recorded here yet" in empty.text
    assert json.dumps(script.script().integrity)[1:-1] in empty.text
