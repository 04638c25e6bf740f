"""The recipe for a new factor in CONTRIBUTING.md, followed to the letter on a copy of the code."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
RECIPE = (ROOT / "CONTRIBUTING.md").read_text().partition("## Add a factor")[2].partition("\n## ")[0]

# Asked through the application itself: a claim with an address and one without, and the card of the first.
ASK = """
import json, sys
from api.app import create_app
from api.corpus import load
from api.settings import Settings
from data.database import open_database
from datetime import UTC, datetime
from pathlib import Path

database, corpus = sys.argv[1:]
with_ledger = open_database(database)
load(with_ledger, Path(corpus), at=datetime(2025, 3, 1, tzinfo=UTC))
with_ledger.close()
client = create_app(Settings(database=database, log_level="error")).test_client()
print(json.dumps({
    "shown": client.get("/v1/claims/shown/score").json,
    "bare": client.get("/v1/claims/bare/score").json,
    "card": client.get("/v1/cards?claims=shown").json,
    "model": client.get("/v1/model").json,
    "page": client.get("/claims/shown").text,
}))
"""
CORPUS = {
    "sources": [{"id": id_, "name": id_.title(), "kind": "person"} for id_ in ("anna", "boris")],
    "questions": [{"id": "q", "text": "Is it so?", "scope": "here", "answers": ["yes", "no"]}],
    "claims": [
        {"id": "shown", "source": "anna", "question": "q", "answer": "yes", "stated_at": "2025-01-01",
         "url": "https://example.org/said"},
        {"id": "bare", "source": "boris", "question": "q", "answer": "no", "stated_at": "2025-01-01"},
    ],
}  # fmt: skip


def snippets() -> list[str]:
    return [dedent(code) for code in re.findall(r"```text\n(.*?)```", RECIPE, re.DOTALL)]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    copy = tmp_path_factory.mktemp("copy")
    for package in ("api", "data", "models"):
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    constant, covariate = snippets()
    insert(copy / "models/constants.py", before="    shared_doubt: float = _constant(", code=constant)
    insert(copy / "models/covariates.py", before="    # What its own side gave up", code=covariate)
    (copy / "corpus.json").write_text(json.dumps(CORPUS))
    (copy / "ask.py").write_text(ASK)
    arguments = [sys.executable, "ask.py", str(copy / "ledger.db"), "corpus.json"]
    done = subprocess.run(arguments, cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answers: dict[str, Any] = json.loads(done.stdout)
    return answers


def insert(path: Path, *, before: str, code: str) -> None:
    text = path.read_text()
    assert text.count(before) == 1, f"{path.name} has changed: mend the recipe"
    indented = "".join(f"    {line}" for line in code.splitlines(keepends=True))
    path.write_text(text.replace(before, indented + before))


def factor(score: dict[str, Any]) -> dict[str, Any]:
    (one,) = [factor for factor in score["factors"] if factor["name"] == "documented"]
    return dict(one)


def test_the_recipe_names_at_most_four_files():
    steps = re.findall(r"^\d\. (.*?)(?=^\d\. |\Z)", RECIPE, re.DOTALL | re.MULTILINE)
    named = [re.findall(r"`((?:models|data|api)/\w+\.py|CHANGELOG\.md)`", step) for step in steps]
    assert len({files[0] for files in named}) <= 4


def test_a_factor_that_was_added_by_the_recipe_is_told_of_every_claim(found: dict[str, Any]):
    assert factor(found["shown"])["log_odds"] > 0
    assert factor(found["shown"])["because"] == "can be read where it was said"
    assert factor(found["bare"]) == {"name": "documented", "log_odds": 0.0, "because": "shows no document"}


def test_it_stands_on_cards_and_pages_in_words(found: dict[str, Any]):
    assert "What it can show" in json.dumps(found["card"])
    assert "What it can show" in found["page"]


def test_it_is_a_coefficient_that_resolutions_would_move(found: dict[str, Any]):
    (constant,) = [each for each in found["model"]["constants"] if each["name"] == "documented"]
    assert constant["width"] > 0
    assert constant["elicited"]["value"] == constant["value"]
