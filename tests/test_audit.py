"""What the dependency audit makes of pip-audit's reports: `.ci/audit.py`."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

CLEAN = {"name": "flask", "version": "3.1.3", "vulns": []}
KNOWN = {
    "name": "flask",
    "version": "0.5",
    "vulns": [{"id": "PYSEC-2019-179", "fix_versions": ["1.0"], "aliases": [], "description": "…"}],
}
SKIPPED = {"name": "werkzeug", "skip_reason": "Dependency not found on PyPI and could not be audited"}


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    place = Path(__file__).parents[1] / ".ci" / "audit.py"
    specification = importlib.util.spec_from_file_location("audit", place)
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def report(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


def test_a_known_vulnerability_fails_and_is_named_with_its_fix(audit: ModuleType) -> None:
    assert audit.verdict(report(KNOWN, SKIPPED), "") == (
        1,
        "Known vulnerabilities:\nflask 0.5: PYSEC-2019-179, fixed in 1.0",
    )


def test_packages_that_were_all_looked_up_pass(audit: ModuleType) -> None:
    assert audit.verdict(report(CLEAN), "") == (0, "No known vulnerability in 1 packages.")


@pytest.mark.parametrize("packages", [(SKIPPED,), (CLEAN, SKIPPED), ()])
def test_what_could_not_be_looked_up_is_never_called_clean(
    audit: ModuleType, packages: tuple[dict[str, Any], ...]
) -> None:
    code, said = audit.verdict(report(*packages), "No known vulnerabilities found")
    assert code == 0
    assert said.startswith("The audit could not be done: ")
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("broken", ["", "{}", "null", '{"dependencies"'])
def test_a_service_out_of_reach_is_one_line(audit: ModuleType, broken: str) -> None:
    complaint = "Traceback (most recent call last):\n  …\nConnectionError: no way to the service\n"
    assert audit.verdict(broken, complaint) == (
        0,
        "The audit could not be done: pip-audit broke off (ConnectionError: no way to the service).",
    )
