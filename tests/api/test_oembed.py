"""How an editor puts a score into a page."""

import re
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from api.app import create_app
from api.settings import Settings

Caller = Any
PAGE = "http://localhost/claims/kindratenko-cnn"


def asked(caller: Caller, url: str, **parameters: Any) -> Any:
    more = "".join(f"&{name}={value}" for name, value in parameters.items())
    return caller.get(f"/oembed?url={quote(url, safe='')}{more}")


def test_the_address_of_a_page_becomes_a_frame(kursk: Caller) -> None:
    answer = asked(kursk, PAGE).json
    assert (answer["version"], answer["type"], answer["provider_name"]) == ("1.0", "rich", "Credence")
    assert answer["title"] == "Credence on Oleksandr Kindratenko: “withdrawn”"
    source = re.search(r'src="http://localhost([^"]+)"', answer["html"])
    assert source is not None
    assert kursk.get(source[1]).status_code == 200
    assert f'width="{answer["width"]}" height="{answer["height"]}"' in answer["html"]


def test_no_figure_stands_in_what_an_editor_may_keep(kursk: Caller) -> None:
    assert "%" not in str(asked(kursk, PAGE).json)


@pytest.mark.parametrize(
    ("url", "source"),
    [
        (
            "http://localhost/questions/dprk-on-kursk-front",
            "/embed/questions/dprk-on-kursk-front?variant=full",
        ),
        (
            "http://localhost/sources/kindratenko?scope=kursk-front/sso-sectors",
            "/embed/sources/kindratenko?variant=full&amp;scope=kursk-front/sso-sectors",
        ),
        (
            f"{PAGE}?as_of=2025-02-01",
            "/embed/claims/kindratenko-cnn?variant=full&amp;as_of=2025-02-01T23:59:59Z",
        ),
        (
            "http://localhost/embed/claims/kindratenko-cnn?theme=dark",
            "/embed/claims/kindratenko-cnn?variant=full",
        ),
        ("http://localhost/embed/claims/kindratenko-cnn.svg", "/embed/claims/kindratenko-cnn?variant=full"),
        ("https://localhost/claims/kindratenko-cnn#why", "/embed/claims/kindratenko-cnn?variant=full"),
        ("/claims/kindratenko-cnn", "/embed/claims/kindratenko-cnn?variant=full"),
    ],
)
def test_every_page_about_a_subject_is_known(kursk: Caller, url: str, source: str) -> None:
    assert f'src="http://localhost{source}"' in asked(kursk, url).json["html"]


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/claims/none",
        "http://localhost/docs",
        "http://localhost/claims/",
        "http://elsewhere.example/claims/kindratenko-cnn",
        "http://localhost@elsewhere.example/claims/kindratenko-cnn",
        "//elsewhere.example/claims/kindratenko-cnn",
        "http://[/claims/kindratenko-cnn",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_page_of_a_subject_here_is_404(kursk: Caller, url: str) -> None:
    response = asked(kursk, url)
    assert (response.status_code, response.content_type) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("most", "variant", "size"),
    [
        ({}, "full", (480, 270)),
        ({"maxwidth": 300}, "full", (300, 270)),
        ({"maxheight": 200}, "compact", (480, 165)),
        ({"maxheight": 40}, "badge", (480, 28)),
        ({"maxwidth": 9999, "maxheight": 9999}, "full", (480, 270)),
        ({"maxheight": 10}, "badge", (480, 10)),
    ],
)
def test_the_largest_variant_that_fits_is_given(
    kursk: Caller, most: dict[str, int], variant: str, size: tuple[int, int]
) -> None:
    answer = asked(kursk, PAGE, **most).json
    assert (answer["width"], answer["height"]) == size
    assert f"variant={variant}" in answer["html"]


def test_it_is_answered_as_xml_too_and_as_nothing_else(kursk: Caller) -> None:
    response = asked(kursk, PAGE, format="xml")
    assert response.content_type == "text/xml; charset=utf-8"
    found = {each.tag: each.text for each in ElementTree.fromstring(response.data)}  # noqa: S314 - our own
    assert found == {name: str(value) for name, value in asked(kursk, PAGE).json.items()}
    refused = asked(kursk, PAGE, format="yaml")
    assert (refused.status_code, refused.json["detail"]) == (501, "The formats are json and xml.")


def test_what_editors_add_is_passed_over_and_what_they_leave_out_is_told(kursk: Caller) -> None:
    assert asked(kursk, PAGE, dnt="true", omit_script=1).status_code == 200
    assert kursk.reason(kursk.get("/oembed"), "url")
    assert kursk.reason(asked(kursk, PAGE, maxwidth="wide"), "maxwidth")
    assert kursk.reason(asked(kursk, f"{PAGE}?as_of=soon"), "as_of")


def test_an_address_out_of_the_request_is_kept_by_no_cache_and_one_that_was_set_is(kursk: Caller) -> None:
    assert asked(kursk, PAGE).headers["Cache-Control"] == "no-cache"
    settings = Settings(database=":memory:", log_level="error", public_url="https://desk.example/credence")
    client = create_app(settings).test_client()
    client.environ_base["HTTP_HOST"] = "evil.example"
    page = client.get("/embed").text
    assert "evil.example" not in page
    response = client.get("/oembed?url=https://desk.example/credence/claims/none")
    assert response.json["detail"] == "Credence knows no claim “none”."


@pytest.mark.parametrize(
    "path", ["/claims/kindratenko-cnn", "/questions/dprk-on-kursk-front", "/sources/kindratenko"]
)
def test_the_pages_for_people_tell_where_they_become_a_frame(kursk: Caller, path: str) -> None:
    page = kursk.get(f"{path}?as_of=2025-02-01", headers={"Accept": "text/html"}).text
    found = re.search(r'type="application/json\+oembed" href="([^"]+)"', page)
    assert found is not None
    answer = kursk.get(found[1].replace("&amp;", "&"))
    assert answer.status_code == 200
    assert f"/embed{path}?variant=full&amp;as_of=2025-02-01T23:59:59Z" in answer.json["html"]
