"""The board in a real browser: how it looks, moves, reads and prints."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from browser.conftest import Visit
from playwright.sync_api import FloatRect, Locator, Page, expect
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
# Those with a chart.
CHARTED = [QUESTION, "/questions/dprk-casualties", "/claims/kindratenko-cnn"]
PHONE = {"viewport": {"width": 320, "height": 640}, "is_mobile": True, "has_touch": True}
DESK = {"viewport": {"width": 1280, "height": 900}}


# Where a line begins and ends, on the screen.
ENDS = """line => [0, line.getTotalLength()].map(
    length => line.getPointAtLength(length).matrixTransform(line.getScreenCTM()).x)"""
# Reads a step: what is said of it, its row, how far each dot is off the cursor, and where the page goes on.
READ = """step => {
    const slider = document.querySelector(".reader input");
    slider.value = step;
    slider.dispatchEvent(new Event("input"));
    const x = element => element.getBoundingClientRect().left + element.getBoundingClientRect().width / 2;
    const line = x(document.querySelector(".cursor line"));
    const row = document.getElementById(`moment-${step + 1}`);
    return {
        told: document.querySelector(".reader output").textContent,
        cells: Array.from(row.cells, cell => cell.innerText),
        away: Array.from(document.querySelectorAll(".cursor circle"), dot => x(dot) - line),
        below: document.querySelector(".moments").getBoundingClientRect().top,
    };
}"""


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


def box(found: Locator) -> FloatRect:
    place = found.bounding_box()
    assert place
    return place


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


def test_the_chart_fills_every_width_and_is_never_drawn_anew(opened: Callable[..., Visit]) -> None:
    seen = opened(QUESTION)
    page = seen.page
    drawn = page.locator(".canvas").inner_html()
    for width in (1280, 900, 600, 320):
        page.set_viewport_size({"width": width, "height": 900})
        canvas, levels, plot, names = (
            box(page.locator(each)) for each in (".canvas", ".canvas > .axis", ".plot", ".names")
        )
        assert levels["x"] == canvas["x"]
        assert levels["x"] + levels["width"] == pytest.approx(plot["x"])
        assert plot["x"] + plot["width"] == pytest.approx(names["x"])
        assert names["x"] + names["width"] == pytest.approx(canvas["x"] + canvas["width"])
        for line in page.locator(".line").all():
            ends = line.evaluate(ENDS)
            assert ends == pytest.approx([plot["x"], plot["x"] + plot["width"]], abs=1)
        # The type is as large at every width, and no label runs out of the picture.
        assert box(page.locator(".axis text").first)["height"] == pytest.approx(15, abs=3)
        assert not is_wider_than_its_window(page)
    assert page.locator(".canvas").inner_html() == drawn
    assert seen.errors == []


def test_every_moment_is_read_off_the_chart_by_the_keyboard(opened: Callable[..., Visit]) -> None:
    page = opened(QUESTION).page
    slider = page.get_by_role("slider", name="Read a moment")
    slider.focus()
    page.keyboard.press("Home")
    assert str(slider.get_attribute("aria-valuetext")).startswith("29 January 2025: fighting 25%")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    told = page.locator(".reader output").inner_text()
    assert told.startswith("31 January 2025, 16:00 UTC: fighting 23%")
    assert "narrowed by Oleksandr Kindratenko" in told


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("path", CHARTED)
def test_what_is_read_is_the_tables_row_and_on_a_desk_nothing_moves_meanwhile(
    opened: Callable[..., Visit], path: str, options: dict[str, Any]
) -> None:
    page = opened(path, **options).page
    written = page.locator(".reader output").inner_text()
    n_rows = page.locator("#moments tbody tr").count()
    names = page.locator("#moments thead th").all_inner_texts()[1:-1]
    below = set()
    for step in range(n_rows):
        read = page.evaluate(READ, step)
        held = ", ".join(f"{name} {value}" for name, value in zip(names, read["cells"][1:-1], strict=True))
        assert read["told"] == f"{read['cells'][0]}: {held}. {read['cells'][-1]}"
        assert all(abs(away) < 1 for away in read["away"])
        below.add(read["below"])
    # On a phone a moment may take more lines than are kept free.
    assert options or len(below) == 1
    # What the page comes with is what reading the last moment says.
    assert read["told"] == written


def test_every_moment_is_read_off_the_chart_by_the_pointer(opened: Callable[..., Visit]) -> None:
    page = opened(QUESTION).page
    chart, output = page.locator(".plot"), page.locator(".reader output")
    expect(output).to_contain_text("6 February 2025")
    chart.hover(position={"x": 12, "y": 100})
    expect(output).to_contain_text("29 January 2025")
    chart.hover(position={"x": 500, "y": 280})
    expect(output).to_contain_text("31 January 2025: fighting")
    cursor = box(page.locator(".cursor line"))
    assert cursor["x"] <= box(chart)["x"] + 500


def test_a_moment_is_read_off_the_chart_by_a_touch(opened: Callable[..., Visit]) -> None:
    page = opened(QUESTION, **PHONE).page
    page.locator(".plot").tap(position={"x": 12, "y": 100})
    expect(page.locator(".reader output")).to_contain_text("29 January 2025")


def test_a_mark_leads_to_its_row(opened: Callable[..., Visit]) -> None:
    page = opened(QUESTION).page
    mark = page.locator(".plot a:visible").first
    mark.focus()
    # Whoever comes by reads its moment, and leaves for its row.
    expect(page.locator(".reader output")).to_contain_text("29 January 2025")
    page.keyboard.press("Enter")
    assert page.url.endswith("#moment-1")


def test_the_keyboard_reaches_everything_in_the_order_of_the_page(opened: Callable[..., Visit]) -> None:
    page = opened(QUESTION).page
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


@pytest.mark.parametrize("path", CHARTED)
@pytest.mark.parametrize("width", [1280, 320])
def test_without_a_script_all_is_there(opened: Callable[..., Visit], path: str, width: int) -> None:
    page = opened(path, java_script_enabled=False, viewport={"width": width, "height": 800}).page
    shown = page.locator(".plot:visible")
    assert shown.count() == 1
    assert shown.locator(".line:visible").count() >= 1
    # What only a script works is not offered.
    assert page.get_by_role("slider").count() == 0
    n_rows = page.locator("#moments tbody tr").count()
    assert n_rows >= 5
    marks = shown.locator("a:visible").all()
    assert marks
    for mark in marks:
        target = str(mark.get_attribute("href"))
        assert page.locator(target).count() == 1
        assert mark.get_attribute("aria-label")


@pytest.mark.parametrize("path", CHARTED)
@pytest.mark.parametrize("options", [{}, PHONE], ids=["desk", "phone"])
def test_the_chart_is_the_same_with_a_script_and_without(
    opened: Callable[..., Visit], path: str, options: dict[str, Any]
) -> None:
    def drawn(**more: Any) -> tuple[Any, ...]:
        page = opened(path, **options, **more).page
        places = [box(each) for each in page.locator(".line, .cursor circle, .names p, .moments").all()]
        return page.locator(".canvas").inner_html().replace(' visibility="visible"', ""), places

    assert drawn() == drawn(java_script_enabled=False)


def test_colours_that_a_reader_forces_leave_every_line_and_bar(opened: Callable[..., Visit]) -> None:
    seen = opened(QUESTION, forced_colors="active")
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
    for hidden in (".control", ".top nav", ".reader", ".cursor line", "#what-if"):
        assert not page.locator(hidden).first.is_visible(), hidden
    assert page.locator(".plot:visible").count() == 1
    assert page.locator(".line:visible").count() == 3
    assert len(page.pdf(format="A4")) > 10_000
