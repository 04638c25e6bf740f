"""The documents say what the service does: the README's session is replayed, and nothing is left out."""

import json
import re
import shlex
from pathlib import Path

import click
import pytest

from api.app import create_app
from api.clock import now
from api.corpus import load
from api.settings import NAMES, Settings
from data import keys
from data.database import open_database
from models.constants import Constants

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """A client of the service with the Kursk record, and a key to write with."""
    path = tmp_path_factory.mktemp("docs") / "credence.db"
    ledger = open_database(str(path))
    load(ledger, ROOT / "data/corpora/kursk-2025", at=now())
    key = keys.create(ledger, name="reader", scope="write", at=now())
    ledger.close()
    return create_app(Settings(database=str(path))).test_client(), key


def session():
    """Each command of the README's session with the answer that is shown under it."""
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, answer = step.partition("\n")
            yield command, json.loads(answer)


def call(client, key, command):
    """Send what a curl command of the README sends."""
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


def test_the_readmes_session_answers_as_shown(service):
    client, key = service
    steps = list(session())
    assert len(steps) >= 9
    for command, shown in steps:
        answer = call(client, key, command)
        assert answer.status_code in (200, 201), command
        assert_shown(shown, answer.get_json(), command)


def commands(group, prefix=""):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}"


def test_every_setting_and_every_command_is_in_the_readme():
    from api.cli import credence  # noqa: PLC0415  the metrics look for their folder when imported

    assert [name for name in NAMES if f"`{name}`" not in README] == []
    assert [name for name in commands(credence) if f"credence {name}" not in README] == []


def test_every_file_that_the_documents_link_to_exists():
    for document in ("README.md", "DESIGN.md", "CONTRIBUTING.md"):
        text = (ROOT / document).read_text()
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            assert (ROOT / target).exists(), f"{document}: {target}"
        for path in re.findall(r"`((?:api|data|models|tests)/[\w/.-]+)`", text):
            assert (ROOT / path).exists(), f"{document}: {path}"


@pytest.mark.parametrize(
    ("said", "constant"),
    [
        ("c = 10", "guess_strength"),
        ("**η** = 0.75", "evidence_temper"),
        ("ρ = 0.75", "institution_overlap"),
        ("0.25 where one is unnamed", "unestablished_overlap"),
        ("takes away up to 0.8", "stake_served"),
        ("adds up to 0.6", "stake_admission"),
        ("contradicts loses 0.3", "contradiction"),
        ("0.5 for a denial", "denial_severity"),
        ("fixes its question at 0.999", "resolved_credence"),
    ],
)
def test_the_figures_in_design_are_the_models(said, constant):
    text = " ".join((ROOT / "DESIGN.md").read_text().split())
    assert said in text
    assert f"{abs(getattr(Constants(), constant)):g}" in said


def test_the_walk_backs_figures_are_the_constants():
    shown = (ROOT / "DESIGN.md").read_text()
    constants = Constants()
    curve = f"exp(−(d/{constants.promptness_days:g})^{constants.promptness_shape})"
    assert f"(1 − {constants.self_correction_relief} · {curve} if by its own side)" in shown
