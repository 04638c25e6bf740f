"""The documents say what the service does: their sessions are replayed, and nothing is left out."""

import json
import re
import shlex
from itertools import pairwise
from pathlib import Path
from pkgutil import resolve_name

import click
import pytest
import yaml
from markdown_it import MarkdownIt

from api.app import create_app
from api.clock import now
from api.corpus import load
from api.settings import NAMES, PREFIX, Settings, read_settings
from data import keys
from data.database import open_database
from models.constants import Constants
from models.record import CorrectionKind, Vantage
from models.standing import StandingKind

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/*.md", "clients/*/README.md", "data/corpora/*/*.md")
    for path in ROOT.glob(pattern)
)
# Pages with a session of curl alone, in the order in which they are read; each goes on from the one before.
SESSIONS = ("README.md", "docs/walk-back.md", "docs/webhooks.md")
# Tests of their own replay these.
OTHER_SESSIONS = ("docs/operations.md", "docs/recipes.md")
COMMANDS = (ROOT / "docs/commands.md").read_text()
MODEL = (ROOT / "docs/model.md").read_text()
ADDRESS = "http://127.0.0.1:8000"
MARKDOWN = MarkdownIt("commonmark").enable("table")


def text_of(document):
    return (ROOT / document).read_text()


def test_the_readme_is_short_and_shows_what_it_is_at_once():
    lines = text_of("README.md").splitlines()
    assert len(lines) <= 150
    first_screen = "\n".join(lines[:30])
    assert "docs/board.png" in first_screen
    assert "make run" in first_screen
    assert "make test" in first_screen


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """A client of the service with the Kursk record, and a key to write with."""
    path = tmp_path_factory.mktemp("docs") / "credence.db"
    ledger = open_database(str(path))
    load(ledger, ROOT / "data/corpora/kursk-2025", at=now())
    key = keys.create(ledger, name="reader", scope="write", at=now())
    ledger.close()
    return create_app(Settings(database=str(path))).test_client(), key


def session(document):
    """Each command of a document's session with the answer that is shown under it."""
    for block in re.findall(r"```console\n(.*?)```", text_of(document), re.DOTALL):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, answer = step.partition("\n")
            yield command, json.loads(answer)


def call(client, key, command):
    """Send what a curl command of a document sends."""
    words = shlex.split(command.replace("$KEY", key))
    assert words[:2] == ["curl", "-s"]
    method, headers, body, url = "GET", {}, None, None
    rest = iter(words[2:])
    for word in rest:
        if word == "-X":
            method = next(rest)
        elif word == "-H":
            name, _, value = next(rest).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(rest)
        else:
            url = word
    return client.open(url.removeprefix(ADDRESS), method=method, headers=headers, data=body)


def assert_shown(shown, answered, where="answer"):
    """What is shown stands in the answer: keys may be left out, numbers are rounded to two places."""
    if isinstance(shown, dict):
        for name, value in shown.items():
            assert name in answered, f"{where}.{name}"
            assert_shown(value, answered[name], f"{where}.{name}")
    elif isinstance(shown, list):
        assert len(shown) == len(answered), where
        for position, (one, other) in enumerate(zip(shown, answered, strict=True)):
            assert_shown(one, other, f"{where}.{position}")
    elif isinstance(shown, float):
        assert answered == pytest.approx(shown, abs=0.005001), where
    else:
        assert answered == shown, where


def test_the_sessions_answer_as_shown(service):
    client, key = service
    steps = [step for document in SESSIONS for step in session(document)]
    assert len(steps) >= 14
    for command, shown in steps:
        answer = call(client, key, command)
        assert answer.status_code in (200, 201), command
        assert_shown(shown, answer.get_json(), command)


def test_every_session_is_replayed():
    shown = [document for document in DOCUMENTS if "```console" in text_of(document)]
    assert sorted(shown) == sorted([*SESSIONS, *OTHER_SESSIONS])


def commands(group, prefix=""):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


def test_every_setting_is_documented_with_its_default():
    rows = re.findall(r"^\| `(CREDENCE_\w+)` \| .+ \| (.+) \|$", COMMANDS, re.MULTILINE)
    assert sorted(name for name, _ in rows) == sorted(NAMES)
    for name, default in rows:
        if default.startswith("`"):
            assert read_settings({name: default.strip("`")}) == Settings(), name
        else:
            assert not getattr(Settings(), name.removeprefix(PREFIX).lower()), name


def test_every_command_is_documented_with_its_options():
    from api.cli import credence  # noqa: PLC0415  the metrics look for their folder when imported

    rows = re.findall(r"^\| `credence (.+?)` \| .+ \|$", COMMANDS, re.MULTILINE)
    known = dict(commands(credence))
    assert len(rows) == len(known)
    for name, command in known.items():
        (row,) = (row for row in rows if re.match(rf"{name}(?![a-z])", row))
        options = [each for each in command.params if isinstance(each, click.Option)]
        # One sentence says it of all.
        assert ("--database" in {opt for option in options for opt in option.opts}) == (name != "openapi")
        spelled = [{*option.opts, *option.secondary_opts} for option in options if option.name != "database"]
        shown = set(re.findall(r"--[a-z-]+", row))
        assert shown <= set().union(*spelled), name
        assert [opts for opts in spelled if not opts & shown] == [], name


def test_every_address_is_documented():
    def shape(address):
        return re.sub(r"{[^}]*}", "{}", address.replace("\\|", "|"))

    pages = [text_of(document) for document in ("docs/api.md", "docs/pages.md", "docs/webhooks.md")]
    written = re.findall(r"(?<![\w.])(/[^\s`?)]*)", "\n".join(pages))
    shown = {shape(address) for address in written}
    addresses = yaml.safe_load(text_of("openapi.yaml"))["paths"]
    assert [address for address in addresses if shape(address) not in shown] == []


def test_every_target_of_make_is_documented():
    documented = "\n".join(text_of(document) for document in DOCUMENTS)
    targets = re.findall(r"^([a-z-]+):.*## ", text_of("Makefile"), re.MULTILINE)
    assert len(targets) > 15
    # Others call these.
    inner = {"install", "peers", "datasette", "clean"}
    assert [name for name in targets if name not in inner and f"make {name}" not in documented] == []


def headings(text):
    """The anchors of a document's headings, as GitHub makes them."""
    tokens = MARKDOWN.parse(text)
    titles = [after.content for at, after in pairwise(tokens) if at.type == "heading_open"]
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_a_document_links_to_exists(document):
    text, folder = text_of(document), (ROOT / document).parent
    for target in re.findall(r"\]\(([^)\s]+)\)|src=\"(docs/[^\"]+)\"", text):
        path, _, anchor = "".join(target).partition("#")
        if path.startswith("http"):
            continue
        found = folder / path if path else ROOT / document
        assert found.exists(), target
        assert not anchor or anchor in headings(found.read_text()), target
    for path in re.findall(r"`((?:api|data|models|tests|benchmarks|docs|deploy)/[\w/.-]+)`", text):
        # Made where they are asked for.
        if path != "benchmarks/results":
            assert (ROOT / path).exists(), path


def test_what_the_code_says_of_a_module_names_one_that_is_there():
    for package in ("api", "data", "models", "benchmarks"):
        for file in (ROOT / package).rglob("*.py"):
            for name in re.findall(r"`((?:api|data|models|benchmarks)\.[\w.]*\w)`", file.read_text()):
                assert resolve_name(name), (file, name)


def cells(row):
    return len(re.findall(r"(?<!\\)\|", row)) - 1


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_tables_of_a_document_render(document):
    lines = text_of(document).splitlines()
    tokens = MARKDOWN.parse(text_of(document))
    fenced = {line for token in tokens if token.type in ("fence", "code_block") for line in range(*token.map)}
    written = {i for i, line in enumerate(lines) if line.startswith("|")} - fenced
    tables = [range(*token.map) for token in tokens if token.type == "table_open"]
    assert written == {line for table in tables for line in table}
    for table in tables:
        assert {cells(lines[line]) for line in table} == {cells(lines[table[0]])}, lines[table[0]]


def test_the_decisions_are_one_table():
    (table,) = (token for token in MARKDOWN.parse(text_of("docs/decisions.md")) if token.type == "table_open")
    rows = text_of("docs/decisions.md").splitlines()[slice(*table.map)]
    assert rows[0] == "| decision | why | turned down |"
    assert len(rows) > 50


def test_the_words_of_the_contract_are_in_the_glossary():
    (glossary,) = re.findall(r"^## Words\n(.*?)^## ", MODEL, re.DOTALL | re.MULTILINE)
    words = [word for words in (Vantage, CorrectionKind, StandingKind) for word in words]
    assert [word for word in words if f"`{word}`" not in glossary] == []


@pytest.mark.parametrize(
    ("said", "constant"),
    [
        ("c = 10", "guess_strength"),
        ("**η** = 0.75", "evidence_temper"),
        ("ρ = 0.75", "institution_overlap"),
        ("0.25 where one is unnamed", "unestablished_overlap"),
        ("241 points of a grid", "grid_points"),
        ("takes away up to 0.8", "stake_served"),
        ("adds up to 0.6", "stake_admission"),
        ("contradicts loses 0.3", "contradiction"),
        ("gave up quite another one gains 0.5", "revision"),
        ("**δ** = 0.35", "shared_doubt"),
        ("fit their neighbours by up to 0.3", "likeness"),
        ("0.04 of every credence", "table_doubt"),
        ("0.5 for a denial", "denial_severity"),
        ("fixes its question at 0.999", "resolved_credence"),
    ],
)
def test_the_figures_in_the_equations_are_the_models(said, constant):
    text = " ".join(MODEL.split())
    assert said in text
    assert f"{abs(getattr(Constants(), constant)):g}" in said


def test_the_walk_backs_figures_are_the_constants():
    constants = Constants()
    curve = f"exp(−(d/{constants.promptness_days:g})^{constants.promptness_shape})"
    assert f"(1 − {constants.self_correction_relief} · {curve} if by its own side)" in MODEL
