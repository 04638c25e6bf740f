"""Each recipe of docs/recipes.md, replayed in a shell against a real service that holds the Kursk record."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from service import Server, make_kursk, serving

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "recipes.md").read_text()
# What stands for something that is another each time, or is too long to show.
ANYTHING = "…"


def recipes() -> list[tuple[str, str]]:
    """Return the heading of each section with all that is typed and shown in it."""
    sections = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
    return [
        (section.partition("\n")[0], "".join(re.findall(r"```console\n(.*?)```", section, re.DOTALL)))
        for section in sections
    ]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(make_kursk(tmp_path_factory.mktemp("recipes"))) as server:
        yield server


def pattern(shown: str) -> str:
    return ".*?".join(re.escape(part) for part in shown.split(ANYTHING))


@pytest.mark.parametrize(("name", "typed"), recipes(), ids=[name for name, _ in recipes()])
def test_a_recipe_does_as_it_shows(server: Server, tmp_path: Path, name: str, typed: str) -> None:
    steps = re.split(r"^\$ ", typed, flags=re.MULTILINE)[1:]
    assert steps, f"{name} shows nothing."
    environment = {**os.environ, "CREDENCE": f"http://127.0.0.1:{server.port}", "KEY": server.key}
    for step in steps:
        command, *lines = re.split(r"(?<!\\)\n", step.rstrip("\n"))
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        shown, answered = (
            "\n".join(lines),
            done.stdout.rstrip("\n").replace(environment["CREDENCE"], "$CREDENCE"),
        )
        assert re.fullmatch(pattern(shown), answered, re.DOTALL), f"{command}\n{answered}"
