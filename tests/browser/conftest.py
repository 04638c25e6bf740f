"""A real Chromium, and what it saw of a page: its console, its requests, its layout, its accessibility."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright
from service import Server, make_kursk, serving

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
# What a machine without a screen or a network needs; the browser itself asks nobody.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Before the page's own scripts: every shift that no one's input explains.
WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts.push(entry.value);
}).observe({type: "layout-shift", buffered: true});
"""
# What anything on a page may take, on a machine that does other things as well.
SLOW_MS = 120_000
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@dataclass
class Visit:
    """One page in the browser, and what was seen of it since it was opened."""

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("console", lambda told: self._told(told.type, told.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._asked)
        self.page.add_init_script(WATCH_SHIFTS)

    # Playwright keeps a note on what it is given to call, which a list's own method does not take.
    def _asked(self, request: Request) -> None:
        self.requests.append(request)

    def _told(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.errors.append(text)

    def hosts(self) -> set[str]:
        """Return every host that was asked, with its port."""
        addresses = (urlsplit(request.url) for request in self.requests)
        return {address.netloc for address in addresses if address.scheme in ("http", "https")}

    def shift(self) -> float:
        """Return how far the layout shifted: the sum of its shifts, 0 where nothing moved."""
        self.page.wait_for_load_state("networkidle")
        # Shifts are told once a frame is drawn.
        self.page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))")
        total: float = self.page.evaluate("() => window.shifts.reduce((sum, shift) => sum + shift, 0)")
        return total

    def violations(self) -> list[str]:
        """Return what axe finds wrong with the page, shadow trees included: a rule and an element each."""
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate(
            "standards => axe.run(document, {runOnly: {type: 'tag', values: standards}})", STANDARDS
        )
        return [
            f"{violation['id']}: {node['target']}: {node['failureSummary']}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]


@contextmanager
def launched() -> Iterator[Browser]:
    # The shell draws the same, and does without a browser's own windows: two fifths less work on a page.
    path = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert path, "The browser tests need Chromium: 'make browser' installs it, or CHROMIUM names it."
    assert AXE.exists(), "The browser tests need axe: 'make browser' installs it."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., Visit]]:
    """Open an empty page; options are those of a Playwright context (viewport, color_scheme, …)."""
    contexts = []

    def opened(**options: Any) -> Visit:
        context = chromium.new_context(**options)
        context.set_default_timeout(SLOW_MS)
        contexts.append(context)
        seen = Visit(context.new_page())
        seen.watch()
        return seen

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def kursk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running service that holds the Kursk record, for pages that are only read."""
    with serving(make_kursk(tmp_path_factory.mktemp("browser"))) as server:
        yield server
