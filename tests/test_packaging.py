"""The wheel: it holds everything, declares everything, and runs alone."""

import ast
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("api", "data", "models")
# What an extra brings is imported only where it was asked for.
OPTIONAL = {"opentelemetry"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

# Printed by the installed wheel: where each package was found, and answers that need a corpus, a
# template and a stylesheet.
PROBE = """
import json, sys
import api, data, models
from api.app import create_app
from api.settings import Settings
client = create_app(Settings(database=sys.argv[1], log_level="error")).test_client()
score = client.get("/v1/questions/dprk-on-kursk-front/score")
json.dump({
    "found": [package.__file__ for package in (api, data, models)],
    "statuses": [client.get(path).status_code for path in ("/docs", "/static/docs.css")],
    "answers": [answer["answer"] for answer in score.json["answers"]],
}, sys.stdout)
"""


def run(*command: str | Path, cwd: Path) -> str:
    ended = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and what it depends on, and not the checkout."""
    folder = tmp_path_factory.mktemp("clean") / ".venv"
    venv.create(folder, symlinks=True)
    pip = (sys.executable, "-m", "pip", "--python", folder / "bin/python")
    run(*pip, "install", "--quiet", "--no-index", "--no-deps", wheel, cwd=folder)
    # A .pth that is reached through another is not read, so the editable install stays out.
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return folder


def test_the_wheel_holds_the_three_packages_whole_and_nothing_else(wheel: Path):
    with ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    kept = {
        str(file.relative_to(ROOT))
        for package in PACKAGES
        for file in (ROOT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert packed == kept
    assert {
        "data/corpora/kursk-2025/claims.jsonl",
        "api/static/docs.css",
        "api/templates/docs.html",
    } <= packed


def test_the_wheel_runs_alone(clean: Path, tmp_path: Path):
    command, python, database = clean / "bin/credence", clean / "bin/python", tmp_path / "kursk.db"
    (site,) = clean.glob("lib/python*/site-packages")
    assert run(command, "--version", cwd=tmp_path).endswith(f"version {PROJECT['version']}\n")
    run(command, "load", "--database", database, site / "data/corpora/kursk-2025", cwd=tmp_path)
    # -I: neither the working folder nor the environment is on the path.
    told = ast.literal_eval(run(python, "-I", "-c", PROBE, database, cwd=tmp_path))
    assert all(Path(file).is_relative_to(site) for file in told["found"])
    assert told["statuses"] == [200, 200]
    assert {"fighting", "reduced", "withdrawn"} <= set(told["answers"])


def imported(folders: Iterable[str]) -> set[str]:
    """Return the distributions that the modules of some folders import."""
    trees = [ast.parse(file.read_text()) for folder in folders for file in (ROOT / folder).rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = [name.name for node in nodes if isinstance(node, ast.Import) for name in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    own = {*PACKAGES, "benchmarks", *(path.stem for path in (ROOT / "tests").iterdir())}
    modules = {name.partition(".")[0] for name in names} - own - sys.stdlib_module_names
    # An extra shares its first name with all that it needs in turn.
    modules -= OPTIONAL
    found = packages_distributions()
    return {normal(found[module][0]) for module in modules}


def test_what_an_extra_brings_is_imported_in_one_module_and_inside_its_functions():
    lines = [
        (file.name, line)
        for package in PACKAGES
        for file in (ROOT / package).rglob("*.py")
        for line in file.read_text().splitlines()
        if re.match(r"\s*(from|import) opentelemetry", line)
    ]
    assert {name for name, _ in lines} == {"tracing.py"}
    assert all(line.startswith("    ") for _, line in lines)


def normal(requirement: str) -> str:
    """Return the distribution that a requirement names, as PEP 503 writes it."""
    name = re.match(r"[\w.-]+", requirement)
    assert name
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def test_what_is_imported_is_declared_and_nothing_else():
    declared = {normal(requirement) for requirement in PROJECT["dependencies"]}
    assert imported(PACKAGES) == declared
    for_tests = {normal(requirement) for requirement in PROJECT["optional-dependencies"]["dev"]}
    assert imported(["tests"]) <= declared | for_tests


def test_every_requirement_is_pinned_and_no_index_is_named():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [re.fullmatch(r"([a-z0-9-]+)==\S+", line) for line in lines]
    assert all(pins), "only pins: an index or a path has no place here"
    extras = PROJECT["optional-dependencies"].values()
    required = [*PROJECT["dependencies"], *(each for extra in extras for each in extra)]
    assert {normal(each) for each in required} <= {pin[1] for pin in pins if pin}
