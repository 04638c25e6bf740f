"""Scores in a page of somebody else, on another origin, in a real browser."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from browser.conftest import Visit
from playwright.sync_api import Locator, Page, Route
from service import Server, free_port, make_kursk, serving

Visiting = Callable[..., Visit]

CLAIM, QUESTION, SOURCE = "kindratenko-cnn", "dprk-on-kursk-front", "kindratenko"
VARIANTS = ("compact", "full", "badge")
SUBJECTS = (
    f'claim="{CLAIM}"',
    f'question="{QUESTION}"',
    'question="dprk-casualties"',
    f'source="{SOURCE}" scope="kursk-front/sso-sectors"',
    f'claim="{CLAIM}" as-of="2025-01-31T12:00:00Z"',
)
EMBEDS = "\n".join(
    f'<p>Before.</p><credence-score {subject} variant="{variant}"></credence-score><p>After.</p>'
    for subject in SUBJECTS
    for variant in VARIANTS
)
WIDTHS = (280, 360, 800)


class Host:
    """A site of somebody else: its pages, and the headers that each is sent with."""

    def __init__(self, service: int) -> None:
        self.pages: dict[str, tuple[str, dict[str, str]]] = {}
        self.service = f"http://127.0.0.1:{service}"
        pages = self.pages

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body, headers = pages.get(self.path, ("", {}))
                self.send_response(200 if self.path in pages else 404)
                for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    @property
    def guide(self) -> str:
        with urlopen(f"{self.service}/embed") as answer:  # noqa: S310 - our own
            page: str = answer.read().decode()
        return page

    @property
    def line(self) -> str:
        """The line that the service tells to copy."""
        found = re.search(r'<script type="module" [^>]*></script>', self.guide)
        assert found is not None
        return found[0].replace('src="/', f'src="{self.service}/')

    @property
    def reserve(self) -> str:
        """The rules that the service tells to copy, which keep a place for what has not come yet."""
        found = re.search(r"credence-score:not\(:defined\).*?(?=</code>)", self.guide, re.DOTALL)
        assert found is not None
        return found[0]

    def put(
        self, path: str, body: str, *, attributes: str = 'lang="en"', style: str = "", **headers: str
    ) -> str:
        """Make a page that embeds, and return its address."""
        styles = "" if headers else f"<style>{self.reserve} {style}</style>"
        head = f'<meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,">{styles}'
        main = f"<main><h1>A page</h1>{body}</main>"
        page = f"<!doctype html><html {attributes}><head>{head}{self.line}</head><body>{main}</body></html>"
        self.pages[path] = (page, {name.replace("_", "-"): value for name, value in headers.items()})
        return f"{self.address}{path}"


@pytest.fixture
def host(kursk: Server) -> Iterator[Host]:
    host = Host(kursk.port)
    threading.Thread(target=host.server.serve_forever, daemon=True).start()
    yield host
    host.server.shutdown()
    host.server.server_close()


def loaded(page: Page) -> None:
    """Wait until every embed has its card, or says why it has none."""
    page.wait_for_function(
        "() => [...document.querySelectorAll('credence-score')]"
        ".every(each => each.shadowRoot && !each.shadowRoot.querySelector('[aria-busy]'))"
    )


def embed(page: Page, selector: str = "") -> Locator:
    """Return the inside of an embed."""
    return page.locator(f"credence-score{selector} .card")


def card_requests(seen: Visit) -> list[str]:
    return [request.url for request in seen.requests if "/v1/cards" in request.url]


@pytest.mark.parametrize(
    ("options", "attributes"),
    [
        ({}, 'lang="en"'),
        ({"color_scheme": "dark"}, 'lang="en" style="color-scheme: dark"'),
        ({}, 'lang="ar" dir="rtl"'),
        ({"forced_colors": "active"}, 'lang="en"'),
    ],
    ids=["light", "dark", "right-to-left", "forced-colours"],
)
def test_every_variant_of_every_subject_is_sound(
    host: Host, visit: Visiting, options: dict[str, str], attributes: str
) -> None:
    seen = visit(**options)
    seen.page.goto(host.put("/", EMBEDS, attributes=attributes))
    loaded(seen.page)
    assert seen.violations() == []
    assert seen.errors == []
    assert seen.hosts() == {urlsplit(host.address).netloc, urlsplit(host.service).netloc}
    assert seen.shift() == 0


def test_it_shows_score_interval_grade_standing_and_the_way_to_the_evidence(
    host: Host, visit: Visiting
) -> None:
    seen = visit()
    seen.page.goto(host.put("/", EMBEDS))
    loaded(seen.page)
    shown = embed(seen.page, f"[claim={CLAIM}][variant=full]:not([as-of])")
    text = shown.inner_text()
    assert "Oleksandr Kindratenko: “withdrawn”" in text
    assert re.search(r"\d+% (roughly even chance|likely|unlikely)", text)
    assert re.search(r"\d+–\d+%", text)
    assert "Narrowed by its author on 31 January 2025" in text
    assert shown.get_by_role("link").get_attribute("href") == f"{host.service}/claims/{CLAIM}"
    past = embed(seen.page, "[as-of][variant=full]").inner_text()
    assert "As first stated on 31 January 2025" in past
    assert "as of 31 January 2025, 12:00 UTC" in past.replace("As of", "as of")
    assert re.search(r"% as of 31 January 2025", embed(seen.page, "[as-of][variant=badge]").inner_text())
    question = embed(seen.page, f"[question={QUESTION}][variant=full]")
    assert question.get_by_role("listitem").count() == 3
    assert "Contested" in question.inner_text()
    badge = embed(seen.page, f"[claim={CLAIM}][variant=badge]:not([as-of])")
    assert "narrowed" in badge.inner_text()
    assert badge.get_attribute("href") == f"{host.service}/claims/{CLAIM}"


@pytest.mark.parametrize("width", WIDTHS)
def test_at_any_width_nothing_is_cut_that_has_no_mark_of_it(host: Host, visit: Visiting, width: int) -> None:
    seen = visit(viewport={"width": width, "height": 800})
    seen.page.goto(host.put("/", EMBEDS))
    loaded(seen.page)
    cut = seen.page.evaluate(
        "() => [...document.querySelectorAll('credence-score')].map(each => {"
        " const card = each.shadowRoot.querySelector('.card'), foot = card.querySelector('footer');"
        " return card.scrollHeight > card.clientHeight || (foot && foot.getBoundingClientRect().bottom >"
        " card.getBoundingClientRect().bottom); })"
    )
    assert not any(cut)
    assert seen.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_the_reasons_open_by_keyboard_and_only_then(host: Host, visit: Visiting) -> None:
    seen = visit()
    seen.page.goto(host.put("/", f'<credence-score claim="{CLAIM}"></credence-score><p>After.</p>'))
    loaded(seen.page)
    reason = seen.page.get_by_text("How close it stood", exact=False)
    assert not reason.is_visible()
    seen.page.keyboard.press("Tab")
    focused = "document.querySelector('credence-score').shadowRoot.activeElement"
    assert seen.page.evaluate(f"{focused}.localName") == "summary"
    assert seen.page.evaluate(f"getComputedStyle({focused}).outlineStyle") == "solid"
    seen.page.keyboard.press("Enter")
    assert reason.is_visible()
    assert seen.violations() == []
    seen.page.keyboard.press("Tab")
    assert seen.page.evaluate(f"{focused}.href") == f"{host.service}/claims/{CLAIM}"
    seen.page.keyboard.press("Shift+Tab")
    seen.page.keyboard.press("Enter")
    assert not reason.is_visible()
    # What a reader opens is no shift.
    assert seen.shift() == 0


def test_fifty_embeds_make_one_request_and_all_readers_the_same(
    host: Host, visit: Visiting, kursk: Server
) -> None:
    with urlopen(f"{host.service}/v1/claims?limit=25") as answer:  # noqa: S310 - our own
        ids = [claim["id"] for claim in json.load(answer)["items"]]
    elements = [
        f'<credence-score claim="{each}" variant="{v}"></credence-score>'
        for each in ids
        for v in VARIANTS[:2]
    ]
    asked = []
    for order in (elements, elements[::-1]):
        seen = visit()
        seen.page.goto(host.put("/", "".join(order)))
        loaded(seen.page)
        assert seen.page.locator("credence-score").count() == 50
        assert len(card_requests(seen)) == 1
        assert seen.errors == []
        asked += card_requests(seen)
    assert asked[0] == asked[1]


def test_more_than_one_address_can_hold_is_asked_in_parts(host: Host, visit: Visiting) -> None:
    ids = [f"{'long-name-' * 10}{number}" for number in range(90)] + [f"c{number}" for number in range(250)]
    seen = visit()
    seen.page.goto(
        host.put(
            "/", "".join(f'<credence-score claim="{each}" variant="badge"></credence-score>' for each in ids)
        )
    )
    loaded(seen.page)
    asked = card_requests(seen)
    assert len(asked) == 3
    assert max(len(address) for address in asked) < 6200
    assert seen.page.get_by_text("knows no claim").count() == len(ids)


def test_what_is_added_changed_and_removed_later_is_followed(host: Host, visit: Visiting) -> None:
    seen = visit()
    seen.page.goto(host.put("/", f'<credence-score claim="{CLAIM}"></credence-score>'))
    loaded(seen.page)
    seen.page.evaluate(
        "() => { window.told = [];"
        " addEventListener('credence-load', event => window.told.push(event.detail.subject.id));"
        " for (const id of ['budanov-twz', 'budanov-4000']) {"
        "  const made = document.createElement('credence-score'); made.setAttribute('claim', id);"
        "  document.querySelector('main').append(made); } }"
    )
    seen.page.wait_for_function("() => window.told.length === 2")
    assert len(card_requests(seen)) == 2
    first = seen.page.locator("credence-score").first
    first.evaluate("each => each.setAttribute('variant', 'full')")
    assert first.get_by_text("Admiralty").first.is_visible()
    assert len(card_requests(seen)) == 2
    first.evaluate(
        "each => { each.removeAttribute('claim'); each.setAttribute('question', 'dprk-casualties'); }"
    )
    seen.page.wait_for_function("() => window.told.at(-1) === 'dprk-casualties'")
    assert "about 3," in embed(seen.page).first.inner_text()
    first.evaluate("each => { each.setAttribute('question', 'days-unseen'); each.remove(); }")
    loaded(seen.page)
    assert len(card_requests(seen)) == 3
    assert seen.errors == []


def test_a_page_that_forbids_all_but_the_service_still_shows_it_with_its_style(
    host: Host, visit: Visiting
) -> None:
    policy = f"default-src 'none'; script-src {host.service}; connect-src {host.service}; img-src data:"
    seen = visit()
    seen.page.goto(host.put("/", EMBEDS, Content_Security_Policy=policy))
    loaded(seen.page)
    assert seen.errors == []
    card = "document.querySelector('credence-score').shadowRoot.querySelector('.card')"
    assert seen.page.evaluate(f"getComputedStyle({card}).borderTopStyle") == "solid"
    bar = seen.page.evaluate(f"{card}.querySelector('.band').getBoundingClientRect().width")
    assert bar > 10


def test_a_page_that_lets_in_only_what_says_so_shows_badge_and_script(host: Host, visit: Visiting) -> None:
    seen = visit()
    isolated = {"Cross_Origin_Embedder_Policy": "require-corp", "Cross_Origin_Opener_Policy": "same-origin"}
    picture = f'<img src="{host.service}/embed/claims/{CLAIM}.svg" alt="Credence">'
    seen.page.goto(host.put("/", f'<credence-score claim="{CLAIM}"></credence-score>{picture}', **isolated))
    loaded(seen.page)
    assert seen.errors == []
    assert seen.page.evaluate("() => document.querySelector('img').naturalWidth") > 100


def test_the_style_of_the_page_stays_outside_and_its_properties_reach_inside(
    host: Host, visit: Visiting
) -> None:
    style = "p, section, .card, b { color: rgb(255, 0, 0) !important; display: none !important }"
    style += " credence-score { --credence-paper: rgb(1, 2, 3); --credence-ink: rgb(250, 251, 252) }"
    seen = visit()
    seen.page.goto(host.put("/", f'<credence-score claim="{CLAIM}"></credence-score>', style=style))
    loaded(seen.page)
    card = "getComputedStyle(document.querySelector('credence-score').shadowRoot.querySelector('.card'))"
    assert seen.page.evaluate(f"{card}.backgroundColor") == "rgb(1, 2, 3)"
    assert seen.page.evaluate(f"{card}.color") == "rgb(250, 251, 252)"
    assert seen.page.get_by_text("Narrowed by its author").is_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_follows_the_page_and_not_the_system_unless_told(host: Host, visit: Visiting, theme: str) -> None:
    seen = visit(color_scheme="dark")
    body = "".join(
        f'<credence-score claim="{CLAIM}"{more}></credence-score>' for more in ("", ' theme="dark"')
    )
    style = f":root {{ color-scheme: {theme} }}"
    seen.page.goto(host.put("/", body, style=style))
    loaded(seen.page)
    papers = seen.page.evaluate(
        "() => [...document.querySelectorAll('credence-score')].map(each =>"
        " getComputedStyle(each.shadowRoot.querySelector('.card')).backgroundColor)"
    )
    dark = "rgb(22, 24, 27)"
    assert papers == [dark if theme == "dark" else "rgb(255, 255, 255)", dark]


def test_a_slow_service_leaves_a_place_and_moves_nothing(host: Host, visit: Visiting) -> None:
    seen = visit()
    sizes = (
        "() => [...document.querySelectorAll('credence-score')]"
        ".map(each => [each.offsetWidth, each.offsetHeight])"
    )
    measured = []

    def late(route: Route) -> None:
        # While this is awaited the page is drawn.
        seen.page.wait_for_timeout(400)
        measured.append(seen.page.evaluate(sizes))
        route.continue_()

    seen.page.route(re.compile("/v1/cards|credence-score.js"), late)
    seen.page.goto(host.put("/", EMBEDS), wait_until="commit")
    loaded(seen.page)
    before_the_script, *while_asked = measured
    assert len(while_asked) == 2
    assert [before_the_script] * 2 == while_asked
    assert seen.page.evaluate(sizes) == before_the_script
    assert seen.shift() == 0


def test_who_hears_the_page_is_told_that_a_score_is_on_its_way(host: Host, visit: Visiting) -> None:
    seen = visit()
    seen.page.route("**/v1/cards*", lambda _: None)
    seen.page.goto(host.put("/", f'<credence-score claim="{CLAIM}"></credence-score>'))
    assert "Asking Credence" in embed(seen.page).inner_text()
    assert seen.page.locator("credence-score [aria-busy=true]").count() == 1
    assert seen.violations() == []


def test_a_service_that_is_away_is_said_to_be_and_no_score_is_shown(host: Host, visit: Visiting) -> None:
    away = f'service="http://127.0.0.1:{free_port()}"'
    seen = visit()
    body = "".join(
        f'<credence-score {subject} variant="{v}" {away}></credence-score><p>After.</p>'
        for subject in SUBJECTS
        for v in VARIANTS
    )
    seen.page.goto(host.put("/", body))
    loaded(seen.page)
    told = embed(seen.page).all_inner_texts()
    assert all("cannot be reached" in text and "%" not in text for text in told)
    assert seen.violations() == []
    assert seen.shift() == 0


def test_what_the_service_does_not_know_or_does_not_take_is_said_so(host: Host, visit: Visiting) -> None:
    body = (
        f'<credence-score claim="none"></credence-score><credence-score claim="a,b"></credence-score>'
        f'<credence-score></credence-score><credence-score claim="{CLAIM}"></credence-score>'
        f'<credence-score claim="{CLAIM}" as-of="soon"></credence-score>'
    )
    seen = visit()
    seen.page.goto(host.put("/", body))
    loaded(seen.page)
    texts = embed(seen.page).all_inner_texts()
    assert "Credence knows no claim “none”." in texts[0]
    assert "Credence knows no claim “a,b”." in texts[1]
    assert "Credence knows no claim “”." in texts[2]
    assert "Oleksandr Kindratenko" in texts[3]
    assert "as_of" in texts[4]


def test_where_no_score_is_shown_the_link_leads_to_a_page_that_takes_it(host: Host, visit: Visiting) -> None:
    seen = visit()
    seen.page.goto(host.put("/", f'<credence-score {SUBJECTS[3]} as-of="soon"></credence-score>'))
    loaded(seen.page)
    link = embed(seen.page).get_by_role("link")
    assert "as_of" in link.inner_text()
    assert link.get_attribute("href") == f"{host.service}/sources/{SOURCE}"


def test_a_service_that_is_not_public_says_so(
    tmp_path: Path, visit: Visiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENCE_OPEN_READING", "false")
    with serving(make_kursk(tmp_path)) as server:
        host = Host(server.port)
        threading.Thread(target=host.server.serve_forever, daemon=True).start()
        frame = f'<iframe src="{host.service}/embed/claims/{CLAIM}" title="A frame"></iframe>'
        seen = visit()
        seen.page.goto(host.put("/", f'<credence-score claim="{CLAIM}"></credence-score>{frame}'))
        loaded(seen.page)
        sentence = "does not show its scores to the public"
        assert sentence in embed(seen.page).inner_text()
        assert seen.page.frame_locator("iframe").get_by_text(sentence).is_visible()
        host.server.shutdown()
        host.server.server_close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_for_frames_is_sound(host: Host, visit: Visiting, scheme: str) -> None:
    seen = visit(color_scheme=scheme)
    for path in (f"claims/{CLAIM}?", f"questions/{QUESTION}?", f"sources/{SOURCE}?scope=kursk-front&"):
        for variant in VARIANTS:
            seen.page.goto(f"{host.service}/embed/{path}variant={variant}")
            assert seen.violations() == [], (path, variant)
    assert seen.errors == []
    assert seen.hosts() == {urlsplit(host.service).netloc}


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_frame_and_the_element_show_the_same(host: Host, visit: Visiting, variant: str) -> None:
    subjects = {f"claims/{CLAIM}?": SUBJECTS[0], f"questions/{QUESTION}?": SUBJECTS[1]}
    subjects[f"sources/{SOURCE}?scope=kursk-front/sso-sectors&"] = SUBJECTS[3]
    subjects[f"claims/{CLAIM}?as_of=2025-01-31T12:00:00Z&"] = SUBJECTS[4]
    seen = visit(viewport={"width": 600, "height": 600})
    # Of each part its class and its words, whatever element it is and however it is laid out in the source.
    parts = (
        "card => [...card.querySelectorAll('*')].filter(each => !each.closest('svg'))"
        ".map(each => `${each.className} ${each.textContent.replace(/\\s/g, '')}`)"
    )
    for path, subject in subjects.items():
        seen.page.goto(host.put("/", f'<credence-score {subject} variant="{variant}"></credence-score>'))
        loaded(seen.page)
        drawn = embed(seen.page).evaluate(parts)
        seen.page.goto(f"{host.service}/embed/{path}variant={variant}")
        assert seen.page.locator(".card").evaluate(parts) == drawn


def test_a_frame_works_without_scripts_on_another_origin(host: Host, visit: Visiting) -> None:
    frames = "".join(
        f'<iframe src="{host.service}/embed/claims/{CLAIM}?variant={variant}" title="{variant}"></iframe>'
        for variant in VARIANTS
    )
    seen = visit()
    seen.page.goto(host.put("/", frames))
    seen.page.wait_for_load_state("networkidle")
    first = seen.page.frame_locator("iframe").first
    first.locator("summary").click()
    assert first.get_by_text("How close it stood").is_visible()
    link = first.get_by_role("link")
    assert link.get_attribute("href") == f"/claims/{CLAIM}"
    assert link.get_attribute("target") == "_blank"
    assert seen.errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_guide_is_sound_and_shows_what_it_tells(host: Host, visit: Visiting, scheme: str) -> None:
    seen = visit(color_scheme=scheme, viewport={"width": 420, "height": 900})
    seen.page.goto(f"{host.service}/embed")
    loaded(seen.page)
    assert seen.violations() == []
    assert seen.errors == []
    assert seen.hosts() == {urlsplit(host.service).netloc}
    assert seen.shift() == 0
    assert len(card_requests(seen)) == 1
    assert seen.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_a_script_that_is_not_what_its_hash_says_is_not_run(host: Host, visit: Visiting) -> None:
    url = host.put(
        "/", f'<credence-score claim="{CLAIM}"><a href="{host.service}">Credence</a></credence-score>'
    )
    page, headers = host.pages["/"]
    host.pages["/"] = (re.sub(r"sha384-....", "sha384-AAAA", page), headers)
    seen = visit()
    seen.page.goto(url)
    seen.page.wait_for_load_state("networkidle")
    assert any("integrity" in error for error in seen.errors)
    # What stands inside the element stays for whoever has no script.
    assert seen.page.get_by_role("link", name="Credence").is_visible()
