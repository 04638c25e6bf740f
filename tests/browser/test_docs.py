"""The page of the contract, in a real browser."""

from collections.abc import Callable

import pytest
from browser.conftest import Visit
from service import Server


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_the_contract_is_sound(kursk: Server, visit: Callable[..., Visit], scheme: str) -> None:
    seen = visit(color_scheme=scheme)
    seen.page.goto(f"http://127.0.0.1:{kursk.port}/docs")
    assert seen.page.get_by_role("heading", level=1).inner_text().startswith("Credence")
    assert seen.violations() == []
    assert seen.errors == []
    assert seen.hosts() == {f"127.0.0.1:{kursk.port}"}
    assert seen.shift() == 0
