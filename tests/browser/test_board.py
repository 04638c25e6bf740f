"""The board in a real browser: how it looks, moves, reads and prints."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from browser.conftest import Visit
from playwright.sync_api import Page, expect
from service import Server

QUESTION = "/questions/dprk-on-kursk-front"
WHAT_IF = f"{QUESTION}?as_of=2025-01-31T18:00:00Z&without=budanov-twz"
PAGES = [
    "/",
    "/?as_of=2025-02-03",
    QUESTION,
    WHAT_IF,
    "/questions/dprk-casualties",
    "/sources/kindratenko",
    "/claims/kindratenko-cnn",
    "/questions/none",
]
PHONE = {"viewport": {"width": 320, "height": 640}, "is_mobile": True, "has_touch": True}
DESK = {"viewport": {"width": 1280, "height": 900}}


@pytest.fixture
def opened(kursk: Server, visit: Callable[..., Visit]) -> Callable[..., Visit]:
    def open_page(path: str, **options: Any) -> Visit:
        seen = visit(**{**DESK, **options})
        seen.page.goto(f"http://127.0.0.1:{kursk.port}{path}")
        return seen

    return open_page


def is_wider_than_its_window(page: Page) -> bool:
    wider: bool = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return wider


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}, PHONE], ids=["light", "dark", "phone"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_sound(
    kursk: Server, opened: Callable[..., Visit], path: str, options: dict[str, Any]
) -> None:
    seen = opened(path, **options)
    assert seen.shift() == 0
    assert seen.violations() == []
    # What is not there is told as such, which a browser's console repeats.
    assert [error for error in seen.errors if "404" not in error] == []
    assert seen.hosts() == {f"127.0.0.1:{kursk.port}"}
    assert not is_wider_than_its_window(seen.page)


def test_the_chart_fills_its_width_and_is_drawn_anew_when_that_changes(opened: Callable[..., Visit]) -> None:
    seen = opened(QUESTION)
    chart = seen.page.locator(".canvas svg")
    expect(chart).to_have_count(1)
    width = seen.page.locator(".canvas").bounding_box()["width"]
    assert chart.get_attribute("viewBox") == f"0,0,{width:.0f},300"
    seen.page.set_viewport_size({"width": 600, "height": 900})
    expect(chart).not_to_have_attribute("viewBox", f"0,0,{width:.0f},300")
    assert seen.errors == []


def test_every_moment_is_read_off_the_chart_by_the_keyboard(opened: Callable[..., Visit]) -> None:
    page = opened(QUESTION).page
    slider = page.get_by_role("slider", name="Read a moment")
    slider.focus()
    page.keyboard.press("Home")
    assert str(slider.get_attribute("aria-valuetext")).startswith("29 January 2025: fighting 25\u00a0%")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    told = page.locator(".reader output").inner_text()
    assert told.startswith("31 January 2025, 16:00 UTC: fighting 23\u00a0%")
    assert "narrowed by Oleksandr Kindratenko" in told


def test_every_moment_is_read_off_the_chart_by_the_pointer(opened: Callable[..., Visit]) -> None:
    page = opened(QUESTION).page
    chart = page.locator(".canvas svg")
    expect(chart).to_have_count(1)
    chart.hover(position={"x": 60, "y": 100})
    expect(page.locator(".reader output")).to_contain_text("29 January 2025")


def test_a_mark_leads_to_its_row(opened: Callable[..., Visit]) -> None:
    page = opened(QUESTION).page
    mark = page.locator(".canvas a").first
    mark.focus()
    page.keyboard.press("Enter")
    assert page.url.endswith("#moment-1")


def test_the_keyboard_reaches_everything_in_the_order_of_the_page(opened: Callable[..., Visit]) -> None:
    page = opened(QUESTION).page
    expect(page.locator(".canvas svg")).to_have_count(1)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    places, reached = [], set()
    for _ in range(200):
        page.keyboard.press("Tab")
        told = page.evaluate(
            """() => {
                const here = document.activeElement;
                if (here === document.body) return null;
                const outline = getComputedStyle(here).outlineStyle;
                const reach = here.querySelector(".reach");
                return {
                    name: here.id || here.tagName.toLowerCase(),
                    y: here.getBoundingClientRect().top + scrollY,
                    shown: outline !== "none" || (reach && getComputedStyle(reach).stroke !== "none"),
                };
            }"""
        )
        if told is None:
            break
        places.append(told["y"])
        reached.add(told["name"])
        # The browser marks each part of a date by itself.
        assert told["shown"] or told["name"] == "as-of", told
    assert {"as-of", "without", "button", "summary", "input", "a"} <= reached
    # A row may hold several, one a little higher than the last.
    assert all(after > before - 250 for before, after in itertools.pairwise(places))


def test_a_question_is_asked_without_a_claim_by_the_form_alone(opened: Callable[..., Visit]) -> None:
    page = opened(QUESTION, java_script_enabled=False).page
    page.get_by_label("it were the end of").fill("2025-01-31")
    page.get_by_label("and this had not been said").select_option("puls-assessment")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".what-if .lead")).to_contain_text("Without Puls (call sign)’s claim")
    assert "as of the end of 31 January 2025 (UTC)" in page.locator("main").inner_text()
    page.get_by_role("link", name="Back to the present, with everything").click()
    assert page.url.endswith(QUESTION)


@pytest.mark.parametrize("path", [QUESTION, "/questions/dprk-casualties", "/claims/kindratenko-cnn"])
@pytest.mark.parametrize("width", [1280, 320])
def test_without_a_script_all_is_there(opened: Callable[..., Visit], path: str, width: int) -> None:
    page = opened(path, java_script_enabled=False, viewport={"width": width, "height": 800}).page
    shown = page.locator(".canvas svg:visible")
    assert shown.count() == 1
    assert shown.locator(".line").count() >= 1
    n_rows = page.locator("#moments tbody tr").count()
    assert n_rows >= 5
    for mark in shown.locator("a").all():
        target = str(mark.get_attribute("href"))
        assert page.locator(target).count() == 1
        assert mark.get_attribute("aria-label")


def test_the_chart_is_the_same_with_a_script_and_without(opened: Callable[..., Visit]) -> None:
    def drawn(**options: Any) -> list[list[float]]:
        page = opened(QUESTION, **options).page
        if options.get("java_script_enabled", True):
            expect(page.locator(".canvas svg")).to_have_count(1)
        lines = page.locator(".canvas svg:visible .line").all()
        heights = []
        for line in lines:
            box = line.bounding_box()
            assert box
            heights.append([round(box["y"]), round(box["height"])])
        return heights

    for one, other in zip(drawn(), drawn(java_script_enabled=False), strict=True):
        assert one == pytest.approx(other, abs=2)


def test_colours_that_a_reader_forces_leave_every_line_and_bar(opened: Callable[..., Visit]) -> None:
    seen = opened(QUESTION, forced_colors="active")
    expect(seen.page.locator(".canvas svg")).to_have_count(1)
    strokes = seen.page.evaluate(
        "[...document.querySelectorAll('.canvas .line')].map(line => getComputedStyle(line).stroke)"
    )
    ground = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert len(strokes) == 3
    assert all(stroke not in ("none", ground) for stroke in strokes)
    assert seen.violations() == []


def test_on_paper_the_controls_are_gone_and_the_tables_whole(opened: Callable[..., Visit]) -> None:
    page = opened(QUESTION).page
    page.locator(".moments summary").click()
    assert not page.locator("#moments").is_visible()
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#moments").is_visible()
    for hidden in (".control", ".top nav", ".reader", "#what-if"):
        assert not page.locator(hidden).first.is_visible(), hidden
    assert page.locator(".canvas svg:visible").count() == 1
    assert len(page.pdf(format="A4")) > 10_000
