"""Which package may import what. The contracts stand in pyproject.toml."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINT_IMPORTS = Path(sys.executable).parent / "lint-imports"


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT_IMPORTS, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_contracts_are_kept():
    checked = lint_imports(ROOT)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("models/scales.py", "import data.rows", "Imports point inwards: api, data, models"),
        ("data/rows.py", "import api.errors", "Imports point inwards: api, data, models"),
        ("models/scales.py", "import flask", "The models know no web, no database, no clock"),
        ("models/scales.py", "import os", "The models know no web, no database, no clock"),
        ("api/claims.py", "import sqlite3", "SQL stands in data alone"),
    ],
)
def test_an_import_that_points_outwards_breaks_its_contract(
    tmp_path: Path, file: str, line: str, contract: str
):
    for package in ("api", "data", "models"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / file).open("a") as module:
        module.write(f"\n{line}\n")
    checked = lint_imports(tmp_path)
    assert checked.returncode == 1
    assert f"{contract} BROKEN" in checked.stdout


def test_a_worker_starts_without_the_libraries_that_take_seconds_to_import():
    # Every score that is read takes scipy.special, which takes a tenth of a second.
    heavy = {"llvmlite", "numba", "pandas", "playwright", "sklearn"}
    code = f"import sys, api.app; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
