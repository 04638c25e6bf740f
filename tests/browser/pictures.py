"""The pictures in the documents, taken of a running service in the browser of the tests: `make pictures`."""

import sys
import tempfile
from pathlib import Path

from browser.conftest import launched
from playwright.sync_api import Page
from service import make_kursk, serving

QUESTION = "dprk-on-kursk-front"
CLAIM = "kindratenko-cnn"
# A page of somebody else, with one score in it.
HOST = """<!doctype html><html lang="en"><meta charset="utf-8"><title>An article</title>
<style>body {{ margin: 16px; font-family: system-ui, sans-serif; }}</style>
<script type="module" src="{service}/embed/credence-score.js"></script>
<credence-score claim="{claim}" variant="full"></credence-score>"""


def board(page: Page, service: str, folder: Path) -> None:
    page.set_viewport_size({"width": 1000, "height": 1110})
    page.goto(f"{service}/questions/{QUESTION}")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=folder / "board.png")


def embed(page: Page, service: str, folder: Path) -> None:
    page.set_viewport_size({"width": 560, "height": 600})
    page.goto(f"{service}/embed")
    page.set_content(HOST.format(service=service, claim=CLAIM))
    score = page.locator("credence-score")
    score.locator("summary").first.wait_for()
    score.screenshot(path=folder / "embed.png")


def badge(page: Page, service: str, folder: Path) -> None:
    page.goto(f"{service}/embed/claims/{CLAIM}.svg")
    page.locator("svg").first.screenshot(path=folder / "badge.png")


def main(folder: Path) -> None:
    """Take them all into a folder."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        serving(make_kursk(Path(scratch))) as server,
        launched() as chromium,
    ):
        page = chromium.new_context(device_scale_factor=1.5, color_scheme="light").new_page()
        for take in (board, embed, badge):
            take(page, f"http://127.0.0.1:{server.port}", folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
