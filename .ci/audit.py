"""Look the pinned packages up among the known vulnerabilities with pip-audit; fail for one that is known.

pip-audit ends well, and says that nothing was found, also where the index that it asks has no
advisories at all, as many mirrors have none. So what it could not look up is counted here, and told.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

CONSTRAINTS = Path(__file__).parents[1] / "constraints.txt"
COMMAND = (
    *(sys.executable, "-m", "pip_audit", "--requirement", str(CONSTRAINTS), "--no-deps", "--disable-pip"),
    *("--format", "json", "--progress-spinner", "off", "--timeout", "5"),
)
# Some hundred short questions; where a firewall swallows them, a build does not wait for each.
PATIENCE_S = 180


def verdict(report: str, complaint: str) -> tuple[int, str]:
    """Return the exit code, and what there is to say.

    Parameters
    ----------
    report : str
        What pip-audit wrote to standard output; nothing where it broke off.
    complaint : str
        What it wrote to standard error.
    """
    try:
        packages: list[dict[str, Any]] = json.loads(report)["dependencies"]
    except (ValueError, TypeError, KeyError):
        last = (complaint.strip().splitlines() or ["it said nothing"])[-1]
        return 0, f"The audit could not be done: pip-audit broke off ({last[:200]})."
    known = [
        f"{package['name']} {package['version']}: {advisory['id']}, "
        f"fixed in {', '.join(advisory['fix_versions']) or 'no version'}"
        for package in packages
        for advisory in package.get("vulns", ())
    ]
    if known:
        return 1, "\n".join(["Known vulnerabilities:", *known])
    audited = sum("vulns" in package for package in packages)
    if audited < len(packages) or not packages:
        return 0, f"The audit could not be done: {audited} of {len(packages)} packages could be looked up."
    return 0, f"No known vulnerability in {audited} packages."


def main() -> int:
    """Run pip-audit and print the verdict."""
    try:
        ended = subprocess.run(COMMAND, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        report, complaint = ended.stdout, ended.stderr
    except subprocess.TimeoutExpired:
        report, complaint = "", f"nothing came within {PATIENCE_S} seconds"
    code, said = verdict(report, complaint)
    print(said)
    return code


if __name__ == "__main__":
    sys.exit(main())
