"""The page of an article in a real browser, and the form that leads to it."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from browser.conftest import Visit
from playwright.sync_api import expect
from service import Server

URL = "https://www.kyivpost.com/post/46411"
ARTICLE = f"/articles?url={URL}&published_at=2025-01-31T12:00:00Z&as_of=2025-02-10"
PAGES = ["/articles", ARTICLE, f"/articles?url={URL}&limit=5", "/articles?url=https://example.org/unknown"]
PHONE = {"viewport": {"width": 320, "height": 640}, "is_mobile": True, "has_touch": True}
DESK = {"viewport": {"width": 1280, "height": 900}}


@pytest.fixture
def opened(kursk: Server, visit: Callable[..., Visit]) -> Callable[..., Visit]:
    def open_page(path: str, **options: Any) -> Visit:
        seen = visit(**{**DESK, **options})
        seen.page.goto(f"http://127.0.0.1:{kursk.port}{path}")
        return seen

    return open_page


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}, PHONE], ids=["light", "dark", "phone"])
@pytest.mark.parametrize("path", PAGES, ids=["form", "article", "part", "unknown"])
def test_the_page_is_sound(
    kursk: Server, opened: Callable[..., Visit], path: str, options: dict[str, Any]
) -> None:
    seen = opened(path, **options)
    assert seen.shift() == 0
    assert seen.violations() == []
    # What is not there is told as such, which a browser's console repeats.
    assert [error for error in seen.errors if "404" not in error] == []
    assert seen.hosts() == {f"127.0.0.1:{kursk.port}"}
    assert not seen.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def test_an_address_is_looked_up_by_the_form_alone(opened: Callable[..., Visit]) -> None:
    page = opened("/", java_script_enabled=False).page
    page.get_by_role("link", name="Article").click()
    page.get_by_label("Address of the article").fill(f"{URL}/?utm_source=newsletter#top")
    page.get_by_label("appeared on, if known").fill("2025-01-31")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("kyivpost.com/post/46411")
    expect(page.locator(".lead")).to_contain_text("claims in this article")
    expect(page.get_by_label("appeared on, if known")).to_have_value("2025-01-31")
    page.get_by_role("link", name="Leave out the days").click()
    expect(page.get_by_label("appeared on, if known")).to_have_value("")


def test_a_part_leads_on_to_the_next_and_back_to_the_first(opened: Callable[..., Visit]) -> None:
    page = opened(f"/articles?url={URL}&limit=15").page
    first = page.locator("tr[id]").first.get_attribute("id")
    assert page.locator("tr[id]").count() == 15
    page.get_by_role("link", name="More of the 19 claims").click()
    assert page.locator("tr[id]").count() == 4
    page.get_by_role("link", name="The first claims").click()
    assert page.locator("tr[id]").first.get_attribute("id") == first


def test_the_keyboard_reaches_the_form_and_every_claim_in_the_order_of_the_page(
    opened: Callable[..., Visit],
) -> None:
    page = opened(ARTICLE).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    places, reached = [], set()
    for _ in range(300):
        page.keyboard.press("Tab")
        here = page.evaluate(
            """() => {
                const here = document.activeElement;
                if (here === document.body) return null;
                return {
                    name: here.id || here.getAttribute("href") || here.tagName.toLowerCase(),
                    y: here.getBoundingClientRect().top + scrollY,
                    shown: getComputedStyle(here).outlineStyle !== "none",
                };
            }"""
        )
        if here is None:
            break
        places.append(here["y"])
        reached.add(here["name"].partition("?")[0])
        # The browser marks each part of a date by itself.
        assert here["shown"] or here["name"] in ("published-at", "as-of"), here
    claims = {f"/claims/{row.get_attribute('id')}" for row in page.locator("tr[id]").all()}
    assert len(claims) == 19
    assert claims | {"url", "published-at", "as-of", "button"} <= reached
    # A row may hold several, one a little higher than the last.
    assert all(after > before - 250 for before, after in itertools.pairwise(places))
